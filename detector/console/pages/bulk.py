"""Several cases of a list at once, and filters under a name. Nobody is judged in bulk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final
from urllib.parse import parse_qsl, urlencode

from werkzeug.wrappers import Response

from detector.cases.deciding import claiming
from detector.cases.errors import Refused, Unknown
from detector.cases.record.store import Writing
from detector.cases.showing import views
from detector.cases.team import people
from detector.console.forms import chosen
from detector.console.once import done, queue_at
from detector.console.pages.case import number_in
from detector.console.pages.deciding import days_in
from detector.console.pages.queue import PAGE, kept_filters
from detector.console.routes import Asked, Route

_JUDGING: Final = frozenset({"reviewer", "lead", "counsel"})


def _each(asked: Asked, act: Callable[[str], None]) -> str:
    """Do something to each case that was ticked; those that refuse it stay as they are."""
    cases = chosen(asked.form, "c.")[:PAGE]
    if not cases:
        raise Refused(
            "no case was ticked: go back, and tick new ones or those in review (x on a row)"
        )
    left = 0
    for case_id in cases:
        try:
            act(case_id)
        except (Refused, Unknown):
            # What is refused is refused before anything of it is written.
            left += 1
    return queue_at(tab=asked.given("tab"), done=len(cases) - left, left=left or None)


def _assign(asked: Asked) -> Response:
    def do(tx: Writing) -> str:
        person = people.actor_of(tx.connection, asked.given("person").strip())
        return _each(asked, lambda one: claiming.assign(tx, asked.actor, one, person))

    return done(asked, do)


def _snooze(asked: Asked) -> Response:
    until = asked.now + timedelta(days=days_in(asked))
    reason = asked.given("reason")
    if not reason.strip():
        raise Refused("say why the cases are put off")

    def do(tx: Writing) -> str:
        return _each(asked, lambda one: claiming.snooze(tx, asked.actor, one, until, reason))

    return done(asked, do)


def _save(asked: Asked) -> Response:
    kept = kept_filters(dict(parse_qsl(asked.given("query"))))

    def do(tx: Writing) -> str:
        views.save(tx, asked.actor, asked.given("name"), urlencode(kept),
                   shared="shared" in asked.form)  # fmt: skip
        return queue_at(**kept)

    return done(asked, do)


def _drop(asked: Asked) -> Response:
    def do(tx: Writing) -> str:
        views.drop(tx, asked.actor, number_in(asked.form, "view") or 0)
        return queue_at(tab=asked.given("tab"))

    return done(asked, do)


ROUTES: Final = (
    Route("/queue/assign", "bulk-assign", _assign, frozenset({"lead"}), "POST"),
    Route("/queue/snooze", "bulk-snooze", _snooze, _JUDGING, "POST"),
    Route("/views/save", "view-save", _save, frozenset(views.SAVERS), "POST"),
    Route("/views/drop", "view-drop", _drop, frozenset(views.SAVERS), "POST"),
)
