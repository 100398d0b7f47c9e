"""Second and third judgements: what waits for another person, and what two differ on."""

from __future__ import annotations

import sqlite3
from typing import Any, Final

from werkzeug.wrappers import Response

from detector.cases.deciding import looking
from detector.cases.deciding.states import CODES
from detector.cases.record.moments import text_of
from detector.cases.record.store import Actor
from detector.cases.settings import read_settings
from detector.cases.showing import reading
from detector.console import seen
from detector.console.allowed import judges
from detector.console.routes import Asked, Route

_MOST: Final = 200
_RECENT: Final = 20
_DISPUTED: Final = 20


def _second(asked: Asked) -> Response:
    by = asked.actor
    with asked.house.store.reading() as connection:
        rows = _waiting(connection, by)
        given = {
            "rows": [reading.shown(row, by) for row in rows], "recent": _recent(connection, by),
            "here_too": _here(connection, asked, rows), "keys": read_settings(connection).keys,
        }  # fmt: skip
    return asked.page("second.html.j2", now=text_of(asked.now), **given)


def _disputed(asked: Asked) -> Response:
    by = asked.actor
    with asked.house.store.reading() as connection:
        rows = reading.cases_of(connection, reading.Asked({"state": "disputed"}, by, limit=_MOST))
        cases = [
            {"case": reading.shown(row, by), "mine": judges(connection, row, by),
             "two": seen.side_by_side(reading.judgements(connection, row, by), row)}
            for row in rows[:_DISPUTED]
        ]  # fmt: skip
        keys = read_settings(connection).keys
        here_too = _here(connection, asked, rows)
    return asked.page(
        "disputed.html.j2", cases=cases, left=len(rows) - len(cases), keys=keys, codes=CODES,
        here_too=here_too,
    )  # fmt: skip


def _waiting(connection: sqlite3.Connection, by: Actor) -> list[dict[str, Any]]:
    rows = reading.cases_of(connection, reading.Asked({"state": "second"}, by, limit=_MOST))
    return [row for row in rows if judges(connection, row, by)]


def _here(
    connection: sqlite3.Connection, asked: Asked, rows: list[dict[str, Any]]
) -> dict[str, list[str]]:
    names = [row["case_id"] for row in rows]
    return looking.here(connection, names, asked.actor.person, asked.now)


def _recent(connection: sqlite3.Connection, by: Actor) -> list[dict[str, Any]]:
    """One's own last second judgements, and what became of their cases."""
    rows = connection.execute(
        "SELECT j.case_id, j.outcome, j.at, c.state FROM judgements j JOIN cases c USING (case_id) "
        "WHERE j.person = ? AND j.round IN ('2', 'qa') AND j.undone = 0 "
        "ORDER BY judgement_id DESC LIMIT ?", (by.person, _RECENT),
    )  # fmt: skip
    return [dict(row) for row in rows]


ROUTES: Final = (
    Route("/second", "second", _second, frozenset({"reviewer", "lead"})),
    Route("/disputed", "disputed", _disputed, frozenset({"lead"})),
)
