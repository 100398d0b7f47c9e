"""What people do to a case: each form once, and a conflict told with the draft kept."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from http import HTTPStatus
from typing import Final

from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from detector.cases.deciding import claiming, judging, looking
from detector.cases.deciding.opened import members_of, the_case, unchanged
from detector.cases.errors import CasesBusy, CasesFull, Conflict, Refused
from detector.cases.record.store import Writing
from detector.cases.showing import reading
from detector.console import forms
from detector.console.once import done, place_of, queue_at
from detector.console.pages.case import drawn, number_in
from detector.console.pages.queue import next_of
from detector.console.routes import Asked, Route
from detector.console.sheets import text_in

_BEAT: Final = 30.0
_JUDGING: Final = frozenset({"reviewer", "lead", "counsel"})

Act = Callable[[Asked, Writing, str], str]


def _back(asked: Asked, case_id: str) -> str:
    return place_of(case_id, tab=asked.given("tab"), since=asked.given("since"))


def _answer(act: Act) -> Callable[[Asked], Response]:
    """A route that does something to a case; what is refused is told on the case's own page."""

    def answered(asked: Asked) -> Response:
        case_id = asked.parts["case_id"]

        def do(tx: Writing) -> str:
            reading.shown(reading.case_of(tx.connection, case_id), asked.actor)
            return act(asked, tx, case_id)

        try:
            return done(asked, do)
        except Refused as error:
            conflict = isinstance(error, Conflict)
            status = HTTPStatus.CONFLICT if conflict else HTTPStatus.FORBIDDEN
            return _told(asked, case_id, status, f"Nothing was stored: {error}.")

    return answered


def _told(asked: Asked, case_id: str, status: HTTPStatus, told: str) -> Response:
    """The case as it is now, with what was typed: nobody types it twice."""
    held = forms.draft_of(asked.form)
    if held:
        with suppress(CasesBusy, CasesFull, Refused), asked.house.store.writing(asked.now) as tx:
            looking.keep_draft(tx, asked.actor.person, case_id, held)
    return drawn(asked, case_id, status, told)


def _version(asked: Asked) -> int:
    version = number_in(asked.form, "version")
    if version is None:
        raise BadRequest("this form does not say which version of the case it was made for")
    return version


def _claim(asked: Asked, tx: Writing, case_id: str) -> str:
    claiming.claim(tx, asked.actor, case_id)
    return _back(asked, case_id)


def _release(asked: Asked, tx: Writing, case_id: str) -> str:
    claiming.release(tx, asked.actor, case_id)
    return _back(asked, case_id)


def _judge(asked: Asked, tx: Writing, case_id: str) -> str:
    said = forms.judgement_of(asked.form, members_of(tx, case_id))
    stored = judging.judge(tx, asked.actor, case_id, _version(asked), said)
    tab, case = asked.given("tab"), reading.case_of(tx.connection, case_id)
    if case["kind"] == "training":  # what is true of it stands there now
        return place_of(case_id, tab=tab, stored=stored.judgement_id)
    after = next_of(tx.connection, asked.actor, tab, case)
    if after is None:
        return queue_at(tab=tab, stored=stored.judgement_id)
    return place_of(after, tab=tab, stored=stored.judgement_id)


def _amend(asked: Asked, tx: Writing, case_id: str) -> str:
    said = forms.judgement_of(asked.form, members_of(tx, case_id))
    judgement = number_in(asked.form, "judgement") or 0
    unchanged(tx, the_case(tx, case_id), _version(asked))
    _is_of(tx, judgement, case_id)
    stored = judging.amend(tx, asked.actor, judgement, said)
    return place_of(case_id, tab=asked.given("tab"), stored=stored.judgement_id)


def _undo(asked: Asked, tx: Writing, case_id: str) -> str:
    judgement = number_in(asked.form, "judgement") or 0
    _is_of(tx, judgement, case_id)
    judging.undo(tx, asked.actor, judgement)
    # What was typed comes back, so that it can be mended instead of typed again.
    case = reading.case_of(tx.connection, case_id)
    rows = reading.judgements(tx.connection, case, asked.actor)
    held = next(row for row in rows if row["judgement_id"] == judgement)
    draft = forms.as_draft(held, members_of(tx, case_id))
    looking.keep_draft(tx, asked.actor.person, case_id, dict(draft))
    return place_of(case_id, tab=asked.given("tab"))


