"""Rows that broke a rule: where they stood, why, and what they held without secrets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

from detector.sources.limits import CONTENT_CHARS, CONTENT_FIELD_CHARS
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


def empty() -> pl.DataFrame:
    """Return a quarantine without rows."""
    return pl.DataFrame(schema=QUARANTINE_SCHEMA)


def from_records(table: str, file: str, bad: Sequence[BadRecord]) -> pl.DataFrame:
    """Make quarantine rows of records that could not be split into fields."""
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
        The rows as read, with ``_row``.
    found
        ``_row``, ``column`` and ``reason``, one per bad row.
    """
    raw = rows.drop("_row")
    cut = [
        pl.col(c).cast(pl.String, strict=False).str.head(CONTENT_FIELD_CHARS).alias(c)
        if raw.schema[c] == pl.String
        else pl.col(c)
        for c in raw.columns
    ]
    content = (
        raw.select(pl.struct(cut).struct.json_encode()).to_series()
        if raw.width
        else pl.Series(["{}"] * raw.height, dtype=pl.String)
    )
    joined = rows.select("_row").with_columns(content=content).join(found, on="_row", how="inner")
    bad = [
        BadRecord(row, reason, content or "", column)
        for row, content, column, reason in joined.select(
            "_row", "content", "column", "reason"
        ).iter_rows()
    ]
    return from_records(table, file, bad)
