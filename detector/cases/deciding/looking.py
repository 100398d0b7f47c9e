"""When somebody looked at a case, and for how long: it may be lost without a decision being lost.

Active seconds are those in which the page was visible and a key, the pointer or the scroll bar
moved within the last minute; the page sends them as beats. They are never more than the server's
own time between two beats allows.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from detector.cases.errors import Refused
from detector.cases.record.moments import text_of, time_of
from detector.cases.record.store import Writing, as_json

_BEAT_SECONDS = 15.0
_HERE = timedelta(minutes=2)
_DRAFT = 200_000


def look(tx: Writing, person: str, case_id: str) -> None:
    """Note that a person opened a case as it is now."""
    tx.connection.execute(
        "INSERT INTO looks SELECT case_id, ?, version, last_run, ?, ?, 0.0, "
        "(SELECT ifnull(max(seq), 0) FROM events) FROM cases "
        "WHERE case_id = ? ON CONFLICT (case_id, person) DO UPDATE SET version = excluded.version, "
        "run = excluded.run, at = excluded.at, seq = excluded.seq, "
        "opened = CASE WHEN opened = '' THEN excluded.opened ELSE opened END",
        (person, tx.at, tx.at, case_id),
    )


def beat(tx: Writing, person: str, case_id: str, seconds: float) -> None:
    """Add active seconds since the last beat, bounded by the time that passed."""
    row = tx.one("SELECT * FROM looks WHERE case_id = ? AND person = ?", case_id, person)
    if row is None:
        return
    passed = (time_of(tx.at) - time_of(row["at"])).total_seconds()
    more = max(0.0, min(seconds, passed, _BEAT_SECONDS))
    tx.connection.execute(
        "UPDATE looks SET active_seconds = active_seconds + ?, at = ? "
        "WHERE case_id = ? AND person = ?", (more, tx.at, case_id, person),
    )  # fmt: skip


def times_of(
    tx: Writing, person: str, case_id: str, told: float | None
) -> tuple[float | None, float | None]:
    """Active and open seconds of a judgement that is stored now; its clock begins anew after it."""
    row = tx.one("SELECT * FROM looks WHERE case_id = ? AND person = ?", case_id, person)
    if row is None or not row["opened"]:
        return None, None
    opened = (time_of(tx.at) - time_of(row["opened"])).total_seconds()
    active = row["active_seconds"] if told is None else told
    tx.connection.execute(
        "UPDATE looks SET opened = '', active_seconds = 0.0 WHERE case_id = ? AND person = ?",
        (case_id, person),
    )
    return max(0.0, min(active, opened)), opened


def keep_draft(tx: Writing, person: str, case_id: str, held: dict[str, object]) -> None:
    """Keep what somebody has typed and not stored.

    Raises
    ------
    Refused
        Where it is too long to be a judgement.
    """
    body = json.dumps(held)
    if len(body) > _DRAFT:
        raise Refused("this draft is too long to be kept; shorten its note")
    tx.connection.execute(
        "INSERT INTO drafts VALUES (?, ?, ?, ?) ON CONFLICT (case_id, person) DO UPDATE SET "
        "at = excluded.at, body = excluded.body", (case_id, person, tx.at, body),
    )  # fmt: skip


def draft_of(connection: sqlite3.Connection, person: str, case_id: str) -> dict[str, Any]:
    """What somebody typed of a case and did not store; empty where nothing is."""
    row = connection.execute(
        "SELECT body FROM drafts WHERE case_id = ? AND person = ?", (case_id, person)
    ).fetchone()
    held: dict[str, Any] = {} if row is None else json.loads(row["body"])
    return held


def here(
    connection: sqlite3.Connection, cases: Sequence[str], person: str, now: datetime
) -> dict[str, list[str]]:
    """Who else looked at these cases within two minutes, by case."""
    rows = connection.execute(
        "SELECT case_id, person FROM looks WHERE case_id IN (SELECT value FROM json_each(?)) "
        "AND person <> ? AND at > ? ORDER BY person",
        (as_json(list(cases)), person, text_of(now - _HERE)),
    )
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row["case_id"], []).append(row["person"])
    return found
