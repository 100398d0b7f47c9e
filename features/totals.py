"""Plain totals of an account over all data up to as-of: GPU-hours, TPP-hours, tokens.

Amounts stay exact Decimals until the last step; one division by the unit's denominator
gives Float64. Groups are added in the fixed order of GPU model and denominator.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from features.catalogue import Catalogue
from features.rollups import Rollups

TOTAL_COLUMNS: Final = (
    "a100_hours", "h100_hours", "controlled_gpu_hours", "tpp_hours",
    "input_tokens", "output_tokens",
)  # fmt: skip


#: What of a usage rollup compute is counted from, beside keys.
COMPUTE: Final = ("gpu_model", "idle", "denominator", "gpu_amount")


def gpu_hours(usage: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """GPU-hours of a usage rollup by the given keys and GPU model.

    Returns
    -------
    pl.DataFrame
        ``by``, ``gpu_model``, ``gpu_hours`` (Float64), sorted.
    """
    return hours_of(gpu_amounts(usage, by), by)


def gpu_amounts(usage: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Exact ``gpu_amount`` of a usage rollup by keys, ``gpu_model`` and ``denominator``."""
    there = pl.col("gpu_model").is_not_null() & ~pl.col("idle")
    used = usage.select(*by, *COMPUTE).filter(there)
    return used.group_by([*by, "gpu_model", "denominator"]).agg(pl.col("gpu_amount").sum())


def hours_of(amounts: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """``gpu_hours`` of what ``gpu_amounts`` gave, of one usage rollup or of several pieces."""
    keys = [*by, "gpu_model"]
    exact = amounts.group_by([*keys, "denominator"]).agg(pl.col("gpu_amount").sum())
    hours = pl.col("gpu_amount").cast(pl.Float64) / pl.col("denominator")
    return (
        exact.sort([*keys, "denominator"])
        .with_columns(gpu_hours=hours)
        .group_by(keys, maintain_order=True)
        .agg(pl.col("gpu_hours").sum())
    )


def tpp_hours(usage: pl.DataFrame, by: list[str], catalogue: Catalogue) -> pl.DataFrame:
    """TPP-hours (GPU-hours times total processing performance) and controlled GPU-hours.

    Returns
    -------
    pl.DataFrame
        ``by``, ``gpu_hours``, ``controlled_gpu_hours``, ``tpp_hours``,
        ``controlled_tpp_hours`` (Float64), sorted.
    """
    known = catalogue.gpus.select("gpu_model", "tpp", "controlled")
    hours = gpu_hours(usage, by).join(known, on="gpu_model", how="left", maintain_order="left")
    controlled = pl.col("controlled").fill_null(False)
    tpp = pl.col("gpu_hours") * pl.col("tpp").fill_null(0)
    return hours.group_by(by, maintain_order=True).agg(
        pl.col("gpu_hours").sum(),
        pl.col("gpu_hours").filter(controlled).sum().alias("controlled_gpu_hours"),
        tpp.sum().alias("tpp_hours"),
        tpp.filter(controlled).sum().alias("controlled_tpp_hours"),
    )


def tokens(rollups: Rollups, by: list[str]) -> pl.DataFrame:
    """Input and output tokens: from ``model_usage`` where an account has any row there.

    Otherwise they come from the account's usage rows; the two are never added up.

    Returns
    -------
    pl.DataFrame
        ``by`` (which begins with ``account_id``), ``input_tokens``, ``output_tokens`` (Int64).
    """
    model = rollups["model"]
    metered = model.group_by(by).agg(pl.col("input_tokens").sum(), pl.col("output_tokens").sum())
    billed = _billed_tokens(rollups["usage"], by).join(model, on="account_id", how="anti")
    return pl.concat([metered, billed]).sort(by)


def _billed_tokens(usage: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    columns = [*by, "token_amount", "token_direction", "denominator"]
    rows = usage.select(columns).filter(pl.col("token_amount") != 0)
    whole = pl.col("token_amount") / pl.col("denominator")
    output = pl.col("token_direction").eq_missing(pl.lit("output"))
    return rows.group_by(by).agg(
        whole.filter(~output).sum().cast(pl.Int64).alias("input_tokens"),
        whole.filter(output).sum().cast(pl.Int64).alias("output_tokens"),
    )


def totals(rollups: Rollups) -> pl.DataFrame:
    """One row per account that used GPUs or tokens, with ``TOTAL_COLUMNS``."""
    usage = rollups["usage"]
    by_model = gpu_hours(usage, ["account_id"])
    named = [
        by_model.filter(pl.col("gpu_model") == model).select(
            "account_id", pl.col("gpu_hours").alias(f"{model.lower()}_hours")
        )
        for model in ("A100", "H100")
    ]
    compute = tpp_hours(usage, ["account_id"], rollups.catalogue).select(
        "account_id", "controlled_gpu_hours", "tpp_hours"
    )
    counted = tokens(rollups, ["account_id"])
    ids = pl.concat([f.select("account_id") for f in (compute, counted)]).unique()
    joined = ids.sort("account_id")
    for frame in (*named, compute, counted):
        joined = joined.join(frame, on="account_id", how="left", maintain_order="left")
    return joined.select("account_id", *TOTAL_COLUMNS)
