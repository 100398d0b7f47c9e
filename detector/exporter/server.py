"""A small HTTP server for one page of metrics and two probes."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from detector.config import split_address
from detector.errors import UsageError

_MOST_CONNECTIONS: Final = 512
_CLIENT_SECONDS: Final = 10.0
_TEXT: Final = "text/plain; charset=utf-8"

Page = Callable[[], bytes | None]


def loopback_address(listen: str) -> tuple[socket.AddressFamily, str, int]:
    """Resolve HOST:PORT to a loopback address.

    Raises
    ------
    UsageError
        If it is not HOST:PORT, cannot be resolved, or is reachable from other machines:
        this page has no authentication.
    """
    try:
        host, port = split_address(listen)
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (ValueError, OSError) as error:
        raise UsageError(f"cannot listen on {listen!r}: {error}") from error
    for _, _, _, _, address in found:
        if not ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback:
            raise UsageError(
                f"{listen!r} can be reached from other machines and this page has no "
                "authentication; listen on 127.0.0.1 and put a proxy that authenticates before it"
            )
    family, _, _, _, address = found[0]
    return family, str(address[0]), port


class _Handler(BaseHTTPRequestHandler):
    timeout = _CLIENT_SECONDS
    server: MetricsServer

    def do_GET(self) -> None:
        page = self.path.partition("?")[0]
        if page == "/metrics":
            self._reply_page(self.server.page(), CONTENT_TYPE_PLAIN_0_0_4)
        elif page == "/readyz":
            ready = None if self.server.page() is None else b"ready\n"
            self._reply_page(ready, _TEXT)
        elif page == "/healthz":
            self._reply(HTTPStatus.OK, b"ok\n", _TEXT)
        else:
            self._reply(HTTPStatus.NOT_FOUND, b"see /metrics, /healthz, /readyz\n", _TEXT)

    do_HEAD = do_GET  # noqa: N815 - the name http.server looks for

    def _reply_page(self, body: bytes | None, kind: str) -> None:
        if body is None:
            self._reply(HTTPStatus.SERVICE_UNAVAILABLE, b"no results yet\n", _TEXT)
        else:
            self._reply(HTTPStatus.OK, body, kind)

    def _reply(self, status: HTTPStatus, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def version_string(self) -> str:
        """Tell a stranger nothing about versions."""
        return "enduse"

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent: a scrape every few seconds is no news."""


class MetricsServer(ThreadingHTTPServer):
    """Serves what ``page`` returns; None means that nothing is ready.

    A client that is slow holds one thread for ten seconds at most, and no more than 512
    clients are held at a time.
    """

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, listen: str, page: Page) -> None:
        family, host, port = loopback_address(listen)
        self.address_family = family
        self.page = page
        self._slots = threading.BoundedSemaphore(_MOST_CONNECTIONS)
        try:
            super().__init__((host, port), _Handler)
        except OSError as error:
            raise UsageError(f"cannot listen on {listen!r}: {error.strerror}") from error

    def process_request(self, request: Any, client_address: Any) -> None:
        """Hand the client to a thread, or hang up when too many are held."""
        if self._slots.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve one client and free its slot."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._slots.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is its own business; nothing of it is logged."""

    def server_bind(self) -> None:
        """Bind without the reverse name look-up of the base class, which may block."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]
