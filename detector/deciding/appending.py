"""Rows into a file of decisions: one writer at a time, whole or not at all, read again first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import polars as pl

from detector.deciding.case import SHOWN
from detector.deciding.files import KINDS, Row, harmless, with_rows
from detector.disk import Disk
from detector.errors import DataError, UsageError
from detector.sources.layout import schema_of
from detector.sources.listing import extension
from detector.sources.onefile import OneFile, read_one
from detector.state.lock import exclusive
from detector.terminal import safe_text
from features.tables.decisions import LABELS

WAIT_SECONDS: Final = 30.0
_MODE: Final = 0o644


class LabelsFile:
    """A file of decisions while nobody else adds to it; what it held is `rows`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.kind = str(extension(path.name))
        self.is_new = not path.exists() or path.stat().st_size == 0
        held = _nothing() if self.is_new else read_one(path, LABELS.name)
        self.rows, self.unread = held.rows, held.record.counts.quarantined

    def add(self, rows: Sequence[Row]) -> None:
        """Add rows: beside the file first, then in its place, both on the disk.

        Raises
        ------
        DataError
            The file cannot be added to without a change of what it says.
        OSError
            There is no room, or no right to write; the file is as it was.
        """
        shown, disk = _shown(self.path), Disk()
        data = b"" if self.is_new else self.path.read_bytes()
        written = harmless(rows, self.kind)
        mode = _MODE if self.is_new else self.path.stat().st_mode & 0o777
        part = self.path.with_name(f".{self.path.name}.part.{self.kind}")
        try:
            disk.write(part, with_rows(data, self.kind, shown, written), mode)
            self._check(read_one(part, LABELS.name), written)
            part.chmod(mode)
            disk.replace(part, self.path)
        finally:
            disk.remove(part)

    def _check(self, made: OneFile, written: Sequence[Row]) -> None:
        """Whether readers will find what was there and what was added, and nothing else."""
        expected = pl.concat([self.rows, pl.DataFrame(written, schema=self.rows.schema)])
        same = expected.sort(pl.all()).equals(made.rows.sort(pl.all()))
        if not same or made.record.counts.quarantined != self.unread:
            raise DataError(
                f"{_shown(self.path)} cannot be added to without a change of what it says; "
                "`enduse validate` tells which of its rows cannot be read: mend it, or name a "
                "new file"
            )


@contextmanager
def locked(path: Path) -> Iterator[LabelsFile]:
    """Hold a file of decisions, which need not exist yet.

    Raises
    ------
    UsageError
        Rows cannot be added to a file of this name, or there is no such folder.
    DataError
        The file is no table of decisions.
    StateError
        Somebody else is still writing to it.
    """
    path = path.resolve()
    if extension(path.name) not in KINDS:
        raise UsageError(
            f"rows cannot be added to '{_shown(path)}'; expected a name that ends in "
            f"{', '.join(f'.{kind}' for kind in KINDS)}"
        )
    if not path.parent.is_dir() or path.is_dir():
        what = "is a folder" if path.is_dir() else "lies in a folder that does not exist"
        raise UsageError(f"'{_shown(path)}' {what}; name a file of decisions, which may be new")
    _refuse_second(path)
    with exclusive(path.with_name(f".{path.name}.lock"), WAIT_SECONDS):
        yield LabelsFile(path)


def _refuse_second(path: Path) -> None:
    """A log folder holds a table once; a second file of its name would stop every run."""
    if path.exists() or path.name.casefold() != f"{LABELS.name}.{extension(path.name)}":
        return
    for other in sorted(path.parent.glob(f"{LABELS.name}*")):
        if other.name == LABELS.name or other.name == f"{LABELS.name}.{extension(other.name)}":
            raise UsageError(
                f"'{_shown(other)}' is there already, and a log folder holds a table once; name "
                "that file, or a new one in that folder"
            )


def _nothing() -> OneFile:
    from detector.sources.ledger import FileRecord

    return OneFile(pl.DataFrame(schema=schema_of(LABELS.name)), FileRecord())


def _shown(path: Path) -> str:
    return safe_text(path.name, limit=SHOWN)
