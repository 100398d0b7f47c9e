"""Suppressors: what two people say is in order, so that no case is opened on it for a while.

============ ==================================================================================
account      one account
members      these accounts together: whoever else is tied to them is news
identifier   a value that ties nobody: [kind, value]; a case that rests on more is news
============ ==================================================================================

One person proposes and another confirms; of an upheld appeal the one is who took it in, the other
who decided it. Whoever may confirm one may revoke it alone: looking again harms nobody.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from detector.cases.deciding.opened import the_case
from detector.cases.errors import Refused, Unknown
from detector.cases.record.moments import later, text_of
from detector.cases.record.store import SEQ, Actor, Writing, as_json
from detector.cases.record.tables import Put
from detector.typologies import TYPOLOGIES

SCOPES: Final = ("account", "members", "identifier")
LONGEST: Final = timedelta(days=400)
_CONFIRMERS: Final = ("lead", "counsel")


@dataclass(frozen=True)
class Suppressor:
    """What is to be kept away, until when, and why.

    Attributes
    ----------
    subject
        One account; two or more; or the kind and the value of an identifier.
    typology
        Of which typology alone; None for whatever it is.
    """

    scope: str
    subject: tuple[str, ...]
    until: datetime
    reason: str
    typology: str | None = None
    case_id: str | None = None


def propose(tx: Writing, by: Actor, said: Suppressor) -> int:
    """Propose a suppressor; its number. Nothing changes until another person confirms it.

    Raises
    ------
    Refused
        Where its scope, subject, typology or end cannot be, or nobody said why.
    """
    role = by.acting_as("reviewer", "lead", "counsel")
    if said.case_id is not None:
        the_case(tx, said.case_id)
    _checked(tx, said)
    row = {**_row(tx, said), "state": "proposed", "proposed_by": by.person, "proposed_at": tx.at}
    return tx.record("suppressor.proposed", by, role, said.case_id, {}, [("suppressors", row)])


def confirm(tx: Writing, by: Actor, suppressor_id: int) -> None:
    """Put a proposed suppressor in force.

    Raises
    ------
    Refused
        Where this person proposed it, or its time is over.
    """
    row = _in_state(tx, suppressor_id, "proposed")
    role = by.acting_as(*_CONFIRMERS)
    if row["proposed_by"] == by.person:
        raise Refused(f"{by.person} proposed suppressor {suppressor_id}; another confirms it")
    if row["until"] <= tx.at:
        raise Refused(f"suppressor {suppressor_id} would have ended on {row['until'][:10]}")
    _change(tx, by, role, row, "suppressor.confirmed", [], state="active",
            confirmed_by=by.person, confirmed_at=tx.at)  # fmt: skip


def revoke(tx: Writing, by: Actor, suppressor_id: int, reason: str) -> None:
    """End a suppressor before its time; the clearing that an appeal brought ends with it.

    Raises
    ------
    Refused
        Where it is over, or nobody said why.
    """
    row = _in_state(tx, suppressor_id, "proposed", "active")
    mine = row["state"] == "proposed" and row["proposed_by"] == by.person
    role = by.acting_as(*(("reviewer", *_CONFIRMERS) if mine else _CONFIRMERS))
    if not reason.strip():
        raise Refused("say why the suppressor is revoked")
    _change(tx, by, role, row, "suppressor.revoked", _clearings(tx, row), state="revoked",
            revoked_by=by.person, revoked_at=tx.at, revoked_for=reason)  # fmt: skip


def of_appeal(
    tx: Writing, by: Actor, role: str, appeal: sqlite3.Row, account: str, until: str, reason: str
) -> int:
    """The suppressor that an upheld appeal brings an account; its number."""
    row = {
        "suppressor_id": SEQ, "case_id": appeal["case_id"], "appeal_id": appeal["appeal_id"],
        "scope": "account", "subject": as_json([account]), "since": tx.at, "until": until,
        "reason": reason, "state": "active", "proposed_by": appeal["filed_by"],
        "proposed_at": appeal["filed_at"], "confirmed_by": by.person, "confirmed_at": tx.at,
    }  # fmt: skip
    return tx.record(
        "suppressor.confirmed", by, role, appeal["case_id"], {"appeal": appeal["appeal_id"]},
        [("suppressors", row)],
    )  # fmt: skip


def suppressors_of(
    connection: sqlite3.Connection, by: Actor, states: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Suppressors in order, each with its subject as a list."""
    by.acting_as("reviewer", "lead", "counsel", "letters", "auditor")
    rows = connection.execute(
        "SELECT * FROM suppressors WHERE ?1 = '[]' OR state IN (SELECT value FROM json_each(?1)) "
        "ORDER BY suppressor_id", (as_json(list(states)),),
    )  # fmt: skip
    return [{**dict(row), "subject": json.loads(row["subject"])} for row in rows]


