"""A clock that goes on where the machine's goes back: sessions and leases end in their time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


class Steady:
    """A clock that is never behind what it, or the record, has told before.

    Parameters
    ----------
    least
        The last time that the record holds, if there is one: no event is earlier.
    clock
        The machine's clock, which somebody may set back.
    monotonic
        Seconds that nobody sets.
    """

    def __init__(
        self,
        least: datetime | None = None,
        clock: Callable[[], datetime] = now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock, self._monotonic = clock, monotonic
        self._told, self._at = least, monotonic()
        self._guard = threading.Lock()

    def __call__(self) -> datetime:
        """The machine's time, or what has gone by since a later one was told."""
        with self._guard:
            here, at = self._clock(), self._monotonic()
            if self._told is not None:
                here = max(here, self._told + timedelta(seconds=at - self._at))
            self._told, self._at = here, at
            return here
