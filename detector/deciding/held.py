"""What a file of decisions holds about the accounts of a case, and what speaks against it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import polars as pl

from detector.deciding.case import SHOWN
from detector.errors import UsageError
from detector.terminal import safe_text
from features.decided import SOON, UNRESOLVED, decided

Row = dict[str, Any]


def about(held: pl.DataFrame, ids: Collection[str]) -> pl.DataFrame:
    """Rows about some accounts, the latest first."""
    return held.filter(pl.col("account_id").is_in(list(ids))).sort(
        "decided_at", "account_id", "decision", descending=[True, False, False]
    )


def standing(held: pl.DataFrame, at: datetime) -> dict[str, str]:
    """The decision that stands at a time, of accounts with one that settles something."""
    lasts = pl.col("expires_at").is_null() | (pl.col("expires_at") > at)
    settled = lasts & (pl.col("decision") != UNRESOLVED)
    found = decided(held.filter(pl.col("decided_at") <= at)).filter(settled)
    return dict(found.select("account_id", "decision").iter_rows())


def against(held: pl.DataFrame, decisions: dict[str, str], at: datetime) -> list[Row]:
    """Rows that say something else of an account within the time that contradicts, or later."""
    rows = about(held, decisions).filter(pl.col("decided_at") >= at - SOON)
    return [row for row in rows.to_dicts() if row["decision"] != decisions[row["account_id"]]]


def refuse(rows: list[Row], at: datetime, *, overrule: bool) -> None:
    """Refuse a decision that another one of the file contradicts.

    Raises
    ------
    UsageError
        A later one would count in its place whatever is written; of an earlier one within a day,
        unless it is overruled.
    """
    late = [row for row in rows if row["decided_at"] >= at]
    if late:
        raise UsageError(
            f"{_told(late[0])} is not earlier than this decision ({at:%Y-%m-%d %H:%M:%S}), which "
            f"would not count{_more(late)}; decide with a later time, or take that row out"
        )
    if rows and not overrule:
        raise UsageError(
            f"{_told(rows[0])} says otherwise and is less than a day old{_more(rows)}; settle it "
            "between you, or give --overrule and say in --note why"
        )


def overruling(row: Row | None, note: str) -> str:
    """The note of a decision, which names what it overrules."""
    if row is None:
        return note
    return f"overrules {row['decision']} by {who(row)} of {_at(row)}: {note}"


def who(row: Row) -> str:
    """Who signed a row."""
    return safe_text(row["reviewer"] or "nobody", limit=SHOWN)


def _told(row: Row) -> str:
    note = f" ({safe_text(row['note'], limit=160)})" if row["note"] else ""
    account = safe_text(row["account_id"], limit=SHOWN)
    return f"{row['decision']} of {account} by {who(row)} at {_at(row)}{note}"


def _at(row: Row) -> str:
    return f"{row['decided_at']:%Y-%m-%d %H:%M} UTC"


def _more(rows: list[Row]) -> str:
    return f", and so with {len(rows) - 1:,} more" if len(rows) > 1 else ""
