"""Peer groups from behaviour: workload, scale and age, never place or name."""

from __future__ import annotations

from typing import Final

import polars as pl

from features.expressions import days_between
from features.rollups import Rollups
from features.totals import COMPUTE, tokens, tpp_hours

PEER_COLUMNS: Final = ("workload", "scale", "age")
WORKLOADS: Final = ("general cloud", "GPU", "model API", "GPU and model API", "no usage")
# Lower bounds of the scale bands: TPP-hours (an A100 hour is about 5,000), tokens, charge rows.
TPP_BANDS: Final = (1e6, 1e8)
TOKEN_BANDS: Final = (1e7, 1e9)
ROW_BANDS: Final = (1e3, 1e5)
AGE_BANDS: Final = (30.0, 120.0)


def peer_codes(rollups: Rollups, accounts: pl.DataFrame) -> pl.DataFrame:
    """Workload class, scale band and age band of each account, as small integers.

    Parameters
    ----------
    accounts
        Frame with ``account_id``; its order is kept.

    Returns
    -------
    pl.DataFrame
        ``account_id`` and ``PEER_COLUMNS`` (Int64), coarse to fine.
    """
    usage = rollups.window("usage", "account_id", *COMPUTE, "rows", "first")
    compute = tpp_hours(usage, ["account_id"], rollups.catalogue).select("account_id", "tpp_hours")
    counted = tokens(rollups, ["account_id"]).select(
        "account_id", tokens=pl.col("input_tokens") + pl.col("output_tokens")
    )
    rows = usage.group_by("account_id").agg(pl.col("rows").sum(), pl.col("first").min())
    made = rollups["accounts"].select("account_id", "created_at")
    joined = accounts.select("account_id")
    for frame in (compute, counted, rows, made):
        joined = joined.join(frame, on="account_id", how="left", maintain_order="left")
    return joined.select("account_id", _workload(), _scale(), _age(rollups))


def _workload() -> pl.Expr:
    gpu = pl.col("tpp_hours").fill_null(0.0) > 0
    model = pl.col("tokens").fill_null(0) > 0
    code = (
        pl.when(gpu & model).then(3).when(gpu).then(1).when(model).then(2)
        .when(pl.col("rows").fill_null(0) > 0).then(0).otherwise(4)
    )  # fmt: skip
    return code.cast(pl.Int64).alias("workload")


def _scale() -> pl.Expr:
    gpu = _band("tpp_hours", TPP_BANDS)
    model = _band("tokens", TOKEN_BANDS)
    both = pl.max_horizontal(gpu, model)
    neither = (
        (gpu + model == 0)
        & (pl.col("tpp_hours").fill_null(0.0) == 0)
        & (pl.col("tokens").fill_null(0) == 0)
    )
    return pl.when(neither).then(_band("rows", ROW_BANDS)).otherwise(both).alias("scale")


def _band(column: str, bounds: tuple[float, ...]) -> pl.Expr:
    value = pl.col(column).fill_null(0).cast(pl.Float64)
    return pl.sum_horizontal((value >= bound).cast(pl.Int64) for bound in bounds)


def _age(rollups: Rollups) -> pl.Expr:
    days = days_between(pl.coalesce("created_at", "first"), pl.lit(rollups.as_of))
    known = days.fill_null(AGE_BANDS[-1])
    return pl.sum_horizontal((known >= bound).cast(pl.Int64) for bound in AGE_BANDS).alias("age")
