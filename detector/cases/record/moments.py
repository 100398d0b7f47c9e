"""Times as the folder of cases holds them: ISO 8601 text, UTC, microseconds, so text sorts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

_FORM: Final = "%Y-%m-%dT%H:%M:%S.%fZ"


def text_of(at: datetime) -> str:
    """A time as text; a naive one is UTC."""
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC).strftime(_FORM)


def time_of(text: str) -> datetime:
    """The time of a text that `text_of` made."""
    return datetime.strptime(text, _FORM).replace(tzinfo=UTC)


def later(text: str, by: timedelta) -> str:
    """The text of a time so much later."""
    return text_of(time_of(text) + by)
