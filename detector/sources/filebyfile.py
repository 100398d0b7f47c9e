"""The files of a table one after the other: what each gives, and what becomes of a damaged one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import polars as pl

from detector.errors import NotData, UnknownShape, Unreadable
from detector.sources import quarantine
from detector.sources.accounts import settle
from detector.sources.asof import ends_by, latest_of, quick_latest
from detector.sources.keyed import Keys, sort_out
from detector.sources.ledger import FileRecord, Ledger, TableCounts
from detector.sources.listing import InputFile
from detector.sources.reading import Reading, read_file
from detector.sources.verdict import one_verdict
from detector.sources.whole import Refused, Waiting, Waits

T = TypeVar("T")


@dataclass(frozen=True)
class FileByFile:
    """Reads files of a table in turn, and keeps in the ledger what became of each.

    One that cannot be read is passed over or set aside; the others count.
    """

    reading: Reading
    ledger: Ledger

    def each(
        self,
        table: str,
        files: Sequence[InputFile],
        made: Callable[[Iterator[pl.DataFrame]], Iterator[T]],
    ) -> Iterator[T]:
        """What is made of the rows of each file of a table, and at last of rows that waited.

        ``made`` keeps what it makes of a file back until the file has come to its end.

        Raises
        ------
        DataError
            If no file could be read, where that stops a run.
        """
        known, waiting, refused = Keys(), Waiting(), Refused(table, self.ledger)
        for number, file in enumerate(files):
            record, mine = FileRecord(), Keys()
            try:
                frames = self._frames(file, record, (known, mine), waiting.of(number))
                with one_verdict(file.path):
                    yield from made(frames)
            except (NotData, UnknownShape, Unreadable) as error:
                waiting.forget(number)
                refused.note(file, error)
                continue
            known.take(mine)
            self.ledger.keep(file, record)
        refused.raise_if_nothing(files)
        records = [self.ledger.records.get(file.path) for file in files]
        yield from made(waiting.settle(known, records))

    def accounts(self, files: Sequence[InputFile]) -> Iterator[pl.DataFrame]:
        """Yield all accounts at once: one row may conflict with one of another file.

        Raises
        ------
        DataError
            As ``each``.
        """
        frames, refused = [], Refused("accounts", self.ledger)
        for number, file in enumerate(files):
            record = FileRecord()
            try:
                parts = list(read_file(self.reading, file, record))
            except (NotData, UnknownShape, Unreadable) as error:
                refused.note(file, error)
                continue
            self.ledger.keep(file, record)
            frames += [
                part.frame.with_columns(pl.lit(number).alias("_file"), part.rows.alias("_row"))
                for part in parts
            ]
        refused.raise_if_nothing(files)
        if not frames:
            return
        rows = pl.concat(frames)
        kept, conflicting, _ = settle(rows)
        dropped = rows.join(kept, on=["_file", "_row"], how="anti")
        for number, file in enumerate(files):
            clash = conflicting.filter(pl.col("_file") == number)
            if gone := dropped.filter(pl.col("_file") == number).height:
                self.ledger.records[file.path].add(
                    TableCounts(0, -gone, clash.height, 0, gone - clash.height),
                    quarantine.clashes(clash, file.path),
                )
        yield kept.drop("_file", "_row")

    def latest(self, files: Sequence[InputFile]) -> datetime:
        """The latest end of a Usage row of the files of usage, up to the limit of the reading.

        Raises
        ------
        DataError
            If there is none, or as ``each``.
        """
        refused = Refused("usage", self.ledger)
        latest: datetime | None = None
        # Files that are named by their days tell it of the last ones, and others need no reading.
        for file in reversed(files):
            end = self._latest(file, refused, latest)
            latest = end if latest is None or (end is not None and end > latest) else latest
        refused.raise_if_nothing(files)
        return latest_of([latest], self.ledger)

    def _frames(
        self, file: InputFile, record: FileRecord, keys: tuple[Keys, Keys], waits: Waits
    ) -> Iterator[pl.DataFrame]:
        for part in read_file(self.reading, file, record):
            found = sort_out(part, *keys, waits.file)
            record.again(found.again)
            waits.take(found.waiting)
            yield found.now

    def _latest(self, file: InputFile, refused: Refused, known: datetime | None) -> datetime | None:
        """Return the latest end of a usage file, from its record if it was read before.

        None where it is not later than what is ``known``.
        """
        if file.path not in self.ledger.records:
            try:
                with self.reading.place.local(file.path) as path:
                    if known is not None and ends_by(path, file, known):
                        return None
                    if (quick := quick_latest(path, file, self.reading.limit)) is not None:
                        return quick
                record = FileRecord()
                for _ in read_file(self.reading, file, record):
                    pass
            except (NotData, UnknownShape, Unreadable) as error:
                refused.note(file, error)
                return None
            self.ledger.keep(file, record)
        return self.ledger.records[file.path].latest
