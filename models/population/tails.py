"""How far out a value lies in a reference population, from stored order statistics.

A table keeps the distinct values of one column of one peer group with exact counts. Long
tables are thinned away from the suspicious end; between kept values the larger count is
used, so a stored tail is never smaller than the true one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.arrays import ArrayReader
from models.errors import ModelFormatError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: Values of a table that are kept: half of them the largest, half evenly spaced below.
KEEP = 400


@dataclass(frozen=True)
class Tails:
    """Reference tables for G groups and C columns; larger is more suspicious.

    Attributes
    ----------
    columns : int
        C; table of group g and column c is number g * C + c.
    start : (G * C + 1,) int64
        Where each table begins in ``value``, ``at_least`` and ``above``.
    value : (K,) float64
        Kept values, increasing within a table.
    at_least, above : (K,) int64
        Reference members at or above, and strictly above, each kept value.
    total : (G * C,) int64
        Reference members with a value.
    """

    columns: int
    start: IntArray
    value: FloatArray
    at_least: IntArray
    above: IntArray
    total: IntArray

    @classmethod
    def build(cls, values: FloatArray, members: Sequence[IntArray], *, keep: int = KEEP) -> Tails:
        """Make the tables of (n, C) reference values for each group's member rows."""
        tables = [_table(column, keep) for rows in members for column in values[rows].T]
        sizes = np.array([len(table[0]) for table in tables], dtype=np.int64)
        value, at_least, above = (np.concatenate([t[i] for t in tables]) for i in range(3))
        return cls(
            values.shape[1],
            np.concatenate(([0], np.cumsum(sizes))),
            value.astype(np.float64),
            at_least.astype(np.int64),
            above.astype(np.int64),
            np.array([table[3] for table in tables], dtype=np.int64),
        )

    def counts(self, values: FloatArray, group: IntArray, *, strict: bool) -> FloatArray:
        """Return (n, C) reference members at or above each value; NaN stays NaN.

        With ``strict`` only members strictly above are counted.
        """
        out = np.full(values.shape, np.nan)
        for g, rows in by_group(group):
            for column in range(self.columns):
                table = g * self.columns + column
                out[rows, column] = self._count(table, values[rows, column], strict=strict)
        return out

    def _count(self, table: int, x: FloatArray, *, strict: bool) -> FloatArray:
        part = slice(self.start[table], self.start[table + 1])
        value, above = self.value[part], self.above[part]
        upto = np.searchsorted(value, x, side="right")
        before = np.concatenate(([self.total[table]], above))
        count = before[upto].astype(np.float64)
        if not strict:
            same = (upto > 0) & (value[np.maximum(upto - 1, 0)] == x) if len(value) else upto > 0
            count[same] = self.at_least[part][upto[same] - 1]
        return np.where(np.isnan(x), np.nan, count)

    def shares(self, values: FloatArray, group: IntArray) -> FloatArray:
        """Return (n, C) shares of peers strictly beyond each value, 0 to 1.

        NaN where the value is missing or no peer has one.
        """
        total = self.total.reshape(-1, self.columns)[group].astype(np.float64)
        above = self.counts(values, group, strict=True)
        result: FloatArray = np.divide(
            above, total, out=np.full(values.shape, np.nan), where=total > 0.0
        )
        return result

    def p_values(self, values: FloatArray, group: IntArray) -> FloatArray:
        """Return (n, C) empirical tail p-values (1 + members >= value) / (members + 1)."""
        total = self.total.reshape(-1, self.columns)[group]
        count = self.counts(values, group, strict=False)
        result: FloatArray = np.divide(1.0 + count, total + 1.0)
        return result

    def to_arrays(self, prefix: str) -> dict[str, NDArray[np.generic]]:
        """Return the arrays for `models.files.store`."""
        return {
            f"{prefix}start": self.start,
            f"{prefix}value": self.value,
            f"{prefix}at_least": self.at_least.astype(np.int32),
            f"{prefix}above": self.above.astype(np.int32),
            f"{prefix}total": self.total,
        }

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, NDArray[np.generic]], prefix: str, groups: int, columns: int
    ) -> Tails:
        """Check and assemble stored tables.

        Raises
        ------
        ModelFormatError
            If sizes do not fit, values are not increasing or counts not decreasing.
        """
        get = ArrayReader(arrays, prefix)
        start, total = get("start", np.int64), get("total", np.int64)
        value = get("value", np.float64)
        at_least = get("at_least", np.int32).astype(np.int64)
        above = get("above", np.int32).astype(np.int64)
        tables = groups * columns
        sizes = len(start) == tables + 1 and len(total) == tables
        if not sizes or start[0] != 0 or (np.diff(start) < 0).any() or start[-1] != len(value):
            raise ModelFormatError(f"{prefix}start does not lay out {tables} tables")
        if not len(value) == len(at_least) == len(above):
            raise ModelFormatError(f"{prefix}value and its counts differ in number")
        _check_order(prefix, start, value, at_least, above, total)
        return cls(columns, start, value, at_least, above, total)


def _check_order(
    prefix: str,
    start: IntArray,
    value: FloatArray,
    at_least: IntArray,
    above: IntArray,
    total: IntArray,
) -> None:
    inner = np.ones(len(value), dtype=bool)
    inner[start[:-1][np.diff(start) > 0]] = False  # the first value of a table
    later = np.flatnonzero(inner)
    table = np.repeat(np.arange(len(total)), np.diff(start))
    sound = bool(
        np.isfinite(value).all()
        and (value[later] > value[later - 1]).all()
        and (at_least[later] <= above[later - 1]).all()
        and (above >= 0).all()
        and (above < at_least).all()
        and (at_least <= total[table]).all()
        and (total < 1 << 40).all()
    )
    if not sound:
        raise ModelFormatError(f"{prefix}tables are not sorted tails of a population")


def _table(column: FloatArray, keep: int) -> tuple[FloatArray, IntArray, IntArray, int]:
    """Return kept values, members at or above, members above, and the number of members."""
    present = np.sort(column[~np.isnan(column)])
    value, first = np.unique(present, return_index=True)
    at_least = len(present) - first
    above = np.append(at_least[1:], 0)[: len(value)]
    if len(value) > keep:
        top = keep // 2
        low = len(value) - top
        kept = np.concatenate((np.arange(top) * low // top, np.arange(low, len(value))))
        value, at_least, above = value[kept], at_least[kept], above[kept]
    return value, at_least, above, len(present)


def by_group(group: IntArray) -> Iterator[tuple[int, IntArray]]:
    """Yield each group number with its rows, in increasing order."""
    if not len(group):
        return
    order = np.argsort(group, kind="stable")
    cuts = np.flatnonzero(np.diff(group[order])) + 1
    for rows in np.split(order, cuts):
        yield int(group[rows[0]]), rows
