"""The tables made anew from the events, and events told as their payload says."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from typing import Any

from detector.cases.errors import DamagedCases
from detector.cases.record.connections import migrate
from detector.cases.record.store import SYSTEM, Store, Writing
from detector.cases.record.tables import Tables


def told(payload: str) -> dict[str, Any]:
    """What a payload says: ``facts``, ``put`` and ``gone``.

    Raises
    ------
    DamagedCases
        Where it is no payload.
    """
    try:
        held = json.loads(payload)
        found = {name: held[name] for name in ("facts", "put", "gone")}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DamagedCases("an event holds what is no payload; see: enduse cases verify") from error
    return found


def apply(events: Iterator[sqlite3.Row], to: sqlite3.Connection) -> None:
    """Put and take the rows of events, in their order; emptied events say nothing."""
    tables = Tables(to)
    for event in events:
        if event["payload"] is not None:
            held = told(event["payload"])
            tables.take(to, held["gone"], event["case_id"])
            tables.put(to, held["put"], event["case_id"])


def made_anew(events: Iterator[sqlite3.Row]) -> sqlite3.Connection:
    """A database of its own with the tables that the events make; it goes when it is closed."""
    connection = sqlite3.connect("", isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA synchronous = OFF")
    migrate(connection)
    connection.execute("BEGIN")
    apply(events, connection)
    connection.execute("COMMIT")
    return connection


def rebuild(tx: Writing) -> int:
    """Make every table from the events, in one transaction; the number of events.

    What is not made of events (passwords, sessions, drafts, looks) stays as it is.
    """
    for name in Tables(tx.connection).all:
        tx.connection.execute(f"DELETE FROM {name}")  # noqa: S608 - a name of the schema
    events = tx.connection.execute("SELECT case_id, payload FROM events ORDER BY seq").fetchall()
    apply(iter(events), tx.connection)
    return tx.record("cases.rebuilt", SYSTEM, "system", facts={"events": len(events)}) - 1


def rebuilt(store: Store, now: Any) -> int:
    """Rebuild a folder's tables; the number of events they were made of."""
    with store.writing(now) as tx:
        return rebuild(tx)
