"""Features that follow rollups: computed anew for whoever they can have changed for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detector.pipeline.live.context import scopes
from detector.pipeline.live.cutting import Scope, restricted
from detector.pipeline.live.links import Links, follow_links
from detector.pipeline.live.rollups import Moved
from features.build import REGISTRY, all_accounts, family_columns
from features.landmarks import Landmarks
from features.peers import AGE_BANDS, PEER_COLUMNS, peer_codes
from features.population import Population
from features.registry import Family
from features.rollups import Rollups
from features.ties import Ids, union
from features.totals import totals

DENSE: Final = 1 / 3
"""Share of accounts that are touched from which all are computed."""


@dataclass(frozen=True)
class Numbers:
    """Features, totals and peers of one moment, all in the order of ``ids``.

    ``values`` is (accounts, features) with NaN for missing, one column after the other.
    """

    links: Links
    ids: pl.DataFrame
    values: NDArray[np.float64]
    totals: pl.DataFrame
    peers: NDArray[np.int64]
    landmarks: Landmarks

    @property
    def population(self) -> Population:
        """The rollups of all accounts, and what ties these."""
        return self.links.population

    @property
    def table(self) -> pl.DataFrame:
        """The feature table; what is missing is null."""
        columns = [
            pl.Series(name, self.values[:, k]).fill_nan(None)
            for k, name in enumerate(REGISTRY.names())
        ]
        return self.ids.hstack(columns).hstack(self.totals)


def numbers(rollups: Rollups) -> Numbers:
    """Everybody's features."""
    links = Links.of(rollups)
    population = links.population
    ids = all_accounts(population)
    values = np.empty((ids.height, len(REGISTRY)), order="F")
    at = 0
    for family in REGISTRY.families:
        width = len(family.features)
        values[:, at : at + width] = _array(family_columns(family, population, ids))
        at += width
    return Numbers(
        links, ids, values, _totals(rollups, ids), _peers(rollups, ids),
        Landmarks.of(rollups.frames),
    )  # fmt: skip


@dataclass(frozen=True)
class Followed:
    """Numbers as of now beside those before.

    ``before`` is the row (int) that each account had, -1 for new ones; ``changed`` (bool) marks
    rows that hold another number.
    """

    numbers: Numbers
    before: NDArray[np.int64]
    changed: NDArray[np.bool_]


def compared(before: Numbers, now: Numbers) -> Followed:
    """Numbers that were computed in full, beside those before."""
    old = _rows_in(before.ids, now.ids)
    unlike = (_bits(now.values) != _bits(before.values[old])).any(axis=1)
    return Followed(now, old, (old < 0) | unlike | (now.peers != before.peers[old]).any(axis=1))


def follow(before: Numbers, moved: Moved) -> Followed | None:
    """Features as of now; None where they are to be computed in full.

    That is so where an account may have others because a day has begun, and where so many are
    touched that telling them from the rest costs more than it saves. Otherwise ``before`` is used
    up: its arrays are written to.
    """
    was, now = before.population, moved.rollups
    if moved.touched is None or not _is_same_day(was.rollups, now):
        return None
    touched = union(moved.touched, _reached_by_time(was.rollups, now))
    if touched.height > DENSE * before.ids.height:
        return None
    links, relinked = follow_links(before.links, now, touched)
    landmarks = before.landmarks.again(now.frames, touched)
    if not before.landmarks.stand(landmarks):
        return None
    update = _Update.begin(before, links, touched, landmarks)
    scoped = scopes(was, links.population, touched, relinked, moved.devices)
    at = 0
    for family in REGISTRY.families:
        update.write(family, at, scoped[family.id])
        at += len(family.features)
    return update.finish()


