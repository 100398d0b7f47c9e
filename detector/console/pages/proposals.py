"""Cases that a run found to be one: a lead merges them or says that they are two."""

from __future__ import annotations

import sqlite3
from http import HTTPStatus
from typing import Any, Final

from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from detector.cases.errors import Refused
from detector.cases.record.store import Writing
from detector.cases.runs import merging
from detector.cases.showing import reading
from detector.console.routes import Asked, Route
from detector.console.sheets import NUMBER, acted, sheet

_READ: Final = frozenset({"lead", "auditor"})
_LEAD: Final = frozenset({"lead"})
LISTS: Final = {"open": "Open", "merged": "Merged", "declined": "Declined"}
_MOST: Final = 200
_PLACE: Final = "/proposals"


def _list(asked: Asked) -> Response:
    return _shown(asked)


def _shown(asked: Asked, status: HTTPStatus = HTTPStatus.OK, told: str = "") -> Response:
    which = asked.request.args.get("list", "open")
    if which not in LISTS:
        raise BadRequest(f"there is no such list; there are {', '.join(LISTS)}")
    with asked.house.store.reading() as connection:
        rows = _merged(connection, asked) if which == "merged" else _rows(connection, asked, which)
    return sheet(asked, "proposals.html.j2", status, told, rows=rows, which=which,
                 lists=tuple(LISTS.items()), leads="lead" in asked.actor.roles)  # fmt: skip


def _rows(connection: sqlite3.Connection, asked: Asked, state: str) -> list[dict[str, Any]]:
    rows = connection.execute(
        "SELECT * FROM proposals WHERE state = ? ORDER BY proposal_id DESC LIMIT ?", (state, _MOST)
    ).fetchall()
    found = []
    for row in rows:
        pair = [_case(connection, asked, row[name]) for name in ("case_id", "other_id")]
        if None not in pair:
            found.append({**dict(row), "cases": pair})
    return found


def _case(connection: sqlite3.Connection, asked: Asked, case_id: str) -> dict[str, Any] | None:
    """A case of a pair; None where it is not his to see."""
    try:
        return reading.shown(reading.case_of(connection, case_id), asked.actor)
    except Refused:
        return None


def _merged(connection: sqlite3.Connection, asked: Asked) -> list[dict[str, Any]]:
    rows = connection.execute(
        "SELECT case_id, merged_into FROM cases WHERE state = 'merged' "
        "ORDER BY case_id DESC LIMIT ?", (_MOST,),
    ).fetchall()  # fmt: skip
    pairs = (
        [_case(connection, asked, row[name]) for name in ("merged_into", "case_id")] for row in rows
    )
    return [{"proposal_id": None, "run": None, "cases": pair} for pair in pairs if None not in pair]


def _merge(asked: Asked) -> Response:
    def merge(tx: Writing) -> str:
        merging.merge(tx, asked.actor, asked.parts["number"])
        return f"{_PLACE}?list=merged"

    return acted(asked, merge, _shown)


def _decline(asked: Asked) -> Response:
    def decline(tx: Writing) -> str:
        merging.decline(tx, asked.actor, asked.parts["number"])
        return f"{_PLACE}?list=declined"

    return acted(asked, decline, _shown)


def _unmerge(asked: Asked) -> Response:
    def unmerge(tx: Writing) -> str:
        merging.unmerge(tx, asked.actor, asked.given("case"))
        return f"{_PLACE}?list=declined"

    return acted(asked, unmerge, _shown)


ROUTES: Final = (
    Route(_PLACE, "proposals", _list, _READ),
    Route(f"{_PLACE}/{NUMBER}/merge", "merge", _merge, _LEAD, "POST"),
    Route(f"{_PLACE}/{NUMBER}/decline", "decline", _decline, _LEAD, "POST"),
    Route(f"{_PLACE}/unmerge", "unmerge", _unmerge, _LEAD, "POST"),
)
