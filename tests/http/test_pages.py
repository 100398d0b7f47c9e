"""Where pages stand, and that another program's pages can be mounted without a new server."""

from __future__ import annotations

import base64
import hashlib
import ssl
import threading
import urllib.request
from collections.abc import Callable, Iterable
from email.message import Message
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.validate import validator

import pytest

from detector.http import Page, PageServer, Reply, Request, Web, in_turns, probes, text
from detector.http.pages import place_of

Serve = Callable[..., PageServer]
Connect = Callable[[PageServer], Any]
ASKED = Request("GET", "/", "", Message(), BytesIO(), "127.0.0.1", secure=False)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/a", "/a"), ("/a/", "/a/"), ("/a/x", "/a/"), ("/a/b/", "/a/b/"), ("/a/b/c/d", "/a/b/"),
        ("/a/b", "/a/"), ("/b", "/"), ("/", "/"), ("*", None), ("", None),
    ],
)  # fmt: skip
def test_the_nearest_page_above_a_path_stands_for_it(path: str, place: str | None) -> None:
    page = Page(lambda _request: text(HTTPStatus.OK, "x"))
    assert place_of(dict.fromkeys(("/", "/a", "/a/", "/a/b/"), page), path) == place


def test_probes_are_open_and_say_when_it_is_ready() -> None:
    ready = False
    pages = probes(lambda: ready, "not yet")
    assert all(page.open for page in pages.values())
    assert pages["/readyz"].answer(ASKED) == text(HTTPStatus.SERVICE_UNAVAILABLE, "not yet")
    ready = True
    assert pages["/readyz"].answer(ASKED) == text(HTTPStatus.OK, "ready")
    assert pages["/healthz"].answer(ASKED) == text(HTTPStatus.OK, "ok")


def test_a_crowd_takes_turns_and_is_sent_away_in_the_end() -> None:
    turns, busy = threading.Semaphore(1), text(HTTPStatus.SERVICE_UNAVAILABLE, "busy")

    def fails(_request: Request) -> Reply:
        raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        in_turns(fails, turns, 0.05, busy)(ASKED)
    page = in_turns(lambda _request: text(HTTPStatus.OK, "done"), turns, 0.05, busy)
    assert page(ASKED).status == HTTPStatus.OK
    with turns:
        assert page(ASKED) is busy


def mounted(app: Callable[..., Iterable[bytes]], under: str) -> Callable[[Request], Reply]:
    """A WSGI application as a page: all that a console would need of its own."""

    def answer(request: Request) -> Reply:
        environ = {
            "REQUEST_METHOD": request.method, "SCRIPT_NAME": under, "QUERY_STRING": request.query,
            "PATH_INFO": unquote_to_bytes(request.path.removeprefix(under)).decode("latin-1"),
            "SERVER_NAME": "localhost", "SERVER_PORT": "0", "SERVER_PROTOCOL": "HTTP/1.0",
            "REMOTE_ADDR": request.client, "wsgi.version": (1, 0), "wsgi.input": request.body,
            "wsgi.url_scheme": "https" if request.secure else "http",
            "wsgi.errors": ERRORS, "wsgi.multithread": True, "wsgi.multiprocess": False,
            "wsgi.run_once": False, "CONTENT_TYPE": request.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": request.headers.get("Content-Length", "0"),
            **{f"HTTP_{n.upper().replace('-', '_')}": v for n, v in request.headers.items()
               if n.lower() not in ("content-type", "content-length")},
        }  # fmt: skip
        told: list[Any] = []
        parts = app(environ, lambda status, headers, _error=None: told.extend((status, headers)))
        body = b"".join(parts)
        if hasattr(parts, "close"):
            parts.close()
        status, headers = HTTPStatus(int(told[0].split()[0])), told[1]
        kind = next(v for n, v in headers if n.lower() == "content-type")
        rest = [(n, v) for n, v in headers if n.lower() not in ("content-type", "content-length")]
        return Reply(status, kind, body, tuple(rest))

    return answer


class _Errors:
    def write(self, _said: str) -> None: ...
    def writelines(self, _said: list[str]) -> None: ...
    def flush(self) -> None: ...


ERRORS = _Errors()


@validator
def console(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    form = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    start("200 OK", [("Content-Type", "text/plain"), ("Set-Cookie", "session=1; Secure")])
    said = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']} {environ['wsgi.url_scheme']} "
    return [said.encode(), form]


def test_a_wsgi_application_can_be_mounted_with_its_forms(serve: Serve, certificate: Path) -> None:
    page = Page(mounted(console, "/console"), ("GET", "HEAD", "POST"), open=True)
    token = hashlib.sha256(b"t").hexdigest()
    web = Web(certificate / "cert.pem", certificate / "key.pem", frozenset({token}))
    server = serve({"/console/": page}, web=web)
    context = ssl.create_default_context(cafile=str(certificate / "cert.pem"))
    request = urllib.request.Request(
        f"https://127.0.0.1:{server.server_port}/console/cases/C%2f1?x=1", data=b"outcome=cleared"
    )
    with urllib.request.urlopen(request, context=context, timeout=5) as reply:
        assert reply.read() == b"POST /cases/C/1 https outcome=cleared"
        assert reply.headers["Set-Cookie"] == "session=1; Secure"


def test_a_page_is_told_who_asks_and_how(serve: Serve, client: Connect) -> None:
    asked: list[Request] = []

    def page(request: Request) -> Reply:
        asked.append(request)
        return text(HTTPStatus.OK, "x")

    asking = client(serve({"/a/": Page(page)}))
    words = base64.b64encode(b"a:b").decode()
    asking.say(f"GET /a/%41?b=%20 HTTP/1.1\r\nauthorization: Basic {words}\r\n\r\n".encode())
    assert asking.status() == 200
    (request,) = asked
    assert (request.method, request.path, request.query) == ("GET", "/a/%41", "b=%20")
    assert (request.client, request.secure) == ("127.0.0.1", False)
    assert request.headers.get("Authorization") == f"Basic {words}"
