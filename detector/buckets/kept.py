"""What there is of each account or of each two of them, block by block on the disk."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import polars as pl

from detector.buckets.boxes import Box, Frames
from detector.buckets.scratch import Shelf
from features.blocks import Blocks
from features.grouping import own_texts

_BLOCK: Final = "block"
# How many times as many bytes as they have of their own lists may hold on to.
_HELD: Final = 2


def kept(blocks: Iterable[pl.DataFrame]) -> Blocks:
    """Put blocks on a shelf as they come.

    Raises
    ------
    OutputError
        Where there is no room for them.
    """
    shelf = Shelf.new()
    shelf.put(Box(_BLOCK, number, _apart(block)) for number, block in enumerate(blocks))
    return Blocks(Frames(shelf, _BLOCK))


def _apart(block: pl.DataFrame) -> pl.DataFrame:
    """The block, in which lists hold their own texts alone.

    Rows that were picked hold on to all texts of what they come from. Of plain columns these are
    let go when a block is packed; with lists they would lie on the disk, and be read, once a block.
    """
    lists = [name for name, kind in block.schema.items() if kind.is_nested()]
    return block.with_columns(_own(block[name]) for name in lists)


def _own(values: pl.Series) -> pl.Series:
    held = values.to_arrow(compat_level=pl.CompatLevel.newest()).get_total_buffer_size()
    if held <= _HELD * values.estimated_size():
        return values
    return own_texts(values)
