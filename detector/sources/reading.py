"""One file to bounded, normalised frames and its record: the one reader of every door."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import polars as pl

from detector.sources.covered import note_days
from detector.sources.files import read_parts
from detector.sources.ledger import FileRecord, TableCounts
from detector.sources.listing import InputFile
from detector.sources.native.adapter import Hasher
from detector.sources.normalise import Normalised, normalise
from detector.sources.place import Place
from detector.sources.streams import read_ahead
from detector.sources.verdict import one_verdict
from detector.sources.versions import head
from features.tables import SEEN_WHOLE

SLACK: Final = timedelta(days=2)
"""How far past the clock usage may end and still tell what as-of is, where nobody sets it."""


@dataclass(frozen=True)
class Reading:
    """What reading a file depends on beside its bytes.

    What happened long after ``clock`` cannot have happened. Usage that ends after ``limit`` is
    counted as late and does not tell what as-of is.
    """

    place: Place
    hasher: Hasher
    clock: datetime
    limit: datetime


def now() -> datetime:
    """The clock, asked once a run."""
    return datetime.now(UTC)


def read_file(reading: Reading, file: InputFile, record: FileRecord) -> Iterator[Normalised]:
    """Yield a file's rows in frames of bounded size; ``record`` is whole after the last one.

    Raises
    ------
    DataError
        If the file has the wrong shape, is no data or cannot be read.
    """
    with one_verdict(file.path), reading.place.local(file.path) as path:
        for raw in read_ahead(read_parts(path, file, reading.hasher)):
            part = normalise(raw, file.table, file.path, clock=reading.clock)
            counts = TableCounts(part.read, part.frame.height, part.quarantined, part.unmapped)
            record.add(counts, part.quarantine)
            note_days(record, part.frame, file.table, file.path)
            record.told.update(part.told)
            record.waits_until(part.due)
            if file.table == "usage":
                if file.source is None and not record.head:
                    record.head = head(part.frame)
                note_ends(record, part.frame, reading.limit)
            elif file.table in SEEN_WHOLE:
                note_later(record, _seen_whole(part.frame, file.table), reading.limit)
            yield part


def _seen_whole(frame: pl.DataFrame, table: str) -> pl.DataFrame:
    """When each row is seen whole; other columns are left out, or Polars would copy them all."""
    time = SEEN_WHOLE[table]
    return frame[time.meta.root_names()].select(time)


def note_ends(record: FileRecord, frame: pl.DataFrame, limit: datetime) -> None:
    """Note the latest end of a Usage row up to ``limit``, and the rows past it."""
    ends = frame["ChargePeriodEnd"].filter(frame["ChargeCategory"] == "Usage")
    latest = _moment(ends.max())
    if latest is None or latest <= limit:
        record.saw(latest)
        return
    past = ends.filter(ends > limit)
    record.saw(_moment(ends.filter(ends <= limit).max()), _moment(past.min()))
    record.waits(len(past))


def note_later(record: FileRecord, times: pl.DataFrame, limit: datetime) -> None:
    """Note rows of another table that end past the limit: they wait until as-of reaches them."""
    moments = times.to_series()
    past = moments.filter(moments > limit)
    if len(past):
        record.saw(None, _moment(past.min()))
        record.waits(len(past))


def _moment(value: object) -> datetime | None:
    return value if isinstance(value, datetime) else None
