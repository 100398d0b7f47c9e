"""Appeals: what a holder objects to, and who looks at it anew.

Whoever has the role ``letters`` files one; it is decided by somebody who judged nothing in the
case, in no opening of it, and neither filed nor acknowledged it. Where the holder is right, wholly
or in part, one transaction settles his accounts as cleared, keeps them away for a while, and
drafts the answer. Nothing is sent.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from detector.cases.contact.drafting import Draft, day, draft
from detector.cases.contact.suppressors import end_of, of_appeal
from detector.cases.contact.templating import SHIPPED, Templates
from detector.cases.deciding.judgement import Judgement, keep_judgement
from detector.cases.deciding.opened import guarded, moved, the_case, unchanged
from detector.cases.deciding.settling import current_of, settle
from detector.cases.errors import Refused, Unknown
from detector.cases.record.moments import later, text_of
from detector.cases.record.store import SEQ, Actor, Writing, as_json
from detector.cases.record.tables import Put
from detector.cases.settings import read_settings
from detector.cases.showing.reading import is_golden

OUTCOMES: Final = ("upheld", "partly", "rejected")
PENDING: Final = ("filed", "acknowledged")
_LONGEST: Final = 20_000


@dataclass(frozen=True)
class Decision:
    """What is decided of an appeal.

    Attributes
    ----------
    reasons
        As the holder reads them.
    accounts
        Where he is right in part: for which of his accounts.
    until
        How long his accounts are kept away; None for as long as a clearing lasts.
    """

    outcome: str
    reasons: str
    accounts: tuple[str, ...] = ()
    until: datetime | None = None
    language: str = "en"


@dataclass(frozen=True)
class Decided:
    """What came of it: numbers of the letter, of the settlement and of suppressors, if any."""

    letter_id: int
    settlement_id: int | None = None
    suppressors: tuple[int, ...] = ()


def file(
    tx: Writing, by: Actor, case_id: str, accounts: Sequence[str], text: str, received: datetime
) -> int:
    """File what a holder objects to; its number.

    Parameters
    ----------
    accounts
        His accounts that he objects for; the first is the one that the answer goes to.
    received
        When it came in: from then it is due.

    Raises
    ------
    Refused
        Where the case is not closed, an account was never in it, or something is missing.
    """
    case = the_case(tx, case_id)
    role = guarded(case, "appeal", by)
    if (
        case["queue"] == "policy"
        or is_golden(tx.connection, case_id)
        or current_of(tx, case_id) is None
    ):
        raise Refused(f"case {case_id} has no decision of reviewers; ask a lead to open it again")
    if not text.strip() or len(text) > _LONGEST:
        raise Refused(f"say what the holder objects to, in 1 to {_LONGEST} characters")
    came = text_of(received)
    if came > tx.at:
        raise Refused(f"an appeal cannot have come in on {came[:10]}, which is not yet")
    ever = tx.all("SELECT account_id FROM case_accounts WHERE case_id = ?", case_id)
    strangers = sorted(set(accounts) - {row["account_id"] for row in ever})
    if strangers or not accounts:
        raise Refused(f"account {(strangers or ['none'])[0]} is not in case {case_id}")
    due = timedelta(days=read_settings(tx.connection).due_appeal)
    row = {
        "appeal_id": SEQ, "case_id": case_id, "accounts": as_json(list(dict.fromkeys(accounts))),
        "received_at": came, "text": text, "state": "filed", "due_at": later(came, due),
        "filed_by": by.person, "filed_at": tx.at,
    }  # fmt: skip
    return tx.record(
        "appeal.filed", by, role, case_id, {},
        [("appeals", row), moved(case, "appeal", "appealed", assignee=None)],
    )  # fmt: skip


def acknowledge(tx: Writing, by: Actor, appeal_id: int) -> None:
    """Note that the holder was told that his appeal came in."""
    row = _in_state(tx, appeal_id, "filed")
    role = by.acting_as("letters")
    _change(tx, by, role, row, "appeal.acknowledged", state="acknowledged",
            acknowledged_by=by.person, acknowledged_at=tx.at)  # fmt: skip


def version_of(tx: Writing, appeal_id: int) -> int:
    """The version of the case that an appeal is about."""
    row = _in_state(tx, appeal_id, *PENDING)
    return int(the_case(tx, row["case_id"])["version"])


def decide(
    tx: Writing,
    by: Actor,
    appeal_id: int,
    version: int,
    said: Decision,
    templates: Templates = SHIPPED,
) -> Decided:
    """Decide an appeal; everything that follows is of the same transaction.

    Raises
    ------
    Conflict
        Where the case is not what was looked at.
    Refused
        Where this person had a part in what is objected to, or the decision is not whole.
    """
    row = _in_state(tx, appeal_id, *PENDING)
    case = the_case(tx, row["case_id"])
    role = guarded(case, "decide_appeal", by)
    _refuse_involved(tx, by, row)
    unchanged(tx, case, version)
    granted = _granted(row, said)
    words = {**_words_now(tx, row), **dict.fromkeys(granted, "cleared")}
    outcome = "cleared" if granted else str(_settled(tx, row["case_id"])["outcome"])
    judged = keep_judgement(
        tx, by, role, case, Judgement(outcome, said.reasons),
        {account: (word, "") for account, word in words.items()}, "appeal", None, [],
    )  # fmt: skip
    closed = moved(case, "decide_appeal", "closed", closed_at=tx.at)
    settled: int | None = None
    kept: tuple[int, ...] = ()
    if granted:
        settled, kept = _cleared(tx, by, role, row, said, granted, judged, closed)
    letter = _answer(tx, by, row, said, granted, templates)
    _change(
        tx, by, role, row, "appeal.decided", [] if granted else [closed], state=said.outcome,
        decided_by=by.person, decided_at=tx.at, reasons=said.reasons,
        granted=as_json(list(granted)), judgement_id=judged, settlement_id=settled,
        letter_id=letter,
    )  # fmt: skip
    return Decided(letter, settled, kept)


def appeals_of(
    connection: sqlite3.Connection,
    by: Actor,
    *,
    case_id: str | None = None,
    states: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """Appeals in order of when they are due, each with its accounts as lists."""
    by.acting_as("letters", "reviewer", "lead", "counsel", "auditor")
    rows = connection.execute(
        "SELECT * FROM appeals WHERE (?1 IS NULL OR case_id = ?1) AND (?2 = '[]' OR state IN "
        "(SELECT value FROM json_each(?2))) ORDER BY due_at, appeal_id",
        (case_id, as_json(list(states))),
    )
    return [
        {**dict(row), "accounts": json.loads(row["accounts"]),
         "granted": json.loads(row["granted"] or "[]")} for row in rows
    ]  # fmt: skip


def appeal_of(connection: sqlite3.Connection, by: Actor, appeal_id: int) -> dict[str, Any]:
    """One appeal.

    Raises
    ------
    Unknown
        Where there is none.
    """
    found = [row for row in appeals_of(connection, by) if row["appeal_id"] == appeal_id]
    if not found:
        raise Unknown(f"there is no appeal {appeal_id}; see: enduse cases appeal list")
    return found[0]


def _cleared(
    tx: Writing,
    by: Actor,
    role: str,
    row: sqlite3.Row,
    said: Decision,
    granted: Sequence[str],
    judged: int,
    closed: Put,
) -> tuple[int, tuple[int, ...]]:
    """Settle the accounts as cleared and keep them away until the clearing ends."""
    until = end_of(tx, said.until, read_settings(tx.connection).clear_days)
    settled = settle(
        tx, by, role, row["case_id"], "cleared", dict.fromkeys(granted, "cleared"),
        basis="appeal", judgements=[judged], people=[row["filed_by"], by.person], also=[closed],
        until=until,
    )  # fmt: skip
    return settled, tuple(
        of_appeal(tx, by, role, row, account, until, said.reasons) for account in granted
    )


def _answer(
    tx: Writing, by: Actor, row: sqlite3.Row, said: Decision, granted: Sequence[str],
    templates: Templates,
) -> int:  # fmt: skip
    accounts = json.loads(row["accounts"])
    concerned = tuple(granted) if said.outcome == "partly" else tuple(accounts)
    parts = {
        "received": day(row["received_at"]), "reasons": said.reasons,
        "decision": templates.phrase(said.outcome, said.language),
        "redress": templates.phrase("further", said.language),
    }  # fmt: skip
    letter = Draft("appeal_outcome", tuple(accounts), parts, said.language, concerned)
    return draft(tx, by, row["case_id"], letter, templates)


def _granted(row: sqlite3.Row, said: Decision) -> tuple[str, ...]:
    """The accounts for which the holder is right."""
    if said.outcome not in OUTCOMES:
        raise Refused(f"{said.outcome!r} is no outcome; expected one of {', '.join(OUTCOMES)}")
    if not said.reasons.strip() or len(said.reasons) > _LONGEST:
        raise Refused(f"give the holder reasons, in 1 to {_LONGEST} characters")
    accounts = json.loads(row["accounts"])
    if said.outcome != "partly":
        return tuple(accounts) if said.outcome == "upheld" else ()
    some = tuple(account for account in accounts if account in said.accounts)
    if not some or set(said.accounts) - set(accounts):
        raise Refused(f"say for which of these he is right: {', '.join(accounts)}")
    return some


_INVOLVED: Final = """
WITH RECURSIVE kin(id) AS (
    SELECT ?1 UNION SELECT case_id FROM cases JOIN kin ON merged_into = id
    UNION SELECT split_from FROM cases JOIN kin ON case_id = id WHERE split_from IS NOT NULL
)
SELECT 'judged' FROM judgements WHERE person = ?2 AND case_id IN (SELECT id FROM kin)
UNION ALL SELECT 'took in an appeal of' FROM appeals WHERE case_id = ?1
AND ?2 IN (filed_by, acknowledged_by)
"""


def involved(connection: sqlite3.Connection, by: Actor, case_id: str) -> str | None:
    """The part that somebody had in a case, so that he does not decide on an appeal of it."""
    row = connection.execute(_INVOLVED, (case_id, by.person)).fetchone()
    return None if row is None else str(row[0])


def _refuse_involved(tx: Writing, by: Actor, row: sqlite3.Row) -> None:
    """Nobody decides on what he judged, also if he took it back, nor on what he took in."""
    part = involved(tx.connection, by, row["case_id"])
    if part is not None:
        raise Refused(f"{by.person} {part} case {row['case_id']}; somebody else decides the appeal")


def _settled(tx: Writing, case_id: str) -> sqlite3.Row:
    found = current_of(tx, case_id)
    if found is None:
        raise Refused(f"case {case_id} has no decision to object to")
    return found


def _words_now(tx: Writing, row: sqlite3.Row) -> dict[str, str]:
    """What is settled of the accounts that the appeal is about."""
    rows = tx.all(
        "SELECT account_id, a.outcome FROM settlements JOIN settlement_accounts a "
        "USING (settlement_id) WHERE settlements.case_id = ? AND superseded_by IS NULL "
        "AND account_id IN (SELECT value FROM json_each(?)) ORDER BY settlement_id",
        row["case_id"], row["accounts"],
    )  # fmt: skip
    return {one["account_id"]: one["outcome"] for one in rows}


def _in_state(tx: Writing, appeal_id: int, *states: str) -> sqlite3.Row:
    row = tx.one("SELECT * FROM appeals WHERE appeal_id = ?", appeal_id)
    if row is None:
        raise Unknown(f"there is no appeal {appeal_id}; see: enduse cases appeal list")
    if row["state"] not in states:
        raise Refused(f"appeal {appeal_id} is {row['state']} already")
    return row


def _change(
    tx: Writing, by: Actor, role: str, row: sqlite3.Row, action: str, also: Sequence[Put] = (),
    **columns: Any,
) -> None:  # fmt: skip
    mine = {"appeal_id": row["appeal_id"], "case_id": row["case_id"], **columns}
    tx.record(action, by, role, row["case_id"], {"appeal": row["appeal_id"]},
              [("appeals", mine), *also])  # fmt: skip
