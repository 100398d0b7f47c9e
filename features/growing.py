"""A large rollup in order and a few rows more: their sum, without sorting all again.

The place of each new row is searched for in the order that stands, and every column is moved
once. What comes out is what ``Shape.total`` makes of both together.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.grouping import is_constant
from features.shape import Shape

Places = NDArray[np.int64]


def grown(shape: Shape, base: pl.DataFrame, more: pl.DataFrame) -> pl.DataFrame:
    """The sum of two frames of a rollup, in order.

    Parameters
    ----------
    shape
        What both are.
    base, more
        Each key stands once in each, in order: what ``Shape.total`` gave. ``more`` is small.
    """
    if not more.height or not base.height:
        return base if base.height else more
    order = shape.order()
    told = [key for key in order if not _is_same(base[key], more[key])]
    at, known = _found(base.select(told), more.select(told))
    # Rows of the sum are taken out of what was, what recurs added up, and what is new.
    added = shape.sort(shape.add_up(pl.concat([base[at[known]], more.filter(known)])))
    places = np.arange(base.height)
    places[at[known]] = base.height + np.arange(added.height)
    fresh = base.height + added.height + np.arange(more.height - added.height)
    places = np.insert(places, at[~known], fresh)
    parts = [base, added, more.filter(~known)]
    return shape.bounded(_gathered(parts, pl.Series(places, dtype=pl.get_index_type())))


def _gathered(parts: Sequence[pl.DataFrame], places: pl.Series) -> pl.DataFrame:
    columns = [
        pl.concat([part[name] for part in parts], rechunk=True).gather(places)
        for name in parts[0].columns
    ]
    return pl.DataFrame(columns)


def _is_same(one: pl.Series, other: pl.Series) -> bool:
    """Whether both hold one value and no other, so that it tells no two rows apart."""
    return one.head(1).equals(other.head(1)) and is_constant(one) and is_constant(other)


def _found(base: pl.DataFrame, more: pl.DataFrame) -> tuple[Places, NDArray[np.bool_]]:
    """Where the rows of ``more`` stand in ``base`` or would, and whether they stand there."""
    if not base.width:
        return np.zeros(more.height, np.int64), np.ones(more.height, np.bool_)
    first = base.columns[0]
    # First whose rows they are: that leaves few rows to look through.
    begins = _begins(base[first])
    mine = _begins(more[first])
    owners, sought = base.select(first)[begins], more.select(first)[mine]
    owner = _placed(owners, sought, np.zeros(len(mine), np.int64), np.full(len(mine), len(begins)))
    there = _stand(owners, sought, owner)
    ends = np.append(begins, base.height)
    low, high = ends[owner], ends[np.minimum(owner + there, len(begins))]
    times = np.diff(np.append(mine, more.height))
    at = _placed(base, more, np.repeat(low, times), np.repeat(high, times))
    return at, _stand(base, more, at)


def _begins(values: pl.Series) -> Places:
    """The first row of each value; those of one value stand together."""
    other = values.ne_missing(values.shift(1)).to_numpy().copy()
    other[:1] = True
    return np.flatnonzero(other)


def _placed(base: pl.DataFrame, more: pl.DataFrame, low: Places, high: Places) -> Places:
    """The first place from ``low`` up to ``high`` where what stands there is no less."""
    low, high = low.copy(), high.copy()
    while (open_ := np.flatnonzero(low < high)).size:
        middle = (low[open_] + high[open_]) // 2
        less = _less(base, more, middle, open_)
        low[open_] = np.where(less, middle + 1, low[open_])
        high[open_] = np.where(less, high[open_], middle)
    return low


def _less(base: pl.DataFrame, more: pl.DataFrame, at: Places, rows: Places) -> NDArray[np.bool_]:
    """Whether rows of ``base`` come before rows of ``more``, null first."""
    found = np.zeros(len(at), np.bool_)
    tied = np.arange(len(at))
    for key in base.columns:
        one, other = base[key].gather(at[tied]), more[key].gather(rows[tied])
        before = (one < other).fill_null(value=False) | (one.is_null() & other.is_not_null())
        found[tied] = before.to_numpy()
        tied = tied[one.eq_missing(other).to_numpy()]
        if not tied.size:
            break
    return found


def _stand(base: pl.DataFrame, more: pl.DataFrame, at: Places) -> NDArray[np.bool_]:
    """Whether the rows of ``more`` stand at places in ``base``."""
    inside = np.flatnonzero(at < base.height)
    for key in base.columns:
        same = base[key].gather(at[inside]).eq_missing(more[key].gather(inside))
        inside = inside[same.to_numpy()]
    found = np.zeros(len(at), np.bool_)
    found[inside] = True
    return found
