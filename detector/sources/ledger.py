"""What became of every record of a run, file by file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

import polars as pl

from detector.errors import TooManyBadRows
from detector.sources import quarantine
from detector.sources.limits import QUARANTINE_ROWS
from detector.sources.listing import MOST_UNREAD, InputFile, Unread
from detector.sources.text import printable
from detector.sources.times import FAR_AHEAD
from detector.sources.versions import said_of_heads

_SINGLY: Final = 20
"""Files passed over that get a sentence each; of more there is one sentence."""


@dataclass(frozen=True)
class TableCounts:
    """Records of a table: ``read`` = ``ok`` + ``quarantined`` + ``duplicate``.

    ``unmapped`` counts values of optional columns that cannot be read, and operations of native
    logs that the contract does not know; ``duplicate`` identical account rows that collapsed,
    rows that tell of what another row told, and rows of files whose content another path brings
    already; ``late`` rows past the clock, and rows that came into a state after the end of its
    newest usage was past them.
    """

    read: int = 0
    ok: int = 0
    quarantined: int = 0
    unmapped: int = 0
    duplicate: int = 0
    late: int = 0

    def __add__(self, other: TableCounts) -> TableCounts:
        """Add two counts."""
        return TableCounts(
            self.read + other.read,
            self.ok + other.ok,
            self.quarantined + other.quarantined,
            self.unmapped + other.unmapped,
            self.duplicate + other.duplicate,
            self.late + other.late,
        )


@dataclass
class FileRecord:
    """The account of one file; it is written anew each time the file is read.

    ``told`` counts, by sentence, what the file holds and no row stands for. ``beyond`` is the
    first end of a row (of a usage file: of Usage) that lies further ahead than the clock allows;
    ``ahead`` counts such rows, which are late. ``due`` is when the clock allows the first of the
    times that lie too far ahead to be read. ``head`` are hashes of its first charges, where it is
    part of no delivery; ``days`` is how many days its rows cover together.
    """

    counts: TableCounts = field(default_factory=TableCounts)
    quarantine: list[pl.DataFrame] = field(default_factory=list)
    latest: datetime | None = None
    beyond: datetime | None = None
    ahead: int = 0
    due: datetime | None = None
    told: Counter[str] = field(default_factory=Counter)
    head: tuple[int, ...] = ()
    days: int = 0

    def add(self, counts: TableCounts, held: pl.DataFrame) -> None:
        """Add what one part of the file gave."""
        room = QUARANTINE_ROWS - sum(map(len, self.quarantine))
        self.counts = self.counts + counts
        if held.height and room > 0:
            self.quarantine.append(held.head(room))

    def again(self, rows: int) -> None:
        """Count rows as second tellings that were counted as good before."""
        if rows:
            self.counts = self.counts + TableCounts(ok=-rows, duplicate=rows)

    def saw(self, latest: datetime | None, beyond: datetime | None = None) -> None:
        """Move the latest charge period end forward."""
        if latest is not None and (self.latest is None or latest > self.latest):
            self.latest = latest
        if beyond is not None and (self.beyond is None or beyond < self.beyond):
            self.beyond = beyond

    def waits(self, rows: int) -> None:
        """Count Usage rows that end further ahead than the clock allows."""
        self.ahead += rows
        self.counts = self.counts + TableCounts(late=rows)

    def waits_until(self, due: datetime | None) -> None:
        """Take note of when a time that lies too far ahead can be read."""
        if due is not None and (self.due is None or due < self.due):
            self.due = due

    def held(self) -> pl.DataFrame:
        """Return the file's quarantine in row order."""
        return pl.concat([quarantine.empty(), *self.quarantine])


@dataclass(frozen=True)
class Ahead:
    """Rows of a table that end further ahead than the clock allows, and when the first does."""

    rows: int = 0
    first: datetime | None = None


