"""What an endpoint is, and what its function is given."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from werkzeug.wrappers import Response

from detector.console.api.schema import Schema
from detector.console.routes import JSON, House

if TYPE_CHECKING:
    from detector.cases.record.store import Actor

CSV: Final = "text/csv"


@dataclass(frozen=True)
class Call:
    """One request, once it is known who asks and that it has the form it should.

    Attributes
    ----------
    parts, query, body
        Of the path, the query and the body, each as its schema says; ``raw`` is the body itself.
    version
        Of the case, as ``If-Match`` says; 0 where the endpoint asks for none.
    """

    house: House
    actor: Actor
    now: datetime
    parts: Mapping[str, str]
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    raw: bytes = b""
    version: int = 0
    key: str | None = None
    path: str = ""

    @property
    def case_id(self) -> str:
        """The case that the path names."""
        return self.parts["case_id"]


#: What an endpoint answers: a value of JSON, and the version of the case where it has one.
Answer = Callable[[Call], "Told"]


@dataclass(frozen=True)
class Told:
    """A reply: a value of JSON, and the version of the case that it is of."""

    value: Any
    version: int | None = None

    def response(self) -> Response:
        """The reply as it is sent."""
        return json_response(self.value, self.version)


def json_response(
    value: Any, version: int | None = None, status: HTTPStatus = HTTPStatus.OK, kind: str = JSON
) -> Response:
    """A value as JSON; its version as the tag that ``If-Match`` takes."""
    text = json.dumps(
        value, ensure_ascii=True, allow_nan=False, separators=(",", ":"), default=datetime.isoformat
    )
    response = Response(text, int(status), mimetype=kind)
    if version is not None:
        response.headers["ETag"] = f'"{version}"'
    return response


@dataclass(frozen=True)
class Endpoint:
    """An address for programs.

    Attributes
    ----------
    roles
        Who may ask; the cases themselves refuse more. None is for anybody at all.
    query
        Parameters of the query by name.
    body
        What a POST sends as JSON; None for a file of ``CSV``.
    of_case
        Whether it changes a case, and so takes ``If-Match``.
    costly
        Whether a crowd takes turns.
    """

    path: str
    name: str
    answer: Answer
    roles: frozenset[str] | None
    summary: str
    query: Mapping[str, Schema] = field(default_factory=dict)
    method: str = "GET"
    body: Schema | None = None
    of_case: bool = False
    costly: bool = False
