"""What a letter to a holder is made of, and drafting it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from detector.cases.contact.linting import Finding, lint
from detector.cases.contact.surroundings import known_of
from detector.cases.contact.templating import FIELDS, KINDS, SHIPPED, Field, Templates
from detector.cases.deciding import judging
from detector.cases.deciding.opened import the_case
from detector.cases.errors import Refused
from detector.cases.record.moments import later
from detector.cases.record.store import SEQ, Actor, Writing, as_json
from detector.cases.settings import read_settings
from detector.cases.showing.reading import case_of, may_unseal

DRAFTERS: Final = ("reviewer", "lead", "letters", "counsel")
#: Parts that stand in ``phrases.csv`` where the drafter gives none, or a name there.
_PHRASED: Final = ("automation", "redress")
_ORIGINS: Final = ("own_means", "notice")


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
