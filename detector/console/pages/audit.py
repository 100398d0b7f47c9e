"""What was done by whom: events, the head of the chain, and whether all is as it was written."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from detector.cases.errors import Refused, Unknown
from detector.cases.leaving.packfile import as_lines
from detector.cases.measuring import truths
from detector.cases.record.anchors import ANCHORS, read_anchors
from detector.cases.showing import reading
from detector.console.happened import sentence_of
from detector.console.routes import Asked, Route, to
from detector.console.searching import SPAN, Sought, search
from detector.console.seen import verified
from detector.console.sheets import NUMBER, attached, number_of, sheet
from detector.console.verifying import Verifier, last_anchor

_READ: Final = frozenset({"auditor", "lead"})
_AUDITOR: Final = frozenset({"auditor"})
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CASE: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_PAGE: Final = 100
_LONGEST: Final = 200
_WORDS: Final = ("case", "person", "action", "since", "until")


def _sought(asked: Asked) -> Sought:
    given = {name: asked.request.args.get(name, "").strip()[:_LONGEST] for name in _WORDS}
    for name in ("since", "until"):
        if given[name] and not _DAY.fullmatch(given[name]):
            raise BadRequest(f"{name} is a day, as 2026-03-02")
    return Sought(**given, before=number_of(asked, "before"))


def _page(asked: Asked, verifier: Verifier) -> Response:
    sought, store = _sought(asked), asked.house.store
    with store.reading() as connection:
        found = search(connection, asked.actor, sought, _PAGE)
        whole = verified(connection)
    chosen = {name: getattr(sought, name) for name in _WORDS if getattr(sought, name)}
    more = None if found.more is None else f"/audit?{urlencode({**chosen, 'before': found.more})}"
    try:
        anchor = last_anchor(read_anchors(store.folder / ANCHORS))
    except (ValueError, OSError):
        # A verification says what is wrong with them.
        anchor = None
    return sheet(
        asked, "audit.html.j2", found=found, chosen=chosen, more=more, head=store.head(),
        whole=whole, anchor=anchor, running=verifier.running, last=verifier.last, span=SPAN,
        first=f"/audit?{urlencode(chosen)}" if sought.before is not None else None,
        sentence_of=sentence_of, auditor="auditor" in asked.actor.roles,
    )  # fmt: skip


def _event(asked: Asked) -> Response:
    with asked.house.store.reading() as connection:
        row = connection.execute(
            "SELECT * FROM events WHERE seq = ?", (asked.parts["number"],)
        ).fetchone()
    if row is None:
        raise Unknown(f"there is no event {asked.parts['number']}")
    held = None if row["payload"] is None else json.dumps(json.loads(row["payload"]), indent=1)
    return sheet(asked, "auditevent.html.j2", row=dict(row), payload=held,
                 what=sentence_of(row["action"]))  # fmt: skip


def _start(asked: Asked, verifier: Verifier) -> Response:
    verifier.start(asked.actor.person)
    return to("/audit/verification")


def _verification(asked: Asked, verifier: Verifier) -> Response:
    return sheet(asked, "auditverify.html.j2", running=verifier.running, last=verifier.last)


def _events_of(asked: Asked) -> Response:
    """The chain of a case: whole for an auditor, for a lead what binds it, without contents."""
    case_id, by = asked.parts["case_id"], asked.actor
    with asked.house.store.reading() as connection:
        case = reading.shown(reading.case_of(connection, case_id), by)
        if not reading.hears(connection, case, by):
            raise Refused(f"case {case_id} is {case['state']}: its events tell what was judged")
        body = as_lines(_rows(connection, case_id, whole="auditor" in by.roles))
    name = case_id if _CASE.fullmatch(case_id) else "case"
    return attached(body, "application/x-ndjson", f"{name}.events.jsonl")


def _rows(connection: sqlite3.Connection, case_id: str, *, whole: bool) -> list[dict[str, Any]]:
    rows = connection.execute("SELECT * FROM events WHERE case_id = ? ORDER BY seq", (case_id,))
    return [
        {name: row[name] for name in row.keys() if whole or name != "payload"}  # noqa: SIM118
        for row in rows
    ]


def _golden(asked: Asked) -> Response:
    with asked.house.store.reading() as connection:
        rows = truths.truths(connection, asked.actor)
        said = {
            row["case_id"]: dict(row) for row in connection.execute(
                "SELECT case_id, person, outcome, at FROM judgements WHERE undone = 0 "
                "AND case_id IN (SELECT served_as FROM golden) ORDER BY judgement_id DESC"
            )
        }  # fmt: skip
    return sheet(asked, "auditgolden.html.j2", HTTPStatus.OK, "", rows=rows, said=said)


def routes_of(verifier: Verifier) -> tuple[Route, ...]:
    """The routes of the audit, over what verifies the folder."""

    def over(answer: Callable[[Asked, Verifier], Response]) -> Callable[[Asked], Response]:
        return lambda asked: answer(asked, verifier)

    return (
        Route("/audit", "audit", over(_page), _READ),
        Route("/audit/verification", "verification", over(_verification), _READ),
        Route("/audit/verification", "verify", over(_start), _READ, "POST"),
        Route(f"/audit/events/{NUMBER}", "event", _event, _AUDITOR),
        Route("/audit/cases/<case_id>/events.jsonl", "events of a case", _events_of, _READ),
        Route("/audit/golden", "golden", _golden, _AUDITOR),
    )
