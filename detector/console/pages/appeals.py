"""Appeals: what holders object to, when an answer is due, and who may decide."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from detector.cases.contact import appeals
from detector.cases.contact.appeals import OUTCOMES, PENDING, Decision
from detector.cases.record.store import Writing
from detector.cases.showing import reading
from detector.console.forms import chosen, field_of
from detector.console.pages.case import number_in
from detector.console.pages.letters import templates_of
from detector.console.routes import Asked, Route
from detector.console.sheets import NUMBER, acted, day_in, sheet, text_in

_READ: Final = frozenset({"reviewer", "lead", "letters", "counsel", "auditor"})
_DECIDE: Final = frozenset({"reviewer", "lead", "counsel"})
_LETTERS: Final = frozenset({"letters"})
LISTS: Final = {"pending": PENDING, "decided": OUTCOMES}
_MOST: Final = 200
_ACCOUNTS: Final = 600


def _list(asked: Asked) -> Response:
    which = asked.request.args.get("list", "pending")
    if which not in LISTS:
        raise BadRequest(f"there is no such list; there are {', '.join(LISTS)}")
    with asked.house.store.reading() as connection:
        rows = appeals.appeals_of(connection, asked.actor, states=LISTS[which])
    if which == "decided":
        rows = sorted(rows, key=lambda row: row["decided_at"], reverse=True)
    return sheet(
        asked, "appeals.html.j2", rows=rows[:_MOST], which=which, left=max(0, len(rows) - _MOST)
    )


def _form(asked: Asked) -> Response:
    return _filing(asked)


def _filing(asked: Asked, status: HTTPStatus = HTTPStatus.OK, told: str = "") -> Response:
    case_id = asked.form.get("case") or asked.request.args.get("case", "")
    with asked.house.store.reading() as connection:
        case = reading.shown(reading.case_of(connection, case_id), asked.actor)
        accounts = _fields(connection, case)
    return sheet(asked, "appealnew.html.j2", status, told, case=case,
                 accounts=[(f"a.{field}", account) for field, account in accounts.items()],
                 today=asked.now.date().isoformat())  # fmt: skip


def _fields(connection: sqlite3.Connection, case: Mapping[str, Any]) -> dict[str, str]:
    """The accounts that an appeal of a case may be for, by the name of their field."""
    rows = reading.members(connection, case["case_id"])[:_ACCOUNTS]
    return {field_of(row["account_id"]): row["account_id"] for row in rows}


def _file(asked: Asked) -> Response:
    def file(tx: Writing) -> str:
        case = reading.shown(
            reading.case_of(tx.connection, asked.given("case")), asked.actor
        )  # fmt: skip
        known = _fields(tx.connection, case)
        accounts = [known[one] for one in chosen(asked.form, "a.") if one in known]
        number = appeals.file(
            tx, asked.actor, case["case_id"], accounts, text_in(asked, "text"),
            day_in(asked, "received", "on which it came in"),
        )  # fmt: skip
        return f"/appeals/{number}"

    return acted(asked, file, _filing)


def _appeal(asked: Asked) -> Response:
    return _shown(asked)


def _shown(asked: Asked, status: HTTPStatus = HTTPStatus.OK, told: str = "") -> Response:
    by = asked.actor
    with asked.house.store.reading() as connection:
        row = appeals.appeal_of(connection, by, asked.parts["number"])
        case = reading.case_of(connection, row["case_id"])
        part = appeals.involved(connection, by, row["case_id"])
    return sheet(
        asked, "appeal.html.j2", status, told, row=row, case=case, pending=row["state"] in PENDING,
        part=part, decides=row["state"] in PENDING and bool(by.roles & _DECIDE) and part is None,
        accounts=[(f"a.{field_of(one)}", one) for one in row["accounts"]],
        languages=[(one, one) for one in templates_of(asked).languages()],
    )  # fmt: skip


def _acknowledge(asked: Asked) -> Response:
    number = asked.parts["number"]

    def acknowledge(tx: Writing) -> str:
        appeals.acknowledge(tx, asked.actor, number)
        return f"/appeals/{number}"

    return acted(asked, acknowledge, _shown)


def _decide(asked: Asked) -> Response:
    number = asked.parts["number"]

    def decide(tx: Writing) -> str:
        row = appeals.appeal_of(tx.connection, asked.actor, number)
        known = {field_of(one): one for one in row["accounts"]}
        until = day_in(asked, "until", "on which it ends") if asked.given("until") else None
        said = Decision(
            asked.given("outcome"), text_in(asked, "reasons"),
            tuple(known[one] for one in chosen(asked.form, "a.") if one in known), until,
            asked.given("language") or "en",
        )  # fmt: skip
        version = number_in(asked.form, "version") or 0
        appeals.decide(tx, asked.actor, number, version, said, templates_of(asked))
        return f"/appeals/{number}"

    return acted(asked, decide, _shown)


ROUTES: Final = (
    Route("/appeals", "appeals", _list, _READ),
    Route("/appeals/new", "appeal form", _form, _LETTERS),
    Route("/appeals/new", "file appeal", _file, _LETTERS, "POST"),
    Route(f"/appeals/{NUMBER}", "appeal", _appeal, _READ),
    Route(f"/appeals/{NUMBER}/acknowledge", "acknowledge appeal", _acknowledge, _LETTERS, "POST"),
    Route(f"/appeals/{NUMBER}/decide", "decide appeal", _decide, _DECIDE, "POST"),
)
