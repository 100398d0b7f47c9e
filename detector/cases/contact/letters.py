"""Letters to holders: once drafted, approved by another person, and noted as sent.

========= =========================================================================
draft     made of a template; what a letter may not say is refused at once, as far as
          whoever drafts it may know
approved  by ``letters``, after all checks; the text is frozen under its SHA-256
sent      by whom, when, how: the program sends nothing
withdrawn never sent; another is drafted in its place
========= =========================================================================

Nobody approves a letter that he drafted while somebody else could; of a statement of reasons and
of a letter that names a list nobody ever does, and counsel approves its template first.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, Final

from detector.cases.contact.drafting import DRAFTERS, refuse_faults
from detector.cases.contact.linting import Finding, lint, names_lists
from detector.cases.contact.surroundings import known_of
from detector.cases.contact.templating import SHIPPED, Templates
from detector.cases.deciding.opened import the_case
from detector.cases.errors import Refused, Unknown
from detector.cases.record.chain import sha256
from detector.cases.record.store import Actor, Writing, as_json
from detector.cases.record.tables import Put
from detector.cases.showing.reading import case_of, hears, is_golden, may_unseal

HOW: Final = ("mail", "post", "portal", "phone", "other")
_GATED: Final = "statement_of_reasons"
_NO_NUMBER: Final = 1 << 62


def approve(tx: Writing, by: Actor, letter_id: int, templates: Templates = SHIPPED) -> str:
    """Freeze a letter for sending; the SHA-256 of its text.

    Raises
    ------
    Refused
        Where he drafted it and another could approve it, counsel's approval is missing, or the
        letter says what it may not.
    """
    row = _in_state(tx, letter_id, "draft")
    case = dict(the_case(tx, row["case_id"]))
    role = by.acting_as("letters")
    if is_golden(tx.connection, row["case_id"]) or not _sees(tx.connection, case, dict(row), by):
        raise Refused(f"letter {letter_id} is not for {by.person} to approve")
    known = known_of(tx.connection, case, dict(row), templates, sealed=True)
    refuse_faults(lint(row["kind"], row["text"], known))
    gated = row["kind"] == _GATED or names_lists(row["text"], known)
    if gated and not _is_approved(tx, row["template_sha256"]):
        raise Refused(
            f"letter {letter_id} takes a template that counsel approved: enduse cases letters "
            f"templates --approve {row['template_sha256'][:12]}"
        )
    if row["drafted_by"] == by.person and (gated or _others(tx, by)):
        raise Refused(f"{by.person} drafted letter {letter_id}; another person approves it")
    frozen = sha256(row["text"])
    _change(tx, by, role, row, "letter.approved", {"gated": gated}, state="approved",
            text_sha256=frozen, approved_by=by.person, approved_at=tx.at)  # fmt: skip
    return frozen


def sent(tx: Writing, by: Actor, letter_id: int, how: str) -> None:
    """Note that an approved letter was sent, and how.

    Raises
    ------
    Refused
        Where it was not approved, or is not the text that was.
    """
    row = _in_state(tx, letter_id, "approved")
    role = by.acting_as("letters")
    if how not in HOW:
        raise Refused(f"{how!r} is no way to send a letter; expected one of {', '.join(HOW)}")
    if sha256(row["text"]) != row["text_sha256"]:
        raise Refused(f"letter {letter_id} is not the text that was approved; enduse cases verify")
    _change(tx, by, role, row, "letter.sent", {"how": how, "text": row["text_sha256"]},
            state="sent", sent_by=by.person, sent_at=tx.at, sent_how=how)  # fmt: skip


def withdraw(tx: Writing, by: Actor, letter_id: int, reason: str) -> None:
    """Take back a letter that was not sent; it stays on record.

    Raises
    ------
    Refused
        Where it was sent, or it is another's and this person has no role for letters.
    """
    row = _in_state(tx, letter_id, "draft", "approved")
    mine = row["drafted_by"] == by.person and row["state"] == "draft"
    role = by.acting_as(*(DRAFTERS if mine else ("letters", "counsel")))
    if not reason.strip():
        raise Refused("say why the letter is taken back")
    _change(tx, by, role, row, "letter.withdrawn", {}, state="withdrawn",
            withdrawn_by=by.person, withdrawn_at=tx.at, withdrawn_for=reason)  # fmt: skip


def approve_template(
    tx: Writing, by: Actor, kind: str, language: str, templates: Templates = SHIPPED
) -> str:
    """Counsel's word that a template may be used as it stands; what it is known by."""
    role = by.acting_as("counsel")
    name = templates.digest(kind, language)
    row = {
        "template_sha256": name, "kind": kind, "language": language,
        "source": templates.source(kind, language), "approved_by": by.person,
        "approved_at": tx.at,
    }  # fmt: skip
    if not _is_approved(tx, name):
        tx.record("template.approved", by, role, put=[("templates", row)])
    return name


