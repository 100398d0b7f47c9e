"""The server: bounded in clients, in bytes and in time. It knows no page of its own."""

from __future__ import annotations

import logging
import socket
import sys
import time
from http.server import ThreadingHTTPServer
from typing import Any, Final

from detector.errors import UsageError
from detector.http.address import (
    home_of,
    is_among,
    is_loopback,
    listening_address,
    refuse_strangers,
)
from detector.http.asking import Asking
from detector.http.bounds import BOUNDS, Bounds
from detector.http.clients import Clients
from detector.http.counts import Counts
from detector.http.gate import Gate
from detector.http.hosts import Hosts
from detector.http.kept import told_in_a_line
from detector.http.pace import Sparingly
from detector.http.pages import Site
from detector.http.web import Web

_LOG: Final = logging.getLogger(__name__)
_BREATH: Final = 0.05
_STRANGERS: Final = {
    "missing": "gave nothing to be known by", "token": "no token of ours",
    "password": "no name and password of ours", "other": "neither a token nor a password",
    "too_many": "too many passwords are tried; this one was not looked at",
}  # fmt: skip


class PageServer(ThreadingHTTPServer):
    """Serves the pages of a site, within bounds that no page and no client can widen.

    Parameters
    ----------
    listen
        HOST:PORT; port 0 takes a free one.
    site
        The pages, by path.
    web
        TLS, who may ask, and under which names.
    bounds
        What one client may cost.
    counts
        Where it is counted who was turned away.

    Raises
    ------
    UsageError
        If the address is taken, or open to others without authentication.
    """

    daemon_threads = True
    request_queue_size = 512

    def __init__(
        self, listen: str, site: Site, web: Web, bounds: Bounds = BOUNDS,
        counts: Counts | None = None,
    ) -> None:  # fmt: skip
        family, host, port = listening_address(listen, authenticates=web.authenticates)
        self.address_family = family
        self.site, self.bounds = site, bounds
        self.counts = counts or Counts()
        self.web = web
        self._tls, self._proxies, self.gate = web.tls(), web.proxies, Gate(web)
        self.hosts = _hosts(web, host)
        self._clients = Clients(bounds.clients)
        self._strangers, self._unserved = Sparingly(), Sparingly()
        try:
            super().__init__((host, port), Asking)
        except OSError as error:
            raise UsageError(f"cannot listen on {listen!r}: {error.strerror}") from error

    def use(self, web: Web) -> None:
        """Take a web configuration that was read again; clients at work keep the old one.

        Raises
        ------
        UsageError
            If it cannot be used at this address; the one before stays.
        """
        refuse_strangers(self.server_name, authenticates=web.authenticates)
        tls, hosts = web.tls(), _hosts(web, self.server_name)
        self.web, self._tls, self.hosts, self._proxies = web, tls, hosts, web.proxies
        self.gate = Gate(web, self.gate.memory)

    def payer(self, client: str) -> str | None:
        """The address that pays for what a client costs; None where it speaks for many."""
        return None if is_among(client, self._proxies) else home_of(client)

    def tell_stranger(self, client: str, kind: str) -> None:
        """Count, and tell now and then, that who asked is not known.

        Only his address is told: what he gave may be a secret with a slip in it.
        """
        self.counts.failures.add(kind)
        sentence = self._strangers.told(f"{client} was not let in ({_STRANGERS[kind]})")
        if sentence is not None:
            _LOG.warning("%s", sentence, extra={"event": "stranger"})

    def allow(self, client: socket.socket, seconds: float | None) -> None:
        """Count a client's time anew; None while it is the page that works."""
        self._clients.allow(client, seconds)

    def get_request(self) -> tuple[Any, Any]:
        """Accept a client; the handshake is made in its own thread."""
        try:
            client, address = self.socket.accept()
        except OSError:
            # No file is left to open: without a pause the loop would spin until there is one.
            time.sleep(_BREATH)
            raise
        if self._tls is not None:
            client = self._tls.wrap_socket(client, server_side=True, do_handshake_on_connect=False)
        return client, address

    def process_request(self, request: Any, client_address: Any) -> None:
        """Hand the client to a thread, or hang up when too many are held."""
        payer, bounds = self.payer(str(client_address[0])), self.bounds
        share = bounds.of_proxy if payer is None else bounds.of_one
        home = payer or str(client_address[0])
        full = self._clients.take(request, home, share, bounds.request_seconds)
        if full is not None:
            self.counts.refusals.add(full)
            self.shutdown_request(request)
            return
        handed = False
        try:
            super().process_request(request, client_address)
            handed = True
        finally:
            if not handed:
                # No thread could be started: nobody else will free the place.
                self._clients.leave(request)
                self.counts.refusals.add("thread")

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve one client and free its place."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._clients.leave(request)

    def service_actions(self) -> None:
        """Hang up on clients that have been here too long."""
        self._clients.hang_up_on_late()

    def server_close(self) -> None:
        """Stop listening, and let go of everybody."""
        super().server_close()
        self._clients.hang_up_on_all()

    def handle_error(self, _request: Any, _client_address: Any) -> None:
        """A client that hung up is its own business; all else is told."""
        error = sys.exception()
        if isinstance(error, OSError):
            return
        told = self._unserved.told(f"a client could not be served: {told_in_a_line(error)}")
        if told is not None:
            _LOG.error("%s", told, extra={"event": "client_unserved"})

    def server_bind(self) -> None:
        """Bind without the reverse name look-up of the base class, which may block."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]


def _hosts(web: Web, host: str) -> Hosts:
    return Hosts(web.names, asked=bool(web.names) or is_loopback(host))
