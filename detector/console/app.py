"""A request to its route, and every refusal to a page that says it in a sentence."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from email.message import Message
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from detector import http
from detector.cases.errors import CasesBusy, CasesError, CasesFull, Conflict, Refused, Unknown
from detector.cases.measuring.counting import figures
from detector.cases.record.moments import time_of
from detector.cases.record.store import Store
from detector.cases.showing.rehearsing import is_rehearsal
from detector.cases.team import sessions
from detector.cases.team.entering import Entrance
from detector.console.adapting import MOST_PARTS, reply_of, request_of
from detector.console.api import Api
from detector.console.assets import read_assets
from detector.console.drawing import Drawing
from detector.console.feeding import Feeding
from detector.console.pages import assets, cases, diff, graph, login, me, more, queue
from detector.console.routes import Asked, House, Route, own_place, to
from detector.console.security import (
    FIELD,
    HEADERS,
    cookie_of,
    fits,
    is_from_us,
    token_before_login,
)
from detector.console.steady import Steady
from detector.console.verifying import Verifier
from detector.exporter.beside import Beside

_RETRY_SECONDS: Final = "5"
_FORM: Final = "application/x-www-form-urlencoded"

Clock = Callable[[], datetime]
Shown = Callable[[str], str]


def _none() -> None:
    return None


def _steady(store: Store) -> Clock:
    last = store.head().at
    return Steady(time_of(last) if last else None)


def site_of(
    store: Store, *, clock: Clock | None = None, shown: Shown | None = None,
    newest: Callable[[], Path | None] = _none,
) -> http.Site:  # fmt: skip
    """The reviewers' pages of a folder of cases: all that no other page of the server is.

    They are open to the server's own gate, since people have sessions of their own here.

    Parameters
    ----------
    clock
        What time it is; default: the machine's clock, that never goes back here.
    shown
        Gives an id its pseudonym under the site's key, for what leaves in packs.
    newest
        Gives the folder of the newest run that the server serves; None where there is none.
    """
    console = Console(store, clock or _steady(store), shown, newest)
    methods = ("GET", "HEAD", "POST")
    return {"/": http.Page(console.answer, methods, open=True, room=console.room)}


def beside(store: Store, *, clock: Clock | None = None, shown: Shown | None = None) -> Beside:
    """A folder of cases beside a server's own pages."""
    here = clock or _steady(store)
    feeding = Feeding(store, here)
    return Beside(
        site_of(store, clock=here, shown=shown, newest=feeding.newest),
        lambda: figures(store, here()),
        feeding.look,
    )


class Console:
    """All pages over one folder of cases."""

    def __init__(
        self, store: Store, clock: Clock, shown: Shown | None = None,
        newest: Callable[[], Path | None] = _none,
    ) -> None:  # fmt: skip
        self._clock = clock
        files = read_assets()
        with store.reading() as connection:
            # A folder is one from its first event on, or never.
            drawing = Drawing(files, rehearsal=is_rehearsal(connection))
        self.house = House(store, drawing, Entrance(store), secrets.token_bytes(32), newest, shown)
        self.api = Api(self.house)
        found = (
            *assets.routes_of(files), *login.ROUTES, *me.ROUTES, *queue.routes_of(),
            *cases.ROUTES, *graph.ROUTES, *diff.ROUTES,
            *more.routes_of(Verifier(store, clock)),
        )  # fmt: skip
        self.routes: Mapping[str, Route] = {route.name: route for route in found}
        self._map = Map(
            [Rule(route.path, endpoint=route.name, methods=[route.method]) for route in found],
            strict_slashes=True, merge_slashes=False, redirect_defaults=False,
        )  # fmt: skip

    def answer(self, given: http.Request) -> http.Reply:
        """Answer a request of the house's server."""
        request = request_of(given)
        if self.api.answers(request.path):
            response = self.api.answer(request, self._clock())
        else:
            response = self._answered(request, given.client)
        for name, value in HEADERS:
            response.headers.setdefault(name, value)
        return replace(reply_of(response), stranger=_stranger(given, response.status_code))

    def room(self, path: str, headers: Message) -> int | None:
        """Bytes that a body may have beyond the bounds of the server."""
        return self.api.room(path, headers, self._clock())

    def _answered(self, request: Request, client: str) -> Response:
        asked = Asked(self.house, request, self._clock(), None, {}, {}, client)
        try:
            asked = self._with_session(asked)
            return self._routed(asked)
        except (HTTPException, Refused, Unknown, CasesError) as error:
            return _told(asked, error)

    def _with_session(self, asked: Asked) -> Asked:
        cookie = cookie_of(asked.request)
        if cookie is None or asked.request.path.startswith("/static/"):
            return asked
        with self.house.store.reading() as connection:
            session = sessions.session_of(connection, cookie, asked.now)
        return _with(asked, session=session)

    def _routed(self, asked: Asked) -> Response:
        request = asked.request
        method = "GET" if request.method == "HEAD" else request.method
        if _is_led_here(asked, method):
            return asked.page("hop.html.j2", place=own_place(request.full_path))
        name, parts = self._map.bind("", path_info=request.path).match(method=method)
        route = self.routes[name]
        asked = _with(asked, parts=parts)
        if route.roles is not None:
            if asked.session is None:
                return _to_login(asked)
            if route.roles:
                asked.actor.acting_as(*sorted(route.roles))
        if method == "POST":
            asked = _with(asked, form=_form_of(request))
            self._refuse_strange(asked)
        self._note_sign(asked)
        return route.answer(asked)

    def _refuse_strange(self, asked: Asked) -> None:
        """Refuse a form that none of our pages sent to this very person.

        Raises
        ------
        Refused
            Where it came from elsewhere, or carries another's token.
        """
        cookie = cookie_of(asked.request)
        if cookie is None:
            raise Refused(
                "your browser sent no cookie, so nothing was done; these pages need HTTPS, or the "
                "address 127.0.0.1, and a browser that keeps cookies"
            )
        wanted = token_before_login(self.house.secret, cookie)
        if asked.session is not None:
            wanted = asked.session.form_token
        if not is_from_us(asked.request) or not fits(asked.given(FIELD), wanted):
            raise Refused(
                "this form was not sent from a page that is open to you now, so nothing was done; "
                "go back, load the page again and send it anew"
            )

    def _note_sign(self, asked: Asked) -> None:
        if asked.session is not None and asked.session.is_silent(asked.now):
            # Reading goes on while another writes, or the disk is full.
            with suppress(CasesBusy, CasesFull), self.house.store.writing(asked.now) as tx:
                sessions.touch(tx, asked.session)


