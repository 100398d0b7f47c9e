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
from detector.http.running import _read_again

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


TOKENS = f"[authentication]\nbearer_sha256 = ['{hashlib.sha256(TOKEN.encode()).hexdigest()}']\n"
REFUSED = {
    "it is gone": None,
    "it is empty": "",
    "nobody is asked": "[authentication]\nbearer_sha256 = []\n",
    "nobody is asked, in TLS": "[tls]\ncertificate = 'cert.pem'\nkey = 'key.pem'\n",
    "half of it is there": TOKENS[:-20],
    "not text": "\udcff",
    "an entry that nobody knows": f"{TOKENS}nonsense = 1\n",
    "a plain password": f"{TOKENS}[authentication.basic]\nme = 'plain'\n",
    "a number without end": f"{TOKENS}\n[network]\nnames = {'9' * 5000}\n",
    "nesting without end": f"{TOKENS}\n[network]\nnames = {'[' * 5000}\n",
    "no certificate there": f"{TOKENS}[tls]\ncertificate = 'none.pem'\nkey = 'key.pem'\n",
    "a certificate that is none": f"{TOKENS}[tls]\ncertificate = 'key.pem'\nkey = 'key.pem'\n",
    "the key of another": f"{TOKENS}[tls]\ncertificate = 'cert.pem'\nkey = 'other.pem'\n",
    "a key with a password": f"{TOKENS}[tls]\ncertificate = 'cert.pem'\nkey = 'locked.pem'\n",
    "no name": f"{TOKENS}[network]\nnames = ['http://x']\n",
    "no proxy": f"{TOKENS}[network]\nproxies = ['x']\n",
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_reload_refuses_what_a_start_refuses_and_keeps_what_was(
    kind: str, certificate: Path, tmp_path: Path, caplog: Any
) -> None:
    for name in ("cert.pem", "key.pem", "locked.pem", "other.pem"):
        (tmp_path / name).write_bytes((certificate / name).read_bytes())
    config, text = tmp_path / "web.toml", REFUSED[kind]
    config.write_text(f"{TOKENS}[tls]\ncertificate = 'cert.pem'\nkey = 'key.pem'\n")
    with PageServer("0.0.0.0:0", {}, read_web(config)) as server:
        before = (server.gate, server.hosts, server._tls, server._proxies)
        if text is None:
            config.unlink()
        else:
            config.write_bytes(text.encode("utf-8", "surrogateescape"))
        with pytest.raises(UsageError):
            PageServer("0.0.0.0:0", {}, read_web(config))
        _read_again(server, config)
        assert (server.gate, server.hosts, server._tls, server._proxies) == before
        assert not server.gate.admits(None)
        assert server.counts.reloads.read() == {"taken": 0, "refused": 1}
        (told,) = caplog.messages
        assert "the web configuration before stays: " in told
        config.write_text(f"{TOKENS}[network]\nnames = ['enduse.example']\n")
        _read_again(server, config)
        assert server.counts.reloads.read() == {"taken": 1, "refused": 1}
        assert server.gate.admits(f"Bearer {TOKEN}")
        assert server.hosts.names == {"enduse.example"}


def test_a_pipe_is_no_web_configuration(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "web.toml")
    with pytest.raises(UsageError, match="it is no file"):
        read_web(tmp_path / "web.toml")


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: Any) -> None:
    def refused(*_given: Any, **_named: Any) -> str:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "web.toml").write_text(TOKENS)
    monkeypatch.setattr(Path, "read_text", refused)
    with pytest.raises(UsageError, match=r"cannot be read: .*Permission denied"):
        read_web(tmp_path / "web.toml")


def test_on_loopback_a_reload_may_stop_asking(closed: Web) -> None:
    with PageServer("127.0.0.1:0", {}, closed) as server:
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
