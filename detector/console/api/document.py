"""The OpenAPI document, written from the table of endpoints."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from detector import __version__
from detector.cases.deciding.repeated import LONGEST
from detector.console.api.problems import KIND
from detector.console.api.schema import Schema, text
from detector.console.api.table import CSV, Endpoint
from detector.console.routes import JSON

PLACE: Final = "/api/v1/openapi.json"
_PART: Final = re.compile(r"<([a-z0-9_]+)>")
_ALWAYS: Final = {
    "400": "Not what this document says", "401": "Nobody, or a token that ended",
    "403": "Not in your roles, or not possible now", "404": "There is none",
    "503": "Busy; ask again after Retry-After seconds",
}  # fmt: skip
_SENT: Final = {
    "413": "Too large", "415": "Of another type", "422": "The key was used for another request",
}  # fmt: skip
_OF_CASE: Final = {
    "409": "The case changed; `now` says how it is", "428": "No If-Match was sent",
}  # fmt: skip


def document(endpoints: Iterable[Endpoint]) -> dict[str, Any]:
    """The OpenAPI document of these endpoints."""
    paths: dict[str, dict[str, Any]] = {}
    for one in endpoints:
        path = _PART.sub(r"{\1}", one.path)
        paths.setdefault(path, {})[one.method.lower()] = _operation(one)
    return {
        "openapi": "3.1.0",
        "info": {"title": "enduse cases", "version": __version__, "summary": _SUMMARY},
        "security": [{"bearer": []}],
        "paths": paths,
        "components": _components(),
    }


_SUMMARY: Final = "Cases, in a person's name: leads and decisions of people, never verdicts."


def _operation(one: Endpoint) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": f"{one.method.lower()} {one.name}".replace(" ", "_"),
        "summary": one.summary, "parameters": list(_parameters(one)), "responses": _replies(one),
    }  # fmt: skip
    if one.roles is None:
        return told | {"security": []}
    told["description"] = f"Roles: {', '.join(sorted(one.roles))}."
    if one.method == "GET":
        told["security"] = [{"bearer": []}, {"session": []}]
    else:
        told["requestBody"] = _body(one.body)
    return told


def _body(schema: Schema | None) -> dict[str, Any]:
    kind, held = (CSV, {"type": "string"}) if schema is None else (JSON, schema)
    return {"required": True, "content": {kind: {"schema": held}}}


def _parameters(one: Endpoint) -> Iterable[dict[str, Any]]:
    for name in _PART.findall(one.path):
        yield _parameter("path", name, text(256), needed=True)
    for name, schema in one.query.items():
        yield _parameter("query", name, schema)
    if one.of_case:
        tag = {"type": "string", "pattern": '^("[0-9]{1,15}"|[0-9]{1,15})$'}
        yield _parameter("header", "If-Match", tag, needed=True)
    if one.method == "POST":
        key = {"type": "string", "pattern": f"^[!-~]{{1,{LONGEST}}}$"}
        yield _parameter("header", "Idempotency-Key", key)


def _parameter(where: str, name: str, schema: Schema, *, needed: bool = False) -> dict[str, Any]:
    return {"name": name, "in": where, "required": needed, "schema": schema}


def _replies(one: Endpoint) -> dict[str, Any]:
    done: dict[str, Any] = {
        "description": one.summary, "content": {JSON: {"schema": {"type": "object"}}},
    }  # fmt: skip
    if "case_id" in one.path and (one.of_case or one.path.endswith(">")):
        done["headers"] = {"ETag": {"schema": {"type": "string"}}}
    if one.roles is None:
        return {"200": done}
    refused = {
        **_ALWAYS, **(_SENT if one.method == "POST" else {}), **(_OF_CASE if one.of_case else {}),
    }  # fmt: skip
    return {"200": done, **{status: _problem(said) for status, said in sorted(refused.items())}}


def _problem(said: str) -> Mapping[str, Any]:
    return {
        "description": said,
        "content": {KIND: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def _components() -> dict[str, Any]:
    fields = {
        "status": {"type": "integer"}, "detail": {"type": "string"},
        "now": {"type": "object", "description": "Version, state and last events of the case"},
    }  # fmt: skip
    return {
        "schemas": {
            "Problem": {"type": "object", "properties": fields, "required": ["status", "detail"]}
        },
        "securitySchemes": {
            "bearer": {"type": "http", "scheme": "bearer"},
            "session": {"type": "apiKey", "in": "cookie", "name": "__Host-enduse"},
        },
    }
