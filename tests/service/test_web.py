"""Who may ask, over what, and how little a hostile client can hold."""

from __future__ import annotations

import base64
import hashlib
import shutil
import socket
import ssl
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from detector.errors import UsageError
from detector.service import Web, openapi, password_line, read_web
from detector.service import server as server_module
from detector.service.api import Shown, answer
from detector.service.server import LiveServer

PAGE = b"# HELP enduse_up x\n"
TOKEN = "a long random token"


@contextmanager
def serving(web: Web) -> Iterator[LiveServer]:
    with LiveServer("127.0.0.1:0", web, lambda: Shown(PAGE, None)) as server:
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


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


@pytest.fixture
def closed() -> Web:
    token = hashlib.sha256(TOKEN.encode()).hexdigest()
    return Web(tokens=frozenset({token}), users={"prometheus": password_line("right")})


def test_only_those_who_are_known_may_ask(closed: Web) -> None:
    with serving(closed) as server:
        assert status(server, "/metrics") == 401
        assert status(server, "/api/v1/queue") == 401
        assert status(server, "/metrics", f"Bearer {TOKEN}") == 200
        assert status(server, "/metrics", "Bearer guess") == 401
        assert status(server, "/metrics", basic("prometheus", "right")) == 200
        assert status(server, "/metrics", basic("prometheus", "right")) == 200
        assert status(server, "/metrics", basic("prometheus", "wrong")) == 401
        assert status(server, "/metrics", basic("nobody", "right")) == 401
        assert status(server, "/metrics", "Basic ???") == 401
        assert status(server, "/healthz") == 200
        assert status(server, "/readyz") == 503


def test_an_open_address_without_authentication_is_refused(closed: Web) -> None:
    with pytest.raises(UsageError, match="--web-config"):
        LiveServer("0.0.0.0:0", Web(), lambda: Shown(PAGE, None))
    LiveServer("0.0.0.0:0", closed, lambda: Shown(PAGE, None)).server_close()


def test_tls_is_spoken_where_a_certificate_is_given(tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate of this test")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-days", "1", "-subj",
         "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"],
        cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip
    (tmp_path / "web.toml").write_text('[tls]\ncertificate = "cert.pem"\nkey = "key.pem"\n')
    context = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
    with serving(read_web(tmp_path / "web.toml")) as server:
        silent = socket.create_connection(("127.0.0.1", server.server_port))
        url = f"https://127.0.0.1:{server.server_port}/metrics"
        with urllib.request.urlopen(url, context=context, timeout=5) as reply:
            assert reply.read() == PAGE
        silent.close()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[tls]\ncertificate='x'\n", "half of"),
        ("[authentication]\nbearer_sha256=['plain token']\n", "list of SHA-256"),
        ("[authentication.basic]\nme='plain'\n", "salt:scrypt"),
        ("[authentification]\n", "unknown entry"),
        ("tls = 3\n", "to be a table"),
        ("= nothing", "cannot be read"),
        ("[tls]\ncertificate='none.pem'\nkey='none.pem'\n", "cannot be used"),
    ],
)
def test_a_web_configuration_that_is_wrong_is_refused_in_one_sentence(
    text: str, sentence: str, tmp_path: Path
) -> None:
    (tmp_path / "web.toml").write_text(text)
    with pytest.raises(UsageError, match=sentence):
        read_web(tmp_path / "web.toml").tls()


def test_slow_clients_neither_stop_a_scrape_nor_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "CLIENT_SECONDS", 1.0)
    with serving(Web()) as server:
        slow = [socket.create_connection(("127.0.0.1", server.server_port)) for _ in range(200)]
        for client in slow:
            client.sendall(b"GET /metrics HTTP/1.1\r\nX")
        began = time.monotonic()
        assert status(server, "/metrics") == 200
        assert time.monotonic() - began < 1
        slow[0].settimeout(10)
        assert slow[0].recv(100) == b""
        for client in slow:
            client.close()


def test_more_clients_than_places_are_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "MOST_CLIENTS", 2)
    with serving(Web()) as server:
        held = [socket.create_connection(("127.0.0.1", server.server_port)) for _ in range(3)]
        held[2].settimeout(10)
        assert held[2].recv(100) == b""
        for client in held:
            client.close()


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
    for path in described:
        reply = answer(path.replace("{id}", "x"), Shown(PAGE, None))
        assert str(int(reply.status)) in described[path]["get"]["responses"]
