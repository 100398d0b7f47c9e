"""The published rules against stolen model keys (LLMjacking), re-implemented as a baseline.

After the public detection rules of Prowler, Elastic and Sysdig: reconnaissance of model
access, invocation logging switched off, the first use ever of a model service, and one
identity seen from many countries. Each rule that fires is one point.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import polars as pl

RECONNAISSANCE: Final = (
    "ListFoundationModels",
    "GetFoundationModelAvailability",
    "PutUseCaseForModelAccess",
)
LOGGING_OFF: Final = "DeleteModelInvocationLoggingConfiguration"
MANY_COUNTRIES: Final = 3
FIRST_USE_WINDOW: Final = timedelta(days=30)


def llmjacking_points(tables: Mapping[str, pl.LazyFrame], as_of: datetime) -> pl.DataFrame:
    """Count the rules that fire, 0 to 4, for each account with any event.

    Parameters
    ----------
    tables
        Normalised tables; without ``events`` nobody is named.
    as_of
        What is dated at or after it is left out.

    Returns
    -------
    pl.DataFrame
        ``account_id`` and ``points`` (Int64), sorted by account.
    """
    if "events" not in tables:
        return pl.DataFrame(schema={"account_id": pl.String, "points": pl.Int64})
    events = tables["events"].filter(pl.col("time") < as_of)
    rules = events.group_by("account_id").agg(
        pl.col("operation").is_in(RECONNAISSANCE).any().alias("recon"),
        (pl.col("operation") == LOGGING_OFF).any().alias("logging_off"),
        _late_first_use(as_of).alias("first_use"),
        (pl.col("src_country").drop_nulls().n_unique() >= MANY_COUNTRIES).alias("countries"),
    )
    points = pl.sum_horizontal(
        pl.col("recon", "logging_off", "first_use", "countries").cast(pl.Int64)
    )
    return rules.select("account_id", points.alias("points")).sort("account_id").collect()


def _late_first_use(as_of: datetime) -> pl.Expr:
    """The first model call is recent, in an account that was at work before."""
    first = pl.col("time").filter(pl.col("operation") == "InvokeModel").min()
    window = pl.lit(as_of - FIRST_USE_WINDOW)
    return ((first >= window) & (pl.col("time").min() < window)).fill_null(False)
