"""A table from its files: each whole or not at all, and what waits for the last of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Final, TypeVar

import polars as pl

from detector.errors import DataError, NotData, UnknownShape, Unreadable
from detector.sources.keyed import FILE, Keys, by_file, settle_waiting
from detector.sources.ledger import FileRecord, Ledger
from detector.sources.limits import PART_ROWS
from detector.sources.listing import InputFile, Unread
from detector.sources.refused import stopping
from detector.sources.text import printable
from features.rollups import Parts, Rolling, merge

HELD_PARTS: Final = 8
"""Parts of a file that are held until its end, so that a damaged file gives no row at all."""
HELD_ROWS: Final = 1 << 21
"""Rows of rollups of one file that are held before they are added up."""
T = TypeVar("T")
Hold = Callable[[Iterator[Parts]], Iterator[Parts]]


class Waits:
    """Rows of one file that wait for the end of the table."""

    def __init__(self, file: int) -> None:
        self.file = file
        self.frames: list[pl.DataFrame] = []

    def take(self, rows: pl.DataFrame | None) -> None:
        """Hold rows."""
        if rows is not None:
            self.frames.append(rows)


class Waiting:
    """Rows of a table that wait for its end, by file."""

    def __init__(self) -> None:
        self._files: dict[int, Waits] = {}

    def of(self, file: int) -> Waits:
        """The rows of one file."""
        return self._files.setdefault(file, Waits(file))

    def forget(self, file: int) -> None:
        """Let the rows of a file go that could not be read."""
        self._files.pop(file, None)

    def settle(self, known: Keys, records: Sequence[FileRecord | None]) -> Iterator[pl.DataFrame]:
        """Rows that count after all; the others are counted as second tellings."""
        frames = list(chain.from_iterable(w.frames for w in self._files.values()))
        if not frames:
            return
        kept, lost = settle_waiting(pl.concat(frames), known)
        for number, rows in by_file(lost):
            record = records[number]
            if record is not None:
                record.again(rows)
        yield kept.drop("_key", "_order", FILE)


class Refused:
    """Files of a table that were not read, and what they said."""

    def __init__(self, table: str, ledger: Ledger) -> None:
        self._table = table
        self._ledger = ledger
        self._errors: dict[str, DataError] = {}

    def note(self, file: InputFile, error: DataError) -> None:
        """Pass a file over or set it aside, and go on."""
        unread = refusal(file, error)
        if isinstance(error, Unreadable):
            self._ledger.set_aside(file.path, unread)
        else:
            self._ledger.pass_over(file.path, unread)
        self._errors[file.path] = error

    def raise_if_nothing(self, files: Sequence[InputFile]) -> None:
        """Refuse a table of which no file could be read, where that stops a run.

        Raises
        ------
        DataError
            What the gravest file said.
        """
        error = stopping(self._table, self._errors)
        if error is not None and self._ledger.lost(files):
            raise error


def refusal(file: InputFile, error: DataError) -> Unread:
    """Why a file was not read, as what follows its name in a sentence."""
    name = printable(file.path)
    return Unread(name, str(error).removeprefix(name).lstrip(" :"), file.table)


def hold_rows(frames: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield what a file gives once it has come to its end; of a long file from then on."""
    held: list[pl.DataFrame] = []
    for frame in frames:
        held.append(frame)
        if len(held) > HELD_PARTS:
            yield from held
            yield from _passed_on(frames)
            return
    yield from held


def _passed_on(frames: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """The rest of a file of which rows were given away: it can no longer be set aside."""
    try:
        yield from frames
    except (NotData, UnknownShape, Unreadable) as error:
        raise DataError(str(error)) from error


def hold_all(made: Iterator[T]) -> Iterator[T]:
    """Yield what is made of a file once it has come to its end."""
    yield from list(made)


def hold_rollups(parts: Iterator[Parts]) -> Iterator[Parts]:
    """Yield the rollups of a file once it has come to its end, added up where they are many."""
    held: list[Parts] = []
    rows = 0
    for part in parts:
        held.append(part)
        rows += sum(frame.height for frame in part.values())
        if rows > HELD_ROWS:
            held = [merge(held)]
            rows = 0
    yield from held


def hold_short(
    frames: Iterator[pl.DataFrame], rolling: Callable[[], Rolling], hold: Hold
) -> Iterator[pl.DataFrame | Parts]:
    """Yield the rows of a file once it has come to its end; of a long file its rollups."""
    held: list[pl.DataFrame] = []
    for frame in frames:
        held.append(frame)
        if sum(one.height for one in held) > PART_ROWS:
            yield from hold(rolled_together(chain(held, frames), rolling()))
            return
    yield from held


def rolled_together(made: Iterable[pl.DataFrame | Parts], rolling: Rolling) -> Iterator[Parts]:
    """Yield rollups; rows are gathered first, because many short files repeat the same keys."""
    held: list[pl.DataFrame] = []
    for one in made:
        if not isinstance(one, pl.DataFrame):
            yield one
            continue
        held.append(one)
        if sum(rows.height for rows in held) >= PART_ROWS:
            yield from rolling.take(pl.concat(held))
            held.clear()
    if held:
        yield from rolling.take(pl.concat(held))
    yield from rolling.rest()
