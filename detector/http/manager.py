"""What a service manager (systemd) is told: ready, reading again, ending, how it does, alive.

One datagram to the socket that ``NOTIFY_SOCKET`` names, as sd_notify(3) says; without that
variable nobody is told anything.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final, Self

from detector.terminal import safe_text

_LOG: Final = logging.getLogger(__name__)
_SENTENCE: Final = 300
_MICROSECONDS: Final = 1_000_000
# A beat that comes late must not look like none.
_BEATS: Final = 3
_SEND_SECONDS: Final = 0.5
_STATUS_SECONDS: Final = 1.0


class Manager:
    """Tells a service manager how the service does.

    Parameters
    ----------
    address
        Path of its socket, or ``@name`` of an abstract one; None tells nobody.
    watchdog
        Seconds without a beat after which it ends the service; None: it asks for no beats.
    """

    def __init__(
        self, address: str | None = None, watchdog: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._address, self._clock = address, clock
        self._every = None if watchdog is None else watchdog / _BEATS
        self._beaten = self._asked = float("-inf")
        self._status = ""
        self._lost = False

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        """The one that started this process, if one did."""
        address, pid = environ.get("NOTIFY_SOCKET"), environ.get("WATCHDOG_PID")
        microseconds = environ.get("WATCHDOG_USEC", "")
        asked = microseconds.isascii() and microseconds.isdigit() and int(microseconds) > 0
        # The watchdog of whoever started us is not ours.
        ours = asked and pid in (None, "", str(os.getpid()))
        return cls(address or None, int(microseconds) / _MICROSECONDS if ours else None)

    def ready(self) -> None:
        """Connections are accepted, with the configuration as it now stands."""
        self._tell("READY=1")

    @contextmanager
    def reading_again(self) -> Iterator[None]:
        """The configuration is read again for the time of a block."""
        now = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._tell("RELOADING=1", f"MONOTONIC_USEC={now}")
        try:
            yield
        finally:
            self.ready()

    def stopping(self) -> None:
        """The service ends."""
        self._tell("STOPPING=1")

    def alive(self, status: Callable[[], str]) -> None:
        """Beat if it is time, and say how the service does if that has changed."""
        now = self._clock()
        if self._every is not None and now - self._beaten >= self._every:
            self._beaten = now
            self._tell("WATCHDOG=1")
        if now - self._asked >= _STATUS_SECONDS:
            self._asked = now
            said = safe_text(status(), limit=_SENTENCE)
            if said and said != self._status:
                self._status = said
                self._tell(f"STATUS={said}")

    def _tell(self, *lines: str) -> None:
        if self._address is None:
            return
        # A name that begins with @ is one of the kernel's, in no folder.
        place = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.settimeout(_SEND_SECONDS)
                sender.sendto("\n".join(lines).encode(), place)
        except OSError as error:
            if not self._lost:
                _LOG.warning(
                    "the service manager cannot be told: %s", safe_text(error),
                    extra={"event": "manager_lost"},
                )  # fmt: skip
            self._lost = True
        else:
            self._lost = False
