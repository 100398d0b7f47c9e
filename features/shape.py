"""What the shape of a rollup is: its keys, and how its values add up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from features.grouping import group, is_constant, key_hash
from features.ordering import sort_columns, taken
from features.types import UTC_TIME

TEXT: Final = pl.String()
INT: Final = pl.Int64()
DAY: Final = pl.Date()
# Telemetry is kept to six places: exact sums of what meters report as floats.
METERED: Final = pl.Decimal(38, 6)
# Most values of one kind that are kept for one account.
MOST_VALUES: Final = 10_000


@dataclass(frozen=True)
class Shape:
    """Key and value columns of one rollup, and how values add up.

    ``dates_accounts``: its times tell when an account was first active.

    Of each ``owner`` (some of the keys) at most ``MOST_VALUES`` rows are kept, the first in the
    order of the keys: which they are depends on no split into parts, and each keeps its exact
    sums, because it is kept in every part that has it.
    """

    keys: Mapping[str, pl.DataType]
    sums: Mapping[str, pl.DataType]
    masks: tuple[str, ...] = ()
    firsts: tuple[str, ...] = ("first",)
    lasts: tuple[str, ...] = ("last",)
    owner: tuple[str, ...] = ()
    dates_accounts: bool = False

    def schema(self) -> pl.Schema:
        """All columns with their types, keys first."""
        masks = {name: pl.Int32() for name in self.masks}
        times = dict.fromkeys((*self.firsts, *self.lasts), UTC_TIME)
        return pl.Schema({**self.keys, **self.sums, **masks, **times})

    def aggregates(self) -> list[pl.Expr]:
        """How the values of one key add up: all of them exact, in any order."""
        return [
            *(pl.col(name).sum() for name in self.sums),
            *(pl.col(name).bitwise_or() for name in self.masks),
            *(pl.col(name).min() for name in self.firsts),
            *(pl.col(name).max() for name in self.lasts),
        ]

    def add_up(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Group by the keys and add up the values; rows come in no order."""
        grouped = group(frame, list(self.keys), self.aggregates()).select(list(self.schema()))
        return self.bounded(grouped.cast(self.schema()))

    def full(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The owners of which as many rows are there as are kept, and maybe more were seen."""
        held = frame.group_by(self.owner).agg(pl.len().alias("rows"))
        return held.filter(pl.col("rows") >= MOST_VALUES).sort(self.owner)

    def bounded(self, frame: pl.DataFrame) -> pl.DataFrame:
        """At most ``MOST_VALUES`` rows of each owner, the first ones of its keys."""
        if not self.owner or frame.height <= MOST_VALUES or _spread(frame[self.owner[0]]):
            return frame
        place = pl.int_range(pl.len()).over(self.owner)
        return self.sort(frame).filter(place < MOST_VALUES)

    def sort(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Rows in the order of their keys."""
        columns = frame.get_columns()
        del frame
        return self.in_order(columns)

    def in_order(self, columns: list[pl.Series]) -> pl.DataFrame:
        """Rows in the order of their keys; ``columns`` is emptied."""
        keys = self.owner or tuple(self.keys)
        return sort_columns(columns, keys, [key for key in self.keys if key not in keys])

    def order(self) -> list[str]:
        """The keys as rows are sorted by them."""
        return [*self.owner, *(key for key in self.keys if key not in self.owner)]

    def hashes(self, frame: pl.DataFrame) -> pl.Series:
        """A hash of the keys of each row: where it stands once, so do the keys."""
        telling = [key for key in self.keys if not is_constant(frame[key])]
        hashed = key_hash(telling, seed=0) + pl.zeros(pl.len(), pl.UInt64)
        return frame.select(hashed).to_series()

    def recurs(self, hashes: pl.Series) -> bool:
        """Whether adding rows up makes them half as many, or they are to be bounded."""
        return bool(self.owner) or _recur(hashes.n_unique(), len(hashes))

    def total(self, columns: list[pl.Series]) -> pl.DataFrame:
        """Each key once, in order; ``columns`` is emptied, so that no two copies are held."""
        if self.owner:
            return self.in_order(self.add_up(pl.DataFrame(columns)).get_columns())
        hashes = self.hashes(pl.DataFrame(columns))
        keys = hashes.n_unique()
        if _recur(keys, len(hashes)):
            columns = self.add_up(pl.DataFrame(columns)).get_columns()
        elif keys < len(hashes):
            again = hashes.is_duplicated()
            some = self.add_up(pl.DataFrame(columns).filter(again))
            alone = taken(columns, (~again).arg_true())
            columns = pl.concat([alone, some]).get_columns()
            del alone
        return self.in_order(columns)


def _recur(keys: int, rows: int) -> bool:
    return 2 * keys <= rows


def _spread(values: pl.Series) -> bool:
    """Whether no value stands in more than ``MOST_VALUES`` rows; no is maybe.

    Values are counted by a part of their hash, which is cheaper than grouping by them.
    """
    parts = values.hash(seed=0).to_numpy() >> np.uint64(48)
    counted = np.bincount(parts.astype(np.int64))
    return int(counted.max()) <= MOST_VALUES
