"""Times at which something cannot have happened: seconds read as milliseconds land in 1970."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import polars as pl

_FIRST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_AHEAD: Final = timedelta(days=400)
FAR_AHEAD: Final = (
    "rows are dated more than 400 days past this machine's clock: they are in quarantine until "
    "their time comes; check the dates of the export and the clock"
)
IMPLAUSIBLE: Final = (
    "is before 2000 or more than 400 days ahead (seconds read as milliseconds land in 1970)"
)


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
