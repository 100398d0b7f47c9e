"""One input file to one part of the state: rollups that can be cut at any later as-of.

Rows that ended before a settled moment are rolled up and let go. Later ones are rolled up too,
and held beside the rollups: where as-of falls among them, they are rolled up again as of that
time. Small tables of facts (accounts, labels, payments …) are held as rows and no rollups.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import polars as pl

from detector.sources.discover import InputFile
from detector.sources.files import read_parts
from detector.sources.ledger import FileRecord, TableCounts
from detector.sources.native.adapter import Hasher
from detector.sources.normalise import normalise
from detector.sources.streams import read_ahead
from detector.state import Part, Store, Stored, hide, tables_of
from features.catalogue import Catalogue
from features.rollups import Parts, merge, rollup

FAR: Final = datetime(9999, 1, 1, tzinfo=UTC)
"""Later than any row: nothing is cut."""

TIMED: Final = {
    "usage": pl.col("ChargePeriodEnd"),
    "model_usage": pl.col("end"),
    # A sample is visible from just after its instant.
    "events": pl.col("time") + pl.duration(microseconds=1),
    "gpu_telemetry": pl.col("time") + pl.duration(microseconds=1),
}
"""Tables that are rolled up, with the time from which a row is seen whole."""

QUARANTINE: Final = "quarantine.parquet"


@dataclass(frozen=True)
class Making:
    """What the making of parts has in common."""

    store: Store
    catalogue: Catalogue
    made_by: str
    hasher: Hasher
    pseudonym_key: bytes | None
    known_until: datetime | None


@dataclass
class _Rolled:
    """Adds up rollups and holds back the rows that end after ``cut``."""

    table: str
    cut: datetime | None
    catalogue: Catalogue
    base: Parts = field(default_factory=dict)
    opened: Parts = field(default_factory=dict)
    horizon: datetime | None = None
    opens: datetime | None = None

    def take(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Roll a frame up; return the rows to hold."""
        ends = TIMED[self.table]
        self.horizon = _later(self.horizon, frame.select(ends.max()).item())
        late = frame if self.cut is None else frame.filter(ends > self.cut)
        if late.height < frame.height:
            self.base = self._add(self.base, frame.filter(ends <= self.cut))
        if late.height:
            self.opened = self._add(self.opened, late)
            first = late.select(ends.min()).item()
            self.opens = first if self.opens is None else min(self.opens, first)
        return late

    def _add(self, before: Parts, frame: pl.DataFrame) -> Parts:
        return merge([before, rollup(self.table, frame, FAR, self.catalogue)])

    def whole(self) -> Parts:
        """Everything, as seen from after the horizon."""
        return merge([self.base, self.opened])


def make_part(making: Making, root: Path, file: InputFile, key: str, cut: datetime | None) -> Part:
    """Read one file and write it as a part.

    Raises
    ------
    DataError
        If the file has the wrong shape.
    StateError, OSError
        If the part cannot be written.
    """
    record, folder = FileRecord(), making.store.begin()
    files: dict[str, Stored] = {}
    rolled = _Rolled(file.table, cut, making.catalogue)
    late = 0
    for frame in _read(making, root, file, record):
        held = rolled.take(frame) if file.table in TIMED else frame
        late += _late(frame, file.table, making.known_until)
        _hold(making.store, folder, files, held)
    if file.table in TIMED:
        _write_rollups(making.store, folder, files, rolled)
    held = record.held()
    if making.pseudonym_key is not None:
        # What a bad row held cannot be told apart: the place and the reason must do.
        held = held.with_columns(content=pl.lit("", dtype=pl.String))
    if held.height:
        files[QUARANTINE] = making.store.add(folder, QUARANTINE, held)
    if not files:
        files["empty.parquet"] = making.store.add(folder, "empty.parquet", pl.DataFrame())
    counts = replace(record.counts, late=late)
    part = _part(making, file, key, files, counts, record.latest, rolled)
    return making.store.finish(folder, part)


