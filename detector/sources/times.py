"""Moments that a caller gives, and times at which something cannot have happened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import polars as pl

from detector.errors import UsageError
from detector.sources.text import printable
from features.moments import moment

_FIRST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_AHEAD: Final = timedelta(days=400)
FAR_AHEAD: Final = (
    "rows are dated more than 400 days past this machine's clock: they are in quarantine until "
    "their time comes; check the dates of the export and the clock"
)
IMPLAUSIBLE: Final = (
    "is before 2000 or more than 400 days ahead (seconds read as milliseconds land in 1970)"
)


def as_moment(as_of: object) -> datetime | None:
    """An aware UTC time of what a notebook has; None stays None.

    Raises
    ------
    UsageError
        Where it is no time.
    """
    try:
        return None if as_of is None else moment(as_of)
    except ValueError as error:
        raise UsageError(printable(str(error), 300)) from None


def plausible(values: pl.Series, clock: datetime) -> pl.Series:
    """Null the times before 2000 or more than 400 days after the clock."""
    least, most = values.min(), values.max()
    last = clock + _AHEAD
    if not isinstance(least, datetime) or not isinstance(most, datetime):
        return values
    if least >= _FIRST and most <= last:
        return values
    kept = ((values >= _FIRST) & (values <= last)).fill_null(value=False)
    return values.zip_with(kept, pl.Series([None], dtype=values.dtype))


def due(ahead: pl.Series) -> datetime | None:
    """When the clock allows the first of some times that lie too far ahead of it."""
    first = ahead.min()
    return first - _AHEAD if isinstance(first, datetime) else None


def far_ahead(values: pl.Series, clock: datetime) -> pl.Series:
    """Which times lie more than 400 days after the clock."""
    return (values > clock + _AHEAD).fill_null(value=False)
