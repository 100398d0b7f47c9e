"""Edges that follow rollups: identifiers that nobody holds otherwise are not weighed again.

An edge is made of what both its accounts hold, of who else holds that, and of what their own
records and payers declare. So where identifiers have changed, or what somebody declares who holds
them, all edges between their holders are made anew, and no others. ``N`` is in every weight: where
it moves, all are weighed again, of identifiers that are told apart already.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from features.blocks import each
from features.evidence import Shared, edges_of, holders_of, identifiers_of, shared_identifiers
from features.rollups import Rollups
from features.ties import Ids, of, union, unlike

_VALUE = ["kind", "value"]


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

    ``between`` are accounts between which they may be others than before; None is everybody.
    ``stood``: nobody shows or declares anything else than before.
    """

    weighed: Weighed
    between: Ids | None
    stood: bool = False


def follow_edges(before: Weighed, was: Moment, now: Moment, touched: Ids) -> Reweighed:
    """Edges as of now; nobody but ``touched`` has other rows than before."""
    ids = touched["account_id"]
    old, new = (identifiers_of(moment.rollups, ids) for moment in (was, now))
    told = _declaring(was, now, touched)
    moved = unlike(old, new).select(_VALUE).unique()
    if moved.is_empty() and told.is_empty():
        return Reweighed(before, told, stood=True)
    held = [of(rows, told).select(_VALUE) for rows in (before.shared.rows, new)]
    moved = pl.concat([moved, *held]).unique()
    gone = before.shared.rows.join(moved, on=_VALUE, how="semi")
    come = holders_of(now.rollups, moved)
    rest = before.shared.rows.join(moved, on=_VALUE, how="anti")
    holding = before.shared.holding + new["account_id"].n_unique() - old["account_id"].n_unique()
    shared = Shared(_with_rows(rest, come), holding)
    records = [moment.rollups["accounts"] for moment in (was, now)]
    if before.shared.among(records[0]) != shared.among(records[1]):
        return Reweighed(Weighed(shared, _edges(shared, now.rollups, now.paid)), None)
    between = union(gone, come)
    some = Shared(of(shared.rows, between), holding)
    edges = [before.edges.filter(~both_in(between)), _edges(some, now.rollups, now.paid)]
    return Reweighed(Weighed(shared, pl.concat(edges).sort("a", "b", "kind")), between)


def both_in(ids: Ids) -> pl.Expr:
    """Whether both accounts of a pair are among some."""
    among = ids["account_id"].implode()
    return pl.col("a").is_in(among) & pl.col("b").is_in(among)


def _edges(shared: Shared, rollups: Rollups, paid: pl.DataFrame) -> pl.DataFrame:
    return pl.concat(each(edges_of(shared, rollups["accounts"], paid)))


def _with_rows(rest: pl.DataFrame, come: pl.DataFrame) -> pl.DataFrame:
    """Rows of both, their identifiers by numbers that no other has."""
    numbers = come["identifier"] + (rest["identifier"].max() or 0) + 1
    return pl.concat([rest, come.with_columns(numbers)]).sort("account_id")


def _declaring(was: Moment, now: Moment, ids: Ids) -> Ids:
    """Who has another record, or other payers, than before."""
    records = [of(moment.rollups["accounts"], ids) for moment in (was, now)]
    paid = [of(moment.paid, ids) for moment in (was, now)]
    return union(unlike(*records), unlike(*paid))
