"""The lock between processes that write, and what SQLite says of it and of the disk."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from detector.cases.errors import CasesBusy, CasesFull, DamagedCases

LOCK: Final = ".writer"
WAIT_SECONDS: Final = 5.0
_PAUSE: Final = 0.002
BUSY: Final = (
    "another process writes to the cases for longer than five seconds; nothing was done, try again"
)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold the writer's lock of a folder that need not be open.

    Raises
    ------
    CasesBusy
        Where another process writes.
    """
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        take_lock(handle)
        yield
    finally:
        os.close(handle)


def take_lock(handle: int) -> None:
    """Take the lock of an open file, or say that another process has it.

    Raises
    ------
    CasesBusy
        Where it is not free within five seconds.
    """
    end = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > end:
                raise CasesBusy(BUSY) from error
            time.sleep(_PAUSE)
        else:
            return


@contextmanager
def told(folder: Path) -> Iterator[None]:
    """Turn what SQLite says into a sentence."""
    try:
        yield
    except sqlite3.OperationalError as error:
        code = getattr(error, "sqlite_errorname", "")
        if code.startswith(("SQLITEBUSY", "SQLITE_LOCKED")):
            raise CasesBusy(BUSY) from error
        if code.startswith(("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY")):
            raise CasesFull(
                f"the cases in '{folder}' could not be written ({error}); nothing was done. Free "
                "space or mend the disk; what is there can be read"
            ) from error
        raise DamagedCases(f"the cases in '{folder}' cannot be used: {error}") from error
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.IntegrityError):
            raise
        raise DamagedCases(
            f"the cases in '{folder}' are damaged ({error}); see: enduse cases verify, and "
            "restore a backup"
        ) from error
