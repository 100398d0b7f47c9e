"""Entering by name and password, at a pace at which nobody can guess."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from datetime import datetime, timedelta
from typing import Final

from detector.cases.errors import Refused
from detector.cases.record.store import Store
from detector.cases.team.people import password_fits
from detector.cases.team.sessions import Session, begin

_KEYS: Final = 10_000
_LENGTH: Final = 128


class TooFast(Refused):
    """Too many tries; ``seconds`` is how long to wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"too many tries to log in; wait {seconds} seconds")
        self.seconds = seconds


class Pace:
    """At most so many tries a minute for one name, and for one address.

    Names are counted whether or not there is such a person. What is counted is forgotten at the
    end of the process, and beyond 10,000 names or addresses, the oldest first.
    """

    def __init__(self, most: int = 5, within: timedelta = timedelta(minutes=1)) -> None:
        self._most, self._within = most, within
        self._tries: OrderedDict[tuple[str, str], deque[datetime]] = OrderedDict()
        self._guard = threading.Lock()

    def take(self, name: str, address: str, now: datetime) -> None:
        """Count a try.

        Raises
        ------
        TooFast
            Where it is one too many; it is not counted then.
        """
        keys = (("name", name[:_LENGTH].casefold()), ("address", address))
        with self._guard:
            held = [self._of(key, now) for key in keys]
            full = [tries[0] for tries in held if len(tries) >= self._most]
            if full:
                wait = max(full) + self._within - now
                raise TooFast(max(1, int(wait.total_seconds()) + 1))
            for tries in held:
                tries.append(now)

    def forgive(self, name: str) -> None:
        """Forget the tries of a name that was entered; those of the address stay counted."""
        with self._guard:
            self._tries.pop(("name", name[:_LENGTH].casefold()), None)

    def _of(self, key: tuple[str, str], now: datetime) -> deque[datetime]:
        tries = self._tries.setdefault(key, deque())
        self._tries.move_to_end(key)
        while tries and tries[0] <= now - self._within:
            tries.popleft()
        while len(self._tries) > _KEYS:
            self._tries.popitem(last=False)
        return tries


class Entrance:
    """Where people enter: one password is hashed at a time, whoever asks."""

    def __init__(self, store: Store, pace: Pace | None = None) -> None:
        self._store, self._pace = store, pace or Pace()
        self._one_at_a_time = threading.Lock()

    def enter(self, name: str, password: str, address: str, now: datetime) -> Session | None:
        """A new session, or None where name and password do not belong together.

        Raises
        ------
        TooFast
            Where there were too many tries; no password is looked at then.
        """
        if not self.fits(name, password, address, now):
            return None
        with self._store.writing(now) as tx:
            return begin(tx, name, address)

    def fits(self, name: str, password: str, address: str, now: datetime) -> bool:
        """Whether name and password belong together; each asking is a try.

        Raises
        ------
        TooFast
            Where there were too many; no password is looked at then.
        """
        self._pace.take(name, address, now)
        with self._one_at_a_time, self._store.reading() as connection:
            found = password_fits(connection, name, password)
        if found:
            self._pace.forgive(name)
        return found
