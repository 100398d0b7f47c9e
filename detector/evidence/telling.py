"""Evidence for a terminal, as plain values and as CSV."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import polars as pl

from detector.evidence.asked import Asked
from detector.evidence.found import Evidence, Shown
from detector.evidence.reading import ACCOUNT
from detector.findings.said import SAID
from detector.words import NONE, plural, quantity, visible
from features.tables import TABLES

CELL: Final = 60
TABLE: Final = "table"
_WORDS: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|_")


def head(found: Evidence) -> Iterator[str]:
    """What stands above the rows: the reason, and how its value comes out of them."""
    asked = found.asked
    place = f"reason {asked.among}" if asked.among else "none of the strongest reasons"
    yield f"Account {visible(asked.account, 60)}, {place}, {asked.feature.code}:"
    yield f"{visible(asked.text, 600)}"
    if asked.feature.name not in SAID or asked.value is None:
        yield f"Value: {_value(asked)}."
    since = "All" if found.start is None else f"{found.start:%Y-%m-%d}"
    yield f"Rows: {since} up to {asked.run.as_of:%Y-%m-%d %H:%M} UTC."
    yield from found.notes


def _value(asked: Asked) -> str:
    if asked.value is None:
        return "not known"
    return quantity(asked.value, asked.feature.unit)


def title(shown: Shown, top: int) -> str:
    """What stands above the rows of a table."""
    count = shown.rows.height
    some = f", the newest {top:,} of them" if count > top else ", the newest first"
    more = "" if count < 2 else some
    return f"{plural(count, 'row')} of {shown.table} ({TABLES[shown.table].title}){more}"


def headings(shown: Shown) -> list[str]:
    """Names of columns as words, which a narrow terminal can break between."""
    return [_WORDS.sub(" ", name) for name in shown.columns]


def cells(shown: Shown, top: int) -> list[list[str]]:
    """The rows of a table as harmless text."""
    rows = shown.rows.select(shown.columns).head(top)
    return [[_cell(value) for value in row] for row in rows.iter_rows()]


def _cell(value: Any) -> str:
    if value is None:
        return NONE
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return visible(_plain(value), CELL)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value


def plain(found: Evidence, top: int) -> dict[str, Any]:
    """Evidence as plain values; rows with all of their columns."""
    asked = found.asked
    return {
        "account_id": asked.account, "code": asked.feature.code, "feature": asked.feature.name,
        "reason": asked.among, "text": asked.text, "value": asked.value,
        "unit": asked.feature.unit, "as_of": asked.run.as_of.isoformat(),
        "window_start": None if found.start is None else found.start.isoformat(),
        "notes": list(found.notes),
        "warnings": list(found.warnings),
        "tables": [
            {
                "table": shown.table, "rows_in_all": shown.rows.height,
                "rows_of_account": shown.of, "columns": list(shown.columns),
                "rows": [
                    {name: _plain(value) for name, value in row.items() if name != ACCOUNT
                     or ACCOUNT in shown.columns}
                    for row in shown.rows.head(top).iter_rows(named=True)
                ],
            }
            for shown in found.tables
        ],
    }  # fmt: skip


def as_csv(found: Evidence) -> pl.DataFrame:
    """All rows of all tables, each with its table's name, as text."""
    frames = [
        shown.rows.select(
            pl.lit(shown.table).alias(TABLE),
            *(pl.Series(c, [None if v is None else str(_plain(v)) for v in shown.rows[c]],
                        dtype=pl.String) for c in shown.rows.columns),
        )
        for shown in found.tables
    ]  # fmt: skip
    return pl.concat([pl.DataFrame(schema={TABLE: pl.String}), *frames], how="diagonal")
