"""A log folder that is listed on the driver and read by tasks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from detector.buckets.boxes import Box
from detector.errors import DataError, Unreadable, UsageError
from detector.sources import Logs, TableCounts
from detector.sources.asof import latest_of
from detector.sources.discover import Found, discover, find_files
from detector.sources.ledger import Ahead, FileRecord
from detector.sources.listing import InputFile, Unread
from detector.sources.place import LocalPlace, Place
from detector.sources.places import place_of
from detector.sources.reading import SLACK
from detector.sources.refused import stopping
from detector.sources.versions import Hashes
from detector.sources.whole import refusal
from detector.spark.reading import REFUSED, Folder, hashes, latest_ends, records_of, sketches
from detector.spark.tasks import collect, over_numbers, refused, versions
from features.catalogue import Catalogue
from features.rollups import Parts

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def open_cluster_logs(
    session: SparkSession,
    path: str | Path | Place,
    as_of: datetime | None = None,
    *,
    max_bad: float = 0.05,
    catalogue: Catalogue | None = None,
    hash_key: bytes = b"",
    clock: datetime | None = None,
    slack: timedelta = SLACK,
) -> ClusterLogs:
    """Open a log folder that the driver and every worker see at the same path.

    Its files are listed here and hashed by tasks; see :func:`detector.read_logs`.

    Raises
    ------
    DataError
        If the folder or a required table is missing.
    EngineError
        If a worker does not see the folder.
    """
    if not 0 <= max_bad <= 1:
        raise UsageError(f"max_bad is {max_bad}; expected a share from 0 to 1, for example 0.05")
    place = place_of(path)
    if isinstance(place, LocalPlace):
        place = LocalPlace(place.root.resolve())
    # Before the hashes are known every path stands for itself.
    named = [file.as_input(file.path) for file in find_files(place).files]
    known = _hashes(session, place, named)
    found = discover(place, digest=lambda path: known.get(path) or place.sha256(path))
    return ClusterLogs(
        session, found, as_of, max_bad=max_bad, catalogue=catalogue, hash_key=hash_key,
        clock=clock, slack=slack,
    )  # fmt: skip


def _hashes(session: SparkSession, place: Place, files: list[InputFile]) -> dict[str, str]:
    folder = Folder.of(place, files, session, versions())
    found: dict[str, str] = {}
    for box in collect(over_numbers(session, len(folder.tasks), hashes, folder)):
        for number, digest in box.open().iter_rows():
            found[files[number].path] = digest
    return found


class ClusterLogs:
    """The tables of a log folder; counts and quarantine come from tasks, through ``take``.

    Accounts and inventory are read here: there is one row for each account and device.
    """

    def __init__(
        self,
        session: SparkSession,
        found: Found,
        as_of: datetime | None,
        *,
        max_bad: float,
        catalogue: Catalogue | None,
        hash_key: bytes,
        clock: datetime | None = None,
        slack: timedelta = SLACK,
    ) -> None:
        self.logs = Logs(
            found, as_of, max_bad=max_bad, catalogue=catalogue, hash_key=hash_key,
            clock=clock, slack=slack, sketches=self._sketches,
        )  # fmt: skip
        self._session = session
        self._given = as_of is not None
        self._errors: dict[str, dict[str, DataError]] = {}

    @cached_property
    def as_of(self) -> datetime:
        """The time at which the logs are looked at (UTC); tasks find it where it is not given.

        Raises
        ------
        DataError
            If none was given and no row of ``usage`` is a valid Usage row.
        """
        if self._given:
            return self.logs.as_of
        folder = self.folder(["usage"])
        boxes = collect(over_numbers(self._session, len(folder.tasks), latest_ends, folder))
        records, ends = records_of(boxes, folder.files)
        self.take(records)
        self.refuse_all(boxes, folder)
        self._raise_if_lost("usage")
        return latest_of(list(ends.values()), self.logs.ledger)

    @property
    def catalogue(self) -> Catalogue:
        """The GPU catalogue that charges are read with."""
        return self.logs.catalogue

    @property
    def counts(self) -> Mapping[str, TableCounts]:
        """Records read, kept and set aside, by table, of the files read so far."""
        return self.logs.counts

    @property
    def quarantine(self) -> pl.DataFrame:
        """The rows set aside so far, in the order of tables, files and rows."""
        return self.logs.quarantine

    @property
    def inputs(self) -> list[InputFile]:
        """The files of this run; ``rows`` is known of those read so far."""
        return self.logs.inputs

    @property
    def unread(self) -> list[Unread]:
        """The files that were passed over or set aside, and why."""
        return self.logs.unread

    @property
    def warnings(self) -> list[str]:
        """Sentences about files that were passed over or need a look."""
        return self.logs.warnings

    @property
    def ahead(self) -> Ahead:
        """The Usage rows that lie further ahead than the clock allows."""
        return self.logs.ahead

    @property
    def later(self) -> Mapping[str, Ahead]:
        """The rows of other tables that do, by table."""
        return self.logs.later

    @property
    def far(self) -> Mapping[str, int]:
        """Rows by table that are set aside because they lie too far ahead to be read."""
        return self.logs.far

    @property
    def lists(self) -> Place | None:
        """Where the restricted-party lists lie, if the folder has any."""
        return self.logs.lists

    def tables(self) -> Sequence[str]:
        """The tables that are present, in the contract's order."""
        return self.logs.tables()

    def parts(self, table: str) -> Iterator[pl.DataFrame]:
        """The rows of a table, read on the driver as of this run's as-of."""
        return self._dated().parts(table)

    def rollups(self, table: str, moment: datetime) -> Iterator[Parts]:
        """The rollups of a table, made on the driver."""
        return self._dated().rollups(table, moment)

    def _dated(self) -> Logs:
        # What tasks have found is what reading here would find, without reading all usage.
        self.logs.__dict__.setdefault("as_of", self.as_of)
        return self.logs

    def folder(self, tables: Sequence[str]) -> Folder:
        """The files of some tables, dealt to tasks."""
        files = [file for table in tables for file in self.logs.files(table)]
        return self._dealt(files)

    def _dealt(self, files: Sequence[InputFile]) -> Folder:
        return Folder.of(
            self.logs.place, files, self._session, versions(), self.logs.reading.hasher.key,
            self.logs.reading.clock, self.logs.reading.limit,
        )  # fmt: skip

    def take(self, records: Mapping[str, FileRecord]) -> None:
        """Take the account of files, by path, that tasks have read."""
        self.logs.ledger.records.update(records)

    def refuse(self, file: InputFile, error: DataError) -> None:
        """Take note of a file that a task could not read."""
        unread = refusal(file, error)
        if isinstance(error, Unreadable):
            self.logs.ledger.set_aside(file.path, unread)
        else:
            self.logs.ledger.pass_over(file.path, unread)
        self._errors.setdefault(file.table, {})[file.path] = error

    def refuse_all(self, boxes: Sequence[Box], folder: Folder) -> None:
        """Take note of every file that tasks could not read."""
        for box in sorted((b for b in boxes if b.name == REFUSED), key=lambda b: b.bucket):
            self.refuse(folder.files[box.bucket], refused(box))

    def check(self, table: str) -> None:
        """Refuse a table of which no file could be read, or too large a share is bad.

        Raises
        ------
        DataError
            What the gravest file said.
        TooManyBadRows
            If the share in quarantine passes the limit.
        """
        self._raise_if_lost(table)
        self.logs.ledger.check(table)

    def _raise_if_lost(self, table: str) -> None:
        error = stopping(table, self._errors.get(table, {}))
        if error is not None and self.logs.ledger.lost(self.logs.files(table)):
            raise error

    def _sketches(self, files: Sequence[InputFile]) -> Mapping[str, Hashes]:
        folder = self._dealt(files)
        boxes = collect(over_numbers(self._session, len(folder.tasks), sketches, folder))
        return {files[box.bucket].path: box.open()["hash"].to_numpy() for box in boxes}
