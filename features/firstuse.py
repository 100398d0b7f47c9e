"""When accounts were first active at all, and when the data begin."""

from __future__ import annotations

import polars as pl

from features.grouping import group
from features.rollups import Rollups
from features.shapes import DATING


def first_seen(rollups: Rollups) -> pl.DataFrame:
    """``account_id`` and ``first``: the first charge, event or model call of each account."""
    seen = pl.concat(rollups[name].select("account_id", "first") for name in DATING)
    return group(seen, ["account_id"], [pl.col("first").min()])


def since_start(seen: pl.DataFrame, days: int) -> pl.Expr:
    """A time so many days after the data begin; null where there are none.

    What happened before it may have happened earlier still, outside the data.
    """
    begin = pl.lit(seen["first"].min(), dtype=seen.schema["first"])
    return begin + pl.duration(days=days)
