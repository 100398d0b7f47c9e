"""What was not yet known at as-of is taken out of the facts."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from features.tables import TABLES


def known_by(frame: pl.DataFrame, table: str, as_of: datetime) -> pl.DataFrame:
    """Null, clip or drop facts dated at or after ``as_of`` (contract, section 1, Time).

    The rule is that of the table's record, which ``features.rollups.rollup`` applies as well.
    """
    return TABLES[table].known(frame, as_of)
