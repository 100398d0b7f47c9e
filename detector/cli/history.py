"""Who does something, and when, for the histories that commands write."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime


def now() -> str:
    """Return this second, in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def who() -> str:
    """Return the user's name on this machine."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no name for this user on this machine
        return "unknown"