def release(tx: Writing, by: Actor, case_id: str, name: str, reason: str) -> None:
    """Counsel's word that letters of a case may name a list, or an entry of one.

    Raises
    ------
    Refused
        Where nothing is named, or nobody said why.
    """
    role = by.acting_as("counsel")
    the_case(tx, case_id)
    if not name.strip() or not reason.strip():
        raise Refused("name what may be said, and why")
    row = {"case_id": case_id, "name": name, "person": by.person, "reason": reason, "at": tx.at}
    tx.record("list.released", by, role, case_id, put=[("releases", row)])


def letters_of(
    connection: sqlite3.Connection,
    by: Actor,
    *,
    case_id: str | None = None,
    states: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """Letters that somebody may see, in order; of golden cases only his own.

    Nobody who judges a case in a second round sees that another drafted a letter of it.
    """
    rows = connection.execute(
        "SELECT letters.* FROM letters WHERE (?1 IS NULL OR case_id = ?1) "
        "AND (?2 = '[]' OR state IN (SELECT value FROM json_each(?2))) ORDER BY letter_id",
        (case_id, as_json(list(states))),
    ).fetchall()
    cases = {row["case_id"]: case_of(connection, row["case_id"]) for row in rows}
    seen = (row for row in rows if _sees(connection, cases[row["case_id"]], dict(row), by))
    return [_told(row) for row in seen]


def latest_letters(
    connection: sqlite3.Connection, by: Actor, state: str, before: int | None, most: int
) -> list[dict[str, Any]]:
    """The last letters of a state that somebody may see, the newest first."""
    rows = connection.execute(
        "SELECT * FROM letters WHERE state = ? AND letter_id < ? ORDER BY letter_id DESC",
        (state, _NO_NUMBER if before is None else before),
    )
    seen = (
        row for row in rows
        if _sees(connection, case_of(connection, row["case_id"]), dict(row), by)
    )  # fmt: skip
    return [_told(row) for row in islice(seen, most)]


def letter_of(connection: sqlite3.Connection, by: Actor, letter_id: int) -> dict[str, Any]:
    """One letter.

    Raises
    ------
    Unknown
        Where there is none that this person may see.
    """
    row = connection.execute("SELECT * FROM letters WHERE letter_id = ?", (letter_id,)).fetchone()
    if row is None or not _sees(connection, case_of(connection, row["case_id"]), dict(row), by):
        raise Unknown(f"there is no letter {letter_id}; see: enduse cases letters list")
    return _told(row)


def faults_of(
    connection: sqlite3.Connection, by: Actor, letter_id: int, templates: Templates = SHIPPED
) -> tuple[Finding, ...]:
    """What stands in the way of approving a letter, as far as this person may know."""
    row = letter_of(connection, by, letter_id)
    case = case_of(connection, row["case_id"])
    sealed = "letters" in by.roles or may_unseal(connection, case, by)
    known = known_of(connection, case, row, templates, sealed=sealed)
    return lint(row["kind"], row["text"], known)


def approved_templates(connection: sqlite3.Connection) -> dict[str, dict[str, Any]]:
    """Templates that counsel approved, by what they are known by."""
    rows = connection.execute("SELECT * FROM templates ORDER BY approved_at")
    return {row["template_sha256"]: dict(row) for row in rows}


def _in_state(tx: Writing, letter_id: int, *states: str) -> sqlite3.Row:
    row = tx.one("SELECT * FROM letters WHERE letter_id = ?", letter_id)
    if row is None:
        raise Unknown(f"there is no letter {letter_id}; see: enduse cases letters list")
    if row["state"] not in states:
        raise Refused(
            f"letter {letter_id} is {row['state']}; this takes one that is {' or '.join(states)}"
        )
    return row


def _change(
    tx: Writing,
    by: Actor,
    role: str,
    row: sqlite3.Row,
    action: str,
    facts: Mapping[str, Any],
    **columns: Any,
) -> None:
    mine: Put = ("letters", {"letter_id": row["letter_id"], "case_id": row["case_id"], **columns})
    tx.record(action, by, role, row["case_id"], {"letter": row["letter_id"], **facts}, [mine])


def _is_approved(tx: Writing, name: str) -> bool:
    return tx.one("SELECT 1 FROM templates WHERE template_sha256 = ?", name) is not None


def _others(tx: Writing, by: Actor) -> bool:
    """Whether another person may approve letters."""
    return tx.one(
        "SELECT 1 FROM people WHERE active = 1 AND person <> ? "
        "AND EXISTS (SELECT 1 FROM json_each(roles) WHERE value = 'letters')", by.person,
    ) is not None  # fmt: skip


def _sees(
    connection: sqlite3.Connection, case: Mapping[str, Any], row: Mapping[str, Any], by: Actor
) -> bool:
    """Whether somebody may see a letter; that there is one says what the first person found."""
    if row["drafted_by"] == by.person:
        return True
    if is_golden(connection, case["case_id"]):
        return "auditor" in by.roles
    judges = by.roles & {"reviewer", "lead"}
    blinded = case["state"] in ("second", "disputed") and judges
    return bool(by.roles - {"admin"}) and (not blinded or hears(connection, case, by))


def _told(row: sqlite3.Row) -> dict[str, Any]:
    return dict(row) | {name: json.loads(row[name]) for name in ("accounts", "parts")}
