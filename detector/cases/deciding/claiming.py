"""Who has a case: claims, leases and what ends them."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta

from detector.cases.deciding.opened import guarded, moved, the_case
from detector.cases.errors import Refused
from detector.cases.record.moments import later, text_of
from detector.cases.record.store import SYSTEM, Actor, Writing
from detector.cases.settings import read_settings

_LONGEST_SNOOZE = timedelta(days=30)


def claim(tx: Writing, by: Actor, case_id: str) -> None:
    """Take a case, so that nobody else does; the lease runs out without a sign of him.

    Raises
    ------
    Refused
        Where somebody else has it, or this person may not judge it in the round it is in.
    """
    case = the_case(tx, case_id)
    role = guarded(case, "claim", by)
    _to_counsel(case, by)
    holder = lease_of(tx, case_id)
    if holder is not None and holder["person"] != by.person:
        raise Refused(f"{holder['person']} has case {case_id} until {holder['until']}")
    refuse_again(tx, case, by)
    lease(tx, case_id, by.person)
    if holder is None or case["assignee"] != by.person:
        to = "in_review" if case["state"] == "new" else case["state"]
        tx.record(
            "case.claimed", by, role, case_id,
            put=[moved(case, "claim", to, assignee=by.person)],
        )  # fmt: skip


def release(tx: Writing, by: Actor, case_id: str) -> None:
    """Give a case back.

    Raises
    ------
    Refused
        Where somebody else has it.
    """
    case = the_case(tx, case_id)
    role = guarded(case, "release", by)
    if case["assignee"] != by.person and role != "lead":
        raise Refused(f"case {case_id} is not yours: {case['assignee'] or 'nobody'} has it")
    _let_go(tx, case, by, role, "case.released")


def assign(tx: Writing, by: Actor, case_id: str, person: Actor) -> None:
    """Say whose a case is to be, that nobody has yet; it waits for him, and he claims it.

    Raises
    ------
    Refused
        Where the other may not judge it, or somebody has it.
    """
    case = the_case(tx, case_id)
    role = guarded(case, "assign", by)
    _to_counsel(case, person)
    _not_of_others(tx, case, person)
    tx.record(
        "case.assigned", by, role, case_id, {"to": person.person},
        [moved(case, "assign", "new", assignee=person.person)],
    )  # fmt: skip


def touch(tx: Writing, by: Actor, case_id: str) -> None:
    """A sign of whoever has the case: the lease begins anew."""
    held = lease_of(tx, case_id)
    if held is not None and held["person"] == by.person:
        lease(tx, case_id, by.person)


def snooze(tx: Writing, by: Actor, case_id: str, until: datetime, reason: str) -> None:
    """Put a case off for up to 30 days.

    Raises
    ------
    Refused
        Where it is to wait longer, or nobody said why.
    """
    case = the_case(tx, case_id)
    role = guarded(case, "snooze", by)
    _not_of_others(tx, case, by)
    text = text_of(until)
    if not tx.at < text <= later(tx.at, _LONGEST_SNOOZE):
        raise Refused("a case is put off until a time within 30 days from now")
    if not reason.strip():
        raise Refused("say why the case is put off")
    tx.record(
        "case.snoozed", by, role, case_id, {"reason": reason},
        [moved(case, "snooze", "waiting", snoozed_until=text)],
    )  # fmt: skip
    end_lease(tx, case_id)


def answer(tx: Writing, by: Actor, case_id: str, text: str) -> None:
    """Note what the holder answered; the case goes on."""
    case = the_case(tx, case_id)
    role = guarded(case, "answer", by)
    _resume(tx, case, by, role, "case.answered", {"text": text})


def send_back(tx: Writing, by: Actor, case_id: str, reason: str) -> None:
    """Have a disputed case judged anew from the start; the judgements stay."""
    case = the_case(tx, case_id)
    role = guarded(case, "send_back", by)
    refuse_again(tx, case, by)
    if not reason.strip():
        raise Refused("say why the case goes back")
    tx.record(
        "case.sent_back", by, role, case_id, {"reason": reason},
        [moved(case, "send_back", "in_review", assignee=None, reopened=case["reopened"] + 1,
               reopened_for=reason)],
    )  # fmt: skip
    end_lease(tx, case_id)


def reopen(tx: Writing, by: Actor, case_id: str, reason: str) -> None:
    """Open a closed case again; what was settled holds until it is settled anew.

    Raises
    ------
    Refused
        Where nobody said why.
    """
    case = the_case(tx, case_id)
    role = guarded(case, "reopen", by)
    if not reason.strip():
        raise Refused("say why the case is opened again")
    due = timedelta(days=read_settings(tx.connection).due(case["queue"] or ""))
    tx.record(
        "case.reopened", by, role, case_id, {"reason": reason},
        [moved(case, "reopen", "new", reopened=case["reopened"] + 1, reopened_for=reason,
               closed_at=None, assignee=None, due_at=later(tx.at, due))],
    )  # fmt: skip


def sweep(tx: Writing) -> int:
    """End leases that ran out, and the waiting of cases whose day has come; how many."""
    rows = tx.all(
        "SELECT cases.* FROM cases LEFT JOIN leases ON leases.case_id = cases.case_id "
        "AND leases.until > ? WHERE assignee IS NOT NULL "
        "AND state IN ('in_review', 'second', 'disputed') AND leases.case_id IS NULL "
        "ORDER BY cases.case_id", tx.at,
    )  # fmt: skip
    for case in rows:
        _let_go(tx, case, SYSTEM, "system", "case.lease_out")
    due = tx.all(
        "SELECT * FROM cases WHERE state = 'waiting' AND snoozed_until <= ? ORDER BY case_id", tx.at
    )
    for case in due:
        _resume(tx, case, SYSTEM, "system", "case.due", {})
    return len(rows) + len(due)


def lease_of(tx: Writing, case_id: str) -> sqlite3.Row | None:
    """Who has a case now, until when; None where nobody does."""
    return tx.one("SELECT * FROM leases WHERE case_id = ? AND until > ?", case_id, tx.at)


def refuse_again(tx: Writing, case: sqlite3.Row, by: Actor) -> None:
    """Refuse a person in a second round of one case.

    Raises
    ------
    Refused
        Where the person judged in an earlier round since the case was opened.
    """
    if case["state"] in ("second", "disputed") and tx.one(
        "SELECT 1 FROM judgements WHERE case_id = ? AND person = ? AND reopened = ? AND undone = 0",
        case["case_id"], by.person, case["reopened"],
    ):  # fmt: skip
        raise Refused(f"{by.person} has judged case {case['case_id']}; this is another's to do")


def _to_counsel(case: sqlite3.Row, by: Actor) -> None:
    if case["queue"] == "policy":
        by.acting_as("counsel")
    elif case["state"] in ("new", "in_review"):
        by.acting_as("reviewer", "lead")


def _not_of_others(tx: Writing, case: sqlite3.Row, by: Actor) -> None:
    holder = lease_of(tx, case["case_id"])
    if holder is not None and holder["person"] != by.person:
        raise Refused(f"{holder['person']} has case {case['case_id']} until {holder['until']}")


def _let_go(tx: Writing, case: sqlite3.Row, by: Actor, role: str, action: str) -> None:
    to = "new" if case["state"] == "in_review" else case["state"]
    tx.record(
        action, by, role, case["case_id"], {"held_by": case["assignee"]},
        [moved(case, "release", to, assignee=None)],
    )  # fmt: skip
    end_lease(tx, case["case_id"])


def _resume(
    tx: Writing, case: sqlite3.Row, by: Actor, role: str, action: str, facts: dict[str, str]
) -> None:
    tx.record(
        action, by, role, case["case_id"], facts,
        [moved(case, "answer", "in_review", snoozed_until=None)],
    )  # fmt: skip
    if case["assignee"] is not None:
        lease(tx, case["case_id"], case["assignee"])


def lease(tx: Writing, case_id: str, person: str) -> None:
    """Somebody has a case from now on, until his time runs out without a sign of him."""
    minutes = timedelta(minutes=read_settings(tx.connection).lease_minutes)
    tx.connection.execute(
        "INSERT INTO leases VALUES (?, ?, ?, ?) ON CONFLICT (case_id) DO UPDATE SET "
        "since = CASE WHEN person = excluded.person THEN since ELSE excluded.since END, "
        "person = excluded.person, until = excluded.until",
        (case_id, person, tx.at, later(tx.at, minutes)),
    )


def end_lease(tx: Writing, case_id: str) -> None:
    """Nobody has a case any more."""
    tx.connection.execute("DELETE FROM leases WHERE case_id = ?", (case_id,))
