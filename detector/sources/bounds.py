"""Parts of bounded size: long values are cut before anything can multiply them.

A dictionary page may hold one text of a megabyte and name it a million times. Polars shares
such a text between rows, so it is safe until it is copied; here every text is cut to just
above what its column allows (it still fails as too long), and nested columns, measured
without a copy, are cut into pieces small enough to be written as text.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Final

import dataframely as dy
import numpy as np
import polars as pl

from detector.sources.csvfile import NULLS
from detector.sources.limits import MAX_FIELD_CHARS, MAX_PART_BYTES, PART_ROWS
from detector.sources.nested import WEIGHT_PER_CHAR, as_json, is_nested, nulled, weights
from detector.sources.raw import RawPart
from features.tables import SCHEMAS

_CHAR_BYTES: Final = 4
_SHORT: Final = 256
"""Characters enough for any number, time or enumeration."""


@cache
def field_limits(table: str) -> Mapping[str, int]:
    """Return the most characters of each column."""
    return {name: _limit(column) for name, column in SCHEMAS[table].columns().items()}


@cache
def _least(table: str) -> Mapping[str, int]:
    """Return the fewest bytes of each column that sets a bound."""
    columns = SCHEMAS[table].columns().items()
    texts = {name: column for name, column in columns if isinstance(column, dy.String)}
    return {name: column.min_length for name, column in texts.items() if column.min_length}


def _limit(column: dy.Column) -> int:
    if isinstance(column, dy.List):
        return 4 * _SHORT
    return (column.max_length or MAX_FIELD_CHARS) if isinstance(column, dy.String) else _SHORT


def pieces(part: RawPart, table: str) -> Iterator[RawPart]:
    """Cut a part into pieces of at most ``PART_ROWS`` rows with bounded values."""
    limits, measured = field_limits(table), _measured(part.frame, field_limits(table))
    for start, length in spans(part.frame.height, list(measured.values())):
        piece = part.frame.slice(start, length)
        sizes = _sizes(piece, None if part.blank is None else _least(table))
        giants = {name: pl.Series(size[start : start + length] < 0)
                  for name, size in measured.items()}  # fmt: skip
        written = [_written(piece[name], giant) for name, giant in giants.items()]
        yield replace(
            part,
            frame=_bounded(piece, sizes, limits).with_columns(written),
            rows=part.rows.slice(start, length),
            bad=part.bad if start == 0 else [],
            blank=_blank(sizes) if part.blank is None else part.blank,
            keys=None if part.keys is None else part.keys.slice(start, length),
            order=None if part.order is None else part.order.slice(start, length),
            told=part.told if start == 0 else {},
            too_long={name: giant for name, giant in giants.items() if giant.any()},
            short=_short(piece, sizes, table),
        )


def _measured(frame: pl.DataFrame, limits: Mapping[str, int]) -> Mapping[str, np.ndarray]:
    """Return the bytes of the values of each nested column; -1 where one is surely too long."""
    nested = {values.name: weights(values) for values in frame if is_nested(values.dtype)}
    return {
        name: np.where(size > WEIGHT_PER_CHAR * limits.get(name, _SHORT), -1, size)
        for name, size in nested.items()
    }


def spans(height: int, measured: Sequence[np.ndarray]) -> Iterator[tuple[int, int]]:
    """Yield (first row, rows): few enough rows that their nested values can be written."""
    sizes = [np.maximum(size, 0) for size in measured]
    ends = np.cumsum(np.sum(sizes, axis=0)) if sizes else np.zeros(height, dtype=np.int64)
    start = 0
    while start < max(height, 1):
        before = int(ends[start - 1]) if start else 0
        end = int(np.searchsorted(ends, before + MAX_PART_BYTES, side="right"))
        length = max(1, min(end - start, PART_ROWS))
        yield start, length
        start += length


def _written(values: pl.Series, giant: pl.Series) -> pl.Series:
    """Write nested values as text, the giants as null; a list of numbers stays one."""
    if giant.any():
        values = nulled(values, ~giant)
    numbers = isinstance(values.dtype, pl.List) and _numeric(values.dtype.inner)
    return values if numbers else as_json(values)


def _numeric(kind: object) -> bool:
    return isinstance(kind, pl.DataType) and kind.is_numeric()


def _sizes(piece: pl.DataFrame, asked: Collection[str] | None) -> Mapping[str, tuple[int, int]]:
    """Return the least and most bytes of the values of each column of texts.

    Where the columns are named of which the least are ``asked``, it is 0 for others.
    """
    sized = {
        name: pl.col(name).str.len_bytes() if kind == pl.String else pl.col(name).bin.size()
        for name, kind in piece.schema.items()
        if kind in (pl.String, pl.Binary)
    }
    if not sized:
        return {}
    asked = sized.keys() if asked is None else sized.keys() & asked
    least = [sized[name].min().name.suffix("|least") for name in asked]
    found = piece.select([size.max() for size in sized.values()] + least).row(0, named=True)
    return {
        name: (_known(found[f"{name}|least"]) if name in asked else 0, _known(found[name]))
        for name in sized
    }


def _known(size: object) -> int:
    """A size; 1 where no value has any."""
    return size if isinstance(size, int) else 1


def _short(piece: pl.DataFrame, sizes: Mapping[str, tuple[int, int]], table: str) -> frozenset[str]:
    """Return the columns of texts of which each value is as long as the table allows."""
    limits, asked, kinds = field_limits(table), _least(table), piece.schema
    return frozenset(
        name
        for name, (least, most) in sizes.items()
        if kinds[name] == pl.String and asked.get(name, 0) <= least and most <= limits.get(name, 0)
    )


def _blank(sizes: Mapping[str, tuple[int, int]]) -> frozenset[str]:
    """Return the columns with values as long as one of the texts that mean null."""
    return frozenset(
        name
        for name, (least, most) in sizes.items()
        if any(least <= len(text) <= most for text in NULLS)
    )


def _bounded(
    piece: pl.DataFrame, sizes: Mapping[str, tuple[int, int]], limits: Mapping[str, int]
) -> pl.DataFrame:
    """Cut the columns that hold a value longer than they may."""
    allowed = {name: limits.get(name, _SHORT) for name in piece.columns}
    long = [name for name, (_, most) in sizes.items() if most > allowed[name]]
    return piece.with_columns(_cut(piece[name], allowed[name]) for name in long)


def _cut(values: pl.Series, limit: int) -> pl.Series:
    """Cut long values to just above the limit."""
    if values.dtype == pl.Binary:
        return values.bin.head(_CHAR_BYTES * limit)
    return values.str.head(limit + 1)
