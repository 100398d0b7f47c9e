"""Who may ask, over what, and where a server may listen."""

from __future__ import annotations

import base64
import hashlib
import os
import socket
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from detector.errors import UsageError
from detector.http import PageServer, Web, password_line, read_web
from detector.http.address import listening_address
from detector.http.gate import Gate

Serve = Callable[..., PageServer]
TOKEN = "a long random token"


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


@pytest.fixture
def closed() -> Web:
    token = hashlib.sha256(TOKEN.encode()).hexdigest()
    return Web(tokens=frozenset({token}), users={"prometheus": password_line("right")})


def test_only_those_who_are_known_may_pass(closed: Web) -> None:
    gate = Gate(closed)
    assert gate.admits(f"Bearer {TOKEN}")
    assert gate.admits(f"bearer  {TOKEN} ")
    assert gate.admits(basic("prometheus", "right"))
    assert gate.admits(basic("prometheus", "right"))
    for wrong in (
        None, "", "Bearer", "Bearer guess", basic("prometheus", "wrong"), basic("nobody", "right"),
        "Basic ???", "Basic /w==", f"Digest {TOKEN}",
    ):  # fmt: skip
        assert not gate.admits(wrong)
    assert Gate(Web()).admits(None)


def test_the_gate_stands_before_the_pages(serve: Serve, closed: Web) -> None:
    server = serve(web=closed)

    def status(path: str, authorization: str) -> int:
        url = f"http://127.0.0.1:{server.server_port}{path}"
        request = urllib.request.Request(url, headers={"Authorization": authorization})
        try:
            with urllib.request.urlopen(request, timeout=5) as reply:
                return int(reply.status)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code if error.headers["WWW-Authenticate"] else 0

    assert status("/hello", "") == 401
    assert status("/hello", f"Bearer {TOKEN}") == 200
    assert status("/hello", basic("prometheus", "wrong")) == 401
    assert status("/hello", basic("prometheus", "right")) == 200
    assert status("/open", "") == 200


def test_an_address_others_can_reach_needs_authentication(closed: Web) -> None:
    for listen in ("0.0.0.0:0", "[::]:0", "192.0.2.1:9464"):
        with pytest.raises(UsageError, match="--web-config"):
            PageServer(listen, {}, Web())
    PageServer("0.0.0.0:0", {}, closed).server_close()


@pytest.mark.parametrize("listen", ["9464", "127.0.0.1:99999", "127.0.0.1:http"])
def test_what_is_no_address_is_refused(listen: str) -> None:
    with pytest.raises(UsageError, match="cannot listen"):
        listening_address(listen, authenticates=True)


def test_a_reload_never_opens_an_address_to_everybody(closed: Web) -> None:
    with PageServer("0.0.0.0:0", {}, closed) as server:
        with pytest.raises(UsageError, match="no authentication"):
            server.use(Web())
        assert not server.gate.admits(None)


def test_a_reload_that_fails_leaves_what_was(closed: Web, tmp_path: Path) -> None:
    with PageServer("127.0.0.1:0", {}, closed) as server:
        with pytest.raises(UsageError, match="cannot be used"):
            server.use(Web(certificate=tmp_path / "none", key=tmp_path / "none"))
        assert not server.gate.admits(None)
        server.use(Web())
        assert server.gate.admits(None)


def test_tls_is_spoken_where_a_certificate_is_given(
    serve: Serve, certificate: Path, tmp_path: Path
) -> None:
    config = tmp_path / "web.toml"
    config.write_text(
        f"[tls]\ncertificate = '{certificate}/cert.pem'\nkey = '{certificate}/key.pem'\n"
    )
    context = ssl.create_default_context(cafile=str(certificate / "cert.pem"))
    server = serve(web=read_web(config))
    with socket.create_connection(("127.0.0.1", server.server_port)):
        url = f"https://127.0.0.1:{server.server_port}/hello"
        with urllib.request.urlopen(url, context=context, timeout=5) as reply:
            assert reply.read() == b"hello\n"
    with pytest.raises(OSError, match=r"reset|closed|HTTP"):
        urllib.request.urlopen(url.replace("https", "http"), timeout=5)


_AT_A_TERMINAL = """
import os, sys
from pathlib import Path
from detector.http import Web
os.open(sys.argv[1], os.O_RDWR)  # the first terminal that a session opens is its own
Web(Path(sys.argv[2]) / "cert.pem", Path(sys.argv[2]) / "locked.pem").tls()
"""


def test_nobody_is_asked_for_the_password_of_a_key(certificate: Path) -> None:
    ours, theirs = os.openpty()
    words = [sys.executable, "-c", _AT_A_TERMINAL, os.ttyname(theirs), str(certificate)]
    done = subprocess.run(words, start_new_session=True, capture_output=True, text=True, timeout=20)
    os.close(ours)
    os.close(theirs)
    assert "the key without a password" in done.stderr


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
        ('[tls]\ncertificate="a\\u0000b"\nkey="x"\n', "cannot be used"),
    ],
)
def test_a_web_configuration_that_is_wrong_is_refused_in_one_sentence(
    text: str, sentence: str, tmp_path: Path
) -> None:
    (tmp_path / "web.toml").write_text(text)
    with pytest.raises(UsageError, match=sentence):
        read_web(tmp_path / "web.toml").tls()


def test_hashes_may_be_written_in_capitals(tmp_path: Path, closed: Any) -> None:
    (token,) = closed.tokens
    users = "".join(f"{n} = '{line.upper()}'\n" for n, line in closed.users.items())
    (tmp_path / "web.toml").write_text(
        f"[authentication]\nbearer_sha256 = ['{token.upper()}']\n[authentication.basic]\n{users}"
    )
    gate = Gate(read_web(tmp_path / "web.toml"))
    assert gate.admits(f"Bearer {TOKEN}")
    assert gate.admits(basic("prometheus", "right"))
