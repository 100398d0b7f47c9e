"""Files to rollups, in tasks: the readers and the rollups are those of one machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

import polars as pl

from detector.buckets.boxes import Box, split
from detector.buckets.devices import holders, split_rollups
from detector.buckets.errors import EngineError
from detector.buckets.merging import KEYED, PULLED
from detector.errors import EnduseError, NotData, UnknownShape, Unreadable
from detector.results.words import OUTCOMES
from detector.sources.asof import quick_latest
from detector.sources.delivered import read_sketch
from detector.sources.facts import known_by
from detector.sources.keyed import FILE, KEY, ORDER
from detector.sources.ledger import FileRecord, TableCounts
from detector.sources.listing import InputFile
from detector.sources.logs import FAR
from detector.sources.native.adapter import Hasher
from detector.sources.place import Place
from detector.sources.reading import Reading, now, read_file
from detector.sources.whole import hold_rollups
from detector.spark.plan import deal
from detector.spark.tasks import check_versions, packed
from features.catalogue import Catalogue
from features.rollups import Parts, merge, rollup
from features.tables import UTC_TIME

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

RECORD: Final = "record"
QUARANTINE: Final = "quarantine"
HASH: Final = "hash"
SKETCH: Final = "sketch"
REFUSED: Final = "refused"
# Rolled-up rows that a task adds up before it sends them: memory does not grow with its files.
HELD_ROWS: Final = 1_000_000


@dataclass(frozen=True)
class Folder:
    """Files of a log folder, and which task reads which of them."""

    place: Place
    files: tuple[InputFile, ...]
    tasks: tuple[tuple[int, ...], ...]
    versions: str
    hash_key: bytes
    clock: datetime
    limit: datetime

    @classmethod
    def of(
        cls,
        place: Place,
        files: Sequence[InputFile],
        session: SparkSession,
        versions: str,
        hash_key: bytes = b"",
        clock: datetime | None = None,
        limit: datetime = FAR,
    ) -> Folder:
        """Deal files to as many tasks as the session's cores can use."""
        dealt = deal([file.bytes for file in files], session.sparkContext.defaultParallelism)
        return cls(
            place, tuple(files), tuple(map(tuple, dealt)), versions, hash_key, clock or now(), limit
        )

    @property
    def reading(self) -> Reading:
        """What reading a file depends on."""
        return Reading(self.place, Hasher(self.hash_key), self.clock, self.limit)

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
            if self.place.mark(file.path) is None:
                raise EngineError(
                    f"a Spark worker does not see '{self.place.name}/{file.path}'; the log folder "
                    "must be there at the same path on the driver and on every worker"
                )
            yield number, file


@dataclass(frozen=True)
class RollingUp:
    """What every reading task needs to know."""

    folder: Folder
    known_until: datetime
    as_of: datetime
    catalogue: Catalogue
    buckets: int
    inventory: pl.DataFrame


def hashes(folder: Folder, task: int) -> Iterator[Box]:
    """The hash of each of a task's files."""
    found = [(number, folder.place.sha256(file.path)) for number, file in folder.of_task(task)]
    yield Box(HASH, task, pl.DataFrame(found, schema=["file", "sha256"], orient="row"))


def sketches(folder: Folder, task: int) -> Iterator[Box]:
    """The sketch of each of a task's files."""
    for number, file in folder.of_task(task):
        found = read_sketch(folder.reading, file)
        yield Box(SKETCH, number, pl.DataFrame({"hash": found}))


def latest_ends(folder: Folder, task: int) -> Iterator[Box]:
    """The latest end of a Usage row in each of a task's files."""
    for number, file in folder.of_task(task):
        record = FileRecord()
        try:
            with folder.place.local(file.path) as path:
                latest = quick_latest(path, file, folder.limit)
            if latest is None:
                for _ in read_file(folder.reading, file, record):
                    pass
        except (NotData, UnknownShape, Unreadable) as error:
            yield replace(packed(error, number), name=REFUSED)
            continue
        except EnduseError as error:
            yield packed(error, number)
            continue
        yield from _accounted(number, None if latest else record, latest)