def _stranger(given: http.Request, status: int) -> str | None:
    """What somebody gave who was not let in: at the door, or to the API."""
    if status == HTTPStatus.UNAUTHORIZED:
        return http.scheme_of(given.headers.get("Authorization"))
    if given.method != "POST" or given.path != login.PLACE:
        return None
    return {HTTPStatus.FORBIDDEN: "password", HTTPStatus.TOO_MANY_REQUESTS: "too_many"}.get(
        HTTPStatus(status)
    )


def _with(asked: Asked, **changes: Any) -> Asked:
    return replace(asked, **changes)


def _to_login(asked: Asked) -> Response:
    if asked.request.method == "POST":
        raise Refused("your session is over, so nothing was done; log in and send it anew")
    return to(login.place_with(asked.request.full_path))


def _is_led_here(asked: Asked, method: str) -> bool:
    """Whether another site led here: the cookie stays away then, though there may be one.

    A page of ours that goes on by itself brings it; logging in anew would end the session.
    """
    told = asked.request.headers.get
    return (
        method == "GET" and cookie_of(asked.request) is None
        and told("Sec-Fetch-Mode") == "navigate"
        and told("Sec-Fetch-Site") in ("cross-site", "same-site")
    )  # fmt: skip


def _form_of(request: Request) -> Mapping[str, str]:
    """The fields of a form, the first of each name.

    Raises
    ------
    RequestEntityTooLarge
        Where it has too many parts.
    """
    if request.mimetype == _FORM:
        # The parser counts the parts of the other kind of form only.
        body = request.get_data(cache=True)
        if body.count(b"&") >= MOST_PARTS:
            raise RequestEntityTooLarge
    return {**request.form.to_dict()}


def _told(asked: Asked, error: Exception) -> Response:
    """The page of a refusal or a failure."""
    if isinstance(error, HTTPException):
        status, sentence = HTTPStatus(error.code or 500), error.description or ""
    else:
        status, sentence = _status_of(error), str(error)
    response = asked.page("error.html.j2", status, status=status, sentence=sentence)
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = _RETRY_SECONDS
    if isinstance(error, HTTPException):
        for name, value in error.get_headers():
            if name not in ("Content-Type", "Content-Length"):
                response.headers.setdefault(name, value)
    return response


def _status_of(error: Exception) -> HTTPStatus:
    kinds: tuple[tuple[type[Exception], HTTPStatus], ...] = (
        (Conflict, HTTPStatus.CONFLICT), (Unknown, HTTPStatus.NOT_FOUND),
        (Refused, HTTPStatus.FORBIDDEN), (CasesBusy, HTTPStatus.SERVICE_UNAVAILABLE),
        (CasesFull, HTTPStatus.SERVICE_UNAVAILABLE),
    )  # fmt: skip
    found = next((status for kind, status in kinds if isinstance(error, kind)), None)
    return found or HTTPStatus.INTERNAL_SERVER_ERROR
