"""A moment as a notebook gives it: ISO text, a date, a datetime, or pandas' and NumPy's."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any


def moment(value: object) -> datetime:
    """An aware UTC time: a date is its midnight, and what names no zone is UTC.

    Raises
    ------
    ValueError
        Where it is none.

    Examples
    --------
    >>> moment("2026-03-01T02:00+02:00")
    datetime.datetime(2026, 3, 1, 0, 0, tzinfo=datetime.timezone.utc)
    """
    found = _known(value)
    if found is None:
        raise ValueError(
            f"as_of is {str(value)[:60]!r} ({type(value).__name__}); expected an ISO 8601 time "
            "such as '2026-03-01T00:00:00Z', a date or a datetime (without a zone it is UTC)"
        )
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _known(value: object) -> datetime | None:
    """The time it says, or None."""
    known: Any = value
    if type(value).__module__.partition(".")[0] == "numpy" and hasattr(value, "astype"):
        known = _of_numpy(value)
    if hasattr(known, "to_pydatetime"):  # pandas; its NaT is a datetime of its own kind
        known = None if known != known else known.to_pydatetime(warn=False)
    if isinstance(known, str):
        try:
            return datetime.fromisoformat(known.strip())
        except ValueError:
            return None
    if isinstance(known, datetime):
        return known
    return datetime(known.year, known.month, known.day) if isinstance(known, date) else None


def _of_numpy(value: Any) -> object:
    """A NumPy time or text as Python's; None for another scalar."""
    if value.dtype.kind == "M":
        return value.astype("datetime64[us]").item()
    return str(value) if value.dtype.kind == "U" else None
