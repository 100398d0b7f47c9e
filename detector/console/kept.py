"""Cases as runs showed them, from what is kept of each."""

from __future__ import annotations

import sqlite3
from typing import Any

from detector.cases.errors import Unknown
from detector.cases.record.snapshots import is_kept, opened, thawed
from detector.cases.record.store import Actor
from detector.cases.showing import reading
from detector.dossier import Case

Row = dict[str, Any]


def case_now(connection: sqlite3.Connection, case_id: str, by: Actor) -> Case:
    """A case as its last run shows it; nothing sealed.

    Raises
    ------
    Unknown
        Where there is none, or nothing of it is kept.
    """
    row = reading.shown(reading.case_of(connection, case_id), by)
    if row["snapshot"] is None or not is_kept(connection, row["snapshot"]):
        raise Unknown(f"nothing is kept of what case {case_id} showed")
    return thawed(opened(connection, row["snapshot"]))


def snapshots_of(connection: sqlite3.Connection, case_id: str, by: Actor) -> list[Row]:
    """Runs of which it is kept how a case was, the oldest first, with as-of and model."""
    reading.shown(reading.case_of(connection, case_id), by)
    rows = connection.execute(
        "SELECT run, as_of, model_id, snapshot FROM case_runs JOIN runs USING (run) "
        "JOIN snapshots ON snapshots.sha256 = snapshot "
        "WHERE case_id = ? AND body IS NOT NULL ORDER BY as_of, run", (case_id,),
    )  # fmt: skip
    return [dict(row) for row in rows]
