"""Suppressors: what opens no case for a while; one person proposes, another confirms."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from detector.cases.contact import suppressors
from detector.cases.contact.suppressors import Suppressor
from detector.cases.record.moments import text_of
from detector.cases.record.store import Writing
from detector.console.routes import Asked, Route
from detector.console.sheets import NUMBER, acted, day_in, sheet, text_in
from detector.typologies import TYPOLOGIES

_READ: Final = frozenset({"reviewer", "lead", "letters", "counsel", "auditor"})
_PROPOSE: Final = frozenset({"reviewer", "lead", "counsel"})
_CONFIRM: Final = frozenset({"lead", "counsel"})
#: Each list: which states, and the words for it.
LISTS: Final = {
    "proposed": "Proposed", "active": "In force", "soon": "Running out", "past": "Over",
}  # fmt: skip
_SOON: Final = timedelta(days=30)
_MOST: Final = 200
SCOPES: Final = (
    ("account", "one account"), ("members", "these accounts together"),
    ("identifier", "a value that ties nobody: its kind, then the value"),
)  # fmt: skip
_PLACE: Final = "/suppressors"


def _list(asked: Asked) -> Response:
    return _shown(asked)


def _shown(asked: Asked, status: HTTPStatus = HTTPStatus.OK, told: str = "") -> Response:
    which = asked.request.args.get("list", "active")
    if which not in LISTS:
        raise BadRequest(f"there is no such list; there are {', '.join(LISTS)}")
    with asked.house.store.reading() as connection:
        rows = suppressors.suppressors_of(connection, asked.actor)
    at, soon = text_of(asked.now), text_of(asked.now + _SOON)
    found = [row for row in rows if _is_in(row, which, at, soon)]
    found.sort(key=lambda row: row["until"], reverse=which == "past")
    return sheet(
        asked, "suppressors.html.j2", status, told, rows=found[:_MOST], which=which,
        lists=tuple(LISTS.items()), left=max(0, len(found) - _MOST), soon=soon, scopes=SCOPES,
        typologies_all=[("", "whatever it looks like"),
                        *((one.id, f"{one.id} {one.name}") for one in TYPOLOGIES.values())],
        case_id=asked.request.args.get("case", ""), proposes=bool(asked.actor.roles & _PROPOSE),
        confirms=bool(asked.actor.roles & _CONFIRM),
    )  # fmt: skip


def _is_in(row: dict[str, Any], which: str, at: str, soon: str) -> bool:
    over = row["state"] == "revoked" or row["until"] <= at
    if which in ("past", "proposed"):
        return over if which == "past" else not over and row["state"] == "proposed"
    return not over and row["state"] == "active" and (which == "active" or row["until"] <= soon)


def _propose(asked: Asked) -> Response:
    def propose(tx: Writing) -> str:
        lines = [line.strip() for line in text_in(asked, "subject").split("\n")]
        suppressors.propose(tx, asked.actor, Suppressor(
            asked.given("scope"), tuple(line for line in lines if line),
            day_in(asked, "until", "on which it ends"), text_in(asked, "reason"),
            asked.given("typology") or None, asked.given("case").strip() or None,
        ))  # fmt: skip
        return f"{_PLACE}?list=proposed"

    return acted(asked, propose, _shown)


def _confirm(asked: Asked) -> Response:
    def confirm(tx: Writing) -> str:
        suppressors.confirm(tx, asked.actor, asked.parts["number"])
        return f"{_PLACE}?list=active"

    return acted(asked, confirm, _shown)


def _revoke(asked: Asked) -> Response:
    def revoke(tx: Writing) -> str:
        suppressors.revoke(tx, asked.actor, asked.parts["number"], text_in(asked, "reason"))
        return f"{_PLACE}?list=past"

    return acted(asked, revoke, _shown)


ROUTES: Final = (
    Route(_PLACE, "suppressors", _list, _READ),
    Route(_PLACE, "propose suppressor", _propose, _PROPOSE, "POST"),
    Route(f"{_PLACE}/{NUMBER}/confirm", "confirm suppressor", _confirm, _CONFIRM, "POST"),
    Route(f"{_PLACE}/{NUMBER}/revoke", "revoke suppressor", _revoke, _PROPOSE, "POST"),
)
