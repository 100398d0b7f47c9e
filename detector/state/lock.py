"""One writer at a time; readers keep what they read from being deleted."""

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


@contextmanager
def exclusive(path: Path, wait: float) -> Iterator[None]:
    """Hold the lock; the system frees it when the process ends, however it ends.

    Raises
    ------
    StateHeld
        Where another process still holds it after ``wait`` seconds.
    """
    handle = _open(path)
    try:
        until = time.monotonic() + wait
        while not _try(handle, fcntl.LOCK_EX):
            if time.monotonic() >= until:
                raise StateHeld(
                    f"{path.parent} is being written to by another process (waited "
                    f"{wait:g} s); try again when it has ended"
                )
            time.sleep(_POLL_SECONDS)
        yield
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
