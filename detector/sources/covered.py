"""How many days the rows of a file cover: each is split by day, and a small file can say many.

A file of 10,000 rows of three years each is a megabyte, and eleven million rows of a rollup.
Exports say an hour, a day or a month a row; terms of years are few among them.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from detector.errors import Unreadable
from detector.sources.ledger import FileRecord
from detector.sources.text import printable
from features.tables import TABLES

MONTH_DAYS: Final = 31
FREE_DAYS: Final = 1 << 18
"""Days that the rows of a file may cover beyond a month each: some 700 terms of a year."""


def note_days(record: FileRecord, frame: pl.DataFrame, table: str, name: str) -> None:
    """Add the days that rows cover to those of their file; its rows are counted already.

    Raises
    ------
    Unreadable
        If the file covers more days than a month a row and ``FREE_DAYS`` beyond.
    """
    span = TABLES[table].span
    if span is None or not frame.height:
        return
    start, end = span
    record.days += int((frame[end] - frame[start]).dt.total_days().sum())
    if record.days > MONTH_DAYS * record.counts.ok + FREE_DAYS:
        raise Unreadable(
            f"{printable(name)}: its rows cover {record.days:,} days, and each day would be a row; "
            f"at most {MONTH_DAYS} days a row are split, and {FREE_DAYS:,} beyond: export long "
            "charges by month, or in several files"
        )