def roll_up(work: RollingUp, task: int) -> Iterator[Box]:
    """The rollups of a task's files by bucket, and the account of each file."""
    sender = _Sender(work)
    for number, file in work.folder.of_task(task):
        record = FileRecord()
        try:
            # A file counts once it has come to its end.
            held = list(hold_rollups(_rolled(work, number, file, record, sender)))
        except (NotData, UnknownShape, Unreadable) as error:
            sender.forget(number)
            yield replace(packed(error, number), name=REFUSED)
            continue
        except EnduseError as error:
            yield packed(error, number)
            continue
        for parts in held:
            yield from sender.take(parts)
        yield from _accounted(number, record, None)
    yield from sender.send()


def _rolled(
    work: RollingUp, number: int, file: InputFile, record: FileRecord, sender: _Sender
) -> Iterator[Parts]:
    """Roll a file up; rows that other files may tell of as well go their own way."""
    for part in read_file(work.folder.reading, file, record):
        frame = part.frame
        if part.keys is not None and part.order is not None:
            marked = frame.with_columns(
                part.keys.alias(KEY), part.order.alias(ORDER), pl.lit(part.pulled).alias(PULLED),
                pl.lit(number, dtype=pl.Int64).alias(FILE),
            )  # fmt: skip
            sender.keep(file.table, number, marked.filter(pl.col(KEY).is_not_null()))
            frame = frame.filter(part.keys.is_null())
        known = known_by(frame, file.table, work.known_until)
        yield rollup(file.table, known, work.as_of, work.catalogue)


class _Sender:
    """Adds rollups up until there are enough to send."""

    def __init__(self, work: RollingUp) -> None:
        self._work = work
        self._known = holders(work.inventory, work.buckets)
        self._held: list[Parts] = []
        self._rows = 0
        self._keyed: dict[int, list[tuple[str, pl.DataFrame]]] = {}

    def keep(self, table: str, file: int, rows: pl.DataFrame) -> None:
        """Hold rows with keys: their bucket tells which of them count."""
        self._keyed.setdefault(file, []).append((table, rows))

    def forget(self, file: int) -> None:
        """Let the rows of a file go that could not be read."""
        self._keyed.pop(file, None)

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
        buckets = self._work.buckets
        for held in self._keyed.values():
            for table, rows in held:
                yield from split({KEYED + table: rows}, buckets)
        self._keyed = {}
        yield from split_rollups(merged, self._known, buckets)


def _accounted(number: int, record: FileRecord | None, latest: datetime | None) -> Iterator[Box]:
    """A file's counts and its quarantined rows; no counts where it was not read whole."""
    told = {name: getattr(record.counts, name) if record else None for name in OUTCOMES}
    end = latest or (record.latest if record else None)
    sentences = list(record.told.elements()) if record else []
    row = {"file": number, **told, "latest": end, "beyond": record.beyond if record else None,
           "ahead": record.ahead if record else 0, "told": sentences}  # fmt: skip
    schema = pl.Schema(
        {"file": pl.Int64(), **dict.fromkeys(OUTCOMES, pl.Int64()), "latest": UTC_TIME,
         "beyond": UTC_TIME, "ahead": pl.Int64(), "told": pl.List(pl.String())}
    )  # fmt: skip
    yield Box(RECORD, number, pl.DataFrame([row], schema=schema))
    if record is not None and record.held().height:
        yield Box(QUARANTINE, number, record.held())


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
                counts = TableCounts(*(int(str(row[name])) for name in OUTCOMES))
                kept = [held[box.bucket]] if box.bucket in held else []
                beyond, told = row["beyond"], row["told"]
                records[path] = FileRecord(
                    counts, kept, ends[path], beyond if isinstance(beyond, datetime) else None,
                    int(str(row["ahead"])), None, Counter(told if isinstance(told, list) else []),
                )  # fmt: skip
    return records, ends
