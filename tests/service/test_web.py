"""The pages of a service: their gate, their addresses and their description."""

from __future__ import annotations

import hashlib
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from detector.service import Web, openapi
from detector.service.api import Shown
from detector.service.server import LiveServer

PAGE = b"# HELP enduse_up x\n"
TOKEN = "a long random token"


@contextmanager
def serving(web: Web) -> Iterator[LiveServer]:
    server = LiveServer("127.0.0.1:0", web, lambda: Shown(PAGE, None))
    with server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def status(server: LiveServer, path: str, authorization: str | None = None) -> int:
    request = urllib.request.Request(f"http://127.0.0.1:{server.server_port}{path}")
    if authorization:
        request.add_header("Authorization", authorization)
    try:
        with urllib.request.urlopen(request, timeout=5) as reply:
            return int(reply.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def test_all_but_the_probes_ask_who_it_is() -> None:
    web = Web(tokens=frozenset({hashlib.sha256(TOKEN.encode()).hexdigest()}))
    with serving(web) as server:
        for path in (*openapi()["paths"], "/", "/nothing"):
            expected = {"/healthz": 200, "/readyz": 503}.get(path, 401)
            assert status(server, path) == expected, path
        assert status(server, "/metrics", f"Bearer {TOKEN}") == 200


ODD = [
    "/api/v1/accounts/%00%ff", "/%2e%2e/etc/passwd", "/?" + "a&" * 99, "//[",
    "/api/v1/queue?" + "&".join(f"a{n}=1" for n in range(99)),
]  # fmt: skip


@pytest.mark.parametrize("path", ODD)
def test_odd_paths_get_an_answer(path: str) -> None:
    with serving(Web()) as server:
        assert status(server, path) in (400, 404, 503)


def test_every_page_is_described() -> None:
    described = openapi()["paths"]
    with serving(Web()) as server:
        for path in described:
            told = str(status(server, path.replace("{id}", "x")))
            assert told in described[path]["get"]["responses"]
