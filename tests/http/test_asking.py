"""What is no request is refused in a plain sentence; what a page does wrong stays its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from http import HTTPStatus
from http.client import HTTPConnection
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.http import Bounds, Page, PageServer, Reply, Request, Web, text

Serve = Callable[..., PageServer]
Connect = Callable[[PageServer], Any]
POST = b"POST /echo HTTP/1.1\r\n"
REFUSED = [
    (b"GET /hello HTTP/1.1\r\nX: " + b"x" * 40_000 + b"\r\n\r\n", 431),
    (b"GET /hello HTTP/1.1\r\n" + b"X: y\r\n" * 90 + b"Y: " + b"y" * 33_000 + b"\r\n\r\n", 431),
    (b"GET /hello HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n", 431),
    (b"GET /" + b"x" * 40_000 + b" HTTP/1.1\r\n\r\n", 431),
    (b"GET /hello HTTP/9.0\r\n\r\n", 505),
    (b"GET /hello x y HTTP/1.1\r\n\r\n", 400),
    (b"\x16\x03\x01\x02\x00\x01 \xff \x00\r\n\r\n", 400),
    (b"GET /hello HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello", 413),
    (POST + b"Content-Length: 1048577\r\n\r\n", 413),
    (POST + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n", 413),
    (POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400),
    (POST + b"Content-Length: -5\r\n\r\n", 400),
    (POST + b"Content-Length: \xb2\r\n\r\n", 400),
    (POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
    (b"POST /hello HTTP/1.1\r\n\r\n", 405),
    (b"DELETE /echo HTTP/1.1\r\n\r\n", 405),
    (b"BREW /hello HTTP/1.1\r\n\r\n", 405),
    (b"GET /nothing HTTP/1.1\r\n\r\n", 404),
    (b"GET /hello HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
    (b"GET /hello HTTP/1.1\r\nHost: stranger.example\r\n\r\n", 421),
]
# What a page can say of itself, and what says that none was asked: each in one head.
SAID = [
    *((said, status, None) for said, status in REFUSED),
    (b"GET /hello HTTP/1.1\r\n\r\n", 200, None),
    (b"GET /hello HTTP/0.9\r\n\r\n", 200, None),
    (b"GET /hello\r\n\r\n", 200, None),
    (b"BREW /hello HTTP/0.9\r\n\r\n", 405, None),
    (b"GET /fails HTTP/1.1\r\n\r\n", 500, None),
    (b"POST /roomless HTTP/1.1\r\nContent-Length: 1048577\r\n\r\n", 500, None),
    (b"GET /busy HTTP/1.1\r\n\r\n", 503, None),
    (b"GET /hello HTTP/1.1\r\n\r\n", 401, Web(tokens=frozenset({"00" * 32}))),
    (b"GET /hello HTTP/1.1\r\nAuthorization: Basic YTpi\r\n\r\n", 429,
     Web(users={"a": "00:00"})),
]  # fmt: skip


@pytest.mark.parametrize(("said", "status"), REFUSED)
def test_what_is_no_request_is_refused(
    serve: Serve, client: Connect, said: bytes, status: int
) -> None:
    server = serve()
    asking = client(server)
    asking.say(said)
    reply = asking.said()
    assert reply.startswith(b"HTTP/1.0 %d " % status)
    head, _, body = reply.partition(b"\r\n\r\n")
    assert b"text/plain" in head
    assert body.count(b"\n") == 1
    assert b"<" not in body


def test_a_client_that_is_still_sending_sees_its_refusal(serve: Serve) -> None:
    def body() -> Iterator[bytes]:
        for _ in range(20):
            yield b"x" * 200_000
            time.sleep(0.02)

    server = serve()
    with closing(HTTPConnection("127.0.0.1", server.server_port, timeout=10)) as connection:
        connection.request("POST", "/echo", body(), {"Content-Length": "4000000"})
        assert connection.getresponse().status == 413


@pytest.mark.parametrize(
    "said",
    [b"GET /hello HTTP/1.1\r\nX: y", POST + b"Content-Length: 1", POST + b"Content-Length: 9\r\n"],
)
def test_a_head_that_breaks_off_is_no_request(serve: Serve, client: Connect, said: bytes) -> None:
    asking = client(serve())
    asking.say(said)
    asking.socket.shutdown(1)
    assert asking.said() == b""


def test_a_body_that_breaks_off_reaches_no_page(serve: Serve, client: Connect) -> None:
    asked: list[Request] = []
    page = Page(lambda request: (asked.append(request), text(HTTPStatus.OK, "x"))[1], ("POST",))
    asking = client(serve({"/echo": page}))
    asking.say(POST + b"Content-Length: 9\r\n\r\nhalf")
    asking.socket.shutdown(1)
    assert asking.said() == b""
    assert asked == []


def test_a_body_comes_to_its_page_whole(serve: Serve, client: Connect) -> None:
    asking = client(serve(bounds=Bounds(body_bytes=9)))
    asking.say(POST + b"Content-Length: 9\r\n\r\nten bytes!")
    assert asking.said().endswith(b"\r\n\r\nten bytes")


def test_a_head_request_gets_the_head_alone(serve: Serve, client: Connect) -> None:
    asking = client(serve())
    asking.say(b"HEAD /hello HTTP/1.1\r\n\r\n")
    reply = asking.said()
    assert b"Content-Length: 6\r\n" in reply
    assert reply.endswith(b"\r\n\r\n")


def fails(*_asked: Any) -> Any:
    raise FileNotFoundError("the run's folder")


def all_kinds(given: Web | None, *, spent: bool, serve: Serve) -> PageServer:
    busy = text(HTTPStatus.SERVICE_UNAVAILABLE, "busy")
    site = {
        "/hello": Page(lambda _request: text(HTTPStatus.OK, "hello")),
        "/echo": Page(lambda _request: text(HTTPStatus.OK, "hello"), methods=("POST",)),
        "/fails": Page(fails),
        "/roomless": Page(fails, ("POST",), room=fails),
        "/busy": Page(lambda _request: busy),
    }
    server = serve(site, given)
    while spent and server.gate.memory.of_all.take():
        pass
    return server


@pytest.mark.parametrize(("said", "status", "web"), SAID, ids=repr)
def test_every_reply_carries_the_security_headers(
    serve: Serve, client: Connect, said: bytes, status: int, web: Web | None
) -> None:
    asking = client(all_kinds(web, spent=status == 429, serve=serve))
    asking.say(said)
    head, end, _ = asking.said().decode().partition("\r\n\r\n")
    assert end
    line, *headers = head.split("\r\n")
    assert line.startswith(f"HTTP/1.0 {status} ")
    assert {
        "X-Content-Type-Options: nosniff",
        "Content-Security-Policy: default-src 'none'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'",
        "Referrer-Policy: no-referrer",
        "Cross-Origin-Opener-Policy: same-origin",
        "Cache-Control: no-store",
        "Server: enduse",
    } <= set(headers)


def test_a_page_can_have_headers_of_its_own_in_place_of_these(
    serve: Serve, client: Connect
) -> None:
    own = (
        ("content-security-policy", "default-src 'self'"),
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
    )
    page = Page(lambda _request: Reply(HTTPStatus.OK, "text/html", b"", own))
    asking = client(serve({"/hello": page}))
    asking.say(b"GET /hello HTTP/1.1\r\n\r\n")
    reply = asking.said().decode()
    assert reply.lower().count("content-security-policy:") == 1
    assert "default-src 'self'" in reply
    assert reply.count("Set-Cookie: ") == 2


@pytest.mark.parametrize("value", ["a\r\nSet-Cookie: b", "a\nb", "a\x00b", "ü"])
def test_no_header_can_begin_another(value: str) -> None:
    with pytest.raises(ValueError, match="printable ASCII"):
        Reply(HTTPStatus.OK, "text/plain", b"", (("Location", value),))
    with pytest.raises(ValueError, match="printable ASCII"):
        Reply(HTTPStatus.OK, value, b"")


def test_a_page_that_fails_says_so_and_the_journal_says_why(
    serve: Serve, client: Connect, caplog: Any
) -> None:
    def fails(request: Request) -> Reply:
        raise FileNotFoundError("\x1b[2J the run's folder")

    server = serve({"/accounts/": Page(fails)})
    asking = client(server)
    asking.say(b"GET /accounts/secret-name HTTP/1.1\r\n\r\n")
    assert asking.status() == 500
    (told,) = caplog.messages
    assert "/accounts/ failed: FileNotFoundError: \\x1b[2J the run's folder (test_asking" in told
    assert "secret-name" not in told


def test_who_is_not_known_is_not_told_which_pages_there_are(serve: Serve, client: Connect) -> None:
    server = serve(web=Web(tokens=frozenset({"00" * 32})))
    for said, status in (
        (b"GET /hello HTTP/1.1\r\n\r\n", 401),
        (b"GET /nothing HTTP/1.1\r\n\r\n", 401),
        (POST + b"Content-Length: 99999999\r\n\r\n", 401),
        (b"GET /open HTTP/1.1\r\n\r\n", 200),
    ):
        asking = client(server)
        asking.say(said)
        assert asking.status() == status


@pytest.fixture
def server(serve: Serve) -> PageServer:
    return serve(bounds=Bounds(request_seconds=2))


@given(said=st.binary(max_size=300) | st.text(max_size=100).map(lambda s: f"GET {s}".encode()))
def test_no_bytes_stop_the_server(server: PageServer, client: Connect, said: bytes) -> None:
    asking = client(server)
    asking.say(said + b"\r\n\r\n")
    asking.socket.shutdown(1)
    reply = asking.said()
    assert reply == b"" or reply[9:12] in (b"400", b"404", b"405", b"431", b"505")
