"""The one rule of what was known at as-of: what is dated at or after it is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from features.types import UTC_TIME


@dataclass(frozen=True)
class Known:
    """What of a table was known at a time.

    Parameters
    ----------
    since
        Column that dates a row: a row dated at or after as-of is absent. Rows without a date
        were always known. None: all rows are known.
    clipped
        Ends of what goes on: a later one becomes as-of.
    dated
        Columns by the column that dates them: null where that lies at or after as-of. A value
        without a date stays.
    """

    since: str | None = None
    clipped: tuple[str, ...] = ()
    dated: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __call__(self, frame: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
        """The frame as it was known at ``as_of``."""
        now = pl.lit(as_of).cast(UTC_TIME)
        begun = self._begun(frame, now)
        facts = [
            pl.when((pl.col(date) >= now).fill_null(value=False))
            .then(None)
            .otherwise(pl.col(column))
            .alias(column)
            for date, columns in self.dated.items()
            for column in columns
        ]
        ends = [pl.min_horizontal(end, now).alias(end) for end in self.clipped]
        return begun.with_columns(*facts, *ends) if facts or ends else begun

    def _begun(self, frame: pl.DataFrame, now: pl.Expr) -> pl.DataFrame:
        """Rows dated before now. Mostly these are all, which is told without a copy."""
        if self.since is None:
            return frame
        date = pl.col(self.since).cast(UTC_TIME)
        if frame.select((date < now).all()).item():
            return frame
        return frame.filter(date.is_null() | (date < now))
