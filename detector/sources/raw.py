"""What a file parser hands on: records as text or typed columns, and the ones it could not read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl


@dataclass(frozen=True)
class BadRecord:
    """A record that could not be split into fields. ``row`` counts from 1."""

    row: int
    reason: str
    content: str
    column: str | None = None


@dataclass(frozen=True)
class RawPart:
    """Some consecutive records of a file.

    ``frame`` has the file's own column names; ``rows`` their record numbers from 1 (the
    header of a CSV file is not a record), of which one record of a native log may give
    several rows. ``read`` counts good and bad rows. ``operations`` are, for a native log, the
    operation names the contract knows: others pass through and count as unmapped. ``blank``
    are the columns that may hold empty or ``NULL`` texts which mean null: None where nobody
    has looked, none where the parser has seen to it.

    ``keys`` (UInt64, null where a row has none) name the operation or the pull that a row
    tells of, so that it counts once over all files; ``order`` (Int64) says which of the rows
    of one key counts: the largest. ``pulled`` marks rows of which the later file's counts.
    ``told`` counts, by sentence, what the file holds and no row stands for. ``too_long`` says
    of columns where a value was too long to be held: it is null in ``frame``.
    """

    frame: pl.DataFrame
    rows: pl.Series
    bad: list[BadRecord] = field(default_factory=list)
    operations: frozenset[str] | None = None
    blank: frozenset[str] | None = None
    keys: pl.Series | None = None
    order: pl.Series | None = None
    pulled: bool = False
    told: Mapping[str, int] = field(default_factory=dict)
    too_long: Mapping[str, pl.Series] = field(default_factory=dict)

    @property
    def read(self) -> int:
        """Return the number of records this part stands for."""
        return len(self.rows) + len(self.bad)


def numbered(frame: pl.DataFrame, first: int) -> RawPart:
    """Number the records of a frame from ``first``."""
    rows = pl.int_range(first, first + frame.height, dtype=pl.Int64, eager=True).alias("_row")
    return RawPart(frame, rows)
