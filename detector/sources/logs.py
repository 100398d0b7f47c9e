"""A log folder as a mapping of normalised tables."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
from polars.io.plugins import register_io_source

from detector.errors import DataError, UsageError
from detector.sources import quarantine
from detector.sources.accounts import settle
from detector.sources.asof import quick_latest
from detector.sources.discover import Found, InputFile, discover
from detector.sources.facts import known_by
from detector.sources.files import read_parts
from detector.sources.layout import schema_of
from detector.sources.ledger import FileRecord, TableCounts, gate
from detector.sources.native.adapter import Hasher
from detector.sources.normalise import Normalised, normalise
from detector.sources.streams import read_ahead

_TIMED = frozenset({"accounts", "account_links", "account_owners", "inventory", "labels"})
"""Tables whose facts depend on as-of."""


def read_logs(
    path: str | Path,
    as_of: datetime | None = None,
    *,
    max_bad: float = 0.05,
    catalogue: object | None = None,
    hash_key: bytes = b"",
) -> Logs:
    """Open a log folder (contract, section 1).

    Files are found and hashed here; their rows are read when they are asked for.

    Parameters
    ----------
    path
        The folder.
    as_of
        The time at which the logs are looked at; naive is UTC. Default: the latest
        ChargePeriodEnd of a Usage row.
    max_bad
        Largest share of a table, 0 to 1, that may be in quarantine.
    catalogue
        Taken along for the features (``Logs.catalogue``); the reader does not use it.
    hash_key
        Key (up to 64 bytes) under which addresses, agents and keys of native logs are hashed.
        Default: one derived from the content of the folder, so that pseudonyms are the same
        in every run on it and differ between folders.

    Raises
    ------
    DataError
        If the folder, a required table or (while reading) a file has the wrong shape, or the
        quarantined share of a table passes ``max_bad``.
    """
    if not 0 <= max_bad <= 1:
        raise UsageError(f"max_bad is {max_bad}; expected a share from 0 to 1, for example 0.05")
    root = Path(path)
    return Logs(
        root, discover(root), as_of, max_bad=max_bad, catalogue=catalogue, hash_key=hash_key
    )


class Logs(Mapping[str, pl.LazyFrame]):
    """The tables that are there, normalised and validated; bad rows are in ``quarantine``.

    ``counts`` and ``quarantine`` speak of the files read so far; ``validate`` reads all.
    """

    def __init__(
        self,
        path: Path,
        found: Found,
        as_of: datetime | None,
        *,
        max_bad: float,
        catalogue: object | None,
        hash_key: bytes,
    ) -> None:
        self.path = path
        self.catalogue = catalogue
        self._found = found
        self._as_of = _utc(as_of) if as_of else None
        self._max_bad = max_bad
        self._hasher = Hasher(hash_key or _own_key(found))
        self._records: dict[str, FileRecord] = {}

    def __getitem__(self, table: str) -> pl.LazyFrame:
        """Return a table as a lazy frame that reads its files part by part."""
        if table not in self._found.files:
            raise KeyError(table)
        schema = schema_of(table)

        def source(
            with_columns: list[str] | None,
            predicate: pl.Expr | None,
            n_rows: int | None,
            batch_size: int | None,  # noqa: ARG001 - parts have their own size
        ) -> Iterator[pl.DataFrame]:
            left = n_rows
            for part in self.parts(table):
                frame = part if left is None else part.head(left)
                left = None if left is None else left - frame.height
                frame = frame if predicate is None else frame.filter(predicate)
                yield frame if with_columns is None else frame.select(with_columns)
                if left == 0:
                    return

        return register_io_source(source, schema=schema, validate_schema=True)

    def __iter__(self) -> Iterator[str]:
        """Iterate over the tables that are present, in the contract's order."""
        return iter(self._found.files)

    def __len__(self) -> int:
        """Return the number of tables that are present."""
        return len(self._found.files)

    @property
    def as_of(self) -> datetime:
        """The time at which the logs are looked at (UTC).

        Raises
        ------
        DataError
            If none was given and no row of ``usage`` is a valid Usage row.
        """
        if self._as_of is None:
            ends = [self._latest(file) for file in self._found.files["usage"]]
            known = [end for end in ends if end is not None]
            if not known:
                self._gate("usage")
                raise DataError(
                    f"as-of cannot be told: none of the {self.counts['usage'].read} rows of "
                    "usage is a Usage row; give --as-of or check the export"
                )
            self._as_of = max(known)
        return self._as_of

    @property
    def counts(self) -> Mapping[str, TableCounts]:
        """Records read, kept and set aside, by table, of the files read so far."""
        return {table: self._count(table) + self._copied(table) for table in self}

    @property
    def quarantine(self) -> pl.DataFrame:
        """The rows set aside so far, in the order of tables, files and rows."""
        held = [self._records[f.path].held() for f in self._files() if f.path in self._records]
        return pl.concat([quarantine.empty(), *held])

    @property
    def inputs(self) -> list[InputFile]:
        """The files of this run; ``rows`` is known of those read so far."""
        records = self._records
        return [
            replace(f, rows=records[f.path].counts.read) if f.path in records else f
            for f in self._files()
        ]

    @property
    def warnings(self) -> list[str]:
        """Sentences about files that were passed over or need a look."""
        return list(self._found.warnings)

    def parts(self, table: str) -> Iterator[pl.DataFrame]:
        """Yield a table file by file in a fixed order; a large file comes in several frames.

        Raises
        ------
        DataError
            If a file has the wrong shape.
        TooManyBadRows
            After the last part, if the quarantined share of the table passes ``max_bad``.
        """
        timed = table in _TIMED
        parts = self._accounts() if table == "accounts" else self._plain(table)
        for part in parts:
            yield known_by(part, table, self.as_of) if timed else part
        self._gate(table)

    def validate(self) -> Mapping[str, TableCounts]:
        """Read every table to its end and return the counts.

        Raises
        ------
        DataError
            As ``parts``.
        """
        for table in self:
            for _ in self.parts(table):
                pass
        return self.counts

    def _latest(self, file: InputFile) -> datetime | None:
        """Return the latest end of a usage file, from its record if it was read before."""
        if file.path not in self._records:
            quick = quick_latest(self.path, file)
            if quick is not None:
                return quick
            for _ in self._read(file):
                pass
        return self._records[file.path].latest

    def _files(self) -> list[InputFile]:
        return [file for files in self._found.files.values() for file in files]

    def _count(self, table: str) -> TableCounts:
        total = TableCounts()
        for file in self._found.files[table]:
            if file.path in self._records:
                total = total + self._records[file.path].counts
        return total

    def _copied(self, table: str) -> TableCounts:
        """Rows of the second copies of files that were read."""
        read = (self._records[p] for p in self._found.copies.get(table, ()) if p in self._records)
        rows = sum(record.counts.read for record in read)
        return TableCounts(read=rows, duplicate=rows)

    def _gate(self, table: str) -> None:
        held = [
            self._records[f.path].held()
            for f in self._found.files[table]
            if f.path in self._records
        ]
        gate(table, self._count(table), pl.concat([quarantine.empty(), *held]), self._max_bad)

    def _plain(self, table: str) -> Iterator[pl.DataFrame]:
        for file in self._found.files[table]:
            for part in self._read(file):
                yield part.frame

    def _read(self, file: InputFile) -> Iterator[Normalised]:
        """Read one file; its record is complete, and kept, once the last part was taken."""
        record = FileRecord()
        for raw in read_ahead(read_parts(self.path / file.path, file, self._hasher)):
            part = normalise(raw, file.table, file.path)
            counts = TableCounts(part.read, part.frame.height, part.quarantined, part.unmapped)
            record.add(counts, part.quarantine)
            if file.table == "usage":
                record.saw(_latest_end(part.frame))
            yield part
        self._records[file.path] = record

    def _accounts(self) -> Iterator[pl.DataFrame]:
        """Yield all accounts at once: one row may conflict with one of another file."""
        frames = []
        for number, file in enumerate(self._found.files["accounts"]):
            frames += [
                part.frame.with_columns(pl.lit(number).alias("_file"), part.rows.alias("_row"))
                for part in self._read(file)
            ]
        if not frames:
            return
        rows = pl.concat(frames)
        kept, conflicting, _ = settle(rows)
        dropped = rows.join(kept, on=["_file", "_row"], how="anti")
        for number, file in enumerate(self._found.files["accounts"]):
            clash = conflicting.filter(pl.col("_file") == number)
            gone = dropped.filter(pl.col("_file") == number).height
            self._records[file.path].add(
                TableCounts(0, -gone, clash.height, 0, gone - clash.height), _clashes(clash, file)
            )
        yield kept.drop("_file", "_row")


def _own_key(found: Found) -> bytes:
    """Derive a key from what was found: the same folder gives the same pseudonyms."""
    digest = hashlib.blake2b(digest_size=32, person=b"enduse logs")
    for files in found.files.values():
        for file in files:
            digest.update(file.sha256.encode())
    return digest.digest()


def _clashes(rows: pl.DataFrame, file: InputFile) -> pl.DataFrame:
    """Put conflicting account rows into the quarantine."""
    reason = "differs from another row of the same account"
    found = rows.select("_row", column=pl.lit("account_id"), reason=pl.lit(reason))
    return quarantine.from_rows("accounts", file.path, rows.drop("_file"), found)


def _latest_end(usage: pl.DataFrame) -> datetime | None:
    latest = usage["ChargePeriodEnd"].filter(usage["ChargeCategory"] == "Usage").max()
    return latest if isinstance(latest, datetime) else None


def _utc(time: datetime) -> datetime:
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