class Ledger:
    """The account of a run's files: read, passed over, set aside.

    ``copies`` names, for each further file of a content, the live file that has it too;
    ``aside`` are files that could not be read, ``unread`` others that were passed over.
    """

    def __init__(
        self,
        files: Mapping[str, Sequence[InputFile]],
        copies: Mapping[str, Sequence[str]],
        unread: Iterable[Unread],
        warnings: Iterable[str],
        max_bad: float,
    ) -> None:
        self.files = {table: list(held) for table, held in files.items()}
        self.records: dict[str, FileRecord] = {}
        self.aside: dict[str, Unread] = {}
        self._copies = copies
        self._unread = list(unread)
        self._passed: dict[str, Unread] = {}
        self._warnings = list(warnings)
        self._max_bad = max_bad

    def keep(self, file: InputFile, record: FileRecord) -> None:
        """Take the account of a file that was read to its end."""
        self.records[file.path] = record

    def pass_over(self, path: str, unread: Unread) -> None:
        """Take note of a file that turned out, on opening, not to be read."""
        self._passed[path] = unread

    def set_aside(self, path: str, unread: Unread) -> None:
        """Take note of a file that cannot be read."""
        self.aside[path] = unread

    def leave_out(self, table: str, out: Mapping[str, str]) -> None:
        """Pass over files that an older run of their delivery left behind, each with a reason."""
        if out:
            self.files[table] = [f for f in self.files[table] if f.path not in out]
            self._unread += [Unread(printable(p), why, table) for p, why in sorted(out.items())]

    def lost(self, files: Sequence[InputFile]) -> bool:
        """Whether all of some files turned out not to be read (of no files none did)."""
        gone = {*self.aside, *self._passed}
        return bool(files) and all(file.path in gone for file in files)

    def in_order(self) -> Iterator[InputFile]:
        """All live files, by table and path."""
        for files in self.files.values():
            yield from files

    def counts(self, table: str) -> TableCounts:
        """The records of one table, of the files read so far."""
        return self._read(table) + self._copied(table)

    def _read(self, table: str) -> TableCounts:
        total = TableCounts()
        for file in self.files.get(table, ()):
            if file.path in self.records:
                total = total + self.records[file.path].counts
        return total

    def _copied(self, table: str) -> TableCounts:
        """Rows of the second copies of files that were read."""
        read = (self.records[p] for p in self._copies.get(table, ()) if p in self.records)
        rows = sum(record.counts.read for record in read)
        return TableCounts(read=rows, duplicate=rows)

    def quarantine(self, table: str | None = None) -> pl.DataFrame:
        """The rows set aside so far, in the order of tables, files and rows."""
        files = self.in_order() if table is None else self.files.get(table, ())
        held = [self.records[f.path].held() for f in files if f.path in self.records]
        return pl.concat([quarantine.empty(), *held])

    def inputs(self) -> list[InputFile]:
        """The files of the run; ``rows`` is known of those read so far."""
        gone = {*self.aside, *self._passed}
        return [
            replace(f, rows=self.records[f.path].counts.read) if f.path in self.records else f
            for f in self.in_order()
            if f.path not in gone
        ]

    def unread(self) -> list[Unread]:
        """Files that were set aside or passed over, the first ``MOST_UNREAD`` of them."""
        aside = [replace(unread, aside=True) for unread in self.aside.values()]
        return [*aside, *self._unread, *self._passed.values()][:MOST_UNREAD]

    def warnings(self) -> list[str]:
        """Sentences about files that were passed over or need a look."""
        unread = [*(u for u in self._unread if not u.aside), *self._passed.values()]
        aside = [*self.aside.values(), *(u for u in self._unread if u.aside)]
        records = self.records.values()
        return [
            *self._warnings,
            *said_of(unread),
            *said_of_aside(aside),
            *told_of(record.told for record in records),
            *said_of_waiting(self.ahead()),
            *said_of_later(self.later()),
            *said_of_heads({path: record.head for path, record in self.records.items()}),
        ]

    def ahead(self) -> Ahead:
        """The Usage rows that lie further ahead than the clock allows."""
        return self._ahead("usage")

    def later(self) -> dict[str, Ahead]:
        """The rows of other tables that do, by table."""
        found = {table: self._ahead(table) for table in self.files if table != "usage"}
        return {table: ahead for table, ahead in found.items() if ahead.rows}

    def _ahead(self, table: str) -> Ahead:
        records = [self.records[f.path] for f in self.files.get(table, ())
                   if f.path in self.records]  # fmt: skip
        first = min((r.beyond for r in records if r.beyond is not None), default=None)
        return Ahead(sum(record.ahead for record in records), first)

    def far(self) -> dict[str, int]:
        """Rows by table that are set aside because they lie too far ahead to be read."""
        counted = {t: sum(self.records[f.path].told[FAR_AHEAD] for f in files
                          if f.path in self.records)
                   for t, files in self.files.items()}  # fmt: skip
        return {table: rows for table, rows in counted.items() if rows}

    def check(self, table: str) -> None:
        """Refuse a table of which too large a share is in quarantine.

        Raises
        ------
        TooManyBadRows
            If the share passes the limit.
        """
        counts = self._read(table)
        if counts.quarantined > self._max_bad * counts.read:
            gate(table, counts, self.quarantine(table), self._max_bad)


