"""What somebody may do to a case now: for the buttons of a page; the cases themselves refuse."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any, Final

from detector.cases.deciding.judging import UNDO
from detector.cases.deciding.states import roles_for, states_after
from detector.cases.record.moments import later, time_of
from detector.cases.record.store import Actor

_ACTIONS: Final = ("claim", "release", "ask", "answer", "snooze", "send_back", "reopen")
_JUDGED: Final = ("in_review", "second", "disputed")

Row = Mapping[str, Any]


def may(case: Row, action: str, by: Actor) -> bool:
    """Whether the table of states lets somebody do this."""
    state = case["state"]
    return bool(states_after(state, action)) and not by.roles.isdisjoint(roles_for(state, action))


def judges(connection: sqlite3.Connection, case: Row, by: Actor) -> bool:
    """Whether a case is one that somebody may judge as it stands, once nobody else has it."""
    fresh = case["state"] in ("new", "in_review")
    if not may(case, "claim" if case["state"] == "new" else "judge", by):
        return False
    if case["queue"] == "policy":
        return "counsel" in by.roles
    if fresh:
        return bool(by.roles & {"reviewer", "lead"})
    return not _has_judged(connection, case, by)


def _has_judged(connection: sqlite3.Connection, case: Row, by: Actor) -> bool:
    row = connection.execute(
        "SELECT 1 FROM judgements WHERE case_id = ? AND person = ? AND reopened = ? "
        "AND undone = 0", (case["case_id"], by.person, case["reopened"]),
    ).fetchone()  # fmt: skip
    return row is not None


def lease_of(connection: sqlite3.Connection, case_id: str, at: str) -> dict[str, Any] | None:
    """Who has a case at a time, and for how many minutes more."""
    row = connection.execute(
        "SELECT person, until FROM leases WHERE case_id = ? AND until > ?", (case_id, at)
    ).fetchone()
    if row is None:
        return None
    left = (time_of(row["until"]) - time_of(at)).total_seconds()
    return {"person": row["person"], "minutes": int(left // 60)}


def allowed(
    connection: sqlite3.Connection, case: Row, by: Actor, lease: Row | None
) -> dict[str, bool]:
    """What a page offers: the actions of the table, and those that take more than it."""
    found = {action: may(case, action, by) for action in _ACTIONS}
    free = lease is None or lease["person"] == by.person
    mine = lease is not None and lease["person"] == by.person
    found["judge"] = free and judges(connection, case, by)
    found["claim"] = found["judge"] and not mine
    found["release"] = found["release"] and (
        mine or ("lead" in by.roles and case["assignee"] is not None)
    )
    found["ask"] = found["judge"] and case["state"] in ("new", "in_review")
    found["snooze"] = found["snooze"] and free
    found["send_back"] = found["send_back"] and not _has_judged(connection, case, by)
    found["comment"] = bool(by.roles & {"reviewer", "lead", "counsel", "letters"})
    return found


def undoable(
    connection: sqlite3.Connection, by: Actor, at: str, judgement: int | None, case_id: str | None
) -> dict[str, Any] | None:
    """One's own judgement that may be taken back: the one named, else the last of a case."""
    row = connection.execute(
        "SELECT judgement_id, case_id, outcome, at, round FROM judgements WHERE person = ? "
        "AND undone = 0 AND NOT EXISTS (SELECT 1 FROM judgements AS later WHERE later.undone = 0 "
        "AND later.case_id = judgements.case_id AND later.judgement_id > judgements.judgement_id) "
        "AND (judgement_id = ? OR (? IS NULL AND case_id = ?)) "
        "ORDER BY judgement_id DESC LIMIT 1", (by.person, judgement, judgement, case_id),
    ).fetchone()  # fmt: skip
    if row is None or at > later(row["at"], UNDO) or row["round"] == "appeal":
        return None
    left = (time_of(later(row["at"], UNDO)) - time_of(at)).total_seconds()
    return {**dict(row), "minutes": int(left // 60)}


def amendable(rows: list[dict[str, Any]], case: Row, by: Actor) -> dict[str, Any] | None:
    """One's own first judgement, while nobody else has judged."""
    held = [row for row in rows if row["reopened"] == case["reopened"] and not row["undone"]]
    if not held or any(row["person"] != by.person or row["round"] != "1" for row in held):
        return None
    return held[-1] if may(case, "amend", by) else None
