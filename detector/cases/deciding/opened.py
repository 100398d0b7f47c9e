"""A case that is about to change: looked up, guarded, and moved on."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from detector.cases.deciding.states import MEANINGS, roles_for, states_after
from detector.cases.errors import Conflict, Refused, Unknown
from detector.cases.record.store import Actor, Writing
from detector.cases.record.tables import Put


def the_case(tx: Writing, case_id: str) -> sqlite3.Row:
    """The row of a case.

    Raises
    ------
    Unknown
        Where there is none.
    """
    row = tx.one("SELECT * FROM cases WHERE case_id = ?", case_id)
    if row is None:
        raise Unknown(f"there is no case {case_id!r}; see: enduse cases list")
    return row


def guarded(case: sqlite3.Row, action: str, by: Actor) -> str:
    """The role in which somebody does this to a case as it stands.

    Raises
    ------
    Refused
        Where the case is not in a state for it, or the person has no role for it.
    """
    state = case["state"]
    if not states_after(state, action):
        first = "; take it first" if states_after(state, "claim") and state == "new" else ""
        raise Refused(
            f"case {case['case_id']} is {state.replace('_', ' ')} ({MEANINGS[state]}): "
            f"{action.replace('_', ' ')} is not possible now{first}"
        )
    return by.acting_as(*roles_for(state, action))


def unchanged(tx: Writing, case: sqlite3.Row, version: int) -> None:
    """Refuse to act on a case that is not what was looked at.

    Raises
    ------
    Conflict
        With what happened since.
    """
    if case["version"] == version:
        return
    rows = tx.all(
        "SELECT seq, at, person, action FROM events WHERE case_id = ? ORDER BY seq DESC LIMIT 10",
        case["case_id"],
    )
    raise Conflict(
        f"case {case['case_id']} is at version {case['version']}, you saw version {version}; look "
        "at what changed and store again",
        {"version": case["version"], "state": case["state"],
         "events": [dict(row) for row in rows]},
    )  # fmt: skip


def moved(case: sqlite3.Row, action: str, to: str, **changes: Any) -> Put:
    """The row of a case in its next state, a version further.

    Raises
    ------
    Refused
        Where the action does not lead there: an edge that is not in the table does not exist.
    """
    if to not in states_after(case["state"], action):
        raise Refused(f"{action} does not lead from {case['state']} to {to}")
    return ("cases", {
        "case_id": case["case_id"], "state": to, "version": case["version"] + 1, **changes,
    })  # fmt: skip


def members_of(tx: Writing, case_id: str) -> Mapping[str, sqlite3.Row]:
    """The accounts that are in a case now, by id."""
    rows = tx.all(
        "SELECT * FROM case_accounts WHERE case_id = ? AND left_run IS NULL ORDER BY account_id",
        case_id,
    )
    return {row["account_id"]: row for row in rows}