def said_of(unread: Sequence[Unread]) -> list[str]:
    """A sentence for each file that was passed over; of many, the first ones and a number."""
    said = [f"{u.path} {u.reason}; it was passed over" for u in unread[:_SINGLY]]
    more = len(unread) - len(said)
    if more:
        said.append(f"{more} more files were passed over; run.json names them under unread")
    return said


def said_of_aside(aside: Iterable[Unread]) -> list[str]:
    """A sentence for each file that could not be read."""
    return [f"{u.path} was set aside: {u.reason}" for u in aside]


def said_of_waiting(ahead: Ahead) -> list[str]:
    """A sentence about usage that ends further ahead than the clock allows."""
    if ahead.first is None:
        return []
    what = "1 row of usage ends" if ahead.rows == 1 else f"{ahead.rows:,} rows of usage end"
    they = "it waits, and as-of does not follow it" if ahead.rows == 1 else (
        "they wait, and as-of does not follow them"
    )  # fmt: skip
    return [
        f"{what} past this machine's clock, the first at {ahead.first.isoformat()}: {they}; "
        "check the dates of the export and the clock"
    ]


def said_of_later(later: Mapping[str, Ahead]) -> list[str]:
    """A sentence for each other table with rows further ahead than the clock allows."""
    return [
        f"{ahead.rows:,} rows of {table} are dated past this machine's clock, the first at "
        f"{ahead.first.isoformat()}: they wait for their time; check the dates of the export and "
        "the clock"
        for table, ahead in sorted(later.items())
        if ahead.first is not None
    ]


def told_of(told: Iterable[Mapping[str, int]]) -> list[str]:
    """What files hold and no row stands for, added up over files."""
    total: Counter[str] = Counter()
    for counts in told:
        total.update(counts)
    return [f"{count:,} × {sentence}" for sentence, count in sorted(total.items())]


def gate(table: str, counts: TableCounts, held: pl.DataFrame, max_bad: float) -> None:
    """Refuse a table of which too large a share is in quarantine.

    Raises
    ------
    TooManyBadRows
        If more than ``max_bad`` of the records read are quarantined; names the first reasons.
    """
    if counts.quarantined <= max_bad * counts.read:
        return
    share = 100 * counts.quarantined / counts.read
    shown = quarantine.first_reasons(held)
    raise TooManyBadRows(
        f"{counts.quarantined} of {counts.read} rows of {table} ({share:.1f} %) are in "
        f"quarantine, more than --max-bad {100 * max_bad:g} %: {shown}; "
        f"mend the export, or raise --max-bad (now {max_bad:g}) to go on without these rows"
    )
