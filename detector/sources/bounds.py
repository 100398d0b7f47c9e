"""Parts of bounded size: long values are cut before anything can multiply them.

A dictionary page may hold one text of a megabyte and name it a million times. Polars shares
such a text between rows, so it is safe until it is copied; here every text is cut to just
above what its column allows (the row still fails as too long), and nested columns are cut
into pieces small enough to be written as text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

import dataframely as dy
import polars as pl

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
        cut = [_cut(piece[name], limits.get(name, _SHORT)) for name in piece.columns]
        yield RawPart(
            pl.DataFrame(cut),
            part.rows.slice(start, rows),
            part.bad if start == 0 else [],
            part.operations,
        )


def _rows_at_once(frame: pl.DataFrame) -> int:
    nested = [s for s in frame if s.dtype.is_nested()]
    held = int(sum(s.estimated_size() for s in nested))
    if held <= MAX_PART_BYTES:
        return PART_ROWS
    return max(1, min(PART_ROWS, frame.height * MAX_PART_BYTES // held))


def _cut(values: pl.Series, limit: int) -> pl.Series:
    if values.dtype == pl.Binary:
        longest = values.bin.size().max()
        return values if _fits(longest, limit) else values.bin.head(_CHAR_BYTES * limit)
    if values.dtype == pl.String:
        return values if _fits(values.str.len_bytes().max(), limit) else values.str.head(limit + 1)
    if values.dtype.is_nested() and values.estimated_size() > MAX_PART_BYTES:
        return pl.Series(values.name, [" " * (limit + 1)] * len(values), dtype=pl.String)
    return values


def _fits(longest: object, limit: int) -> bool:
    return not isinstance(longest, int) or longest <= limit
