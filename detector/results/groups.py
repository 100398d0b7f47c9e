"""Tables in groups of rows, as they are written: the same groups from whatever pieces.

A group holds its own texts alone. Where it is a part of a larger piece, Polars' writer takes the
texts of all of the piece for its own: it cuts pages of a few rows, in files half as large again,
and takes several times the memory of the table. So groups are made one after the other, and no
table is held twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Final

import polars as pl
from polars.io.plugins import register_io_source

from features.grouping import own_texts

#: Rows of a group; a table of fewer is one piece.
ROWS: Final = 1 << 17
#: The same of tables with lists, of which a row takes some kB while it is written.
LISTED_ROWS: Final = 1 << 15


def write_in_groups(table: pl.DataFrame, stream: IO[bytes]) -> None:
    """Write a table as Parquet: the same bytes from whatever pieces it lies in."""
    rows = _rows(table)
    if table.height <= rows:
        table.rechunk().write_parquet(stream, compression="zstd")
        return

    def source(*_asked: object) -> Iterator[pl.DataFrame]:
        # All columns and rows are asked for, in pieces that are the source's to choose.
        return in_groups(table)

    register_io_source(source, schema=table.schema).sink_parquet(
        stream, compression="zstd", row_group_size=rows
    )


def in_groups(table: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The rows in groups of one size, but for the last, each in one piece."""
    held: list[pl.DataFrame] = []
    rows = _rows(table)
    for part in _cut(table, rows):
        held.append(part)
        if sum(one.height for one in held) == rows:
            yield _group(held)
            held = []
    if held:
        yield _group(held)


def _rows(table: pl.DataFrame) -> int:
    return LISTED_ROWS if any(kind.is_nested() for kind in table.dtypes) else ROWS


def _cut(table: pl.DataFrame, size: int) -> Iterator[pl.DataFrame]:
    """The pieces that a table lies in, cut where groups end."""
    rows = 0
    for piece in _pieces(table):
        at = 0
        while at < piece.height:
            part = _part(piece, at, min(size - rows % size, piece.height - at))
            yield part
            at += part.height
            rows += part.height


def _pieces(table: pl.DataFrame) -> Iterator[pl.DataFrame]:
    lengths = table.to_series(0).chunk_lengths()
    if any(column.chunk_lengths() != lengths for column in table):
        table, lengths = table.rechunk(), [table.height]
    at = 0
    for length in lengths:
        yield table[at : at + length]
        at += length


def _part(piece: pl.DataFrame, at: int, rows: int) -> pl.DataFrame:
    """Some rows; of lists a copy, since a slice of them is copied whole."""
    if not at and rows == piece.height:
        return piece
    places = pl.int_range(at, at + rows, eager=True)
    lists = [name for name, kind in piece.schema.items() if kind.is_nested()]
    return piece[at : at + rows].with_columns(piece[name].gather(places) for name in lists)


def _group(parts: list[pl.DataFrame]) -> pl.DataFrame:
    whole = parts[0] if len(parts) == 1 else pl.concat(parts, rechunk=True)
    texts = [
        name for name, kind in whole.schema.items() if kind == pl.String or kind.is_nested()
    ]  # fmt: skip
    return whole.with_columns(own_texts(whole[name]) for name in texts)
