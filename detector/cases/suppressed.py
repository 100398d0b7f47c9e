"""Accounts that open no case for a while: an appeal of theirs was upheld."""

from __future__ import annotations

import sqlite3


def suppressed(connection: sqlite3.Connection, at: str) -> set[str]:
    """Accounts that a suppressor covers at a time; none where the folder has no such table."""
    if not connection.execute(
        "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'suppressors'"
    ).fetchone():
        return set()
    rows = connection.execute(
        "SELECT account_id FROM suppressors WHERE since <= ? AND until > ? AND revoked_at IS NULL "
        "AND account_id IS NOT NULL", (at, at),
    )  # fmt: skip
    return {row["account_id"] for row in rows}
