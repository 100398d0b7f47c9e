"""What a person sees of himself: his roles, and his password to change."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from werkzeug.wrappers import Response

from detector.cases.errors import Refused
from detector.cases.team import people, sessions
from detector.cases.team.entering import TooFast
from detector.console.routes import Asked, Route, to
from detector.console.security import set_cookie


def _me(asked: Asked) -> Response:
    return _drawn(asked)


def _change(asked: Asked) -> Response:
    me, given = asked.actor, asked.given("password")
    try:
        if not asked.house.entrance.fits(me.person, asked.given("old"), asked.client, asked.now):
            raise Refused("the password of before is another")
        if given != asked.given("again"):
            raise Refused("the new password was not typed the same twice")
        with asked.house.store.writing(asked.now) as tx:
            people.set_password(tx, me, me.person, given)
            session = sessions.begin(tx, me.person, asked.client)
    except TooFast as error:
        response = _drawn(asked, str(error), HTTPStatus.TOO_MANY_REQUESTS)
        response.headers["Retry-After"] = str(error.seconds)
        return response
    except Refused as error:
        return _drawn(asked, str(error), HTTPStatus.FORBIDDEN)
    response = to("/me")
    set_cookie(response, session.id)
    return response


def _drawn(asked: Asked, said: str = "", status: HTTPStatus = HTTPStatus.OK) -> Response:
    roles = [(role, people.ROLES[role]) for role in people.ROLES if role in asked.actor.roles]
    return asked.page("me.html.j2", status, said=said, roles=roles)


ROUTES: Final = (
    Route("/me", "me", _me, frozenset()),
    Route("/me/password", "change password", _change, frozenset(), "POST"),
)
