"""Rings of two runs: which grew, shrank, fell apart or came to be.

A ring's id goes on to the ring of largest overlap, however small that is. Here a ring goes on
only where half of the smaller of the two is shared; else one fell apart and one came to be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from detector.results import Results

Members = frozenset[str]


@dataclass(frozen=True)
class Shift:
    """What became of a ring: ``move`` is grown, shrunk, apart or formed.

    ``accounts`` joined or parted, or are all of it; ``into`` is the ring that most of one that
    fell apart is in now.
    """

    ring_id: str
    move: str
    size: int
    size_before: int
    accounts: tuple[str, ...]
    into: str | None = None


def shifts(before: Mapping[str, Members], now: Mapping[str, Members]) -> list[Shift]:
    """What became of each ring that is not as it was, by id; one may have grown and shrunk.

    Examples
    --------
    >>> then, today = {"r": frozenset("abc")}, {"r": frozenset("abd")}
    >>> [(one.move, one.accounts) for one in shifts(then, today)]
    [('grown', ('d',)), ('shrunk', ('c',))]
    """
    where = {account: ring for ring, members in now.items() for account in members}
    found: list[Shift] = []
    for ring in sorted({*before, *now}):
        old, new = before.get(ring, frozenset()), now.get(ring, frozenset())
        if 2 * len(old & new) >= max(1, min(len(old), len(new))):
            found += _changed(ring, old, new)
            continue
        if old:
            found.append(_apart(ring, old, where))
        if new:
            found.append(Shift(ring, "formed", len(new), 0, tuple(sorted(new))))
    return found


def _changed(ring: str, old: Members, new: Members) -> list[Shift]:
    parts = {"grown": new - old, "shrunk": old - new}
    return [
        Shift(ring, move, len(new), len(old), tuple(sorted(moved)))
        for move, moved in parts.items()
        if moved
    ]


def _apart(ring: str, old: Members, where: Mapping[str, str]) -> Shift:
    homes = Counter(where[account] for account in sorted(old) if account in where)
    most = [name for name, count in homes.most_common(1) if 2 * count >= len(old)]
    into = most[0] if most and most[0] != ring else None
    return Shift(ring, "apart", 0, len(old), tuple(sorted(old)), into)


def members(run: Results) -> dict[str, Members]:
    """The accounts of each ring."""
    rows = run.rings.select("ring_id", "account_ids").iter_rows()
    return {ring: frozenset(accounts) for ring, accounts in rows}