@dataclass
class _Update:
    """Arrays of the accounts as of now, on their way from before."""

    numbers: Numbers
    small: Population
    touched: Ids
    before: NDArray[np.int64]
    changed: NDArray[np.bool_]

    @classmethod
    def begin(cls, before: Numbers, links: Links, touched: Ids, landmarks: Landmarks) -> _Update:
        """Put every account in its place; the touched ones get totals and peers as of now."""
        population = links.population
        rollups = restricted(population.rollups, union(touched, landmarks.witnesses))
        small = replace(population, rollups=rollups)
        own = all_accounts(small).join(touched, on="account_id", how="semi").sort("account_id")
        rest = before.ids.join(touched, on="account_id", how="anti")
        ids = pl.concat([rest, own]).sort("account_id")
        old = _rows_in(before.ids, ids)
        new = _rows_in(own, ids)
        at = np.where(new >= 0, before.ids.height + new, old)
        values = before.values
        if not ids.equals(before.ids):
            values = np.full((ids.height, values.shape[1]), np.nan, order="F")
            values[old >= 0] = before.values[old[old >= 0]]
        peers = np.concatenate([before.peers, _peers(rollups, own)])
        changed = (old < 0) | (peers[at] != peers[old]).any(axis=1)
        whole = pl.concat([before.totals, _totals(rollups, own)])[at]
        now = Numbers(links, ids, values, whole, peers[at], landmarks)
        return cls(now, small, touched, old, changed)

    def write(self, family: Family, at: int, scope: Scope) -> None:
        """Compute a family for whoever it may have changed for."""
        ids = self.numbers.ids
        new = pl.Series(self.before < 0)
        reached = ids if scope.reached is None else ids.filter(new | _is_among(ids, scope.reached))
        if reached.is_empty():
            return
        population = self._read(scope)
        block = _array(family_columns(family, population, reached))
        rows = self.numbers.ids["account_id"].search_sorted(reached["account_id"]).to_numpy()
        columns = slice(at, at + block.shape[1])
        values = self.numbers.values
        old = values[rows, columns]
        unlike = (_bits(old) != _bits(block)).any(axis=1)
        values[rows, columns] = block
        self.changed[rows[unlike]] = True

    def _read(self, scope: Scope) -> Population:
        """Whose rows are read: those of the scope, and of whoever witnesses the landmarks."""
        whole = self.numbers.population
        if scope.read is None:
            return whole
        if not scope.beside and scope.read.height == self.touched.height:
            return self.small  # they are among those who are read
        if scope.pairs is not None and scope.moves is not None:
            whole = replace(whole, pairs=scope.pairs, moves=scope.moves)
        ids = union(scope.read, self.numbers.landmarks.witnesses)
        return replace(whole, rollups=restricted(whole.rollups, ids, scope.beside))

    def finish(self) -> Followed:
        """The numbers as of now."""
        return Followed(self.numbers, self.before, self.changed)


def _rows_in(ids: pl.DataFrame, wanted: pl.DataFrame) -> NDArray[np.int64]:
    """Row of each wanted account, -1 where it is not there."""
    found = wanted.join(
        ids.with_row_index("_at"), on="account_id", how="left", maintain_order="left"
    )
    return found["_at"].cast(pl.Int64).fill_null(-1).to_numpy()


def _is_same_day(before: Rollups, now: Rollups) -> bool:
    """Whether windows, days of silence and the tables that are there stand."""
    return before.as_of.date() == now.as_of.date() and before.present == now.present


def _reached_by_time(before: Rollups, now: Rollups) -> Ids:
    """Whose age, or whose identifiers' age, has passed a bound that features or peers know."""

    def passed(column: str, age: timedelta) -> pl.Expr:
        slack = timedelta(seconds=1)
        begin, end = (moment - age for moment in (before.as_of, now.as_of))
        return pl.col(column).is_between(begin - slack, end + slack)

    settled = sorted({family.settled for family in REGISTRY.families if family.settled})
    bands = [timedelta(days=days) for days in AGE_BANDS]
    found = [now["distinct"].filter(passed("first", age)) for age in settled]
    found += [now["accounts"].filter(passed("created_at", age)) for age in bands]
    unknown = now["usage"].filter(pl.any_horizontal(passed("first", age) for age in bands))
    found.append(unknown.join(now["accounts"], on="account_id", how="anti"))
    return union(*found)


def _is_among(ids: pl.DataFrame, some: Ids) -> pl.Series:
    return ids["account_id"].is_in(some["account_id"].implode())


def _array(columns: pl.DataFrame) -> NDArray[np.float64]:
    return columns.fill_null(float("nan")).to_numpy().astype(np.float64)


def _bits(values: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.ascontiguousarray(values).view(np.int64)


def _totals(rollups: Rollups, ids: pl.DataFrame) -> pl.DataFrame:
    joined = ids.join(totals(rollups), on="account_id", how="left", maintain_order="left")
    return joined.drop("account_id").with_columns(
        pl.col(pl.Float64).fill_null(0.0), pl.col(pl.Int64).fill_null(0)
    )


def _peers(rollups: Rollups, ids: pl.DataFrame) -> NDArray[np.int64]:
    return peer_codes(rollups, ids).select(PEER_COLUMNS).to_numpy().astype(np.int64)
