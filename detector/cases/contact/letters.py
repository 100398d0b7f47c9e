"""Letters to holders: drafted, approved by another person, and noted as sent.

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
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice
from typing import Any, Final

from detector.cases.contact.linting import Finding, lint, names_lists
from detector.cases.contact.surroundings import known_of
from detector.cases.contact.templating import FIELDS, KINDS, SHIPPED, Field, Templates
from detector.cases.deciding import judging
from detector.cases.deciding.opened import the_case
from detector.cases.errors import Refused, Unknown
from detector.cases.record.chain import sha256
from detector.cases.record.moments import later
from detector.cases.record.store import SEQ, Actor, Writing, as_json
from detector.cases.record.tables import Put
from detector.cases.settings import read_settings
from detector.cases.showing.reading import case_of, hears, is_golden, may_unseal

DRAFTERS: Final = ("reviewer", "lead", "letters", "counsel")
HOW: Final = ("mail", "post", "portal", "phone", "other")
#: Parts that stand in ``phrases.csv`` where the drafter gives none, or a name there.
_PHRASED: Final = ("automation", "redress")
_ORIGINS: Final = ("own_means", "notice")
_GATED: Final = "statement_of_reasons"
_NO_NUMBER: Final = 1 << 62


@dataclass(frozen=True)
class Draft:
    """What a letter is to be made of.

    Attributes
    ----------
    kind, language
        Of the template.
    accounts
        The holder's; the first is the one that the letter goes to.
    parts
        What the drafter says: ``note`` of a question or warning; of a statement ``measure``,
        ``duration``, ``facts``, ``found_by`` (own_means or notice) and ``ground``.
    concerned
        The accounts that an answer to an appeal names; none for all.
    """

    kind: str
    accounts: tuple[str, ...]
    parts: Mapping[str, str] = field(default_factory=dict)
    language: str = "en"
    concerned: tuple[str, ...] = ()


def draft(tx: Writing, by: Actor, case_id: str, said: Draft, templates: Templates = SHIPPED) -> int:
    """Draft a letter of a case; its number.

    Raises
    ------
    Refused
        Where the account is not in the case, a part is missing, or the letter says what it may
        not: with every fault, its line and what to do.
    """
    case = the_case(tx, case_id)
    role = by.acting_as(*DRAFTERS)
    if case["state"] in ("merged", "erased"):
        raise Refused(f"case {case_id} is {case['state']}; no letter is drafted of it")
    _refuse_strangers(tx.connection, case_id, said)
    return _drafted(tx, by, role, case, said, templates)


def previewed(
    connection: sqlite3.Connection, by: Actor, case_id: str, said: Draft, at: str,
    templates: Templates = SHIPPED,
) -> tuple[str, tuple[Finding, ...]]:  # fmt: skip
    """The letter that a draft would be at a time, and what is wrong with it; nothing is stored.

    Raises
    ------
    Refused
        Where somebody drafts no letters, or the template cannot be filled.
    """
    by.acting_as(*DRAFTERS)
    case = case_of(connection, case_id)
    _refuse_strangers(connection, case_id, said)
    row = _row(connection, at, by, case, said, templates)
    return row["text"], _faults(connection, by, case, row, templates)


def parts_of(kind: str) -> tuple[str, ...]:
    """The parts of a kind of letter that its drafter gives.

    Examples
    --------
    >>> parts_of("rfi"), parts_of("statement_of_reasons")[-1]
    (('note',), 'redress')
    """
    made = ("account", "accounts", "reference", "date", "reply_by", "questions")
    return tuple(name for name in FIELDS[kind] if name not in made)


def ask_with_letter(
    tx: Writing,
    by: Actor,
    case_id: str,
    version: int,
    note: str,
    language: str = "en",
    *,
    account: str | None = None,
    templates: Templates = SHIPPED,
) -> int:
    """Put questions to the holder: the case waits, and the letter that asks is drafted with it.

    Parameters
    ----------
    note
        What the letter asks beside the questions of the typology.
    account
        Whose holder is asked; None for the lead account's.

    Returns
    -------
    int
        The number of the letter.
    """
    judging.ask(tx, by, case_id, version, note)
    case = the_case(tx, case_id)
    said = Draft("rfi", (account or case["lead_account"],), {"note": note}, language)
    return draft(tx, by, case_id, said, templates)


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


def refuse_faults(faults: Sequence[Finding]) -> None:
    """Refuse a letter that has any.

    Raises
    ------
    Refused
        With each of them.
    """
    if faults:
        raise Refused(f"the letter cannot go like this: {'; '.join(map(str, faults))}")


def _drafted(
    tx: Writing, by: Actor, role: str, case: sqlite3.Row, said: Draft, templates: Templates
) -> int:
    row = _row(tx.connection, tx.at, by, dict(case), said, templates)
    refuse_faults(_faults(tx.connection, by, dict(case), row, templates))
    facts = {"kind": said.kind, "account": said.accounts[0]}
    return tx.record("letter.drafted", by, role, case["case_id"], facts, [("letters", row)])


def _refuse_strangers(connection: sqlite3.Connection, case_id: str, said: Draft) -> None:
    # Also who left the case since has a right to a letter.
    ever = connection.execute("SELECT account_id FROM case_accounts WHERE case_id = ?", (case_id,))
    strangers = sorted(set(said.accounts) - {row["account_id"] for row in ever})
    if strangers or not said.accounts:
        raise Refused(f"account {(strangers or ['none'])[0]} is not in case {case_id}")


def _row(
    connection: sqlite3.Connection, at: str, by: Actor, case: Mapping[str, Any], said: Draft,
    templates: Templates,
) -> dict[str, Any]:  # fmt: skip
    """The letter as a row, its text made."""
    if said.kind not in KINDS:
        raise Refused(f"{said.kind!r} is no kind of letter; expected one of {', '.join(KINDS)}")
    fields = _fields(connection, at, case, said, templates)
    return {
        "letter_id": SEQ, "case_id": case["case_id"], "kind": said.kind,
        "language": said.language, "accounts": as_json(list(said.accounts)), "state": "draft",
        "parts": as_json(fields), "text": templates.render(said.kind, said.language, fields),
        "template_sha256": templates.digest(said.kind, said.language), "drafted_by": by.person,
        "drafted_at": at,
    }  # fmt: skip


def _faults(
    connection: sqlite3.Connection, by: Actor, case: Mapping[str, Any], row: Mapping[str, Any],
    templates: Templates,
) -> tuple[Finding, ...]:  # fmt: skip
    """What is wrong with a letter as far as whoever drafts it may know."""
    sealed = may_unseal(connection, case, by)
    known = known_of(connection, case, row, templates, sealed=sealed)
    return lint(row["kind"], row["text"], known)


def _fields(
    connection: sqlite3.Connection, at: str, case: Mapping[str, Any], said: Draft,
    templates: Templates,
) -> dict[str, Field]:  # fmt: skip
    """What the template is filled with: of the program, of the drafter, and phrases."""
    wanted = FIELDS[said.kind]
    days = timedelta(days=read_settings(connection).ask_days)
    made: dict[str, Field] = {
        "account": said.accounts[0], "accounts": said.concerned or said.accounts,
        "reference": case["case_id"],
        "date": day(at), "reply_by": day(later(at, days)), "note": "",
    }  # fmt: skip
    if "questions" in wanted:
        made["questions"] = templates.questions(case["typology"], said.language)
    strange = sorted(set(said.parts) - (set(wanted) - set(made)) - {"note"})
    if strange:
        raise Refused(f"{strange[0]!r} is no part of {said.kind} that a drafter gives")
    made |= said.parts
    for name in _PHRASED:
        if name in wanted and not str(made.get(name) or "").strip():
            made[name] = templates.phrase(name, said.language)
    if made.get("found_by") in _ORIGINS:
        made["found_by"] = templates.phrase(str(made["found_by"]), said.language)
    return {name: made.get(name, "") for name in wanted}


def day(at: str) -> str:
    """A day as letters write it: 2 March 2026 is 2026-03-02 in every language."""
    return date.fromisoformat(at[:10]).isoformat()


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
