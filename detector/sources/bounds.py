"""Parts of bounded size: long values are cut before anything can multiply them.

A dictionary page may hold one text of a megabyte and name it a million times. Polars shares
such a text between rows, so it is safe until it is copied; here every text is cut to just
above what its column allows (the row still fails as too long), and nested columns are cut
into pieces small enough to be written as text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Final

import dataframely as dy
import polars as pl

from detector.sources.csvfile import NULLS
from detector.sources.limits import MAX_FIELD_CHARS, MAX_PART_BYTES, PART_ROWS
from detector.sources.raw import RawPart
from features.tables import SCHEMAS

_CHAR_BYTES: Final = 4
_SHORT: Final = 256
"""Characters enough for any number, time or enumeration."""


@cache
def field_limits(table: str) -> Mapping[str, int]:
    """Return the most characters of each column."""
    return {name: _limit(column) for name, column in SCHEMAS[table].columns().items()}


def _limit(column: dy.Column) -> int:
    if isinstance(column, dy.List):
        return 4 * _SHORT
    return (column.max_length or MAX_FIELD_CHARS) if isinstance(column, dy.String) else _SHORT


def pieces(part: RawPart, table: str) -> Iterator[RawPart]:
    """Cut a part into pieces of at most ``PART_ROWS`` rows with bounded values."""
    frame, limits = part.frame, field_limits(table)
    rows = _rows_at_once(frame)
    for start in range(0, max(frame.height, 1), rows):
        piece = frame.slice(start, rows)
        sizes = _sizes(piece)
        yield replace(
            part,
            frame=_bounded(piece, sizes, limits),
            rows=part.rows.slice(start, rows),
            bad=part.bad if start == 0 else [],
            blank=_blank(sizes) if part.blank is None else part.blank,
        )


def _rows_at_once(frame: pl.DataFrame) -> int:
    nested = [s for s in frame if s.dtype.is_nested()]
    held = int(sum(s.estimated_size() for s in nested))
    if held <= MAX_PART_BYTES:
        return PART_ROWS
    return max(1, min(PART_ROWS, frame.height * MAX_PART_BYTES // held))


def _sizes(piece: pl.DataFrame) -> Mapping[str, tuple[int, int]]:
    """Return the least and most bytes of the values of each column of texts, in one pass."""
    sizes = {
        name: pl.col(name).bin.size() if kind == pl.Binary else pl.col(name).str.len_bytes()
        for name, kind in piece.schema.items()
        if kind in (pl.Binary, pl.String)
    }
    if not sizes:
        return {}
    ends = [size.min() for size in sizes.values()] + [size.max() for size in sizes.values()]
    row = piece.select(end.fill_null(1).alias(str(i)) for i, end in enumerate(ends)).row(0)
    return dict(zip(sizes, zip(row, row[len(sizes) :], strict=False), strict=True))


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
    huge = [s.name for s in piece if s.dtype.is_nested() and s.estimated_size() > MAX_PART_BYTES]
    return piece.with_columns(_cut(piece[name], allowed[name]) for name in (*long, *huge))


def _cut(values: pl.Series, limit: int) -> pl.Series:
    """Cut long values to just above the limit; nested ones that are huge are given up."""
    if values.dtype == pl.Binary:
        return values.bin.head(_CHAR_BYTES * limit)
    if values.dtype == pl.String:
        return values.str.head(limit + 1)
    return pl.Series(values.name, [" " * (limit + 1)] * len(values), dtype=pl.String)
