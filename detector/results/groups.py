"""Tables in groups of rows, as they are written: the same groups from whatever pieces.

A group holds its own texts alone. Where it is a part of a larger piece, Polars' writer takes the
texts of all of the piece for its own: it cuts pages of a few rows, in files half as large again,
and takes several times the memory of the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import polars as pl

from features.grouping import own_texts

#: Rows of a group; a table of fewer is one piece.
ROWS: Final = 1 << 17


def in_groups(blocks: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Rows of blocks, one below the other; what blocks held beside them is let go as they come."""
    return pl.concat(_groups(blocks))


def grouped(table: pl.DataFrame) -> pl.DataFrame:
    """The table in one piece, or in groups; as it is where it is in groups already."""
    if table.height <= ROWS:
        return table.rechunk()
    full, rest = divmod(table.height, ROWS)
    lengths = [ROWS] * full + [rest] * bool(rest)
    if all(column.chunk_lengths() == lengths for column in table):
        return table
    return in_groups([table])


def _groups(blocks: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    held: list[pl.DataFrame] = []
    for part in _cut(blocks):
        held.append(part)
        if sum(one.height for one in held) == ROWS:
            yield _group(held)
            held = []
    if held:
        yield _group(held)


def _cut(blocks: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """The blocks, cut where groups end; nothing but an empty one where there are no rows."""
    rows = 0
    for block in blocks:
        if not rows and block.is_empty():
            yield block
        at = 0
        while at < block.height:
            part = _part(block, at, min(ROWS - rows % ROWS, block.height - at))
            yield part
            at += part.height
            rows += part.height


def _part(block: pl.DataFrame, at: int, rows: int) -> pl.DataFrame:
    """Some rows; of lists a copy, since a slice of them is copied whole."""
    if not at and rows == block.height:
        return block
    part = block[at : at + rows]
    places = pl.int_range(at, at + rows, eager=True)
    lists = [name for name, kind in block.schema.items() if kind.is_nested()]
    return part.with_columns(block[name].gather(places) for name in lists)


def _group(parts: list[pl.DataFrame]) -> pl.DataFrame:
    whole = parts[0] if len(parts) == 1 else pl.concat(parts, rechunk=True)
    texts = [
        name for name, kind in whole.schema.items() if kind == pl.String or kind.is_nested()
    ]  # fmt: skip
    return whole.with_columns(own_texts(whole[name]) for name in texts)
