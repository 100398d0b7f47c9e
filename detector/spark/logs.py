"""A log folder that is listed on the driver and read by tasks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from detector.errors import UsageError
from detector.sources import Logs
from detector.sources.discover import Found, InputFile, discover, sha256
from detector.sources.ledger import FileRecord
from detector.spark.reading import Folder, hashes, latest_ends, records_of
from detector.spark.tasks import collect, over_numbers, versions

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def open_cluster_logs(
    session: SparkSession,
    path: Path,
    as_of: datetime | None = None,
    *,
    max_bad: float = 0.05,
    catalogue: object | None = None,
    hash_key: bytes = b"",
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
    root = path.resolve()
    # Before the hashes are known every path stands for itself.
    named = [file for files in discover(root, digest=str).files.values() for file in files]
    known = _hashes(session, root, named)
    found = discover(root, digest=lambda full: known.get(str(full)) or sha256(full))
    return ClusterLogs(
        session, root, found, as_of, max_bad=max_bad, catalogue=catalogue, hash_key=hash_key
    )


def _hashes(session: SparkSession, root: Path, files: list[InputFile]) -> dict[str, str]:
    folder = Folder.of(root, files, session, versions())
    found: dict[str, str] = {}
    for box in collect(over_numbers(session, len(folder.tasks), hashes, folder)):
        for number, digest in box.open().iter_rows():
            found[str(root / files[number].path)] = digest
    return found


class ClusterLogs(Logs):
    """The tables of a log folder; counts and quarantine come from tasks, through ``take``.

    Accounts and inventory are read here: there is one row for each account and device.
    """

    def __init__(
        self,
        session: SparkSession,
        path: Path,
        found: Found,
        as_of: datetime | None,
        *,
        max_bad: float,
        catalogue: object | None,
        hash_key: bytes,
    ) -> None:
        super().__init__(
            path, found, as_of, max_bad=max_bad, catalogue=catalogue, hash_key=hash_key
        )
        self._session = session
        self._ends: dict[str, datetime | None] = {}

    @property
    def hash_key(self) -> bytes:
        """The key of pseudonyms, given or derived from the folder's content."""
        return self._hasher.key

    @property
    def as_of(self) -> datetime:
        """The time at which the logs are looked at (UTC); tasks find it where it is not given.

        Raises
        ------
        DataError
            If none was given and no row of ``usage`` is a valid Usage row.
        """
        if self._as_of is None and not self._ends:
            self._find_ends()
        return super().as_of

    def folder(self, tables: frozenset[str]) -> Folder:
        """The files of some tables, dealt to tasks."""
        files = [file for file in self._files() if file.table in tables]
        return Folder.of(self.path, files, self._session, versions(), self.hash_key)

    def take(self, records: Mapping[str, FileRecord]) -> None:
        """Take the account of files, by path, that tasks have read."""
        self._records.update(records)

    def check(self, table: str) -> None:
        """Refuse a table of which too large a share is in quarantine.

        Raises
        ------
        TooManyBadRows
            If the share passes ``max_bad``.
        """
        self._gate(table)

    def _latest(self, file: InputFile) -> datetime | None:
        return self._ends[file.path]

    def _find_ends(self) -> None:
        folder = self.folder(frozenset({"usage"}))
        boxes = collect(over_numbers(self._session, len(folder.tasks), latest_ends, folder))
        records, ends = records_of(boxes, folder.files)
        self.take(records)
        self._ends = ends
