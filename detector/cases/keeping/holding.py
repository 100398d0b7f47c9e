"""Legal holds: a case that is kept whatever its time, because counsel says so."""

from __future__ import annotations

import sqlite3

from detector.cases.deciding.opened import the_case
from detector.cases.errors import Refused
from detector.cases.record.store import SEQ, Actor, Writing


def hold(tx: Writing, by: Actor, case_id: str, reason: str) -> int:
    """Keep a case until counsel lifts it; the number of the hold.

    Raises
    ------
    Refused
        Where nobody said why, it is held already, or nothing of it is left.
    """
    role = by.acting_as("counsel")
    case = the_case(tx, case_id)
    if case["state"] == "erased":
        raise Refused(f"case {case_id} was erased; nothing of it is left to hold")
    if not reason.strip():
        raise Refused("say why the case is held")
    if is_held(tx.connection, case_id):
        raise Refused(f"case {case_id} is held already")
    row = {"hold_id": SEQ, "case_id": case_id, "person": by.person, "at": tx.at, "reason": reason}
    return tx.record("case.held", by, role, case_id, put=[("holds", row)])


def lift(tx: Writing, by: Actor, case_id: str, reason: str) -> None:
    """End the hold of a case.

    Raises
    ------
    Refused
        Where nobody said why, or it is not held.
    """
    role = by.acting_as("counsel")
    if not reason.strip():
        raise Refused("say why the hold ends")
    row = tx.one("SELECT * FROM holds WHERE case_id = ? AND lifted_at IS NULL", case_id)
    if row is None:
        raise Refused(f"case {case_id} is not held")
    put = {"hold_id": row["hold_id"], "case_id": case_id, "lifted_at": tx.at,
           "lifted_by": by.person, "lifted_for": reason}  # fmt: skip
    tx.record("case.hold_lifted", by, role, case_id, put=[("holds", put)])


def is_held(connection: sqlite3.Connection, case_id: str) -> bool:
    """Whether a case is held now."""
    row = connection.execute(
        "SELECT 1 FROM holds WHERE case_id = ? AND lifted_at IS NULL", (case_id,)
    ).fetchone()
    return row is not None
