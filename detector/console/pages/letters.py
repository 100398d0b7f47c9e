"""Letters: a list by state, one by itself, and one that is made, looked at before it is kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from detector.cases.contact import drafting, letters
from detector.cases.contact.drafting import DRAFTERS, Draft
from detector.cases.contact.letters import HOW
from detector.cases.contact.linting import Finding
from detector.cases.contact.templating import Templates
from detector.cases.deciding import claiming
from detector.cases.deciding.opened import the_case, unchanged
from detector.cases.errors import Conflict, Refused
from detector.cases.record.moments import text_of
from detector.cases.record.store import Writing
from detector.cases.showing import reading
from detector.console.allowed import allowed, lease_of
from detector.console.forms import field_of
from detector.console.once import done
from detector.console.pages.case import number_in
from detector.console.routes import Asked, Route
from detector.console.sheets import (
    NUMBER,
    acted,
    attached,
    number_of,
    sheet,
    text_in,
)

READ: Final = frozenset({"reviewer", "lead", "letters", "counsel", "auditor"})
STATES: Final = ("draft", "approved", "sent", "withdrawn")
#: What a drafter may begin; an answer to an appeal comes with its decision.
KINDS: Final = {
    "rfi": "questions to the holder", "victim_notice": "a warning to a holder who is harmed",
    "statement_of_reasons": "a statement of reasons",
}  # fmt: skip
#: Each part of a letter that its drafter gives: what it is, and what goes there.
PARTS: Final = {
    "note": (
        "What else to say",
        "In the holder's own language, without a word that accuses; needed where the case waits",
    ),
    "measure": ("What was done", "As: new machines cannot be started"),
    "duration": ("For how long", "As: until 1 June 2026, or until the questions are answered"),
    "facts": ("The facts relied on", "What the records show, without figures of the model"),
    "ground": ("Ground in law or contract", "The section that it rests on"),
    "automation": ("Use of automation", "Empty for the sentence of the template"),
    "redress": ("How to object", "Empty for the sentence of the template"),
}
_FREE: Final = ("note", "automation", "redress")
_ACCOUNTS: Final = 600
_PAGE: Final = 50


def _list(asked: Asked) -> Response:
    state = asked.request.args.get("state", "draft")
    if state not in STATES:
        raise BadRequest(f"there is no such list; there are {', '.join(STATES)}")
    before = number_of(asked, "before")
    with asked.house.store.reading() as connection:
        rows = letters.latest_letters(connection, asked.actor, state, before, _PAGE + 1)
    more = None
    if len(rows) > _PAGE:
        more = f"/letters?state={state}&before={rows[_PAGE - 1]['letter_id']}"
    return sheet(
        asked, "letters.html.j2", rows=rows[:_PAGE], state=state, states=STATES,
        first=f"/letters?state={state}" if before is not None else None,
        more=more,
    )  # fmt: skip


def templates_of(asked: Asked) -> Templates:
    """The templates of this folder."""
    return Templates.beside(asked.house.store.folder)


def _form(asked: Asked) -> Response:
    return _drafting(asked, asked.request.args)


def _drafting(
    asked: Asked, given: Mapping[str, str], status: HTTPStatus = HTTPStatus.OK, told: str = "",
    preview: tuple[str, tuple[Finding, ...]] | None = None,
) -> Response:  # fmt: skip
    """The page on which a letter of a case is made; ``given`` says of which and what kind."""
    kind, language = given.get("kind") or "rfi", given.get("language") or "en"
    if kind not in KINDS:
        raise BadRequest(f"there is no such letter; there are {', '.join(KINDS)}")
    held = templates_of(asked)
    with asked.house.store.reading() as connection:
        case = _case(connection, asked, given)
        lease = lease_of(connection, case["case_id"], text_of(asked.now))
        asks = kind == "rfi" and allowed(connection, case, asked.actor, lease)["ask"]
        accounts = _accounts(connection, case)
    questions: tuple[str, ...] = ()
    if kind != "statement_of_reasons":
        questions = _questions(held, case, language)
    return sheet(
        asked, "letternew.html.j2", status, told, case=case, kind=kind, language=language,
        kinds=tuple(KINDS.items()), kind_words=KINDS[kind],
        languages=[(one, one) for one in held.languages()], questions=questions,
        accounts=[(field_of(one), one) for one in accounts], asks=asks,
        waits="ask" in asked.form or (not asked.form and "ask" in given),
        parts=[(name, *PARTS[name], name not in _FREE)
               for name in drafting.parts_of(kind) if name in PARTS],
        origin=kind == "statement_of_reasons",
        lines=None if preview is None else preview[0].split("\n"),
        faults=() if preview is None else preview[1],
    )  # fmt: skip


def _case(connection: sqlite3.Connection, asked: Asked, given: Mapping[str, str]) -> dict[str, Any]:
    return reading.shown(reading.case_of(connection, given.get("case", "")), asked.actor)


def _accounts(connection: sqlite3.Connection, case: Mapping[str, Any]) -> list[str]:
    """The accounts that a letter of a case may go to, the lead account's first."""
    held = [row["account_id"] for row in reading.members(connection, case["case_id"])]
    return sorted(held, key=lambda one: (one != case["lead_account"], one))[:_ACCOUNTS]


def _questions(held: Templates, case: Mapping[str, Any], language: str) -> tuple[str, ...]:
    try:
        return held.questions(case["typology"], language)
    except Refused:
        # Drafting says what the language lacks.
        return ()


