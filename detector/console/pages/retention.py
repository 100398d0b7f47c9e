"""What is due to be erased, and what counsel holds; erasing itself is a command."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from werkzeug.wrappers import Response

from detector.cases.keeping import holding, retention
from detector.cases.record.moments import text_of
from detector.cases.record.store import Writing
from detector.cases.settings import read_settings
from detector.console.routes import Asked, Route
from detector.console.sheets import acted, sheet, text_in

_READ: Final = frozenset({"counsel", "auditor"})
_COUNSEL: Final = frozenset({"counsel"})
_MOST: Final = 200
_PLACE: Final = "/retention"


def _list(asked: Asked) -> Response:
    return _shown(asked)


def _shown(asked: Asked, status: HTTPStatus = HTTPStatus.OK, told: str = "") -> Response:
    with asked.house.store.reading() as connection:
        due = retention.due(connection, text_of(asked.now))
        held: list[dict[str, Any]] = [dict(row) for row in connection.execute(
            "SELECT * FROM holds ORDER BY lifted_at IS NOT NULL, hold_id DESC LIMIT ?", (_MOST,)
        )]  # fmt: skip
        settings = read_settings(connection)
    return sheet(
        asked, "retention.html.j2", status, told, due=due[:_MOST], left=max(0, len(due) - _MOST),
        holds=held, settings=settings, holder="counsel" in asked.actor.roles,
        case_id=asked.form.get("case") or asked.request.args.get("case", ""),
    )  # fmt: skip


def _hold(asked: Asked) -> Response:
    def hold(tx: Writing) -> str:
        holding.hold(tx, asked.actor, asked.given("case").strip(), text_in(asked, "reason"))
        return _PLACE

    return acted(asked, hold, _shown)


def _lift(asked: Asked) -> Response:
    def lift(tx: Writing) -> str:
        holding.lift(tx, asked.actor, asked.given("case").strip(), text_in(asked, "reason"))
        return _PLACE

    return acted(asked, lift, _shown)


ROUTES: Final = (
    Route(_PLACE, "retention", _list, _READ),
    Route(f"{_PLACE}/hold", "hold", _hold, _COUNSEL, "POST"),
    Route(f"{_PLACE}/lift", "lift", _lift, _COUNSEL, "POST"),
)
