"""One judgement: what a person says of a case, whether it may be said so, and keeping it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from detector.cases.deciding.claiming import end_lease
from detector.cases.deciding.looking import times_of
from detector.cases.deciding.opened import members_of
from detector.cases.deciding.states import (
    ADVERSE_OUTCOMES,
    CODES,
    OUTCOMES,
    POLICY_OUTCOMES,
    STEPS,
)
from detector.cases.errors import Refused
from detector.cases.record.store import SEQ, Actor, Writing, as_json
from detector.cases.record.tables import Put
from detector.cases.settings import read_settings

MOST_NOTE: Final = 20_000
"""Characters of a note or a comment."""


@dataclass(frozen=True)
class Judgement:
    """What a person says of a case.

    Attributes
    ----------
    outcome, step
        Of the case: see ``states``.
    note
        Why; never empty.
    members
        Outcome and reason by account; who is not named has what `preselected` says.
    codes
        Reason codes.
    typology_agreed, counter_weighed
        Whether the typology is right, and whether what speaks for an innocent reading was
        weighed; None where nobody asked.
    active_seconds
        Time at the page as the page measured it; bounded by the server's own time.
    """

    outcome: str
    note: str
    step: str = "none"
    members: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    codes: tuple[str, ...] = ()
    typology_agreed: bool | None = None
    counter_weighed: bool | None = None
    active_seconds: float | None = None


def preselected(members: Mapping[str, sqlite3.Row], outcome: str) -> dict[str, str]:
    """What each account has where nobody says otherwise.

    A ring is confirmed for those who show something themselves: a queue of their own, or two
    independent rare kinds of tie; the others are left unresolved. All else holds for everybody.
    """
    if outcome not in ADVERSE_OUTCOMES:
        return dict.fromkeys(members, outcome)
    return {key: outcome if shows_itself(row) else "unresolved" for key, row in members.items()}


def shows_itself(member: sqlite3.Row | Mapping[str, Any]) -> bool:
    """Whether an account is more than the neighbour of others."""
    own = member["own_queue"] not in (None, "none")
    return bool(own) or len(set(json.loads(member["tie_kinds"] or "[]"))) >= 2


def checked(tx: Writing, case: sqlite3.Row, said: Judgement) -> dict[str, tuple[str, str]]:
    """Outcome and reason of every account.

    Raises
    ------
    Refused
        Where a word is none, the note is missing, or an account needs a reason of its own.
    """
    words = POLICY_OUTCOMES if case["queue"] == "policy" else OUTCOMES
    if said.outcome not in words:
        raise Refused(f"{said.outcome!r} is no outcome; expected one of {', '.join(words)}")
    if said.step not in STEPS:
        raise Refused(f"{said.step!r} is no step; expected one of {', '.join(STEPS)}")
    if not said.note.strip() or len(said.note) > MOST_NOTE:
        raise Refused(f"a judgement needs a note of 1 to {MOST_NOTE} characters: say why")
    unknown = sorted(set(said.codes) - CODES.keys())
    if unknown:
        raise Refused(f"{unknown[0]!r} is no reason code; expected one of {', '.join(CODES)}")
    members = members_of(tx, case["case_id"])
    strangers = sorted(set(said.members) - members.keys())
    if strangers:
        raise Refused(f"account {strangers[0]} is not in case {case['case_id']}")
    found = {key: (word, "") for key, word in preselected(members, said.outcome).items()}
    for key, (word, why) in said.members.items():
        if word not in words:
            raise Refused(f"{word!r} is no outcome of an account; expected {', '.join(words)}")
        alone = word in ADVERSE_OUTCOMES and not shows_itself(members[key])
        if alone and not why.strip():
            raise Refused(
                f"account {key} is tied by one kind only and in no queue itself: confirming it "
                "needs a reason of its own"
            )
        found[key] = (word, why)
    return found


def keep_judgement(
    tx: Writing,
    by: Actor,
    role: str,
    case: sqlite3.Row,
    said: Judgement,
    members: Mapping[str, tuple[str, str]],
    round_: str,
    amends: sqlite3.Row | None,
    also: list[Put],
) -> int:
    """Store a judgement of a round, with what changes with it in one event; its number.

    Parameters
    ----------
    members
        Outcome and reason by account.
    amends
        The judgement that this one stands in place of.
    also
        Rows that change with it.
    """
    case_id = case["case_id"]
    row = _row(tx, by, case, said, round_, amends)
    of_accounts: list[Put] = [
        ("judgement_accounts", {
            "case_id": case_id, "judgement_id": SEQ, "account_id": key, "outcome": word,
            "why": why or None,
        }) for key, (word, why) in sorted(members.items())
    ]  # fmt: skip
    seq = tx.record(
        "judgement.stored",
        by,
        role,
        case_id,
        {"round": round_},
        [("judgements", row), *of_accounts, *also],
    )
    end_lease(tx, case_id)
    tx.connection.execute(
        "DELETE FROM drafts WHERE case_id = ? AND person = ?", (case_id, by.person)
    )
    return seq


def _row(
    tx: Writing, by: Actor, case: sqlite3.Row, said: Judgement, round_: str,
    amends: sqlite3.Row | None,
) -> dict[str, Any]:  # fmt: skip
    active, opened = times_of(tx, by.person, case["case_id"], said.active_seconds)
    return {
        "judgement_id": SEQ, "case_id": case["case_id"], "case_version": case["version"],
        "snapshot": case["snapshot"], "person": by.person, "queue": case["queue"],
        "round": round_,
        "outcome": said.outcome, "step": said.step, "codes": as_json(list(said.codes)),
        "note": said.note, "typology_agreed": _bit(said.typology_agreed),
        "counter_weighed": _bit(said.counter_weighed), "active_seconds": active,
        "open_seconds": opened, "revealed": int(_has_seen(tx, by, case)),
        "amends": None if amends is None else amends["judgement_id"],
        "reopened": case["reopened"], "undone": 0, "at": tx.at,
    }  # fmt: skip


def _has_seen(tx: Writing, by: Actor, case: sqlite3.Row) -> bool:
    """Whether the person had seen what is sealed: after any judgement of his own on the case."""
    if case["queue"] == "policy" or not read_settings(tx.connection).blind:
        return True
    return tx.one(
        "SELECT 1 FROM judgements WHERE case_id = ? AND person = ?", case["case_id"], by.person
    ) is not None  # fmt: skip


def _bit(value: bool | None) -> int | None:
    return None if value is None else int(value)
