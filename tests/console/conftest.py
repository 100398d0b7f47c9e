"""The reviewers' pages on a real port, over a small folder of cases, and a client with a cookie."""

from __future__ import annotations

import http.client
import json
import re
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from detector.cases.record.store import SYSTEM, Store
from detector.cases.team import people
from detector.exporter.server import MetricsServer

pytest.importorskip("werkzeug")

WORDS = "a horse in a battery"
NOW = datetime(2026, 4, 16, 9, 0, tzinfo=UTC)
FRESH = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate", "Origin": "null"}


class Clock:
    """A time that a test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def go(self, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)


@dataclass
class Got:
    """A reply."""

    status: int
    headers: Mapping[str, str]
    text: str

    def token(self) -> str:
        """The token of the page's first form."""
        found = re.search(r'name="form_token" value="([^"]*)"', self.text)
        assert found, self.text
        return found[1]


@dataclass
class Browser:
    """As much of a browser as a test needs: it keeps the cookie, and says where it is."""

    port: int
    headers: Mapping[str, str] = field(default_factory=lambda: FRESH)
    cookie: str | None = None
    last: Got | None = None

    def ask(self, method: str, path: str, body: bytes | None = None, **more: str) -> Got:
        sent = {**self.headers, **{name.replace("_", "-"): value for name, value in more.items()}}
        if self.cookie is not None:
            sent["Cookie"] = f"__Host-enduse={self.cookie}"
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            line.request(method, path, body, sent)
            reply = line.getresponse()
            got = Got(reply.status, dict(reply.headers.items()), reply.read().decode())
        finally:
            line.close()
        kept = re.match(r"__Host-enduse=([^;]*)", got.headers.get("Set-Cookie", ""))
        if kept:
            self.cookie = kept[1] or None
        self.last = got
        return got

    def get(self, path: str, **more: str) -> Got:
        return self.ask("GET", path, **more)

    def post(self, path: str, fields: Mapping[str, str], **more: str) -> Got:
        kind = {"Content_Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", path, urlencode(fields).encode(), **{**kind, **more})

    def login(self, name: str = "ann", password: str = WORDS, then: str = "/queue") -> Got:
        token = self.get("/login").token()
        fields = {"form_token": token, "name": name, "password": password, "next": then}
        return self.post("/login", fields)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def case_row(number: int, **changes: Any) -> dict[str, Any]:
    """A case as `new` ones are."""
    return {
        "case_id": f"C-{number:06}", "kind": "account", "queue": "proxy", "state": "new",
        "version": 1, "rank": number, "score": 0.5, "p_value": 0.001, "typology": "T01", "size": 1,
        "families": json.dumps(["F01"]), "brief": "tied by form text", "tie_kinds": "[]",
        "first_run": 1, "last_run": 1, "in_queue": 1, "due_at": "2026-04-20T09:00:00.000000Z",
        "opened_at": "2026-04-13T09:00:00.000000Z", "reopened": 0, "qa_drawn": 0, **changes,
    }  # fmt: skip


def put_cases(store: Store, *rows: Mapping[str, Any]) -> None:
    """Open these cases."""
    with store.writing(NOW) as tx:
        for row in rows:
            tx.record("case.opened", SYSTEM, "system", row["case_id"], put=[("cases", row)])


@contextmanager
def _cheap_passwords() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("detector.http.web._COST", 2**4)
        yield


@pytest.fixture(scope="module", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Passwords are hashed quickly: what is asked here is never how long a guess takes."""
    with _cheap_passwords():
        yield


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed folder with Ann, who reviews and leads, and Cora, who only changes people."""
    folder = tmp_path_factory.mktemp("made") / "cases"
    with _cheap_passwords(), Store.create(folder) as made, made.writing(NOW) as tx:
        people.add(tx, SYSTEM, "ann", ["reviewer", "lead"], WORDS)
        people.add(tx, SYSTEM, "cora", ["admin"], WORDS)
    return folder


@pytest.fixture
def store(made_once: Path, tmp_path: Path) -> Iterator[Store]:
    """A folder of one's own with Ann and Cora, and no case."""
    shutil.copytree(made_once, tmp_path / "cases")
    with Store(tmp_path / "cases") as held:
        yield held


@pytest.fixture
def serve(store: Store, clock: Clock) -> Iterator[Callable[[], int]]:
    """``serve()``: a port on which the pages stand beside metrics."""
    from detector.console import site_of

    with ExitStack() as ends:

        def start() -> int:
            site = site_of(store, clock=clock)
            server = ends.enter_context(
                MetricsServer("127.0.0.1:0", lambda: b"enduse_up 1\n", more=site)
            )
            thread = threading.Thread(target=server.serve_forever, args=(0.02,))
            thread.start()
            ends.callback(thread.join)
            ends.callback(server.shutdown)
            return server.server_port

        yield start


@pytest.fixture
def port(serve: Callable[[], int]) -> int:
    return serve()


@pytest.fixture
def browser(port: int) -> Browser:
    return Browser(port)


@pytest.fixture
def another(port: int) -> Callable[..., Browser]:
    """``another(headers)``: a second browser, which may lie about where it is."""
    return lambda headers=FRESH: Browser(port, headers)


@pytest.fixture
def open_cases(store: Store) -> Callable[..., None]:
    """``open_cases(*changes)``: a case for each, numbered from one."""

    def opened(*changes: Mapping[str, Any]) -> None:
        put_cases(store, *(case_row(n, **one) for n, one in enumerate(changes, 1)))

    return opened