def _said(connection: sqlite3.Connection, asked: Asked) -> Draft:
    case = _case(connection, asked, asked.form)
    kind, wanted = asked.given("kind"), asked.given("account")
    if kind not in KINDS:
        raise Refused(f"choose one of {', '.join(KINDS)}")
    to = [one for one in _accounts(connection, case) if field_of(one) == wanted]
    parts = {name: text_in(asked, name) for name in drafting.parts_of(kind) if asked.given(name)}
    return Draft(kind, tuple(to), parts, asked.given("language") or "en")


def _draft(asked: Asked) -> Response:
    if asked.given("go") == "draft":
        try:
            return done(asked, lambda tx: _drafted(asked, tx))
        except Conflict as error:
            return _looked(asked, HTTPStatus.CONFLICT, f"Nothing was stored: {error}.")
        except Refused as error:
            return _looked(asked, HTTPStatus.FORBIDDEN, f"Nothing was stored: {error}.")
    return _looked(asked, HTTPStatus.OK, "")


def _drafted(asked: Asked, tx: Writing) -> str:
    said, case_id = _said(tx.connection, asked), asked.given("case")
    if "ask" not in asked.form:
        return f"/letters/{drafting.draft(tx, asked.actor, case_id, said, templates_of(asked))}"
    case, version = the_case(tx, case_id), number_in(asked.form, "version") or 0
    if case["state"] == "new":
        unchanged(tx, case, version)
        claiming.claim(tx, asked.actor, case_id)
        version = the_case(tx, case_id)["version"]
    if said.kind != "rfi" or not said.accounts:
        raise Refused("a case waits for the answer to questions; choose whom they go to")
    number = drafting.ask_with_letter(
        tx, asked.actor, case_id, version, said.parts.get("note", ""), said.language,
        account=said.accounts[0], templates=templates_of(asked),
    )  # fmt: skip
    return f"/letters/{number}"


def _looked(asked: Asked, status: HTTPStatus, told: str) -> Response:
    """The form as it was filled, with the letter that it makes and its faults in their lines."""
    preview = None
    with asked.house.store.reading() as connection:
        try:
            preview = drafting.previewed(
                connection, asked.actor, asked.given("case"), _said(connection, asked),
                text_of(asked.now), templates_of(asked),
            )  # fmt: skip
        except Refused as error:
            told = told or f"This makes no letter yet: {error}."
            status = HTTPStatus.FORBIDDEN if status is HTTPStatus.OK else status
    return _drafting(asked, asked.form, status, told, preview)


def _letter(asked: Asked) -> Response:
    return _shown(asked)


def _shown(asked: Asked, status: HTTPStatus = HTTPStatus.OK, told: str = "") -> Response:
    number, by = asked.parts["number"], asked.actor
    with asked.house.store.reading() as connection:
        row = letters.letter_of(connection, by, number)
        case = reading.case_of(connection, row["case_id"])
        faults: tuple[Finding, ...] = ()
        if row["state"] == "draft":
            faults = letters.faults_of(connection, by, number, templates_of(asked))
        gate = letters.approved_templates(connection).get(row["template_sha256"])
    mine = row["drafted_by"] == by.person and row["state"] == "draft"
    return sheet(
        asked, "letter.html.j2", status, told, row=row, case=case, faults=faults,
        lines=row["text"].split("\n"), gate=gate, ways=[(one, one) for one in HOW],
        may_withdraw=row["state"] in ("draft", "approved")
        and bool(by.roles & (set(DRAFTERS) if mine else {"letters", "counsel"})),
    )  # fmt: skip


def _text(asked: Asked) -> Response:
    with asked.house.store.reading() as connection:
        row = letters.letter_of(connection, asked.actor, asked.parts["number"])
    name = f"letter-{row['letter_id']}-{row['state']}.txt"
    return attached(row["text"].encode(), "text/plain", name)


def _approve(asked: Asked) -> Response:
    number = asked.parts["number"]

    def approve(tx: Writing) -> str:
        letters.approve(tx, asked.actor, number, templates_of(asked))
        return f"/letters/{number}"

    return acted(asked, approve, _shown)


def _sent(asked: Asked) -> Response:
    number = asked.parts["number"]

    def sent(tx: Writing) -> str:
        letters.sent(tx, asked.actor, number, asked.given("how"))
        return f"/letters/{number}"

    return acted(asked, sent, _shown)


def _withdraw(asked: Asked) -> Response:
    number = asked.parts["number"]

    def withdraw(tx: Writing) -> str:
        letters.letter_of(tx.connection, asked.actor, number)
        letters.withdraw(tx, asked.actor, number, text_in(asked, "reason"))
        return f"/letters/{number}"

    return acted(asked, withdraw, _shown)


def _release(asked: Asked) -> Response:
    number = asked.parts["number"]

    def release(tx: Writing) -> str:
        row = letters.letter_of(tx.connection, asked.actor, number)
        letters.release(
            tx, asked.actor, row["case_id"], text_in(asked, "name"), text_in(asked, "reason")
        )
        return f"/letters/{number}"

    return acted(asked, release, _shown)


ROUTES: Final = (
    Route("/letters", "letters", _list, READ),
    Route("/letters/new", "letter form", _form, frozenset(DRAFTERS)),
    Route("/letters/new", "draft letter", _draft, frozenset(DRAFTERS), "POST"),
    Route(f"/letters/{NUMBER}", "letter", _letter, READ),
    Route(f"/letters/{NUMBER}/text", "letter text", _text, READ),
    Route(f"/letters/{NUMBER}/approve", "approve letter", _approve, frozenset({"letters"}), "POST"),
    Route(f"/letters/{NUMBER}/sent", "sent letter", _sent, frozenset({"letters"}), "POST"),
    Route(f"/letters/{NUMBER}/withdraw", "withdraw letter", _withdraw, frozenset(DRAFTERS), "POST"),
    Route(f"/letters/{NUMBER}/release", "release name", _release, frozenset({"counsel"}), "POST"),
)
