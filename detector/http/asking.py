"""One request, from its first byte to the last of its reply."""

from __future__ import annotations

import contextlib
import io
import logging
import socket
import ssl
from collections.abc import Iterator
from http import HTTPStatus
from http.client import LineTooLong
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from detector.http.gate import TooMany, scheme_of
from detector.http.hosts import host_of
from detector.http.kept import Kept, told_in_a_line
from detector.http.pages import READING, Page, Reply, Request, place_of, text

if TYPE_CHECKING:
    from detector.http.server import PageServer

_LOG: Final = logging.getLogger(__name__)
_WHO: Final = ("WWW-Authenticate", 'Basic realm="enduse", charset="UTF-8"')
_NOTHING_ELSE: Final = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = (
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", _NOTHING_ELSE),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
)
_RETRY: Final = ("Retry-After", "5")
_DIGITS: Final = 15
_FAILED: Final = "this page failed; the journal says why"
_OTHER_HOST: Final = (
    "this is not the name of this server; its names stand in [network] of the web configuration"
)
_LINGER_SECONDS: Final = 2.0
_LINGER_BYTES: Final = 8 * 1024 * 1024
_PART: Final = 64 * 1024


class Refused(Exception):
    """No page is asked; the client gets this instead."""

    def __init__(self, status: HTTPStatus, sentence: str, *headers: tuple[str, str]) -> None:
        super().__init__(sentence)
        self.reply = text(status, sentence, *headers)


class _Head(io.BufferedIOBase):
    """The lines of a head, up to so many bytes of all together."""

    def __init__(self, stream: io.BufferedIOBase, most: int) -> None:
        self._stream, self._left = stream, most
        self.last = b""

    def readline(self, _limit: int | None = -1, /) -> bytes:
        self.last = self._stream.readline(self._left + 1)
        self._left -= len(self.last)
        if self._left < 0:
            raise LineTooLong("head")
        return self.last


