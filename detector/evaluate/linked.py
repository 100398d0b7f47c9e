"""Tell linked rings from unlinked ones and from single accounts."""

from __future__ import annotations

from collections import defaultdict

import polars as pl

RARE_HOLDERS = 10


def ring_linkage(rings: list[list[str]], links: pl.DataFrame | None) -> list[str]:
    """Name each ring ``single``, ``linked``, ``unlinked`` or ``unknown``.

    A ring is linked if more than half of its members share rare identifiers of two or more
    kinds with other members. Rare: held by at most ten accounts, or by at most twice as
    many as the ring has.

    Parameters
    ----------
    rings : list of list of account ids
    links : DataFrame, optional
        ``account_links``; without it rings of two and more are ``unknown``.
    """
    if links is None:
        return ["single" if len(ring) == 1 else "unknown" for ring in rings]
    holders, values = _index(links, {account for ring in rings for account in ring})
    return [_linkage(ring, holders, values) for ring in rings]


_Value = tuple[str, str]


def _index(
    links: pl.DataFrame, members: set[str]
) -> tuple[dict[_Value, int], dict[str, list[_Value]]]:
    pairs = links.select(
        pl.col("kind").cast(pl.String), pl.col("value_hash"), pl.col("account_id")
    ).unique()
    counts = pairs.group_by("kind", "value_hash").len()
    of_members = pairs.filter(pl.col("account_id").is_in(sorted(members))).join(
        counts, on=["kind", "value_hash"]
    )
    holders: dict[_Value, int] = {}
    values: dict[str, list[_Value]] = defaultdict(list)
    for kind, value, account, count in of_members.sort(pl.all()).iter_rows():
        holders[kind, value] = count
        values[account].append((kind, value))
    return holders, values


def _linkage(ring: list[str], holders: dict[_Value, int], values: dict[str, list[_Value]]) -> str:
    if len(ring) == 1:
        return "single"
    inside: dict[_Value, int] = defaultdict(int)
    for account in ring:
        for value in values.get(account, []):
            inside[value] += 1
    rare = max(RARE_HOLDERS, 2 * len(ring))
    shared = {v for v, count in inside.items() if count > 1 and holders[v] <= rare}
    joined = sum(len({v[0] for v in values.get(a, []) if v in shared}) >= 2 for a in ring)
    return "linked" if 2 * joined > len(ring) else "unlinked"
