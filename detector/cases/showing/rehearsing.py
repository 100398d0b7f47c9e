"""Folders in which a simulated world is reviewed: they say so, and nothing of them leaves.

Such a folder begins with an event that names its world, before any run; nothing takes that back.
While it goes on, runs of its world are taken in; when it has ended, no run is. Some of its cases
may be left for somebody to learn on (kind ``training``): they are judged as any other, count
nowhere, and whoever has judged one is told what is true of it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from detector.cases.deciding.opened import the_case
from detector.cases.deciding.states import OPEN
from detector.cases.errors import Refused
from detector.cases.record.store import SEQ, SYSTEM, Actor, Writing, as_json
from detector.cases.showing.reading import has_judged


@dataclass(frozen=True)
class Truth:
    """What is true of a case and of each of its accounts, in the words of a judgement."""

    outcome: str
    accounts: Mapping[str, str]


def begin(tx: Writing, world: Mapping[str, Any]) -> int:
    """Say of a folder that it is a rehearsal, and of which world.

    Raises
    ------
    Refused
        Where something has happened in it.
    """
    if tx.one("SELECT 1 FROM events LIMIT 1") is not None:
        raise Refused("a rehearsal takes a folder of cases of its own, in which nothing happened")
    row = {"rehearsal_id": SEQ, "at": tx.at, "world": as_json(dict(world)), "ended_at": None}
    return tx.record("rehearsal.begun", SYSTEM, "system", put=[("rehearsals", row)])


def end(tx: Writing) -> None:
    """Say that no more runs of the world come."""
    row = tx.one("SELECT rehearsal_id FROM rehearsals")
    if row is not None:
        put = {"rehearsal_id": row["rehearsal_id"], "ended_at": tx.at}
        tx.record("rehearsal.ended", SYSTEM, "system", put=[("rehearsals", put)])


def is_rehearsal(connection: sqlite3.Connection) -> bool:
    """Whether the cases of a folder are of a simulated world."""
    return connection.execute("SELECT 1 FROM rehearsals LIMIT 1").fetchone() is not None


def refuse_to_leave(connection: sqlite3.Connection) -> None:
    """Let nothing that was decided in a rehearsal out.

    Raises
    ------
    Refused
        Where the folder is one.
    """
    if is_rehearsal(connection):
        raise Refused(
            "this folder is a rehearsal: its world is simulated, and no label, export or pack "
            "leaves it; work in the folder of your own cases"
        )


def refuse_run(connection: sqlite3.Connection) -> None:
    """Take no other run into a rehearsal that has ended.

    Raises
    ------
    Refused
        Where the folder is one.
    """
    row = connection.execute("SELECT 1 FROM rehearsals WHERE ended_at IS NOT NULL").fetchone()
    if row is not None:
        raise Refused(
            "this folder is a rehearsal that has ended: it takes no other run; make a folder for "
            "real cases with: enduse cases init --cases DIR"
        )


def leave_to_learn(tx: Writing, case_id: str, truth: Truth) -> None:
    """Leave a case of a rehearsal that nobody has judged for somebody to learn on.

    Raises
    ------
    Refused
        Where the folder is no rehearsal, or the case is no longer open and untouched.
    """
    case = the_case(tx, case_id)
    if not is_rehearsal(tx.connection) or case["state"] != OPEN[0]:
        raise Refused(f"case {case_id} is not one that somebody can learn on")
    row = {"case_id": case_id, "kind": "training", "version": case["version"] + 1}
    tx.record("case.left_to_learn", SYSTEM, "system", case_id, put=[("cases", row)])
    told = {"of_case": case_id, "outcome": truth.outcome, "accounts": as_json(dict(truth.accounts))}
    tx.record("truth.kept", SYSTEM, "system", put=[("truths", told)])


def truth_for(connection: sqlite3.Connection, case: Mapping[str, Any], by: Actor) -> Truth | None:
    """What is true of a case, for whoever has judged it; None where that is not told."""
    if case["kind"] != "training" or not has_judged(connection, case, by):
        return None
    row = connection.execute(
        "SELECT outcome, accounts FROM truths WHERE of_case = ?", (case["case_id"],)
    ).fetchone()
    return None if row is None else Truth(row["outcome"], json.loads(row["accounts"]))
