"""What reading one file may cost the process that reads it; past that the kernel ends the process.

Nothing here asks Python, or a library, to notice: a pattern that does not end holds the
interpreter, and a decoder that asks for too much memory holds nothing else.
"""

from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_SECONDS: Final = 10.0
_SECONDS_A_MEGABYTE: Final = 10.0
_WAITING: Final = 10.0
"""Seconds that may pass for one second at work: a busy machine, a slow disk, a network."""
_BYTES: Final = 4 << 30
_BYTES_A_BYTE: Final = 4
_MEGABYTE: Final = 1 << 20
_STATM: Final = Path("/proc/self/statm")
_DATA: Final = 5


def seconds_for(size: int) -> float:
    """Seconds of work that a file of this size may take.

    >>> seconds_for(0), seconds_for(2 << 20)
    (10.0, 30.0)
    """
    return _SECONDS + _SECONDS_A_MEGABYTE * size / _MEGABYTE


@contextmanager
def limited(size: int) -> Iterator[None]:
    """Bound the work, the time and the memory of a block that reads a file of this size.

    Work past ``seconds_for`` ends the process by SIGPROF, ten times that long by SIGALRM. What
    asks for memory past 4 GiB and four times the size is refused it: Python raises, a library
    may end the process by SIGABRT.
    """
    seconds = seconds_for(size)
    before = resource.getrlimit(resource.RLIMIT_DATA)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, seconds * _WAITING)
    resource.setrlimit(resource.RLIMIT_DATA, (_bound(size, before), before[1]))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        resource.setrlimit(resource.RLIMIT_DATA, before)


def _bound(size: int, before: tuple[int, int]) -> int:
    """The soft limit of private memory; as it was where the system does not tell what is held."""
    try:
        held = int(_STATM.read_text().split()[_DATA]) * resource.getpagesize()
    except (OSError, ValueError, IndexError):
        return before[0]
    wanted = held + _BYTES + _BYTES_A_BYTE * size
    unbound = resource.RLIM_INFINITY
    return min((limit for limit in (wanted, *before) if limit != unbound), default=unbound)
