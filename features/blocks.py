"""Rows of the whole population that need not be held all at once: blocks, wherever they lie."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import polars as pl

from features.grouping import compact


@dataclass(frozen=True)
class Blocks:
    """Rows of one schema in their order, read a block after the other; there is at least one.

    ``parts`` can be gone through again and again.
    """

    parts: Iterable[pl.DataFrame]

    def __iter__(self) -> Iterator[pl.DataFrame]:
        """The blocks."""
        return iter(self.parts)

    def filter(self, *predicates: pl.Expr) -> pl.DataFrame:
        """The rows of which all is true, as a frame has them."""
        return of_each(self, lambda block: block.filter(*predicates))


Rows = pl.DataFrame | Blocks
"""What has rows to filter; ``each`` reads both alike."""

Keep = Callable[[Iterable[pl.DataFrame]], Rows]
"""Keeps blocks as they come, of which there is at least one. ``pl.concat`` holds them."""


def each(rows: Rows) -> Iterator[pl.DataFrame]:
    """The blocks of rows: a frame is one."""
    return iter((rows,)) if isinstance(rows, pl.DataFrame) else iter(rows)


def of_each(rows: Rows, work: Callable[[pl.DataFrame], pl.DataFrame]) -> pl.DataFrame:
    """What ``work`` makes of each block, one below the other, without what the blocks held."""
    if isinstance(rows, pl.DataFrame):
        return work(rows)
    return pl.concat(compact(work(block)) for block in rows)


def without(rows: Rows, touched: pl.Expr) -> Rows:
    """The rows of which something is not true; of blocks it is asked when they are read."""
    return rows.filter(~touched) if isinstance(rows, pl.DataFrame) else Blocks(_Less(rows, touched))


@dataclass(frozen=True)
class _Less:
    whole: Blocks
    touched: pl.Expr

    def __iter__(self) -> Iterator[pl.DataFrame]:
        return (block.filter(~self.touched) for block in self.whole)
