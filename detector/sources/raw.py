"""What a file parser hands on: records as text or typed columns, and the ones it could not read."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import polars as pl

from detector.sources.limits import QUARANTINE_ROWS


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
    of columns where a value was too long to be held: it is null in ``frame``. ``short`` are
    columns of texts that were measured: none is longer or shorter than its table allows.
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
    short: frozenset[str] = frozenset()

    @property
    def read(self) -> int:
        """Return the number of records this part stands for."""
        return len(self.rows) + len(self.bad)


def numbered(frame: pl.DataFrame, first: int) -> RawPart:
    """Number the records of a frame from ``first``."""
    rows = pl.int_range(first, first + frame.height, dtype=pl.Int64, eager=True).alias("_row")
    return RawPart(frame, rows)


_HELD: Final = 8_192
"""Records that are held as they are before they become a frame."""
# Beyond what a quarantine holds, bad records are counted alone.
_MORE: Final = BadRecord(0, "one of many", "")


class Gathered:
    """The records of a block as they are read one by one, held in little more than their text."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = tuple(columns)
        self._values: list[Sequence[str | None]] = []
        self._frames: list[pl.DataFrame] = []
        self._rows = array("q")
        self._bad: list[BadRecord] = []

    def good(self, number: int, values: Sequence[str | None]) -> None:
        """Take a record: one value a column."""
        self._rows.append(number)
        self._values.append(values)
        if len(self._values) >= _HELD:
            self._frames.append(self._framed())

    def bad(
        self, number: int, reason: Callable[[], str], content: bytes, column: str | None = None
    ) -> None:
        """Take a record that is none; why is asked where a quarantine has room for it."""
        if len(self._bad) < QUARANTINE_ROWS:
            text = content[:8192].decode("utf-8", "replace")
            self._bad.append(BadRecord(number, reason(), text, column))
        else:
            self._bad.append(_MORE)

    def _framed(self) -> pl.DataFrame:
        values = list(zip(*self._values, strict=True)) or [()] * len(self._columns)
        self._values = []
        return pl.DataFrame(
            [pl.Series(name, held, dtype=pl.String)
             for name, held in zip(self._columns, values, strict=True)]
        )  # fmt: skip

    def part(self) -> RawPart:
        """All of them."""
        frame = pl.concat([*self._frames, self._framed()], rechunk=True)
        return RawPart(frame, pl.Series("_row", np.array(self._rows, dtype=np.int64)), self._bad)
