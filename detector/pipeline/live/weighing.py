"""Edges that follow rollups: identifiers that nobody holds otherwise are not weighed again.

An edge is made of what both its accounts hold, of who else holds that, and of what their own
records and payers declare. So where identifiers have changed, or what somebody declares who holds
them, all edges between their holders are made anew, and no others. ``N`` is in every weight: where
it moves, all are weighed again, of identifiers that are told apart already.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from features.blocks import each
from features.evidence import Shared, edges_of, holders_of, identifiers_of, shared_identifiers
from features.rollups import Rollups
from features.ties import Ids, both_in, of, union, unlike

_VALUE = ["kind", "value"]
EDGE: Final = ["a", "b", "kind"]
"""What tells one edge from another, in their order."""


@dataclass(frozen=True)
class Weighed:
    """What several accounts hold, and the edges that it makes before appeals are heard."""

    shared: Shared
    edges: pl.DataFrame

    @classmethod
    def of(cls, rollups: Rollups, paid: pl.DataFrame) -> Weighed:
        """Weigh all."""
        shared = shared_identifiers(rollups)
        return cls(shared, _edges(shared, rollups, paid))


@dataclass(frozen=True)
class Moment:
    """Rollups and who paid whose charges (``features.population.payers``)."""

    rollups: Rollups
    paid: pl.DataFrame


@dataclass(frozen=True)
class Reweighed:
    """Edges as of now.

    ``between`` are accounts between which they are others than before; None is everybody.
    ``shown`` are those that show or declare anything else than before.
    """

    weighed: Weighed
    between: Ids | None
    shown: Ids


def follow_edges(before: Weighed, was: Moment, now: Moment, touched: Ids) -> Reweighed:
    """Edges as of now; nobody but ``touched`` has other rows than before."""
    ids = touched["account_id"]
    old, new = (identifiers_of(moment.rollups, ids) for moment in (was, now))
    told = declaring(was, now, touched)
    differing = unlike(old, new)
    shown, moved = union(differing, told), differing.select(_VALUE).unique()
    if shown.is_empty():
        return Reweighed(before, shown, shown)
    held = [of(rows, told).select(_VALUE) for rows in (before.shared.rows, new)]
    moved = pl.concat([moved, *held]).unique()
    gone = before.shared.rows.join(moved, on=_VALUE, how="semi")
    come = holders_of(now.rollups, moved)
    rest = before.shared.rows.join(moved, on=_VALUE, how="anti")
    holding = before.shared.holding + new["account_id"].n_unique() - old["account_id"].n_unique()
    shared = Shared(_with_rows(rest, come), holding)
    records = [moment.rollups["accounts"] for moment in (was, now)]
    if before.shared.among(records[0]) != shared.among(records[1]):
        return Reweighed(Weighed(shared, _edges(shared, now.rollups, now.paid)), None, shown)
    between = union(gone, come)
    fresh = _edges(Shared(of(shared.rows, between), holding), now.rollups, now.paid)
    edges, changed = replaced(before.edges, fresh, between, EDGE)
    return Reweighed(Weighed(shared, edges), changed, shown)


def replaced(
    before: pl.DataFrame, fresh: pl.DataFrame, ids: Ids, keys: list[str]
) -> tuple[pl.DataFrame, Ids]:
    """Rows of pairs in order, those between some accounts as they are now; and whose are others.

    Where none is another, they are the frame that was.
    """
    stale = before.select(both_in(ids)).to_series()
    changed = unlike(before.filter(stale), fresh)
    if changed.is_empty():
        return before, ids.clear()
    # Nearly all rows stand in their order: those of an account that others begin with are sorted.
    rest, firsts = before.filter(~stale), fresh["a"].unique().implode()
    with_fresh = rest.select(pl.col("a").is_in(firsts)).to_series()
    few = pl.concat([rest.filter(with_fresh), fresh]).sort(keys)
    rows = rest.filter(~with_fresh).merge_sorted(few, "a")
    return rows, union(*(changed.select(account_id=end) for end in ("a", "b")))


def _edges(shared: Shared, rollups: Rollups, paid: pl.DataFrame) -> pl.DataFrame:
    return pl.concat(each(edges_of(shared, rollups["accounts"], paid)))


def _with_rows(rest: pl.DataFrame, come: pl.DataFrame) -> pl.DataFrame:
    """Rows of both, their identifiers by numbers that no other has."""
    numbers = come["identifier"] + (rest["identifier"].max() or 0) + 1
    return pl.concat([rest, come.with_columns(numbers)]).sort("account_id")


def declaring(was: Moment, now: Moment, ids: Ids) -> Ids:
    """Who has another record, or other payers, than before."""
    records = [of(moment.rollups["accounts"], ids) for moment in (was, now)]
    paid = [of(moment.paid, ids) for moment in (was, now)]
    return union(unlike(*records), unlike(*paid))
