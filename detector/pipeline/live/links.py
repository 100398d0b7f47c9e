"""Links that follow rollups: weighed anew where an identifier, a payer or a record has changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import polars as pl

from detector.pipeline.live.context import Ids, in_order, of, restricted, union
from features.linkage import edges, linked_pairs
from features.links.kinds import OBSERVED
from features.partners import SOME_EVIDENCE, partner_moves
from features.rollups import Rollups

SOURCES: Final = ("accounts", "links", "payments", "templates")


def follow_links(before: Rollups, now: Rollups, touched: Ids) -> tuple[Rollups, Ids]:
    """The rollups with edges, pairs and moves, and accounts whose links are not what they were."""
    kept = _are_kept(before, now, touched)
    frames = dict(now.frames)
    frames["edges"] = before["edges"] if kept else edges(_with_payers_alone(now))
    frames["pairs"] = before["pairs"] if kept else linked_pairs(replace(now, frames={**frames}))
    linked = replace(now, frames=frames)
    frames["moves"] = before["moves"]
    if not kept or _is_any_in(before["moves"], touched):
        frames["moves"] = partner_moves(_of_linked(linked), frames["pairs"])
    relinked = [_unlike(before[name], frames[name]) for name in ("pairs", "moves")]
    return replace(now, frames=frames), union(*relinked)


def _are_kept(before: Rollups, now: Rollups, touched: Ids) -> bool:
    if not all(_is_same(name, before, now, touched) for name in SOURCES):
        return False
    seen = [_observed(r, touched) for r in (before, now)]
    paid = [
        of(r["usage"].select("account_id", "payer_id"), touched).unique().sort(pl.all())
        for r in (before, now)
    ]
    return seen[0].equals(seen[1]) and paid[0].equals(paid[1])


def _observed(rollups: Rollups, ids: Ids) -> pl.DataFrame:
    rows = of(rollups["distinct"], ids).filter(pl.col("kind").is_in(list(OBSERVED)))
    return in_order("distinct", rows).select("account_id", "kind", "value", "first", "last")


def _is_same(name: str, before: Rollups, now: Rollups, touched: Ids) -> bool:
    if before[name] is now[name]:
        return True
    return in_order(name, of(before[name], touched)).equals(in_order(name, of(now[name], touched)))


def _with_payers_alone(rollups: Rollups) -> Rollups:
    """Edges read of the charges who pays, once an account."""
    paid = rollups["usage"].select("account_id", "payer_id").unique()
    return replace(rollups, frames={**rollups.frames, "usage": paid})


def _of_linked(rollups: Rollups) -> Rollups:
    some = rollups["pairs"].filter(pl.col("posterior") >= SOME_EVIDENCE)
    return restricted(rollups, union(*(some.select(account_id=end) for end in "ab")))


def _is_any_in(moves: pl.DataFrame, touched: Ids) -> bool:
    return any(not of(moves, touched, end).is_empty() for end in "ab")


def _unlike(before: pl.DataFrame, now: pl.DataFrame) -> Ids:
    """Ends of pairs that are not what they were."""
    if before is now:
        return pl.DataFrame(schema={"account_id": pl.String})
    found = [
        one.join(other, on=one.columns, how="anti", nulls_equal=True)
        for one, other in ((before, now), (now, before))
    ]
    return union(*(frame.select(account_id=end) for frame in found for end in "ab"))