def _is_of(tx: Writing, judgement: int, case_id: str) -> None:
    row = tx.one("SELECT case_id FROM judgements WHERE judgement_id = ?", judgement)
    if row is None or row["case_id"] != case_id:
        raise Refused(f"judgement {judgement} is none of case {case_id}")


def _ask(asked: Asked, tx: Writing, case_id: str) -> str:
    version = _version(asked)
    case = the_case(tx, case_id)
    if case["state"] == "new":
        unchanged(tx, case, version)
        claiming.claim(tx, asked.actor, case_id)
        version = the_case(tx, case_id)["version"]
    judging.ask(tx, asked.actor, case_id, version, text_in(asked, "question"))
    return _back(asked, case_id)


def _snooze(asked: Asked, tx: Writing, case_id: str) -> str:
    until = asked.now + timedelta(days=days_in(asked))
    claiming.snooze(tx, asked.actor, case_id, until, text_in(asked, "reason"))
    return _back(asked, case_id)


def days_in(asked: Asked) -> int:
    """For how many days a case is put off."""
    days = number_in(asked.form, "days")
    if days is None or not 1 <= days <= 30:
        raise Refused("a case is put off by 1 to 30 days")
    return days


def _answered(asked: Asked, tx: Writing, case_id: str) -> str:
    text = text_in(asked, "answer")
    if not text:
        raise Refused("say what the holder answered")
    claiming.answer(tx, asked.actor, case_id, text)
    return _back(asked, case_id)


def _comment(asked: Asked, tx: Writing, case_id: str) -> str:
    judging.comment(tx, asked.actor, case_id, text_in(asked, "comment"))
    return _back(asked, case_id)


def _reopen(asked: Asked, tx: Writing, case_id: str) -> str:
    claiming.reopen(tx, asked.actor, case_id, text_in(asked, "reason"))
    return _back(asked, case_id)


def _send_back(asked: Asked, tx: Writing, case_id: str) -> str:
    claiming.send_back(tx, asked.actor, case_id, text_in(asked, "reason"))
    return _back(asked, case_id)


def _draft(asked: Asked) -> Response:
    case_id, quiet = asked.parts["case_id"], "quiet" in asked.form
    with asked.house.store.writing(asked.now) as tx:
        the_case(tx, case_id)
        looking.keep_draft(tx, asked.actor.person, case_id, forms.draft_of(asked.form))
        claiming.touch(tx, asked.actor, case_id)
    if quiet:
        return Response(status=int(HTTPStatus.NO_CONTENT))
    return drawn(asked, case_id, told="Your draft is kept; nobody else sees it.")


def _beat(asked: Asked) -> Response:
    try:
        seconds = float(asked.given("seconds"))
    except ValueError as error:
        raise BadRequest("seconds is a number") from error
    if not 0 <= seconds <= _BEAT:
        raise BadRequest("a beat tells of a few seconds")
    with asked.house.store.writing(asked.now) as tx:
        looking.beat(tx, asked.actor.person, asked.parts["case_id"], seconds)
        claiming.touch(tx, asked.actor, asked.parts["case_id"])
    return Response(status=int(HTTPStatus.NO_CONTENT))


def _route(name: str, act: Act, roles: frozenset[str] = _JUDGING) -> Route:
    return Route(f"/cases/<case_id>/{name}", f"case-{name}", _answer(act), roles, "POST")


ROUTES: Final = (
    _route("claim", _claim),
    _route("release", _release),
    _route("judge", _judge),
    _route("amend", _amend),
    _route("undo", _undo),
    _route("ask", _ask),
    _route("snooze", _snooze),
    _route("answer", _answered, _JUDGING | {"letters"}),
    _route("comment", _comment, _JUDGING | {"letters"}),
    _route("reopen", _reopen, frozenset({"lead"})),
    _route("send-back", _send_back, frozenset({"lead"})),
    Route("/cases/<case_id>/draft", "case-draft", _draft, _JUDGING, "POST"),
    Route("/cases/<case_id>/beat", "case-beat", _beat, frozenset(reading.READERS), "POST"),
)
