"""F09, model-API shape: how model endpoints are called, from counts alone."""

from __future__ import annotations

import polars as pl

from features.expressions import entropy_share, evenness, hours_set, promptness, share
from features.registry import Family
from features.rollups import Rollups

BINS = [f"requests_{b}" for b in range(6)]


def base(rollups: Rollups) -> pl.DataFrame:
    """Requests, tokens, models and hours of each account that called a model."""
    model = rollups.window("model")
    sums = model.group_by("account_id").agg(
        pl.col(
            "rows", "hourly_rows", "requests", "input_tokens", "output_tokens",
            "cached_tokens", "cacheable_tokens", "rate_limited_requests", "refused_requests", *BINS,
        ).sum(),
    )  # fmt: skip
    parts = [_days(model), _models(model), _new_models(rollups)]
    joined = sums.sort("account_id")
    for part in parts:
        joined = joined.join(part, on="account_id", how="left", maintain_order="left")
    return joined


def _days(model: pl.DataFrame) -> pl.DataFrame:
    """Hours with requests on each day, and how equal the days are."""
    daily = (
        model.group_by("account_id", "day")
        .agg(pl.col("hours").bitwise_or(), pl.col("requests", "hourly_rows").sum())
        .with_columns(on=hours_set("hours"))
        .sort("account_id", "day")
    )
    hourly = pl.col("hourly_rows") > 0
    return daily.group_by("account_id", maintain_order=True).agg(
        pl.len().cast(pl.Int64).alias("days"),
        hourly.sum().cast(pl.Int64).alias("hourly_days"),
        (hourly & (pl.col("on") >= 20)).sum().cast(pl.Int64).alias("sleepless_days"),
        evenness("requests").alias("evenness"),
    )


def _models(model: pl.DataFrame) -> pl.DataFrame:
    each = model.group_by("account_id", "model_id").agg(pl.col("requests").sum())
    return each.group_by("account_id").agg(pl.col("requests").max().alias("main_model"))


def _new_models(rollups: Rollups) -> pl.DataFrame:
    """How soon an account takes up a model after its first sight in all data, at best.

    Models already there in the first week of the data have no known first sight. What
    counts is the share of later requests that go to the new model, so that trying it
    once is nothing.
    """
    model = rollups["model"]
    seen = model.group_by("model_id").agg(pl.col("first").min().alias("sight"))
    start = model.select(pl.col("first").min()).to_series()
    if start.is_empty() or start[0] is None:
        return pl.DataFrame(schema={"account_id": pl.String, "pivot": pl.Float64})
    new = seen.filter(pl.col("sight") >= start[0] + pl.duration(days=7))
    uses = (
        model.join(new, on="model_id")
        .group_by("account_id", "model_id", "sight")
        .agg(pl.col("first").min(), pl.col("requests").sum())
    )
    later = (
        uses.select("account_id", "model_id", "sight")
        .join(model.select("account_id", "first", "requests"), on="account_id")
        .filter(pl.col("first") >= pl.col("sight"))
        .group_by("account_id", "model_id")
        .agg(pl.col("requests").sum().alias("later"))
    )
    delay = (pl.col("first") - pl.col("sight")).dt.total_seconds() / 86_400.0
    weighed = promptness(delay) * share("requests", "later")
    return (
        uses.join(later, on=["account_id", "model_id"])
        .group_by("account_id")
        .agg(weighed.max().alias("pivot"))
    )


FAMILY = Family("F09", base)
_MODEL = ("model_usage",)


@FAMILY.feature(unit="share", direction=1, inputs=_MODEL, typologies=("T04", "T05"), bounds=(0, 1))
def f09_sleepless_days() -> pl.Expr:
    """Share of days with model calls in at least 20 of 24 hours."""
    return share("sleepless_days", "hourly_days")


@FAMILY.feature(
    unit="entropy share",
    direction=1,
    inputs=_MODEL,
    typologies=("T04", "T06"),
    bounds=(0, 1),
)
def f09_flat_hours() -> pl.Expr:
    """How evenly model calls spread over day and night."""
    return entropy_share(BINS)


@FAMILY.feature(unit="share", direction=1, inputs=_MODEL, typologies=("T04", "T06"), bounds=(0, 1))
def f09_even_days() -> pl.Expr:
    """How equal the days are in model calls, weekends included."""
    return pl.when(pl.col("days") >= 5).then(pl.col("evenness"))


@FAMILY.feature(unit="share", direction=1, inputs=_MODEL, typologies=("T01", "T06"), bounds=(0, 1))
def f09_one_model() -> pl.Expr:
    """Share of model calls that go to one single model."""
    return share("main_model", "requests")


@FAMILY.feature(unit="share", direction=1, inputs=_MODEL, typologies=("T06", "T04"), bounds=(0, 1))
def f09_new_model_pivot() -> pl.Expr:
    """Moves its calls to a new model within days of the model's first sight."""
    return pl.col("pivot")


@FAMILY.feature(unit="share", direction=1, inputs=_MODEL, typologies=("T06",), bounds=(0, 1))
def f09_output_share() -> pl.Expr:
    """Share of tokens that are output: long answers to short questions."""
    return share("output_tokens", pl.col("input_tokens") + pl.col("output_tokens"))


@FAMILY.feature(unit="share", direction=1, inputs=_MODEL, typologies=("T04", "T05"), bounds=(0, 1))
def f09_limit_hugging() -> pl.Expr:
    """Share of model calls turned away by the rate limit."""
    turned = pl.col("rate_limited_requests")
    return share(turned, pl.col("requests") + turned)


@FAMILY.feature(unit="share", direction=1, inputs=_MODEL, typologies=("T06", "T07"), bounds=(0, 1))
def f09_refused_share() -> pl.Expr:
    """Share of model calls that the model refused."""
    return share("refused_requests", "requests")


@FAMILY.feature(unit="share", direction=1, inputs=_MODEL, typologies=("T04",), bounds=(0, 1))
def f09_uncached_input() -> pl.Expr:
    """Share of input that no cache could reuse, as when unrelated conversations are mixed."""
    uncached = 1.0 - share("cached_tokens", "cacheable_tokens")
    return pl.when(pl.col("cacheable_tokens") > 0).then(uncached)
