"""The pages asked without a port: a request of the house's server goes to them as it is."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from html import unescape
from typing import Any
from urllib.parse import urlencode

from detector import http
from detector.cases.record.store import Store
from detector.cases.team import sessions
from detector.cases.team.sessions import Session
from detector.console.app import Console

ENTRY = {"Sec-Fetch-Site": "same-origin", "Host": "localhost"}


@dataclass
class Got:
    """A reply, its headers by name."""

    status: int
    text: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def place(self) -> str:
        """Where it leads."""
        return self.headers.get("Location", "")

    @property
    def words(self) -> str:
        """What somebody reads, without the marks between."""
        return " ".join(unescape(re.sub(r"<[^>]*>", " ", self.text)).split())

    def field(self, name: str) -> str:
        """What a form of the page holds under a name."""
        found = re.search(rf'name="{re.escape(name)}" value="([^"]*)"', self.text)
        assert found, f"no {name} in {self.words}"
        return unescape(found[1])


@dataclass
class Someone:
    """A person at the pages; ``post`` sends a form once, as from a page that was just drawn."""

    console: Console
    session: Session | None
    sent: list[str] = field(default_factory=list)

    def get(self, path: str) -> Got:
        return self._ask("GET", path, None)

    def post(self, path: str, form: Mapping[str, str] | None = None) -> Got:
        token = "" if self.session is None else self.session.form_token
        self.sent.append(path)
        key = f"key-{len(self.sent)}-{id(self):x}"
        return self._ask("POST", path, {"form_token": token, "key": key, **(form or {})})

    def _ask(self, method: str, path: str, form: Mapping[str, str] | None) -> Got:
        headers, body = Message(), b""
        for name, value in ENTRY.items():
            headers[name] = value
        if form is not None:
            body = urlencode(form).encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Content-Length"] = str(len(body))
        if self.session is not None:
            headers["Cookie"] = f"__Host-enduse={self.session.id}"
        place, _, query = path.partition("?")
        asked = http.Request(
            method, place, query, headers, io.BytesIO(body), "127.0.0.1", secure=False
        )
        reply = self.console.answer(asked)
        text = reply.body.decode(errors="replace")
        return Got(int(reply.status), text, dict(reply.headers), reply.body)


def someone(store: Store, clock: Callable[[], Any], console: Console, name: str) -> Someone:
    """A person with a new session."""
    with store.writing(clock()) as tx:
        return Someone(console, sessions.begin(tx, name, "127.0.0.1"))
