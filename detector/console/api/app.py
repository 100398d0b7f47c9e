"""A request to its endpoint, and every refusal to a problem that says it."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from email.message import Message
from typing import Final

from werkzeug.exceptions import ServiceUnavailable
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from detector.cases.deciding.importfile import MOST_BYTES
from detector.cases.errors import Conflict
from detector.cases.record.store import Actor
from detector.console.api.asking import (
    actor_of,
    actor_with,
    file_of,
    json_of,
    key_of,
    query_of,
    version_of,
)
from detector.console.api.document import PLACE, document
from detector.console.api.doing import changes
from detector.console.api.endpoints import V1, endpoints
from detector.console.api.problems import TAKEN, problem
from detector.console.api.table import Call, Endpoint, Told
from detector.console.routes import House

#: Whoever asks at an endpoint that is open to anybody.
_NOBODY: Final = Actor("", frozenset())
_LARGE: Final = ("lead", "counsel")
_MOST_AT_WORK: Final = 2
_TURN_SECONDS: Final = 10.0


class Api:
    """All endpoints over one folder of cases."""

    def __init__(self, house: House) -> None:
        self._house = house
        described = Endpoint(PLACE, "openapi", self._described, None, "This document")
        self.endpoints = (*endpoints(), described)
        self._document = document(self.endpoints)
        self._by_name = {one.name: one for one in self.endpoints}
        self._map = Map(
            [Rule(one.path, endpoint=one.name, methods=[one.method]) for one in self.endpoints],
            strict_slashes=True, merge_slashes=False, redirect_defaults=False,
        )  # fmt: skip
        self._turns = threading.BoundedSemaphore(_MOST_AT_WORK)

    def answers(self, path: str) -> bool:
        """Whether a path is one of the API's, be there an endpoint or none."""
        return path.startswith(f"{V1}/")

    def answer(self, request: Request, now: datetime) -> Response:
        """Answer a request."""
        call: Call | None = None
        try:
            endpoint, call = self._called(request, now)
            return self._done(endpoint, call)
        except Conflict as error:
            return problem(error, None if call is None else changes(call))
        except TAKEN as error:
            return problem(error)

    def _called(self, request: Request, now: datetime) -> tuple[Endpoint, Call]:
        method = "GET" if request.method == "HEAD" else request.method
        name, parts = self._map.bind("", path_info=request.path).match(method=method)
        endpoint = self._by_name[name]
        call = Call(self._house, _NOBODY, now, parts, path=request.path)
        if endpoint.roles is None:
            return endpoint, call
        actor = actor_of(request, self._house.store, now)
        actor.acting_as(*sorted(endpoint.roles))
        call = replace(call, actor=actor, query=query_of(request, endpoint.query))
        return endpoint, _with_body(call, endpoint, request) if method == "POST" else call

    def _done(self, endpoint: Endpoint, call: Call) -> Response:
        with ExitStack() as ends:
            if endpoint.costly:
                if not self._turns.acquire(timeout=_TURN_SECONDS):
                    raise ServiceUnavailable("too many ask at once; ask again")
                ends.callback(self._turns.release)
            return endpoint.answer(call).response()

    def _described(self, _call: Call) -> Told:
        return Told(self._document)

    def room(self, path: str, headers: Message, now: datetime) -> int | None:
        """Bytes that a body may have beyond the bounds; None where the bounds say it.

        Only a file of decisions may be that large, of somebody whose token may bring one.
        """
        if path != f"{V1}/import":
            return None
        try:
            actor = actor_with(headers.get("Authorization") or "", self._house.store, now)
            actor.acting_as(*_LARGE)
        except TAKEN:
            return None
        return MOST_BYTES


def _with_body(call: Call, endpoint: Endpoint, request: Request) -> Call:
    if endpoint.of_case:
        call = replace(call, version=version_of(request))
    call = replace(call, key=key_of(request))
    if endpoint.body is None:
        return replace(call, raw=file_of(request))
    return replace(call, body=json_of(request, endpoint.body), raw=request.get_data(cache=True))