def end_of(tx: Writing, until: datetime | None, days: int) -> str:
    """The end of a suppressor that begins now, as text.

    Raises
    ------
    Refused
        Where it is not within 400 days from now.
    """
    text = later(tx.at, timedelta(days=days)) if until is None else text_of(until)
    if not tx.at < text <= later(tx.at, LONGEST):
        raise Refused(f"a suppressor ends within {LONGEST.days} days from now, not on {text[:10]}")
    return text


def _row(tx: Writing, said: Suppressor) -> dict[str, Any]:
    return {
        "suppressor_id": SEQ, "case_id": said.case_id, "scope": said.scope,
        "subject": as_json(list(said.subject)), "typology": said.typology, "since": tx.at,
        "until": end_of(tx, said.until, 0), "reason": said.reason,
    }  # fmt: skip


def _checked(tx: Writing, said: Suppressor) -> None:
    sizes = {"account": range(1, 2), "members": range(2, 10_000), "identifier": range(2, 3)}
    if said.scope not in SCOPES:
        raise Refused(f"{said.scope!r} is no scope; expected one of {', '.join(SCOPES)}")
    if len(set(said.subject)) not in sizes[said.scope] or not all(map(str.strip, said.subject)):
        raise Refused(
            f"scope {said.scope} takes {_TAKES[said.scope]}, and {len(said.subject)} were given"
        )
    if said.typology is not None and said.typology not in TYPOLOGIES:
        raise Refused(f"{said.typology!r} is no typology; there are {', '.join(TYPOLOGIES)}")
    if not said.reason.strip():
        raise Refused("say why nothing is to be opened on it")
    if said.scope != "identifier":
        for account in said.subject:
            if tx.one("SELECT 1 FROM case_accounts WHERE account_id = ?", account) is None:
                raise Unknown(f"account {account} is in no case; see: enduse cases list")


_TAKES: Final = {
    "account": "one account", "members": "two accounts or more",
    "identifier": "a kind and a value",
}  # fmt: skip


def _in_state(tx: Writing, suppressor_id: int, *states: str) -> sqlite3.Row:
    row = tx.one("SELECT * FROM suppressors WHERE suppressor_id = ?", suppressor_id)
    if row is None:
        raise Unknown(f"there is no suppressor {suppressor_id}; see: enduse cases suppress list")
    if row["state"] not in states:
        raise Refused(
            f"suppressor {suppressor_id} is {row['state']}; this takes one that is "
            f"{' or '.join(states)}"
        )
    return row


def _change(
    tx: Writing, by: Actor, role: str, row: sqlite3.Row, action: str, also: Sequence[Put],
    **columns: Any,
) -> None:  # fmt: skip
    mine = {"suppressor_id": row["suppressor_id"], "case_id": row["case_id"], **columns}
    facts = {"suppressor": row["suppressor_id"]}
    tx.record(action, by, role, row["case_id"], facts, [("suppressors", mine), *also])


def _clearings(tx: Writing, row: sqlite3.Row) -> list[Put]:
    """The accounts of the appeal's settlement, their clearing ended."""
    if row["appeal_id"] is None:
        return []
    rows = tx.all(
        "SELECT a.settlement_id, a.account_id FROM appeals JOIN settlement_accounts a "
        "USING (settlement_id) WHERE appeal_id = ? AND account_id IN "
        "(SELECT value FROM json_each(?)) AND expires_at > ?",
        row["appeal_id"], row["subject"], tx.at,
    )  # fmt: skip
    return [
        ("settlement_accounts", {**dict(one), "case_id": row["case_id"], "expires_at": tx.at})
        for one in rows
    ]
