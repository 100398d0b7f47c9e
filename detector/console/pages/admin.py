"""People, their roles and tokens, for whoever has the role admin; he judges and exports nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Final

from werkzeug.wrappers import Response

from detector.cases.deciding import repeated
from detector.cases.errors import Refused
from detector.cases.record.chain import sha256
from detector.cases.record.moments import text_of
from detector.cases.record.store import Writing
from detector.cases.team import people, tokens
from detector.console.forms import chosen
from detector.console.pages.case import number_in
from detector.console.routes import Asked, Route, to
from detector.console.sheets import acted, sheet, text_in

_ADMIN: Final = frozenset({"admin"})
_DAYS: Final = 90
PEOPLE: Final = "/admin"
TOKENS: Final = "/admin/tokens"


def _people(asked: Asked) -> Response:
    return _shown(asked)


def _shown(asked: Asked, status: HTTPStatus = HTTPStatus.OK, told: str = "") -> Response:
    with asked.house.store.reading() as connection:
        held = people.everybody(connection)
    return sheet(asked, "people.html.j2", status, told, people=held, all_roles=people.ROLES)


def _roles(asked: Asked) -> list[str]:
    return chosen(asked.form, "role.")


def _with_password(asked: Asked, do: Callable[[Writing], object]) -> Response:
    """Do what holds a password: such a form is never kept, not even as a hash."""
    try:
        if asked.given("password") != asked.given("again"):
            raise Refused("the password was not typed the same twice")
        with asked.house.store.writing(asked.now) as tx:
            do(tx)
    except Refused as error:
        return _shown(asked, HTTPStatus.FORBIDDEN, f"Nothing was done: {error}.")
    return to(PEOPLE)


def _add(asked: Asked) -> Response:
    name, password = asked.given("person").strip(), asked.given("password")
    return _with_password(asked, lambda tx: people.add(
        tx, asked.actor, name, _roles(asked), password or None
    ))  # fmt: skip


def _password(asked: Asked) -> Response:
    return _with_password(asked, lambda tx: people.set_password(
        tx, asked.actor, asked.given("person"), asked.given("password")
    ))  # fmt: skip


def _change(asked: Asked) -> Response:
    def change(tx: Writing) -> str:
        people.change_roles(tx, asked.actor, asked.given("person"), _roles(asked))
        return PEOPLE

    return acted(asked, change, _shown)


def _deactivate(asked: Asked) -> Response:
    def deactivate(tx: Writing) -> str:
        name = asked.given("person")
        if name == asked.actor.person:
            raise Refused("nobody takes himself out: another admin does, or the command line")
        people.deactivate(tx, asked.actor, name)
        return PEOPLE

    return acted(asked, deactivate, _shown)


def _tokens(asked: Asked) -> Response:
    return _tokens_shown(asked)


def _tokens_shown(
    asked: Asked, status: HTTPStatus = HTTPStatus.OK, told: str = "", made: str = ""
) -> Response:
    with asked.house.store.reading() as connection:
        held = tokens.every_token(connection)
        active = [one for one in people.everybody(connection) if one.active]
    at = text_of(asked.now)
    if "again" in asked.request.args:
        told = told or "That token was made before; it was shown once and cannot be shown again."
    return sheet(
        asked, "tokens.html.j2", status, told, made=made, days=_DAYS,
        held=[one for one in held if not one.revoked and one.until > at],
        people=[(one.name, one.name) for one in active], all_roles=people.ROLES,
        over=sum(one.revoked or one.until <= at for one in held),
    )  # fmt: skip


def _issue(asked: Asked) -> Response:
    """Make a token and show it on this one page; what is kept of the form does not hold it."""
    person, key = asked.actor.person, asked.given("key")
    given = [
        asked.given("person"),
        sorted(_roles(asked)),
        asked.given("days"),
        asked.given("label"),
    ]
    digest = sha256(f"{TOKENS} {given}")
    try:
        days = number_in(asked.form, "days") or 0
        with asked.house.store.writing(asked.now) as tx:
            if repeated.answered(tx, person, key, digest) is not None:
                return to(f"{TOKENS}?again=1")
            made = tokens.issue(
                tx, asked.actor, asked.given("person"), _roles(asked),
                asked.now + timedelta(days=min(days, 10_000)), text_in(asked, "label"),
            )  # fmt: skip
            repeated.keep(tx, person, key, digest, TOKENS)
    except Refused as error:
        return _tokens_shown(asked, HTTPStatus.FORBIDDEN, f"Nothing was made: {error}.")
    return _tokens_shown(asked, made=made)


def _revoke(asked: Asked) -> Response:
    def revoke(tx: Writing) -> str:
        tokens.revoke(tx, asked.actor, asked.given("token"))
        return TOKENS

    return acted(asked, revoke, _tokens_shown)


ROUTES: Final = (
    Route(PEOPLE, "people", _people, _ADMIN),
    Route("/admin/people/add", "add person", _add, _ADMIN, "POST"),
    Route("/admin/people/roles", "change roles", _change, _ADMIN, "POST"),
    Route("/admin/people/password", "set password", _password, _ADMIN, "POST"),
    Route("/admin/people/deactivate", "deactivate", _deactivate, _ADMIN, "POST"),
    Route(TOKENS, "tokens", _tokens, _ADMIN),
    Route(TOKENS, "issue token", _issue, _ADMIN, "POST"),
    Route(f"{TOKENS}/revoke", "revoke token", _revoke, _ADMIN, "POST"),
)
