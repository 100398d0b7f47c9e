"""Rows that broke a rule: where they stood, why, and what they held without secrets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

from detector.sources.limits import CONTENT_CHARS, CONTENT_FIELD_CHARS
from detector.sources.nested import as_json, harmless, is_nested
from detector.sources.raw import BadRecord
from detector.sources.text import printable

QUARANTINE_SCHEMA: Final = pl.Schema(
    {
        "table": pl.String(),
        "file": pl.String(),
        "row": pl.Int64(),
        "column": pl.String(),
        "reason": pl.String(),
        "content": pl.String(),
    }
)


_EMPTY: Final = pl.DataFrame(schema=QUARANTINE_SCHEMA)


def empty() -> pl.DataFrame:
    """Return a quarantine without rows."""
    return _EMPTY.clone()


def from_records(table: str, file: str, bad: Sequence[BadRecord]) -> pl.DataFrame:
    """Make quarantine rows of records that could not be split into fields."""
    if not bad:
        return empty()
    return pl.DataFrame(
        {
            "table": table,
            "file": printable(file, 500),
            "row": pl.Series([b.row for b in bad], dtype=pl.Int64),
            "column": pl.Series([b.column for b in bad], dtype=pl.String),
            "reason": pl.Series([b.reason for b in bad], dtype=pl.String),
            "content": pl.Series(
                [printable(b.content, CONTENT_CHARS) for b in bad], dtype=pl.String
            ),
        },
        schema=QUARANTINE_SCHEMA,
    )


def from_rows(table: str, file: str, rows: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """Make quarantine rows of parsed rows.

    Parameters
    ----------
    rows
        The bad rows as read.
    found
        ``_row``, ``column`` and ``reason`` of each of ``rows``, in the same order. Several
        rows may come from one record, and so have one number.
    """
    raw = rows.drop("_row", strict=False)
    content = [_shown(values) for values in raw]
    text = (
        pl.DataFrame(content).select(pl.struct(pl.all()).struct.json_encode()).to_series()
        if content
        else pl.Series(["{}"] * found.height, dtype=pl.String)
    )
    told = zip(text, found.select("_row", "column", "reason").iter_rows(), strict=True)
    bad = [BadRecord(row, reason, content, column) for content, (row, column, reason) in told]
    return from_records(table, file, bad)


def _shown(values: pl.Series) -> pl.Series:
    """Return values that can be written, and texts cut to what is kept of them."""
    safe = harmless(values)
    if is_nested(safe.dtype):
        safe = as_json(safe)
    return safe.str.head(CONTENT_FIELD_CHARS) if safe.dtype == pl.String else safe


def place(file: str, row: int) -> str:
    """Say where a row stands.

    >>> place("usage.csv", 3)
    'usage.csv, row 3 (the header not counted)'
    """
    return f"{file}, row {row} (the header not counted)"


def first_reasons(held: pl.DataFrame, most: int = 3) -> str:
    """Put the most frequent reasons into words, each with the first row that shows it."""
    reasons = (
        held.group_by("file", "column", "reason")
        .agg(pl.len(), pl.col("row").min())
        .sort("len", "file", "column", "reason", descending=[True, False, False, False])
    )
    return "; ".join(
        f"{place(file, row)}: {f'column {column} ' if column else ''}{reason}"
        f" ({count} row{'s' if count > 1 else ''})"
        for file, column, reason, count, row in reasons.head(most).iter_rows()
    )


def clashes(rows: pl.DataFrame, path: str) -> pl.DataFrame:
    """Put conflicting account rows into the quarantine."""
    reason = "differs from another row of the same account"
    found = rows.select("_row", column=pl.lit("account_id"), reason=pl.lit(reason))
    return from_rows("accounts", path, rows.drop("_file"), found)