class Asking(BaseHTTPRequestHandler):
    """Reads a request within the bounds, asks its page, and sends the reply.

    One request a connection: the next one would begin with what this one left unread.
    """

    server: PageServer
    default_request_version = "HTTP/1.0"

    def setup(self) -> None:
        """Bound every wait for the client; what they come to together is bound by the server."""
        super().setup()
        self.connection.settimeout(self.server.bounds.request_seconds)

    def handle(self) -> None:
        """Answer one request, if there is one."""
        # A reply needs these, even to a request of which no line was read.
        self.command = self.requestline = ""
        self.request_version = self.default_request_version
        try:
            found = self._read()
        except Refused as refused:
            self._send(refused.reply)
            self._linger()
            return
        if found is not None:
            self.server.allow(self.request, None)
            reply = self._asked(*found)
            if reply.stranger is not None:
                self.server.tell_stranger(str(self.client_address[0]), reply.stranger)
            self._send(reply)

    def _read(self) -> tuple[str, Page, Request] | None:
        """The request and the page it is for; None where the client went away."""
        if not self._read_head():
            return None
        self._refuse_other_hosts()
        path, _, query = self.path.partition("?")
        place = place_of(self.server.site, path)
        page = None if place is None else self.server.site[place]
        if not (page and page.open):
            self._refuse_strangers()
        if place is None or page is None:
            raise Refused(HTTPStatus.NOT_FOUND, "there is no such page")
        if self.command not in page.methods:
            allowed = ("Allow", ", ".join(page.methods))
            raise Refused(HTTPStatus.METHOD_NOT_ALLOWED, "not by this method", allowed)
        body = self._read_body(path, page)
        if body is None:
            return None
        secure = isinstance(self.connection, ssl.SSLSocket)
        client = str(self.client_address[0])
        return place, page, Request(self.command, path, query, self.headers, body, client, secure)

    def _read_head(self) -> bool:
        stream = self.rfile
        head = _Head(stream, self.server.bounds.head_bytes)
        self.rfile = head
        try:
            self.raw_requestline = head.readline()
            whole = bool(self.raw_requestline) and self.parse_request()
        except LineTooLong:
            self.send_error(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        finally:
            self.rfile = stream
        # A head that breaks off may lack the very line that says how much is to come.
        return whole and head.last in (b"\r\n", b"\n")

    def _refuse_other_hosts(self) -> None:
        """Refuse a request for a name that is not ours; what is no browser may give none."""
        told = self.headers.get_all("Host", [])
        if not told:
            return
        host = host_of(told[0]) if len(told) == 1 else None
        if host is None:
            raise Refused(HTTPStatus.BAD_REQUEST, "Host is to be one name or address")
        if not self.server.hosts.admits(host, str(self.connection.getsockname()[0])):
            self.server.counts.refusals.add("host")
            raise Refused(HTTPStatus.MISDIRECTED_REQUEST, _OTHER_HOST)

    def _refuse_strangers(self) -> None:
        header, client = self.headers.get("Authorization"), str(self.client_address[0])
        try:
            if self.server.gate.admits(header, self.server.payer(client)):
                return
        except TooMany:
            self.server.tell_stranger(client, "too_many")
            raise Refused(
                HTTPStatus.TOO_MANY_REQUESTS, "too many passwords are tried; ask later", _RETRY
            ) from None
        self.server.tell_stranger(client, scheme_of(header))
        raise Refused(HTTPStatus.UNAUTHORIZED, "who are you?", _WHO)

    def _read_body(self, path: str, page: Page) -> BinaryIO | None:
        length, bounds = self._length(), self.server.bounds
        if length > (0 if self.command in READING else bounds.body_bytes):
            room = None if self.command in READING else self._room(path, page)
            if room is None or length > room:
                raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is too large")
            # A large body on a slow line is not cut either.
            self.server.allow(self.request, bounds.request_seconds + length / bounds.reply_rate)
        body = self.rfile.read(length)
        return io.BytesIO(body) if len(body) == length else None

    def _room(self, path: str, page: Page) -> int | None:
        if page.room is None:
            return None
        with Kept() as kept:
            return page.room(path, self.headers)
        _LOG.error(
            "a page could not say its room: %s", told_in_a_line(kept.error),
            extra={"event": "page_failed"},
        )  # fmt: skip
        raise Refused(HTTPStatus.INTERNAL_SERVER_ERROR, _FAILED)

    def _length(self) -> int:
        if "Transfer-Encoding" in self.headers:
            raise Refused(HTTPStatus.LENGTH_REQUIRED, "give the body's Content-Length")
        told = set(self.headers.get_all("Content-Length", ["0"]))
        length = told.pop()
        if told or not (length.isascii() and length.isdigit()):
            raise Refused(HTTPStatus.BAD_REQUEST, "Content-Length is to be one number")
        if len(length) > _DIGITS:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is too large")
        return int(length)

    def _asked(self, place: str, page: Page, request: Request) -> Reply:
        with Kept() as kept:
            return page.answer(request)
        # The place is ours; the rest of the path may name an account.
        _LOG.error(
            "the page %s failed: %s", place, told_in_a_line(kept.error),
            extra={"event": "page_failed"},
        )  # fmt: skip
        return text(HTTPStatus.INTERNAL_SERVER_ERROR, _FAILED)

    def _send(self, reply: Reply) -> None:
        seconds = self.server.bounds.seconds_of(reply.body)
        self.server.allow(self.request, seconds)
        self.connection.settimeout(seconds)
        # A client that says it is of 1991 would get the body without any header.
        self.request_version = self.default_request_version
        self.send_response(reply.status)
        for name, value in _headers(reply):
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    def _linger(self) -> None:
        """Take what a refused client still sends: hung up on, it might never see the reply."""
        self.server.allow(self.request, _LINGER_SECONDS)
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self.connection, socket.SHUT_WR)
            left = _LINGER_BYTES
            while left > 0 and (taken := socket.socket.recv(self.connection, _PART)):
                left -= len(taken)

    def send_error(
        self, code: int, _message: str | None = None, _explain: str | None = None
    ) -> None:
        """Refuse what the base class cannot read, in a plain sentence and without an echo."""
        raise Refused(HTTPStatus(code), HTTPStatus(code).phrase.lower())

    def version_string(self) -> str:
        """Tell a stranger nothing about versions."""
        return "enduse"

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent: a scrape every few seconds is no news."""


def _headers(reply: Reply) -> Iterator[tuple[str, str]]:
    own = {name.lower() for name, _ in reply.headers}
    yield "Content-Type", reply.kind
    yield "Content-Length", str(len(reply.body))
    for name, value in _HEADERS:
        if name.lower() not in own:
            yield name, value
    yield from reply.headers
