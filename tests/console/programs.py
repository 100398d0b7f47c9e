"""A program that asks the API in a person's name."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from detector.cases.record.store import SYSTEM, Store
from detector.cases.team import tokens

V1 = "/api/v1"
NOW = datetime(2026, 4, 16, 9, 0, tzinfo=UTC)


@dataclass
class Reply:
    """A reply."""

    status: int
    headers: Mapping[str, str]
    text: str


@dataclass
class Program:
    """A client with a token and no cookie."""

    port: int
    headers: Mapping[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: bytes | None = None, **more: str) -> Reply:
        """Ask; names of headers are given with ``_`` for ``-``."""
        sent = {**self.headers, **{name.replace("_", "-"): value for name, value in more.items()}}
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            line.request(method, path, body, sent)
            reply = line.getresponse()
            return Reply(reply.status, dict(reply.headers.items()), reply.read().decode())
        finally:
            line.close()

    def get(self, path: str) -> Reply:
        """What an endpoint answers."""
        return self.ask("GET", f"{V1}{path}")

    def read(self, path: str) -> Any:
        """What an endpoint says, which is to be said well."""
        got = self.get(path)
        assert got.status == 200, got.text
        return json.loads(got.text)

    def send(self, path: str, body: Any = None, version: int | None = None, **more: str) -> Reply:
        """Post JSON to an endpoint."""
        if version is not None:
            more["If_Match"] = f'"{version}"'
        sent = json.dumps({} if body is None else body).encode()
        return self.ask("POST", f"{V1}{path}", sent, **{"Content_Type": "application/json", **more})


def token_of(store: Store, name: str, *roles: str) -> str:
    """A token of these roles, or of all that the person has."""
    with store.writing(NOW) as tx:
        return tokens.issue(tx, SYSTEM, name, roles, NOW + timedelta(days=30))


def program(port: int, store: Store, name: str, *roles: str) -> Program:
    """A program with such a token."""
    return Program(port, {"Authorization": f"Bearer {token_of(store, name, *roles)}"})
