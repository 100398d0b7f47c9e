"""Who is decided about: one account of a run, or a ring with what ties each of its members."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import polars as pl

from detector.errors import UsageError
from detector.results.folder import refuse_incomplete
from detector.results.nearest import nearest
from detector.results.run import read_run
from detector.terminal import safe_text
from features.links.kinds import SECONDING_KINDS, THING, WORDS

SHOWN: Final = 60
# What seconds other kinds only is too little to confirm anybody by.
_COUNTING: Final = THING.keys() - set(SECONDING_KINDS)


@dataclass(frozen=True)
class Member:
    """One account, its own queue, and the kinds of rare things that tie it to other members.

    Of kinds that come from one thing, such as what one machine shows, the first stands for all.
    """

    account_id: str
    queue: str
    ring_id: str | None
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Decided:
    """A case as it is decided: a ring's members by rank, or one account (``is_ring`` false)."""

    name: str
    is_ring: bool
    members: tuple[Member, ...]
    as_of: datetime

    @property
    def ids(self) -> list[str]:
        """The accounts, by rank."""
        return [member.account_id for member in self.members]


def open_case(out: Path, name: str) -> Decided:
    """Return what a ring's or an account's id stands for in a run.

    Raises
    ------
    UsageError
        The run has no such id; ids much like it are named. Or an account and a ring have it.
    DataError
        The folder is no run of ``enduse score``.
    """
    refuse_incomplete(out)
    run = read_run(out)
    scores = pl.read_parquet(
        out / "scores.parquet", glob=False, columns=["account_id", "rank", "queue", "ring_id"]
    ).sort("rank", "account_id")
    rings = pl.scan_parquet(out / "rings.parquet", glob=False)
    ring = rings.filter(pl.col("ring_id") == name).select("account_ids", "edges").collect()
    alone = scores.filter(pl.col("account_id") == name)
    if ring.is_empty() and alone.is_empty():
        names = rings.select("ring_id").collect()["ring_id"].to_list()
        raise UsageError(_unknown(name, [*scores["account_id"], *names]))
    if not ring.is_empty() and not alone.is_empty():
        raise UsageError(
            f"'{_shown(name)}' is an account and a ring of this run; expected an id of one case: "
            "name the members of the ring one by one"
        )
    if ring.is_empty():
        return Decided(name, False, _members(alone, {}), run.as_of)
    found = ring.row(0, named=True)
    rows = scores.filter(pl.col("account_id").is_in(found["account_ids"]))
    return Decided(name, True, _members(rows, kinds_of(found["edges"])), run.as_of)


def kinds_of(edges: Iterable[Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    """Return, for each account, the independent kinds of rare identifiers that tie it.

    What two accounts merely did at one time is no identifier and does not count, nor do a tie
    that weighs nothing and a kind that only seconds others.

    Examples
    --------
    >>> kinds_of([dict(a="x", b="y", kind=kind, weight=9.0) for kind in ("ip", "device", "phone")])
    {'x': ('device', 'phone'), 'y': ('device', 'phone')}
    """
    met: dict[str, set[str]] = {}
    for edge in edges:
        if edge["kind"] in _COUNTING and (edge["weight"] or 0.0) > 0:
            for end in (edge["a"], edge["b"]):
                met.setdefault(end, set()).add(edge["kind"])
    return {account: _independent(kinds) for account, kinds in sorted(met.items())}


def _independent(kinds: set[str]) -> tuple[str, ...]:
    first: dict[int, str] = {}
    for kind in sorted(kinds):
        first.setdefault(THING[kind], kind)
    return tuple(first.values())


def kind_words(kinds: Sequence[str]) -> str:
    """Kinds of ties as people call them."""
    return ", ".join(WORDS[kind] for kind in kinds)


def _members(rows: pl.DataFrame, kinds: Mapping[str, tuple[str, ...]]) -> tuple[Member, ...]:
    return tuple(
        Member(account, str(queue), ring, kinds.get(account, ()))
        for account, queue, ring in rows.select("account_id", "queue", "ring_id").iter_rows()
    )


def _unknown(name: str, ids: Sequence[str]) -> str:
    near = ", ".join(map(_shown, nearest(name, ids)))
    remedy = f"near it: {near}" if near else "the report and scores.parquet list them"
    return (
        f"'{_shown(name)}' is no case of this run; expected the id of a ring or an account, "
        f"case-sensitive; {remedy}"
    )


def _shown(name: str) -> str:
    return safe_text(name, limit=SHOWN)
