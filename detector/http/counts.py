"""What a server turned away, and how its configuration came anew: counted since it began."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

#: Why a client or a request was turned away: all places taken, those of its address taken, no
#: thread for it, a name that is none of this server.
REFUSALS: Final = ("places", "address", "thread", "host")
#: What was wrong with who asked: nothing was given, a token, a password, something else; or more
#: passwords were given than are looked at.
FAILURES: Final = ("missing", "token", "password", "other", "too_many")
#: What became of a web configuration that was read again, or of a certificate that was renewed.
RELOADS: Final = ("taken", "refused")


class Tally:
    """Counts by kind, from many threads; every kind is there from the start."""

    def __init__(self, kinds: tuple[str, ...]) -> None:
        self._counts = dict.fromkeys(kinds, 0)
        self._guard = threading.Lock()

    def add(self, kind: str) -> None:
        """Count one."""
        with self._guard:
            self._counts[kind] += 1

    def read(self) -> Mapping[str, int]:
        """The counts now."""
        with self._guard:
            return dict(self._counts)


@dataclass(frozen=True)
class Counts:
    """The counts of one server."""

    refusals: Tally = field(default_factory=lambda: Tally(REFUSALS))
    failures: Tally = field(default_factory=lambda: Tally(FAILURES))
    reloads: Tally = field(default_factory=lambda: Tally(RELOADS))
    certificates: Tally = field(default_factory=lambda: Tally(RELOADS))
