"""Who asks, of which version of a case, and with which body."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import (
    BadRequest,
    PreconditionRequired,
    RequestEntityTooLarge,
    Unauthorized,
    UnsupportedMediaType,
)
from werkzeug.wrappers import Request

from detector import http
from detector.cases.deciding import repeated
from detector.cases.deciding.importfile import MOST_BYTES
from detector.cases.record.store import Actor, Store
from detector.cases.team import sessions
from detector.cases.team.tokens import actor_of_token
from detector.console.api.schema import Schema, checked, from_text
from detector.console.api.table import CSV
from detector.console.routes import JSON
from detector.console.security import cookie_of
from detector.http.pages import READING

_TAG: Final = re.compile(r'"([0-9]{1,15})"|([0-9]{1,15})')
_KEY: Final = re.compile(rf"[\x21-\x7e]{{1,{repeated.LONGEST}}}")
_BEARER: Final = re.compile(r"(?i:bearer) +([A-Za-z0-9_-]{1,128})")


def actor_of(request: Request, store: Store, now: datetime) -> Actor:
    """Who asks: by a token; whoever only reads, by his session too.

    Raises
    ------
    Unauthorized
        Where nobody is told, or the token or session is void.
    """
    given = request.headers.get("Authorization")
    if given is not None:
        return actor_with(given, store, now)
    cookie = cookie_of(request)
    if cookie is None or request.method not in READING:
        raise _nobody("send a token: Authorization: Bearer TOKEN; see: enduse cases token issue")
    with store.reading() as connection:
        session = sessions.session_of(connection, cookie, now)
    if session is None:
        raise _nobody("your session is over; log in again, or send a token")
    return session.actor


def actor_with(given: str, store: Store, now: datetime) -> Actor:
    """Whose token an ``Authorization`` holds.

    Raises
    ------
    Unauthorized
        Where it is no token that opens something now.
    """
    found = _BEARER.fullmatch(given)
    actor = None
    if found is not None:
        with store.reading() as connection:
            actor = actor_of_token(connection, found[1], now)
    if actor is None:
        raise _nobody("this token opens nothing: it ended, was revoked, or is none of these cases")
    return actor


def _nobody(sentence: str) -> Unauthorized:
    return Unauthorized(sentence, www_authenticate=WWWAuthenticate("bearer"))


def query_of(request: Request, schemas: Mapping[str, Schema]) -> dict[str, Any]:
    """The parameters of a query, each once.

    Raises
    ------
    BadRequest
        Where there is another, or one is not what it should be.
    """
    found: dict[str, Any] = {}
    for name, values in request.args.lists():
        if name not in schemas:
            takes = ", ".join(schemas) or "none"
            raise BadRequest(f"there is no parameter {name[:40]!r}; there are {takes}")
        if len(values) != 1:
            raise BadRequest(f"{name} is given once")
        found[name] = from_text(schemas[name], values[0], name)
    return found


def version_of(request: Request) -> int:
    """The version of a case that somebody looked at.

    Raises
    ------
    PreconditionRequired
        Where he does not say.
    """
    given = request.headers.get("If-Match")
    if given is None:
        raise PreconditionRequired(
            "send If-Match with the version of the case that you looked at (its ETag)"
        )
    found = _TAG.fullmatch(given)
    if found is None:
        raise BadRequest('If-Match is to be the version of the case, as "7"')
    return int(found[1] or found[2])


def key_of(request: Request) -> str | None:
    """The key by which a request that is sent again is known; None where it has none."""
    given = request.headers.get("Idempotency-Key")
    if given is not None and not _KEY.fullmatch(given):
        raise BadRequest(
            f"Idempotency-Key is to be 1 to {repeated.LONGEST} printable characters without spaces"
        )
    return given


def json_of(request: Request, schema: Schema) -> dict[str, Any]:
    """The body of a request that sends JSON.

    Raises
    ------
    BadRequest
        Where it is no JSON, or not what it should be.
    """
    raw = _body(request, JSON, http.BOUNDS.body_bytes)
    try:
        value = json.loads(
            raw.decode("utf-8"), object_pairs_hook=_fields, parse_constant=_refuse_constant
        )
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"the body is no JSON that is taken: {str(error)[:100]}") from error
    found: dict[str, Any] = checked(schema, value, "the body")
    return found


def file_of(request: Request) -> bytes:
    """The body of a request that sends a file of decisions."""
    return _body(request, CSV, MOST_BYTES)


def _body(request: Request, kind: str, most: int) -> bytes:
    if request.mimetype != kind:
        raise UnsupportedMediaType(f"send Content-Type: {kind}")
    if (request.content_length or 0) > most:
        raise RequestEntityTooLarge
    return request.get_data(cache=True)


def _fields(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in an object")
    return found


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")
