"""Owners of accounts, rolled up: how many, and how much of each account they are known to hold."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import polars as pl

from features.catalogue import Catalogue
from features.shape import INT, TEXT, Shape
from features.types import DECIMAL, Parts

SHAPE: Final = Shape(
    keys={"account_id": TEXT}, sums={"owners": INT, "seen": DECIMAL}, firsts=(), lasts=()
)


def owners(rows: pl.DataFrame, _as_of: datetime, _catalogue: Catalogue) -> Parts:
    """Present owners and the least shares that they hold; an unknown share is none."""
    present = rows.filter(pl.col("until").is_null())
    counted = present.select(
        "account_id",
        owners=pl.lit(1, dtype=pl.Int64),
        seen=pl.col("share_min").cast(DECIMAL).fill_null(0),
    )
    return {"owners": SHAPE.add_up(counted)}
