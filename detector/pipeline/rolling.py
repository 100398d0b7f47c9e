"""One input file to one part of the state: rollups that can be cut at any later as-of.

Rows that ended before a settled moment are rolled up and let go. Later ones are rolled up too,
and held beside the rollups: where as-of falls among them, they are rolled up again as of that
time. Small tables of facts (accounts, labels, payments …) are held as rows and no rollups.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import polars as pl

from detector.pipeline.screened_files import has_names, names_among
from detector.sources.keyed import FILE, KEY, ORDER, Keys, sort_out
from detector.sources.ledger import FileRecord, TableCounts
from detector.sources.listing import InputFile, Listed
from detector.sources.normalise import Normalised
from detector.sources.reading import Reading, read_file
from detector.sources.versions import Hashes, Version, joined, sketch
from detector.state import Part, Store, Stored, hide, tables_of
from features.catalogue import Catalogue
from features.rollups import Parts, merge, rollup
from features.tables import SEEN_WHOLE

FAR: Final = datetime(9999, 1, 1, tzinfo=UTC)
"""Later than any row: nothing is cut."""

TIMED: Final = SEEN_WHOLE
"""Tables that are rolled up, with the time from which a row is seen whole."""

QUARANTINE: Final = "quarantine.parquet"


WAITS: Final = "waits."
"""Files of rows that count only if no other part tells of the same (``sources.keyed``)."""
KEYS: Final = "keys.parquet"
BITE: Final = 1 << 22
"""Bytes of stored rollups that are read at a time: about ten times that of memory."""
SKETCH: Final = f"sketch.{pl.__version__}.parquet"
"""Hashes of Polars differ between its versions; sketches of another one are not compared."""


@dataclass(frozen=True)
class Making:
    """What the making of parts has in common.

    ``names`` collects the names that are hidden, for their screening.
    """

    store: Store
    catalogue: Catalogue
    made_by: str
    reading: Reading
    pseudonym_key: bytes | None
    known_until: datetime | None
    names: list[pl.DataFrame] = field(default_factory=list)


@dataclass
class OtherKeys:
    """The keys that other parts of a table hold, read when a file tells of their time."""

    store: Store
    parts: Sequence[Part]
    _keys: Keys = field(default_factory=Keys)
    _read: set[str] = field(default_factory=set)

    def around(self, begins: datetime | None, ends: datetime | None) -> Keys:
        """The keys of parts that tell of any of this time (and of some others)."""
        for part in self.parts:
            if KEYS in part.files and part.key not in self._read and meets(part, begins, ends):
                self._read.add(part.key)
                self._keys.add(self.store.read(part, KEYS)["_key"].to_numpy())
        return self._keys


def meets(part: Part, begins: datetime | None, ends: datetime | None) -> bool:
    """Whether a part tells of any of the time between two moments (or nobody knows)."""
    if begins is None or ends is None or part.begins is None or part.horizon is None:
        return True
    first, last = datetime.fromisoformat(part.begins), datetime.fromisoformat(part.horizon)
    return first <= ends and begins <= last


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
    begins: datetime | None = None

    def span(self, frame: pl.DataFrame) -> tuple[datetime | None, datetime | None]:
        """Take note of the time that rows tell of, and return it."""
        ends = TIMED[self.table]
        first, last = frame.select(first=ends.min(), last=ends.max()).row(0)
        self.begins, self.horizon = _earlier(self.begins, first), _later(self.horizon, last)
        return first, last

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


def make_part(
    making: Making, file: InputFile, listed: Listed, key: str, cut: datetime | None,
    others: Sequence[Part],
) -> Part:  # fmt: skip
    """Read one file and write it as a part.

    Parameters
    ----------
    others
        The parts of the table that count beside it: what they tell of does not count again.

    Raises
    ------
    DataError
        If the file has the wrong shape.
    StateError, OSError
        If the part cannot be written.
    """
    taken = _Taken(making, file, _Rolled(file.table, cut, making.catalogue), making.store.begin())
    try:
        taken.read(OtherKeys(making.store, others))
        taken.close()
    except Exception:
        making.store.disk.remove(taken.folder)
        raise
    return making.store.finish(taken.folder, taken.part(key, listed))


@dataclass
class _Taken:
    """One file on its way into a part."""

    making: Making
    file: InputFile
    rolled: _Rolled
    folder: Path
    record: FileRecord = field(default_factory=FileRecord)
    files: dict[str, Stored] = field(default_factory=dict)
    mine: Keys = field(default_factory=Keys)
    sketches: list[Hashes] = field(default_factory=list)
    late: int = 0

    def read(self, others: OtherKeys) -> None:
        """Read the file to its end; rows are written as they come."""
        table = self.file.table
        for part in read_file(self.making.reading, self.file, self.record):
            if table == "usage" and self.file.source is not None:
                self.sketches.append(sketch(part.frame))
            known = Keys()
            if table in TIMED:
                span = self.rolled.span(part.frame)
                known = others.around(*span) if part.keys is not None else known
            found = sort_out(part, known, self.mine, 0, keep=True)
            self.record.again(found.again)
            self._hold("rows.", self._counted(found.now, part))
            if found.waiting is not None:
                marks = found.waiting.select(KEY, ORDER)
                rows = self._hidden(found.waiting.drop(KEY, ORDER, FILE))
                self._hold(WAITS, rows.with_columns(marks.get_columns()))

    def _counted(self, frame: pl.DataFrame, part: Normalised) -> pl.DataFrame:
        """Roll rows up; return those to hold."""
        hidden = self._hidden(frame)
        self.late += _late(hidden, self.file.table, self.making.known_until)
        if self.file.table == "accounts":
            return hidden.with_columns(part.rows.alias("_row"))
        return self.rolled.take(hidden) if self.file.table in TIMED else hidden

    def _hidden(self, frame: pl.DataFrame) -> pl.DataFrame:
        key, table = self.making.pseudonym_key, self.file.table
        if key is None:
            return frame
        if has_names(table):
            self.making.names.append(names_among(frame, table))
        return hide(frame, table, key)

    def _hold(self, prefix: str, rows: pl.DataFrame) -> None:
        hold(self.making.store, self.folder, self.files, rows, prefix)

    def close(self) -> None:
        """Write what is known at the end of the file."""
        store = self.making.store
        if self.file.table in TIMED:
            _write_rollups(store, self.folder, self.files, self.rolled)
        if keys := self.mine.all().tolist():
            held = pl.DataFrame({"_key": pl.Series(keys, dtype=pl.UInt64)})
            self.files[KEYS] = store.add(self.folder, KEYS, held)
        if self.sketches:
            hashes = pl.DataFrame({"hash": joined(self.sketches)})
            self.files[SKETCH] = store.add(self.folder, SKETCH, hashes)
        bad = self.record.held()
        if self.making.pseudonym_key is not None:
            # What a bad row held cannot be told apart: the place and the reason must do.
            bad = bad.with_columns(content=pl.lit("", dtype=pl.String))
        if bad.height:
            self.files[QUARANTINE] = store.add(self.folder, QUARANTINE, bad)
        if not self.files:
            empty = "empty.parquet"
            self.files[empty] = store.add(self.folder, empty, pl.DataFrame())

    def part(self, key: str, listed: Listed) -> Part:
        """The part, as the manifest will name it."""
        file, record, rolled = self.file, self.record, self.rolled
        counts = record.counts + TableCounts(late=self.late)
        return Part(
            table=file.table, path=file.path, source=file.source, period=file.period,
            sha256=file.sha256, bytes=file.bytes, key=key, made_by=self.making.made_by,
            files=self.files, counts=dict(vars(counts)), latest=_iso(record.latest),
            horizon=_iso(rolled.horizon), opens=_iso(rolled.opens), begins=_iso(rolled.begins),
            settled_until=_iso(rolled.cut) if rolled.base else None,
            beyond=_iso(record.beyond), ahead=record.ahead, due=_iso(record.due),
            told=dict(record.told), below=listed.below,
            changed=listed.mark[2], head=record.head,
        )  # fmt: skip


def _late(frame: pl.DataFrame, table: str, known_until: datetime | None) -> int:
    """Rows of days that the state had already seen to their end."""
    if known_until is None or table not in TIMED:
        return 0
    return int(frame.select((TIMED[table] <= known_until).sum()).item())


def hold(
    store: Store, folder: Path, files: dict[str, Stored], rows: pl.DataFrame, prefix: str
) -> None:
    """Write rows as one more file of a part."""
    if rows.height:
        name = f"{prefix}{sum(n.startswith(prefix) for n in files):06d}.parquet"
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
    rolled = _Rolled(part.table, cut, making.catalogue)
    ended = part.horizon is not None and datetime.fromisoformat(part.horizon) <= cut
    # Where no row is held any more, nothing is cut any more.
    stays = ("all.",) if ended else ()
    if not ended:
        rolled.base = stored_base(store, part)
        for rows in held_rows(store, part):
            hold(store, folder, files, rolled.take(rows), "rows.")
        _write_rollups(store, folder, files, rolled)
    for name in part.files:
        if name in (QUARANTINE, KEYS, SKETCH) or name.startswith((WAITS, *stays)):
            store.disk.write(folder / name, store.bytes_of(part, name))
            files[name] = part.files[name]
    key = f"{part.key.partition('-')[0]}-{cut:%Y%m%dT%H%M%S}"
    settled = replace(part, key=key, files=files, settled_until=_iso(cut), opens=_iso(rolled.opens))
    return store.finish(folder, settled)


def stored_rollups(store: Store, parts: Iterable[Part]) -> Iterator[Parts]:
    """The rollups of parts that nothing cuts; their keys may recur.

    Small parts are read many at a time: to open a file costs more than its rows.
    """
    for some in _bites(parts):
        files: dict[str, list[bytes]] = {}
        for part in some:
            for name, file in tables_of(part, "all").items():
                files.setdefault(name, []).append(store.bytes_of(part, file))
        frames = {name: pl.read_parquet(held) for name, held in files.items()}
        yield frames
        if len(some) > 1:
            # What comes alone is not added up (``features.rollups.merge``).
            yield {name: frame.clear() for name, frame in frames.items()}


def _bites(parts: Iterable[Part]) -> Iterator[list[Part]]:
    """Parts in groups of ``BITE`` bytes at most, or one by one."""
    some: list[Part] = []
    size = 0
    for part in parts:
        own = sum(part.files[file].bytes for file in tables_of(part, "all").values())
        if some and size + own > BITE:
            yield some
            some, size = [], 0
        some.append(part)
        size += own
    if some:
        yield some


def stored_base(store: Store, part: Part) -> dict[str, pl.DataFrame]:
    """Rollups of the rows that are no longer held."""
    return {name: store.read(part, file) for name, file in tables_of(part, "base").items()}


def held_rows(store: Store, part: Part) -> Iterable[pl.DataFrame]:
    """The rows that are held, file by file."""
    return (store.read(part, file) for file in tables_of(part, "rows").values())


def waiting_rows(store: Store, part: Part) -> Iterable[pl.DataFrame]:
    """The rows that count only if no other part tells of the same."""
    return (store.read(part, file) for file in tables_of(part, "waits").values())


def sketch_of(store: Store, part: Part) -> Version:
    """What tells whether other files repeat the part's rows."""
    held = store.read(part, SKETCH)["hash"].to_numpy() if SKETCH in part.files else joined(())
    return Version(part.path, part.below, part.changed, held, part.sha256)


def _later(a: datetime | None, b: datetime | None) -> datetime | None:
    return b if a is None else a if b is None else max(a, b)


def _earlier(a: datetime | None, b: datetime | None) -> datetime | None:
    return b if a is None else a if b is None else min(a, b)


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
