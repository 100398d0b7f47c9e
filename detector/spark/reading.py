"""Files to rollups, in tasks: the readers and the rollups are those of one machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

from detector.errors import EnduseError
from detector.sources import Logs
from detector.sources.discover import Found, InputFile, sha256
from detector.sources.ledger import FileRecord, TableCounts
from detector.spark import cargo
from detector.spark.cargo import Box
from detector.spark.devices import holders, split_telemetry
from detector.spark.plan import deal
from detector.spark.session import EngineError
from detector.spark.tasks import check_versions, packed
from features.catalogue import Catalogue
from features.rollups import Parts, merge, rollup
from features.tables import UTC_TIME

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

RECORD: Final = "record"
QUARANTINE: Final = "quarantine"
HASH: Final = "hash"
# Rolled-up rows that a task adds up before it sends them: memory does not grow with its files.
HELD_ROWS: Final = 1_000_000
_COUNTS: Final = ("read", "ok", "quarantined", "unmapped", "duplicate", "late")


@dataclass(frozen=True)
class Folder:
    """Files of a log folder, and which task reads which of them."""

    root: Path
    files: tuple[InputFile, ...]
    tasks: tuple[tuple[int, ...], ...]
    versions: str
    hash_key: bytes

    @classmethod
    def of(
        cls,
        root: Path,
        files: Sequence[InputFile],
        session: SparkSession,
        versions: str,
        hash_key: bytes = b"",
    ) -> Folder:
        """Deal files to as many tasks as the session's cores can use."""
        dealt = deal([file.bytes for file in files], session.sparkContext.defaultParallelism)
        return cls(root, tuple(files), tuple(map(tuple, dealt)), versions, hash_key)

    def of_task(self, task: int) -> Iterator[tuple[int, InputFile]]:
        """The files of a task, with their numbers.

        Raises
        ------
        EngineError
            Where the worker has another version, or does not see a file.
        """
        check_versions(self.versions)
        for number in self.tasks[task]:
            file = self.files[number]
            if not (self.root / file.path).is_file():
                raise EngineError(
                    f"a Spark worker does not see '{self.root / file.path}'; the log folder must "
                    "be there at the same path on the driver and on every worker"
                )
            yield number, file


@dataclass(frozen=True)
class Reading:
    """What every reading task needs to know."""

    folder: Folder
    known_until: datetime
    as_of: datetime
    catalogue: Catalogue
    buckets: int
    inventory: pl.DataFrame


class _OneFile(Logs):
    """One file of a log folder, read and accounted for as on one machine."""

    def __init__(self, folder: Folder, file: InputFile, as_of: datetime | None) -> None:
        # The share of bad rows is judged on the driver, over all files of a table.
        super().__init__(
            folder.root, Found({file.table: [file]}), as_of,
            max_bad=1.0, catalogue=None, hash_key=folder.hash_key,
        )  # fmt: skip
        self._file = file

    def latest(self) -> datetime | None:
        """The latest end of a Usage row; the file's record is there if it was read for it."""
        return self._latest(self._file)

    @property
    def record(self) -> FileRecord | None:
        return self._records.get(self._file.path)


def hashes(folder: Folder, task: int) -> Iterator[Box]:
    """The hash of each of a task's files."""
    found = [(number, sha256(folder.root / file.path)) for number, file in folder.of_task(task)]
    yield Box.pack(HASH, task, pl.DataFrame(found, schema=["file", "sha256"], orient="row"))


def latest_ends(folder: Folder, task: int) -> Iterator[Box]:
    """The latest end of a Usage row in each of a task's files."""
    for number, file in folder.of_task(task):
        one = _OneFile(folder, file, None)
        try:
            latest = one.latest()
        except EnduseError as error:
            yield packed(error, number)
            continue
        yield from _accounted(number, one.record, latest)


def roll_up(reading: Reading, task: int) -> Iterator[Box]:
    """The rollups of a task's files by bucket, and the account of each file."""
    sender = _Sender(reading)
    for number, file in reading.folder.of_task(task):
        one = _OneFile(reading.folder, file, reading.known_until)
        try:
            for rows in one.parts(file.table):
                parts = rollup(file.table, rows, reading.as_of, reading.catalogue)
                yield from sender.take(parts)
        except EnduseError as error:
            yield packed(error, number)
            continue
        yield from _accounted(number, one.record, None)
    yield from sender.send()


class _Sender:
    """Adds rollups up until there are enough to send."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._held: list[Parts] = []
        self._rows = 0

    def take(self, parts: Parts) -> Iterator[Box]:
        """Hold rollups; send what is held once it is much."""
        self._held.append(parts)
        self._rows += sum(frame.height for frame in parts.values())
        if self._rows >= HELD_ROWS:
            yield from self.send()

    def send(self) -> Iterator[Box]:
        """Everything held, added up and split by bucket."""
        merged = merge(self._held)
        self._held, self._rows = [], 0
        telemetry = merged.pop("telemetry", None)
        buckets = self._reading.buckets
        yield from cargo.split(merged, buckets)
        if telemetry is not None:
            known = holders(self._reading.inventory, buckets)
            yield from split_telemetry(telemetry, known, buckets)


def _accounted(number: int, record: FileRecord | None, latest: datetime | None) -> Iterator[Box]:
    """A file's counts and its quarantined rows; no counts where it was not read whole."""
    told = {name: getattr(record.counts, name) if record else None for name in _COUNTS}
    end = latest or (record.latest if record else None)
    row = {"file": number, **told, "latest": end}
    schema = pl.Schema(
        {"file": pl.Int64(), **dict.fromkeys(_COUNTS, pl.Int64()), "latest": UTC_TIME}
    )
    yield Box.pack(RECORD, number, pl.DataFrame([row], schema=schema))
    if record is not None and record.held().height:
        yield Box.pack(QUARANTINE, number, record.held())


def records_of(
    boxes: Sequence[Box], files: Sequence[InputFile]
) -> tuple[dict[str, FileRecord], dict[str, datetime | None]]:
    """The accounts of files that were read whole, and the latest end of each, by path."""
    records: dict[str, FileRecord] = {}
    ends: dict[str, datetime | None] = {}
    held = {box.bucket: box.open() for box in boxes if box.name == QUARANTINE}
    for box in boxes:
        if box.name == RECORD:
            row: Mapping[str, object] = box.open().row(0, named=True)
            path = files[box.bucket].path
            latest = row["latest"]
            ends[path] = latest if isinstance(latest, datetime) else None
            if row["read"] is not None:
                counts = TableCounts(*(int(str(row[name])) for name in _COUNTS))
                kept = [held[box.bucket]] if box.bucket in held else []
                records[path] = FileRecord(counts, kept, ends[path])
    return records, ends
