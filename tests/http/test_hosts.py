"""A stranger's name that leads to our address opens nothing (DNS rebinding)."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.errors import UsageError
from detector.http import Page, PageServer, Web, read_web, text
from detector.http.hosts import Hosts, host_of

Serve = Callable[..., PageServer]
Connect = Callable[[PageServer], Any]
TOKENS = frozenset({"00" * 32})

OURS = [
    "localhost", "localhost:80", "LocalHost:9464", "localhost.", "localhost.:1", "localhost:",
    "127.0.0.1", "127.0.0.1:65535", "127.9.8.7", "[::1]", "[::1]:8443", "[0:0:0:0:0:0:0:1]:1",
    "[::ffff:127.0.0.1]:9464", " localhost ", "\tlocalhost",
]  # fmt: skip
STRANGE = [
    "stranger.example", "stranger.example:9464", "localhost.stranger.example", "foo.localhost",
    "localhost.localdomain", "127.0.0.1.stranger.example", "192.0.2.1", "0.0.0.0", "0.0.0.0:9464",
    "[::]", "[2001:db8::1]:80", "[::ffff:192.0.2.1]", "2130706433", "127.1", "0177.0.0.1",
    "0x7f.0.0.1", "a_b", "xn--lcalhost-yua", "a" * 253,
]  # fmt: skip
NONE = [
    "", " ", "localhost:99999", "localhost:port", "localhost:-1", "localhost:80:80", "::1", "[::1",
    "::1]", "[localhost]", "[::1]x", "[fe80::1%25eth0]", "me@localhost", "localhost/", "localhost#",
    "localhost, stranger.example", "local host", "localhost\\@x", "http://localhost", "-a", ".",
    "*", "a" * 300, "localhost:" + "9" * 4000, "l\xf6calhost", "localhost\x00", "localhost:\xb2",
]  # fmt: skip


def asked(client: Connect, server: PageServer, *hosts: str, path: str = "/hello") -> bytes:
    asking = client(server)
    lines = "".join(f"Host: {host}\r\n" for host in hosts)
    asking.say(f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode("latin-1"))
    reply: bytes = asking.said()
    return reply


@pytest.mark.parametrize(
    ("hosts", "status"), [(OURS, b"200"), (STRANGE, b"421"), (NONE, b"400")], ids=str
)
def test_on_loopback_only_its_own_names_are_answered_to(
    serve: Serve, client: Connect, hosts: list[str], status: bytes
) -> None:
    server = serve()
    for host in hosts:
        assert asked(client, server, host)[9:12] == status, host
    assert server.counts.refusals.read()["host"] == (len(hosts) if status == b"421" else 0)


def test_two_hosts_are_none_and_none_is_no_browser(serve: Serve, client: Connect) -> None:
    server = serve()
    assert asked(client, server, "localhost", "localhost").startswith(b"HTTP/1.0 400")
    assert asked(client, server, "localhost", "stranger.example").startswith(b"HTTP/1.0 400")
    assert asked(client, server).startswith(b"HTTP/1.0 200")


def test_pages_that_ask_nobody_who_he_is_are_no_exception(serve: Serve, client: Connect) -> None:
    asked_of: list[str] = []

    def console(request: Any) -> Any:
        asked_of.append(request.path)
        return text(HTTPStatus.OK, "x")

    server = serve({"/": Page(console, ("GET", "POST"), open=True)}, web=Web(tokens=TOKENS))
    reply = asked(client, server, "stranger.example", path="/login")
    assert reply.startswith(b"HTTP/1.0 421")
    assert b"[network]" in reply
    assert b"stranger" not in reply
    assert asked_of == []


def test_names_of_the_configuration_are_answered_to_on_any_port(
    serve: Serve, client: Connect, tmp_path: Path
) -> None:
    config = tmp_path / "web.toml"
    config.write_text(
        '[network]\nnames = ["Enduse.example.com:443", "[2001:db8::7]", "192.0.2.7"]\n'
    )
    server = serve(web=read_web(config))
    for host in (
        "enduse.example.com",
        "ENDUSE.EXAMPLE.COM.:8443",
        "[2001:DB8:0::7]:1",
        "192.0.2.7",
    ):
        assert asked(client, server, host).startswith(b"HTTP/1.0 200"), host
    for host in ("example.com", "x.enduse.example.com", "192.0.2.8"):
        assert asked(client, server, host).startswith(b"HTTP/1.0 421"), host
    server.use(Web(names=frozenset({"later.example"})))
    assert asked(client, server, "later.example").startswith(b"HTTP/1.0 200")
    assert asked(client, server, "enduse.example.com").startswith(b"HTTP/1.0 421")


def test_elsewhere_names_are_looked_at_where_some_are_given() -> None:
    for names, passes in ((frozenset(), True), (frozenset({"enduse.example"}), False)):
        with PageServer("0.0.0.0:0", {}, Web(tokens=TOKENS, names=names)) as server:
            assert server.hosts.admits("stranger.example", "192.0.2.1") is passes
            assert server.hosts.admits("192.0.2.9", "192.0.2.1") is passes
            # Its own address, as a probe of the cluster asks for it, and a tunnel's.
            for own in ("192.0.2.1", "localhost", "127.0.0.1", "enduse.example"):
                assert server.hosts.admits(own, "::ffff:192.0.2.1"), own


@pytest.mark.parametrize(
    "line",
    [
        'names = ["http://x"]', 'names = [""]', 'names = "x"', "names = [3]", 'names = ["*.x"]',
        'proxies = ["10.0.0.1/8"]', 'proxies = ["proxy.example"]', 'proxies = "10.0.0.1"',
        "name = []", "proxies = 3",
    ],
)  # fmt: skip
def test_a_network_that_is_wrong_is_refused_in_one_sentence(line: str, tmp_path: Path) -> None:
    (tmp_path / "web.toml").write_text(f"[network]\n{line}\n")
    with pytest.raises(UsageError, match=r"expected|list of texts"):
        read_web(tmp_path / "web.toml")


@given(st.text(max_size=40) | st.binary(max_size=40).map(lambda b: b.decode("latin-1")))
def test_no_text_becomes_a_name_of_ours(value: str) -> None:
    found = host_of(value)
    if found is not None:
        assert found.isascii()
        assert found.isprintable()
        ours = Hosts(frozenset(), asked=True).admits(found, "192.0.2.1")
        assert not ours or found in ("localhost", "::1", "192.0.2.1") or found.startswith("127.")
