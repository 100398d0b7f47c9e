"""One writer at a time, one service for its life; readers keep what they read from deletion."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from detector.errors import StateHeld

_POLL_SECONDS: Final = 0.05
_SERVED: Final = (
    "taken in by another process, as a rule a running `enduse serve`: let files land in its inbox"
)


@contextmanager
def exclusive(path: Path, wait: float) -> Iterator[None]:
    """Hold the lock; the system frees it when the process ends, however it ends.

    Raises
    ------
    StateHeld
        Where another process still holds it after ``wait`` seconds.
    """
    busy = f"{path.parent} is being written to by another process"
    with _held(path, fcntl.LOCK_EX, wait, busy):
        yield


@contextmanager
def serving(path: Path, wait: float) -> Iterator[int]:
    """Hold a state for the life of a service: its handle, which a worker is to inherit.

    The lock lasts until the last process that has the handle ends: a worker that outlives its
    server keeps the next service out until it has ended too.

    Raises
    ------
    StateHeld
        Where another service, or an ingest, still holds it after ``wait`` seconds.
    """
    with _held(path, fcntl.LOCK_EX, wait, f"{path.parent} is {_SERVED}") as handle:
        yield handle


@contextmanager
def unserved(path: Path, wait: float) -> Iterator[None]:
    """Keep services away for a while; others that do the same are not kept away.

    Raises
    ------
    StateHeld
        Where a service still holds the state after ``wait`` seconds.
    """
    with _held(path, fcntl.LOCK_SH, wait, f"{path.parent} is {_SERVED}"):
        yield


@contextmanager
def _held(path: Path, kind: int, wait: float, busy: str) -> Iterator[int]:
    handle = _open(path)
    try:
        until = time.monotonic() + wait
        while not _try(handle, kind):
            if time.monotonic() >= until:
                raise StateHeld(f"{busy} (waited {wait:g} s); try again when it has ended")
            time.sleep(_POLL_SECONDS)
        yield handle
    finally:
        os.close(handle)


@contextmanager
def shared(path: Path) -> Iterator[None]:
    """Hold the lock together with other readers."""
    try:
        handle = _open(path)
    except OSError:
        # A state on a read-only medium has no writer to hold off.
        yield
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_SH)
        yield
    finally:
        os.close(handle)


@contextmanager
def exclusive_now(path: Path) -> Iterator[bool]:
    """Tell whether the lock was free, and hold it if so."""
    handle = _open(path)
    try:
        yield _try(handle, fcntl.LOCK_EX)
    finally:
        os.close(handle)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)


def _try(handle: int, kind: int) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
