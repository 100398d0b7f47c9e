"""What golden cases were settled as: for auditors, and after its week for whoever judged one."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from detector.cases.measuring.judged import week_of
from detector.cases.record.moments import text_of
from detector.cases.record.store import Actor


@dataclass(frozen=True)
class Revealed:
    """A golden case as it is told afterwards: what somebody said of it, and what it was."""

    case_id: str
    person: str
    said: str
    truth: str
    of_case: str


def truths(connection: sqlite3.Connection, by: Actor) -> list[dict[str, Any]]:
    """Which cases are golden, what they are made of, and what was settled then.

    Raises
    ------
    Refused
        Where this person may not know: whoever judges must not.
    """
    by.acting_as("auditor")
    return [dict(row) for row in connection.execute("SELECT * FROM golden ORDER BY served_as")]


def revealed(connection: sqlite3.Connection, by: Actor, now: datetime) -> Sequence[Revealed]:
    """Golden cases that somebody judged before this week, beside what had been settled."""
    by.acting_as("reviewer", "lead", "auditor")
    rows = connection.execute(
        "SELECT g.served_as, j.person, j.outcome, g.truth, g.of_case FROM golden g "
        "JOIN judgements j ON j.case_id = g.served_as WHERE j.person = ? AND j.undone = 0 "
        "AND j.amends IS NULL AND j.round IN ('1', '2', 'qa') AND j.at < ? "
        "ORDER BY j.judgement_id", (by.person, text_of(week_of(now))),
    )  # fmt: skip
    return [Revealed(*row) for row in rows]
