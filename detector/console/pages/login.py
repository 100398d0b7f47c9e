"""In and out: a new session at each login, none after a logout."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from werkzeug.wrappers import Response

from detector.cases.team import sessions
from detector.cases.team.entering import TooFast
from detector.console.drawing import front_of
from detector.console.routes import Asked, Route, own_place, to
from detector.console.security import (
    cookie_of,
    drop_cookie,
    fresh_id,
    set_cookie,
    token_before_login,
)

FRONT: Final = "/queue"
PLACE: Final = "/login"
_NO: Final = "Name and password do not belong together, or the person was deactivated."


def place_with(then: str) -> str:
    """The login page, which leads on to a place of ours."""
    return f"{PLACE}?next={quote(own_place(then), safe='/')}"


def _front(asked: Asked) -> Response:
    return to(FRONT if asked.session is None else front_of(asked.session.actor.roles))


def _form(asked: Asked) -> Response:
    if asked.session is not None:
        return _front(asked)
    return _drawn(asked, own_place(asked.request.args.get("next", FRONT)))


def _enter(asked: Asked) -> Response:
    name, then = asked.given("name"), own_place(asked.given("next"))
    try:
        session = asked.house.entrance.enter(name, asked.given("password"), asked.client, asked.now)
    except TooFast as error:
        said = f"Too many tries. Wait {error.seconds} seconds, then try again."
        response = _drawn(asked, then, said, name, HTTPStatus.TOO_MANY_REQUESTS)
        response.headers["Retry-After"] = str(error.seconds)
        return response
    if session is None:
        return _drawn(asked, then, _NO, name, HTTPStatus.FORBIDDEN)
    if asked.session is not None:
        # Who logs in over a session leaves the one before.
        with asked.house.store.writing(asked.now) as tx:
            sessions.end(tx, asked.session)
    response = to(front_of(session.actor.roles) if then in ("/", FRONT) else then)
    set_cookie(response, session.id)
    return response


def _leave(asked: Asked) -> Response:
    if asked.session is not None:
        with asked.house.store.writing(asked.now) as tx:
            sessions.end(tx, asked.session)
    response = to(PLACE)
    drop_cookie(response)
    return response


def _drawn(
    asked: Asked, then: str, said: str = "", name: str = "", status: HTTPStatus = HTTPStatus.OK
) -> Response:
    cookie = cookie_of(asked.request) or fresh_id()
    token = token_before_login(asked.house.secret, cookie)
    if asked.session is not None:
        token = asked.session.form_token
    response = asked.page(
        "login.html.j2", status, said=said, name=name[:64], then=then, form_token=token
    )
    if asked.session is None:
        set_cookie(response, cookie)
    return response


ROUTES: Final = (
    Route("/", "front", _front, None),
    Route(PLACE, "login", _form, None),
    Route(PLACE, "enter", _enter, None, "POST"),
    Route("/logout", "leave", _leave, frozenset(), "POST"),
)
