"""Templates of letters, for counsel's gate: what stands in them, and whether it may be used."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from werkzeug.wrappers import Response

from detector.cases.contact.letters import approve_template, approved_templates
from detector.cases.contact.templating import FIELDS
from detector.cases.errors import Conflict, Unknown
from detector.cases.record.store import Writing
from detector.console.pages.letters import READ, templates_of
from detector.console.routes import Asked, Route
from detector.console.sheets import acted, sheet

_PLACE: Final = "/letters/templates"


def _list(asked: Asked) -> Response:
    held = templates_of(asked)
    with asked.house.store.reading() as connection:
        said = approved_templates(connection)
    rows = [
        {"kind": kind, "language": language, "digest": held.digest(kind, language),
         "said": said.get(held.digest(kind, language))}
        for kind, language in held.all()
    ]  # fmt: skip
    return sheet(asked, "lettertemplates.html.j2", rows=rows)


def _one(asked: Asked) -> Response:
    return _shown(asked)


def _shown(asked: Asked, status: HTTPStatus = HTTPStatus.OK, told: str = "") -> Response:
    held, kind, language = templates_of(asked), asked.parts["kind"], asked.parts["language"]
    if (kind, language) not in held.all():
        raise Unknown(f"there is no template {kind!r} in {language!r}")
    digest = held.digest(kind, language)
    with asked.house.store.reading() as connection:
        said = approved_templates(connection).get(digest)
    return sheet(
        asked, "lettertemplate.html.j2", status, told, kind=kind, language=language,
        digest=digest, said=said, source=held.source(kind, language), fields=FIELDS[kind],
    )  # fmt: skip


def _approve(asked: Asked) -> Response:
    held, kind, language = templates_of(asked), asked.parts["kind"], asked.parts["language"]
    if (kind, language) not in held.all():
        raise Unknown(f"there is no template {kind!r} in {language!r}")

    def approve(tx: Writing) -> str:
        if held.digest(kind, language) != asked.given("digest"):
            raise Conflict("the template is not what you looked at; read it again", {})
        approve_template(tx, asked.actor, kind, language, held)
        return _PLACE

    return acted(asked, approve, _shown)


ROUTES: Final = (
    Route(_PLACE, "templates", _list, READ),
    Route(f"{_PLACE}/<kind>/<language>", "template", _one, READ),
    Route(f"{_PLACE}/<kind>/<language>", "approve template", _approve, frozenset({"counsel"}),
          "POST"),
)  # fmt: skip