def _part(
    making: Making,
    file: InputFile,
    key: str,
    files: dict[str, Stored],
    counts: TableCounts,
    latest: datetime | None,
    rolled: _Rolled,
) -> Part:
    return Part(
        table=file.table, path=file.path, source=file.source, period=file.period,
        sha256=file.sha256, bytes=file.bytes, key=key, made_by=making.made_by, files=files,
        counts=dict(vars(counts)), latest=_iso(latest), horizon=_iso(rolled.horizon),
        settled_until=_iso(rolled.cut) if rolled.base else None, opens=_iso(rolled.opens),
    )  # fmt: skip


def _read(
    making: Making, root: Path, file: InputFile, record: FileRecord
) -> Iterator[pl.DataFrame]:
    for raw in read_ahead(read_parts(root / file.path, file, making.hasher)):
        part = normalise(raw, file.table, file.path)
        record.add(
            TableCounts(part.read, part.frame.height, part.quarantined, part.unmapped),
            part.quarantine,
        )
        frame = part.frame
        if file.table == "usage":
            used = frame.filter(pl.col("ChargeCategory") == "Usage")
            record.saw(_moment(used["ChargePeriodEnd"].max()))
        if making.pseudonym_key is not None:
            frame = hide(frame, file.table, making.pseudonym_key)
        if file.table == "accounts":
            frame = frame.with_columns(part.rows.alias("_row"))
        yield frame


def _late(frame: pl.DataFrame, table: str, known_until: datetime | None) -> int:
    """Rows of days that the state had already seen to their end."""
    if known_until is None or table not in TIMED:
        return 0
    return int(frame.select((TIMED[table] <= known_until).sum()).item())


def _hold(store: Store, folder: Path, files: dict[str, Stored], rows: pl.DataFrame) -> None:
    if rows.height:
        name = f"rows.{sum(n.startswith('rows.') for n in files):06d}.parquet"
        files[name] = store.add(folder, name, rows)


def _write_rollups(store: Store, folder: Path, files: dict[str, Stored], rolled: _Rolled) -> None:
    kinds = {"all": rolled.whole()}
    if rolled.base and rolled.opens:
        kinds["base"] = rolled.base
    for kind, frames in kinds.items():
        for name, frame in frames.items():
            files[f"{kind}.{name}.parquet"] = store.add(folder, f"{kind}.{name}.parquet", frame)


def settle(making: Making, part: Part, cut: datetime) -> Part:
    """Let go of the rows that ended before ``cut``; the rollups stay as they are."""
    store, folder = making.store, making.store.begin()
    files: dict[str, Stored] = {}
    rolled = _Rolled(part.table, cut, making.catalogue, base=stored_base(store, part))
    for rows in held_rows(store, part):
        _hold(store, folder, files, rolled.take(rows))
    _write_rollups(store, folder, files, rolled)
    if QUARANTINE in part.files:
        held = store.read(part, QUARANTINE)
        files[QUARANTINE] = store.add(folder, QUARANTINE, held)
    key = f"{part.key.partition('-')[0]}-{cut:%Y%m%dT%H%M%S}"
    settled = replace(part, key=key, files=files, settled_until=_iso(cut), opens=_iso(rolled.opens))
    return store.finish(folder, settled)


def stored_base(store: Store, part: Part) -> dict[str, pl.DataFrame]:
    """Rollups of the rows that are no longer held."""
    return {name: store.read(part, file) for name, file in tables_of(part, "base").items()}


def held_rows(store: Store, part: Part) -> Iterable[pl.DataFrame]:
    """The rows that are held, file by file."""
    return (store.read(part, file) for file in tables_of(part, "rows").values())


def _later(a: datetime | None, b: datetime | None) -> datetime | None:
    return b if a is None else a if b is None else max(a, b)


def _moment(value: object) -> datetime | None:
    return value if isinstance(value, datetime) else None


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
