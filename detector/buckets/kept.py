"""What there is of each two accounts, block by block on the disk."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from detector.buckets.boxes import Box, Frames
from detector.buckets.scratch import Shelf
from features.blocks import Blocks

_BLOCK = "block"


def kept(blocks: Iterable[pl.DataFrame]) -> Blocks:
    """Put blocks on a shelf as they come.

    Raises
    ------
    OutputError
        Where there is no room for them.
    """
    shelf = Shelf.new()
    shelf.put(Box(_BLOCK, number, block) for number, block in enumerate(blocks))
    return Blocks(Frames(shelf, _BLOCK))
