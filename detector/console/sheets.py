"""Pages with forms: drawn, and drawn again with what was typed where that was refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from detector.cases.errors import Conflict, Refused
from detector.cases.record.moments import text_of
from detector.cases.record.store import Writing
from detector.console.once import done, fresh_key
from detector.console.routes import Asked

#: A number in an address: whole, and one that the database can hold.
NUMBER: Final = "<int(max=999999999999999):number>"
_LONGEST: Final = 20_000
_FILE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}")

Again = Callable[[Asked, HTTPStatus, str], Response]


def sheet(
    asked: Asked, template: str, status: HTTPStatus = HTTPStatus.OK, told: str = "", /,
    **given: Any,
) -> Response:  # fmt: skip
    """A page with forms; ``told`` is why nothing was stored, or what was."""
    return asked.page(
        template, status,
        **{"told": told, "typed": asked.form, "form_key": fresh_key(), "now": text_of(asked.now),
           "roles": asked.actor.roles, **given},
    )  # fmt: skip


def acted(asked: Asked, do: Callable[[Writing], str], again: Again) -> Response:
    """Do what a form asks and lead on; what is refused is told on the page itself."""
    try:
        return done(asked, do)
    except Conflict as error:
        return again(asked, HTTPStatus.CONFLICT, f"Nothing was stored: {error}.")
    except Refused as error:
        return again(asked, HTTPStatus.FORBIDDEN, f"Nothing was stored: {error}.")


def text_in(asked: Asked, name: str) -> str:
    """What was typed in a field, its lines as lines.

    Raises
    ------
    Refused
        Where it is too long.
    """
    text = asked.given(name).replace("\r\n", "\n").strip()
    if len(text) > _LONGEST:
        raise Refused(f"at most {_LONGEST} characters")
    return text


def day_in(asked: Asked, name: str, of: str) -> datetime:
    """The day of a field, from its beginning; ``of`` says what it is the day of.

    Raises
    ------
    Refused
        Where it is none.
    """
    try:
        return datetime.strptime(asked.given(name), "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise Refused(f"say the day {of}, as 2026-03-02") from None


def number_of(asked: Asked, name: str, fallback: int | None = None) -> int | None:
    """A number of the address; ``fallback`` where there is none.

    Raises
    ------
    BadRequest
        Where it is something else.
    """
    text = asked.request.args.get(name, "")
    if text and not re.fullmatch(r"[0-9]{1,15}", text):
        raise BadRequest(f"{name} is a number")
    return int(text) if text else fallback


def attached(body: bytes, kind: str, name: str) -> Response:
    """A file to keep: never shown in the place of a page.

    Raises
    ------
    ValueError
        Where its name is not made of letters, digits, dots and dashes.
    """
    if not _FILE.fullmatch(name):
        raise ValueError(f"{name!r} is no name for a file")
    response = Response(body, mimetype=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
