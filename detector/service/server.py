"""The HTTP server: bounded in clients, in bytes and in time."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from detector.errors import UsageError
from detector.service.api import OPEN, Reply, Shown, answer
from detector.service.web import Gate, Web, listening_address

MOST_CLIENTS: Final = 512
CLIENT_SECONDS: Final = 15.0
IDLE_SECONDS: Final = 10.0
MOST_AT_WORK: Final = 4


class _Handler(BaseHTTPRequestHandler):
    timeout = IDLE_SECONDS
    server: LiveServer

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path not in OPEN and not self.server.gate.admits(self.headers.get("Authorization")):
            self._send(
                Reply(HTTPStatus.UNAUTHORIZED, "text/plain; charset=utf-8", b"who are you?\n"),
                ("WWW-Authenticate", 'Basic realm="enduse", charset="UTF-8"'),
            )
            return
        if path.startswith("/api/"):
            # Reading an account costs a scan: a crowd takes turns and leaves room for scrapes.
            with self.server.at_work:
                reply = answer(self.path, self.server.shown())
        else:
            reply = answer(self.path, self.server.shown())
        self._send(reply)

    do_HEAD = do_GET  # noqa: N815 - the name http.server looks for

    def _send(self, reply: Reply, *headers: tuple[str, str]) -> None:
        self.send_response(reply.status)
        for name, value in (
            ("Content-Type", reply.kind),
            ("Content-Length", str(len(reply.body))),
            ("X-Content-Type-Options", "nosniff"),
            ("Content-Security-Policy", "default-src 'none'"),
            ("Cache-Control", "no-store"),
            *headers,
        ):
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    def version_string(self) -> str:
        """Tell a stranger nothing about versions."""
        return "enduse"

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent: a scrape every few seconds is no news."""


class LiveServer(ThreadingHTTPServer):
    """Serves what ``shown`` returns.

    A client is held for 15 s at most, however slowly it speaks, and no more than 512 at a time.

    Raises
    ------
    UsageError
        If the address is taken, or open to others without authentication.
    """

    daemon_threads = True
    request_queue_size = 512

    def __init__(self, listen: str, web: Web, shown: Callable[[], Shown]) -> None:
        family, host, port = listening_address(listen, web)
        self.address_family = family
        self.shown = shown
        self.gate = Gate(web)
        self.at_work = threading.BoundedSemaphore(MOST_AT_WORK)
        self._tls = web.tls()
        self._clients: dict[socket.socket, float] = {}
        self._guard = threading.Lock()
        try:
            super().__init__((host, port), _Handler)
        except OSError as error:
            raise UsageError(f"cannot listen on {listen!r}: {error.strerror}") from error

    def use(self, web: Web) -> None:
        """Take a web configuration that was read again; clients at work keep the old one."""
        tls = web.tls()
        self._tls, self.gate = tls, Gate(web)

    def get_request(self) -> tuple[Any, Any]:
        """Accept a client; the handshake is made in its own thread."""
        client, address = self.socket.accept()
        if self._tls is not None:
            client = self._tls.wrap_socket(client, server_side=True, do_handshake_on_connect=False)
        return client, address

    def process_request(self, request: Any, client_address: Any) -> None:
        """Hand the client to a thread, or hang up when too many are held."""
        with self._guard:
            full = len(self._clients) >= MOST_CLIENTS
            if not full:
                self._clients[request] = time.monotonic()
        if full:
            self.shutdown_request(request)
        else:
            super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve one client and free its place."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._guard:
                self._clients.pop(request, None)

    def service_actions(self) -> None:
        """Hang up on clients that have been here too long."""
        now = time.monotonic()
        with self._guard:
            slow = [c for c, since in self._clients.items() if now - since > CLIENT_SECONDS]
        for client in slow:
            _hang_up(client)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is its own business; nothing of it is logged."""

    def server_bind(self) -> None:
        """Bind without the reverse name look-up of the base class, which may block."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]


def _hang_up(client: socket.socket) -> None:
    try:
        socket.socket.shutdown(client, socket.SHUT_RDWR)
    except (OSError, ssl.SSLError):
        return
