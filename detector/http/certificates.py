"""Certificates that are renewed under a service: seen when their files change."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from detector.http.web import Web

_LOOK_SECONDS: Final = 1.0

Mark = tuple[int, ...] | None


class Certificates:
    """Tells when the files of a certificate are others than those in use, and lie still.

    Certificate and key are two files, and no tool replaces both at once: what differs from look to
    look is still being written.
    """

    def __init__(self, web: Web, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._next = float("-inf")
        self.used(web)

    def used(self, web: Web) -> None:
        """Remember the files as they stand as those in use."""
        self._used = self._seen = _marks(web)

    def renewed(self, web: Web) -> bool:
        """Whether other files are to be taken; each state of the files is told once."""
        if web.certificate is None or self._clock() < self._next:
            return False
        self._next = self._clock() + _LOOK_SECONDS
        before, self._seen = self._seen, _marks(web)
        if self._seen == self._used or self._seen != before:
            return False
        self._used = self._seen
        return True


def _marks(web: Web) -> tuple[Mark, ...]:
    return tuple(_mark(path) for path in (web.certificate, web.key) if path is not None)


def _mark(path: Path) -> Mark:
    """What changes with a file, or with the link to it; None where there is none."""
    try:
        held = path.stat()
    except OSError:
        return None
    return held.st_dev, held.st_ino, held.st_size, held.st_mtime_ns, held.st_ctime_ns
