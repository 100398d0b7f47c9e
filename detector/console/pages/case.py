"""The page of a case: what it is about, what others said, and the form that judges it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any, Final

from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from detector.cases.deciding import looking
from detector.cases.deciding.states import CODES, OUTCOMES, POLICY_OUTCOMES, STEPS
from detector.cases.errors import CasesBusy, CasesFull
from detector.cases.record.moments import text_of
from detector.cases.settings import read_settings
from detector.cases.showing import reading
from detector.cases.showing.rehearsing import truth_for
from detector.console import allowed, forms, happened, seen
from detector.console.once import fresh_key
from detector.console.pages import diff
from detector.console.pages.queue import tab_of
from detector.console.routes import Asked, Route

_HISTORY: Final = 60
_NUMBER: Final = re.compile(r"[0-9]{1,15}")
#: What each step of a judgement recommends.
STEP_WORDS: Final = {
    "none": "nothing", "verify": "verify the holder again", "limit": "limit the account",
    "suspend": "suspend the account",
}  # fmt: skip


def _case(asked: Asked) -> Response:
    case_id = asked.parts["case_id"]
    response = drawn(asked, case_id)
    if asked.request.method == "GET":
        # Reading goes on while another writes, or the disk is full.
        with suppress(CasesBusy, CasesFull), asked.house.store.writing(asked.now) as tx:
            looking.look(tx, asked.actor.person, case_id)
    return response


def drawn(
    asked: Asked, case_id: str, status: HTTPStatus = HTTPStatus.OK, told: str = "",
    since: int | None = None,
) -> Response:  # fmt: skip
    """The page of a case; ``told`` is why a form was not stored, ``since`` what changed after."""
    with asked.house.store.reading() as connection:
        given = _given(connection, asked, case_id, since)
    return asked.page("casepage.html.j2", status, told=told, **given)


def number_in(given: Mapping[str, str], name: str) -> int | None:
    """A number of the address or a form; None where there is none.

    Raises
    ------
    BadRequest
        Where it is something else.
    """
    text = given.get(name, "")
    if text and not _NUMBER.fullmatch(text):
        raise BadRequest(f"{name} is a number")
    return int(text) if text else None


def _given(
    connection: sqlite3.Connection, asked: Asked, case_id: str, since: int | None
) -> dict[str, Any]:
    by, at, asks = asked.actor, text_of(asked.now), {**asked.request.args, **asked.form}
    raw = reading.case_of(connection, case_id)
    case = reading.shown(raw, by)
    unsealed = reading.may_unseal(connection, raw, by)
    run = number_in(asks, "run")
    view, told = seen.evidence(connection, raw, run, unsealed=unsealed)
    lease = allowed.lease_of(connection, case_id, at)
    draft = looking.draft_of(connection, by.person, case_id)
    members = reading.members(connection, case_id)
    judged = reading.judgements(connection, raw, by)
    mine = allowed.amendable(judged, raw, by)
    filled = _filled(draft, mine, members)
    settings = read_settings(connection)
    if since is None:
        since = number_in(asks, "since")
    since = _seen_to(connection, by.person, case_id) if since is None else since
    events = list(reading.history(connection, raw, by))
    # The report's templates find the names of its view; the page's own come over them.
    return {
        **(view or {}), "case": case, "view": view, "unsealed": unsealed, "blind": settings.blind,
        "run": run, "runs": _around(seen.runs_of(connection, case_id), run),
        "lease": lease, "may": allowed.allowed(connection, raw, by, lease),
        "here_too": looking.here(connection, [case_id], by.person, asked.now).get(case_id, []),
        "draft": filled, "is_draft": bool(draft), "mine": mine,
        "members": seen.member_rows(members, told, filled),
        "fields": forms.MEMBERS, "two": seen.side_by_side(judged, raw),
        "before": [row for row in judged if row["reopened"] < raw["reopened"]],
        "settled": _settled(connection, case_id), "truth": truth_for(connection, raw, by),
        "changed": _changed(events, by.person, since), "since": since,
        "moved": diff.since(connection, case_id, by),
        "history": happened.lines(events[-_HISTORY:]), "events": len(events),
        "verified": seen.verified(connection),
        "comments": reading.comments(connection, raw, by),
        "earlier": seen.earlier(connection, raw, [
            row["account_id"] for row in members if row["left_run"] is None], by),
        "bar": allowed.undoable(connection, by, at, number_in(asks, "stored"), case_id),
        "outcomes": POLICY_OUTCOMES if raw["queue"] == "policy" else OUTCOMES,
        "steps": [(step, STEP_WORDS[step]) for step in STEPS if step in STEP_WORDS],
        "codes": CODES, "code_names": [f"code.{code}" for code in CODES],
        "keys": settings.keys, "form_key": fresh_key(), "now": at,
        "tab": tab_of(asks.get("tab"), case), "h": "h2",
    }  # fmt: skip


def _filled(
    draft: Mapping[str, Any], mine: Mapping[str, Any] | None, members: list[dict[str, Any]]
) -> Mapping[str, Any]:
    """What the form is filled with: a draft, else the judgement that may be amended."""
    if draft or mine is None:
        return draft
    return forms.as_draft(mine, {row["account_id"]: row for row in members})


def _seen_to(connection: sqlite3.Connection, person: str, case_id: str) -> int | None:
    row = connection.execute(
        "SELECT seq FROM looks WHERE person = ? AND case_id = ?", (person, case_id)
    ).fetchone()
    return None if row is None else int(row["seq"])


def _changed(
    events: list[dict[str, Any]], person: str, since: int | None
) -> list[dict[str, Any]] | None:
    """What others did since somebody looked; None where he never did."""
    if since is None:
        return None
    return happened.lines(row for row in events if row["seq"] > since and row["person"] != person)


def _around(runs: list[dict[str, Any]], run: int | None) -> dict[str, Any]:
    """The run that is shown, and those beside it."""
    numbers = [row["run"] for row in runs]
    at = numbers.index(run) if run in numbers else len(numbers) - 1
    return {
        "shown": runs[at] if runs else None,
        "older": numbers[at - 1] if at > 0 else None,
        "newer": numbers[at + 1] if at + 1 < len(numbers) else None,
    }  # fmt: skip


def _settled(connection: sqlite3.Connection, case_id: str) -> dict[str, Any] | None:
    held = [row for row in reading.settlements(connection, case_id)
            if row["superseded_by"] is None]  # fmt: skip
    return held[-1] if held else None


def _keys(asked: Asked) -> Response:
    with asked.house.store.reading() as connection:
        return asked.page("keys.html.j2", keys=read_settings(connection).keys)


ROUTES: Final = (
    Route("/cases/<case_id>", "case", _case, frozenset(reading.READERS)),
    Route("/help/keys", "keys", _keys, frozenset()),
)
