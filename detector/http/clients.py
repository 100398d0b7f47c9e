"""The clients that are held, and until when each of them may stay."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections import Counter


class Clients:
    """Places for a number of clients; whose time is over is hung up on.

    A thread that waits for a client cannot be ended from outside, but its connection can: what it
    waits for then fails at once.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._until: dict[socket.socket, float | None] = {}
        self._homes: dict[socket.socket, str] = {}
        self._of: Counter[str] = Counter()
        self._guard = threading.Lock()

    def __len__(self) -> int:
        return len(self._until)

    def take(self, client: socket.socket, home: str, share: int, seconds: float) -> str | None:
        """Give a client a place for a time; why not, where there is none.

        ``places`` says that all are taken, ``address`` that those of its home are, of which
        there are ``share``.
        """
        with self._guard:
            if len(self._until) >= self._most:
                return "places"
            if self._of[home] >= share:
                return "address"
            self._until[client] = time.monotonic() + seconds
            self._homes[client] = home
            self._of[home] += 1
            return None

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
            home = self._homes.pop(client, None)
            if home is not None:
                self._of[home] -= 1
                if not self._of[home]:
                    # A counter keeps what is at nought: every address that ever came.
                    del self._of[home]

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
