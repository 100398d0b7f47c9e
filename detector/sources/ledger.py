"""What became of every record of a run, file by file."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from detector.errors import TooManyBadRows
from detector.sources import quarantine
from detector.sources.limits import QUARANTINE_ROWS


@dataclass(frozen=True)
class TableCounts:
    """Records of a table: ``read`` = ``ok`` + ``quarantined`` + ``duplicate``.

    ``unmapped`` counts values of optional enumerations (and operations of native logs) that
    the contract does not know; ``duplicate`` identical account rows that collapsed, and rows of
    files whose content another path brings already; ``late`` rows that came into a state after
    the end of its newest usage was past them (0 when a folder is read at once: nothing in it
    came before).
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
    """The account of one file; it is written anew each time the file is read."""

    counts: TableCounts = field(default_factory=TableCounts)
    quarantine: list[pl.DataFrame] = field(default_factory=list)
    latest: datetime | None = None
    adapter: str | None = None

    def add(self, counts: TableCounts, held: pl.DataFrame) -> None:
        """Add what one part of the file gave."""
        room = QUARANTINE_ROWS - sum(map(len, self.quarantine))
        self.counts = self.counts + counts
        if held.height and room > 0:
            self.quarantine.append(held.head(room))

    def saw(self, latest: datetime | None) -> None:
        """Move the latest charge period end forward."""
        if latest is not None and (self.latest is None or latest > self.latest):
            self.latest = latest

    def held(self) -> pl.DataFrame:
        """Return the file's quarantine in row order."""
        return pl.concat([quarantine.empty(), *self.quarantine])


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
    reasons = (
        held.group_by("file", "column", "reason")
        .len()
        .sort("len", "file", "column", "reason", descending=[True, False, False, False])
    )
    shown = "; ".join(
        f"{file}: {f'{column} ' if column else ''}{reason} ({n} rows)"
        for file, column, reason, n in reasons.head(3).iter_rows()
    )
    raise TooManyBadRows(
        f"{counts.quarantined} of {counts.read} rows of {table} ({share:.1f} %) are in "
        f"quarantine, more than --max-bad {100 * max_bad:g} %: {shown}; "
        "mend the export, or raise --max-bad to go on without these rows"
    )
