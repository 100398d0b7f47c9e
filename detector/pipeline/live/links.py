"""Links that follow rollups: weighed anew where an identifier, a payer or a record has changed."""

from __future__ import annotations

from typing import Final

import polars as pl

from detector.pipeline.live.context import in_order, restricted
from features.blocks import Rows, each
from features.coincidences import with_coincidences
from features.decided import spared
from features.links.kinds import OBSERVED
from features.partners import SOME_EVIDENCE, partner_moves
from features.population import Population, linked_pairs, payers, settled_edges
from features.rollups import Rollups
from features.ties import Ids, of, union

SOURCES: Final = ("accounts", "links", "payments", "templates")


def follow_links(before: Population, now: Rollups, touched: Ids) -> tuple[Population, Ids]:
    """The population as of now, and accounts whose links are not what they were."""
    rest = before.payers.join(touched, on="account_id", how="anti")
    paid = pl.concat([rest, payers(of(now["usage"], touched))])
    kept = _are_kept(before, now, paid, touched)
    found = before.edges if kept else settled_edges(now, paid)
    pairs = before.pairs if kept else linked_pairs(found, now)
    moves = before.moves
    if not kept or _is_any_in(before.moves, touched):
        moves = partner_moves(_of_linked(now, pairs), pairs)
        pairs = with_coincidences(pairs, moves, now["accounts"])
    relinked = union(_unlike(before.pairs, pairs), _unlike(before.moves, moves))
    return Population(now, paid, found, pairs, moves), relinked


def _are_kept(before: Population, now: Rollups, paid: pl.DataFrame, touched: Ids) -> bool:
    if not all(_is_same(name, before.rollups, now, touched) for name in SOURCES):
        return False
    if not spared(before.rollups).equals(spared(now)):
        return False
    seen = [_observed(r, touched) for r in (before.rollups, now)]
    pays = [of(ties, touched).sort(pl.all()) for ties in (before.payers, paid)]
    return seen[0].equals(seen[1]) and pays[0].equals(pays[1])


def _observed(rollups: Rollups, ids: Ids) -> pl.DataFrame:
    rows = of(rollups["distinct"], ids).filter(pl.col("kind").is_in(list(OBSERVED)))
    return in_order("distinct", rows).select("account_id", "kind", "value", "n", "first", "last")


def _is_same(name: str, before: Rollups, now: Rollups, touched: Ids) -> bool:
    if before[name] is now[name]:
        return True
    return in_order(name, of(before[name], touched)).equals(in_order(name, of(now[name], touched)))


def _of_linked(rollups: Rollups, pairs: Rows) -> Rollups:
    some = pairs.filter(pl.col("posterior") >= SOME_EVIDENCE)
    return restricted(rollups, union(*(some.select(account_id=end) for end in "ab")))


def _is_any_in(moves: pl.DataFrame, touched: Ids) -> bool:
    return any(not of(moves, touched, end).is_empty() for end in "ab")


def _unlike(before: Rows, now: Rows) -> Ids:
    """Ends of pairs that are not what they were."""
    if before is now:
        return pl.DataFrame(schema={"account_id": pl.String})
    old, new = (pl.concat(each(rows)) for rows in (before, now))
    found = [
        one.join(other, on=one.columns, how="anti", nulls_equal=True)
        for one, other in ((old, new), (new, old))
    ]
    return union(*(frame.select(account_id=end) for frame in found for end in "ab"))
