"""The clients that are held, and until when each of them may stay."""

from __future__ import annotations

import socket
import ssl
import threading
import time


class Clients:
    """Places for a number of clients; whose time is over is hung up on.

    A thread that waits for a client cannot be ended from outside, but its connection can: what it
    waits for then fails at once.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._until: dict[socket.socket, float | None] = {}
        self._guard = threading.Lock()

    def __len__(self) -> int:
        return len(self._until)

    def take(self, client: socket.socket, seconds: float) -> bool:
        """Give a client a place for a time; False where all are taken."""
        with self._guard:
            if len(self._until) >= self._most:
                return False
            self._until[client] = time.monotonic() + seconds
            return True

    def allow(self, client: socket.socket, seconds: float | None) -> None:
        """Count a client's time anew; None while it is the server that works."""
        until = None if seconds is None else time.monotonic() + seconds
        with self._guard:
            if client in self._until:
                self._until[client] = until

    def leave(self, client: socket.socket) -> None:
        """Free a client's place."""
        with self._guard:
            self._until.pop(client, None)

    def hang_up_on_late(self) -> None:
        """Hang up on those whose time is over."""
        now = time.monotonic()
        with self._guard:
            late = [c for c, until in self._until.items() if until is not None and until < now]
        for client in late:
            _hang_up(client)

    def hang_up_on_all(self) -> None:
        """Hang up on everybody: the server ends."""
        with self._guard:
            everybody = list(self._until)
        for client in everybody:
            _hang_up(client)


def _hang_up(client: socket.socket) -> None:
    try:
        # The plain socket's: a goodbye in TLS would wait for an answer.
        socket.socket.shutdown(client, socket.SHUT_RDWR)
    except (OSError, ssl.SSLError):
        return
