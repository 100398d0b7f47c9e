"""A log folder as a mapping of normalised tables."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import Final, TypeVar

import polars as pl
from polars.io.plugins import register_io_source

from detector.errors import UsageError
from detector.sources import delivered, gaps
from detector.sources.discover import Found, discover
from detector.sources.facts import known_by
from detector.sources.filebyfile import FileByFile
from detector.sources.layout import schema_of
from detector.sources.ledger import Ahead, Ledger, TableCounts
from detector.sources.listing import InputFile, Unread
from detector.sources.native.adapter import Hasher
from detector.sources.place import Place
from detector.sources.reading import SLACK, Reading, now
from detector.sources.text import printable
from detector.sources.times import as_moment
from detector.sources.versions import Hashes
from detector.sources.whole import (
    Hold,
    hold_all,
    hold_rollups,
    hold_rows,
    hold_short,
    rolled_together,
)
from features.catalogue import Catalogue
from features.moments import moment
from features.rollups import Parts, Rolling
from features.tables import SEEN_WHOLE

FAR: Final = datetime(9999, 12, 31, tzinfo=UTC)
T = TypeVar("T")


def read_logs(
    path: str | Path | Place,
    as_of: datetime | date | str | None = None,
    *,
    max_bad: float = 0.05,
    catalogue: Catalogue | None = None,
    hash_key: bytes = b"",
    clock: datetime | None = None,
    slack: timedelta = SLACK,
) -> Logs:
    """Open a log folder (contract, section 1).

    Files are found and hashed here; their rows are read when they are asked for.

    Parameters
    ----------
    path
        The folder, or its address (``s3://``, ``gs://``, ``az://``, ``file://``).
    as_of
        The time at which the logs are looked at: a datetime, a date or ISO 8601 text; naive
        is UTC. Default: the latest ChargePeriodEnd of a Usage row that is not further past the
        clock than the slack.
    max_bad
        Largest share of a table, 0 to 1, that may be in quarantine.
    catalogue
        The GPU catalogue that charges are read with; default: the shipped one.
    hash_key
        Key (up to 64 bytes) under which addresses, agents and keys of native logs are hashed.
        Default: one derived from the content of the folder, so that pseudonyms are the same
        in every run on it and differ between folders.
    clock
        The time of the run; default: now. It plays a part only where ``as_of`` is not given.
    slack
        How far past the clock usage may end and still tell what as-of is; default: two days.

    Returns
    -------
    Logs
        A mapping of table names to lazy frames in the columns of ``docs/inputs.md``.

    Raises
    ------
    UsageError
        If ``max_bad`` is no share or ``as_of`` no time.
    DataError
        If the folder, a required table or (while reading) a file has the wrong shape, or the
        quarantined share of a table passes ``max_bad``.

    Examples
    --------
    >>> from enduse import read_logs
    >>> logs = read_logs("sample_logs", as_of="2026-04-01")
    >>> sorted(logs)[:2]
    ['abuse_reports', 'account_links']
    >>> logs["payments"].collect_schema()["amount"]
    Decimal(precision=38, scale=15)
    """
    if not 0 <= max_bad <= 1:
        raise UsageError(f"max_bad is {max_bad}; expected a share from 0 to 1, for example 0.05")
    found = discover(path)
    return Logs(
        found, as_moment(as_of), max_bad=max_bad, catalogue=catalogue, hash_key=hash_key,
        clock=clock, slack=slack,
    )  # fmt: skip


class Logs(Mapping[str, pl.LazyFrame]):
    """The tables that are there, normalised and validated; bad rows are in ``quarantine``.

    ``counts`` and ``quarantine`` speak of the files read so far; ``validate`` reads all, and
    keeps in ``named`` which accounts and machines each table names.
    """

    def __init__(
        self,
        found: Found,
        as_of: datetime | None,
        *,
        max_bad: float = 0.05,
        catalogue: Catalogue | None = None,
        hash_key: bytes = b"",
        clock: datetime | None = None,
        slack: timedelta = SLACK,
        sketches: delivered.Sketcher | None = None,
    ) -> None:
        self._given = moment(as_of) if as_of else None
        today = moment(clock or now())
        limit = FAR if as_of else today + slack
        self.reading = Reading(found.place, Hasher(hash_key or own_key(found)), today, limit)
        self._found = found
        self._catalogue = catalogue
        self._sketches = sketches or self._read_sketches
        self._versions_settled = False
        self.named: dict[str, pl.DataFrame] = {}
        self.ledger = Ledger(found.files, found.copies, found.unread, found.warnings, max_bad)
        self._files = FileByFile(self.reading, self.ledger)

    def __getitem__(self, table: str) -> pl.LazyFrame:
        """Return a table as a lazy frame that reads its files part by part."""
        if table not in self._found.files:
            raise KeyError(table)
        return lazily(lambda: self.parts(table), schema_of(table))

    def __iter__(self) -> Iterator[str]:
        """Iterate over the tables that are present, in the contract's order."""
        return iter(self.tables())

    def __repr__(self) -> str:
        """One line: where they lie, and their tables."""
        return f"<Logs {printable(self.place.name)}: {', '.join(self)}>"

    def __len__(self) -> int:
        """Return the number of tables that are present."""
        return len(self.tables())

    def tables(self) -> Sequence[str]:
        """The tables of which a file is there that is not known to be unreadable."""
        return tuple(t for t, files in self._found.files.items() if not self.ledger.lost(files))

    @property
    def catalogue(self) -> Catalogue:
        """The GPU catalogue that charges are read with."""
        if self._catalogue is None:
            self._catalogue = Catalogue.load()
        return self._catalogue

    @property
    def place(self) -> Place:
        """Where the files lie."""
        return self._found.place

    @property
    def lists(self) -> Place | None:
        """Where the restricted-party lists lie, if the folder has any."""
        return self._found.lists

    @cached_property
    def as_of(self) -> datetime:
        """The time at which the logs are looked at (UTC).

        Raises
        ------
        DataError
            If none was given and no row of ``usage`` is a valid Usage row.
        """
        if self._given is not None:
            return self._given
        return self._files.latest(self.files("usage"))

    @property
    def counts(self) -> Mapping[str, TableCounts]:
        """Records read, kept and set aside, by table, of the files read so far."""
        return {table: self.ledger.counts(table) for table in self.tables()}

    @property
    def quarantine(self) -> pl.DataFrame:
        """The rows set aside so far, in the order of tables, files and rows."""
        return self.ledger.quarantine()

    @property
    def inputs(self) -> list[InputFile]:
        """The files of this run; ``rows`` is known of those read so far."""
        return self.ledger.inputs()

    @property
    def unread(self) -> list[Unread]:
        """The files that were passed over or set aside, and why."""
        return self.ledger.unread()

    @property
    def warnings(self) -> list[str]:
        """Sentences about files that were passed over or need a look."""
        return self.ledger.warnings()

    @property
    def ahead(self) -> Ahead:
        """The Usage rows read so far that lie further ahead than the clock allows."""
        return self.ledger.ahead()

    @property
    def later(self) -> Mapping[str, Ahead]:
        """The rows of other tables, of those read so far, that do, by table."""
        return self.ledger.later()

    @property
    def far(self) -> Mapping[str, int]:
        """Rows by table that are set aside because they lie too far ahead to be read."""
        return self.ledger.far()

    def files(self, table: str) -> Sequence[InputFile]:
        """The files of a table that count: of a delivery's runs the newest alone.

        Raises
        ------
        DataError
            If it cannot be told which run of a delivery is newest.
        """
        self._settled_versions()
        return self.ledger.files.get(table, ())

    def parts(self, table: str) -> Iterator[pl.DataFrame]:
        """Yield a table file by file in a fixed order; a large file comes in several frames.

        Raises
        ------
        DataError
            If a file has the wrong shape, or no file of the table could be read.
        TooManyBadRows
            After the last part, if the quarantined share of the table passes the limit.
        """
        rows = self._accounts() if table == "accounts" else self._each(table, hold_rows)
        # The rows of the others are cut where they are rolled up. No frame is held on to here
        # while the next one is read.
        yield from rows if table in SEEN_WHOLE else map(self._known(table), rows)
        self.ledger.check(table)

    def rollups(self, table: str, moment: datetime, hold: Hold = hold_rollups) -> Iterator[Parts]:
        """Yield the rollups of a table as of a moment, those of a file once it was read whole.

        Short files are rolled up together; ``hold`` says how the rollups of a long one are held.

        Raises
        ------
        DataError
            As ``parts``.
        """
        known = self._known(table)
        rolling = partial(Rolling, table, moment, self.catalogue)
        if table == "accounts":
            yield from rolled_together(map(known, self._accounts()), rolling())
        else:
            held = self._each(
                table,
                lambda frames: hold_short(map(known, frames), rolling, hold),
            )
            yield from rolled_together(held, rolling())
        self.ledger.check(table)

    def _known(self, table: str) -> Callable[[pl.DataFrame], pl.DataFrame]:
        """What is known of rows of a table at as-of; of what is seen whole, all."""

        def known(rows: pl.DataFrame) -> pl.DataFrame:
            return rows if table in SEEN_WHOLE else known_by(rows, table, self.as_of)

        return known

    def validate(self) -> Mapping[str, TableCounts]:
        """Read every table to its end and return the counts.

        Raises
        ------
        DataError
            As ``parts``.
        """
        for table in self.tables():
            self.named[table] = gaps.once(self.identities(table))
            self.ledger.check(table)
        _ = self.as_of
        return self.counts

    def identities(self, table: str) -> Iterator[pl.DataFrame]:
        """The accounts and machines that a table names, file by file.

        Raises
        ------
        DataError
            As ``parts``.
        """
        named = partial(gaps.identities, table)
        if table == "accounts":
            yield from map(named, self._accounts())
        else:
            yield from self._each(table, lambda frames: hold_all(map(named, frames)))

    def _each(
        self, table: str, made: Callable[[Iterator[pl.DataFrame]], Iterator[T]]
    ) -> Iterator[T]:
        return self._files.each(table, self.files(table), made)

    def _accounts(self) -> Iterator[pl.DataFrame]:
        return self._files.accounts(self.files("accounts"))

    def _settled_versions(self) -> None:
        """Find out, once, which files of a delivery an older run left behind."""
        if not self._versions_settled:
            self._versions_settled = True
            files = self._found.files.get("usage", [])
            self.ledger.leave_out("usage", delivered.older(files, self._found, self._sketches))

    def _read_sketches(self, files: Sequence[InputFile]) -> Mapping[str, Hashes]:
        return {file.path: delivered.read_sketch(self.reading, file) for file in files}


def lazily(parts: Callable[[], Iterator[pl.DataFrame]], schema: pl.Schema) -> pl.LazyFrame:
    """A lazy frame over parts that are read when it is collected."""

    def source(
        with_columns: list[str] | None,
        predicate: pl.Expr | None,
        n_rows: int | None,
        batch_size: int | None,  # noqa: ARG001 - parts have their own size
    ) -> Iterator[pl.DataFrame]:
        left = n_rows
        for part in parts():
            frame = part if left is None else part.head(left)
            left = None if left is None else left - frame.height
            frame = frame if predicate is None else frame.filter(predicate)
            yield frame if with_columns is None else frame.select(with_columns)
            if left == 0:
                return

    return register_io_source(source, schema=schema, validate_schema=True)


def own_key(found: Found) -> bytes:
    """Derive a key from what was found: the same folder gives the same pseudonyms."""
    digest = hashlib.blake2b(digest_size=32, person=b"enduse logs")
    for files in found.files.values():
        for file in files:
            digest.update(file.sha256.encode())
    return digest.digest()
