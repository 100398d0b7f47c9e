"""F09, model-API shape: how model endpoints are called, from counts alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import polars as pl

from features.expressions import (
    days_between,
    effective_number,
    entropy_share,
    evenness,
    per,
    promptness,
    ratio,
    share,
)  # fmt: skip
from features.modelnames import is_top_tier, tells_model
from features.population import Population
from features.registry import Family, Reach
from features.rollups import Rollups

# An API key first seen within this time before as-of had no time to be kept.
SETTLED: Final = timedelta(days=3)
BINS = [f"requests_{b}" for b in range(6)]


def base(population: Population) -> pl.DataFrame:
    """Requests, tokens, models and hours of each account that called a model."""
    rollups = population.rollups
    model = rollups.window("model")
    sums = model.group_by("account_id").agg(
        pl.col(
            "rows", "hourly_rows", "requests", "input_tokens", "output_tokens",
            "cached_tokens", "cacheable_tokens", "rate_limited_requests", "refused_requests", *BINS,
        ).sum(),
    )  # fmt: skip
    parts = [
        _days(model), _models(model), _new_models(rollups), _lengths(rollups), _week(model),
        _keys(rollups), _tiers(model), _spike(model),
    ]  # fmt: skip
    joined = sums.sort("account_id")
    for part in parts:
        joined = joined.join(part, on="account_id", how="left", maintain_order="left")
    return joined


def _days(model: pl.DataFrame) -> pl.DataFrame:
    """Spans of the day with requests, and how equal the days are.

    A day is sleepless if each of its six four-hour spans has a call: that survives exports
    that sample hours, and a low rate.
    """
    daily = (
        model.group_by("account_id", "day")
        .agg(pl.col("hours").bitwise_or(), pl.col("requests", "hourly_rows").sum())
        .with_columns(spans=_spans())
        .sort("account_id", "day")
    )
    hourly = pl.col("hourly_rows") > 0
    return daily.group_by("account_id", maintain_order=True).agg(
        pl.len().cast(pl.Int64).alias("days"),
        hourly.sum().cast(pl.Int64).alias("hourly_days"),
        (hourly & (pl.col("spans") == 6)).sum().cast(pl.Int64).alias("sleepless_days"),
        evenness("requests").alias("evenness"),
    )


def _spans() -> pl.Expr:
    """How many of the six four-hour spans a day's mask touches."""
    four_hours = [(pl.col("hours") // 16**k) % 16 > 0 for k in range(6)]
    return pl.sum_horizontal(span.cast(pl.Int64) for span in four_hours)


def _models(model: pl.DataFrame) -> pl.DataFrame:
    each = model.group_by("account_id", "model_id").agg(pl.col("requests").sum())
    regions = (
        model.group_by("account_id", "model_id", "region")
        .agg(pl.col("requests").sum())
        .sort("account_id", "model_id", "requests")
        .group_by("account_id", "model_id", maintain_order=True)
        .agg(effective_number("requests").alias("regions"))
    )
    most = regions.group_by("account_id").agg(pl.col("regions").max())
    main = each.group_by("account_id").agg(pl.col("requests").max().alias("main_model"))
    return main.join(most, on="account_id", how="left")


def _new_models(rollups: Rollups) -> pl.DataFrame:
    """How soon an account takes up a model after its first sight in all data, at best.

    Models already there in the first week of the data have no known first sight, and a
    profile or an endpoint is no new model, however new its name. What
    counts is the share of later requests that go to the new model, so that trying it
    once is nothing.
    """
    model = rollups["model"]
    named = model.filter(tells_model(pl.col("model_id")))
    seen = named.group_by("model_id").agg(pl.col("first").min().alias("sight"))
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
    delay = days_between("sight", "first")
    weighed = promptness(delay) * share("requests", "later")
    return (
        uses.join(later, on=["account_id", "model_id"])
        .group_by("account_id")
        .agg(weighed.max().alias("pivot"))
    )


def _tiers(model: pl.DataFrame) -> pl.DataFrame:
    """Requests to models of their makers' largest kinds."""
    ids = model.select("model_id").unique().with_columns(top=is_top_tier(pl.col("model_id")))
    counted = model.select("account_id", "model_id", "requests").join(ids, on="model_id")
    return counted.group_by("account_id").agg(
        pl.col("requests").filter("top").sum().alias("top_requests")
    )


def _spike(model: pl.DataFrame) -> pl.DataFrame:
    """Tokens of the busiest three days beside three usual ones, of ten or more."""
    days = (
        model.group_by("account_id", "day")
        .agg((pl.col("input_tokens") + pl.col("output_tokens")).sum().alias("tokens"))
        .filter(pl.col("tokens") > 0)
        .sort("account_id", "day")
    )
    burst = days.rolling("day", period="3d", group_by="account_id").agg(pl.col("tokens").sum())
    most = burst.group_by("account_id").agg(pl.col("tokens").max().alias("burst_tokens"))
    usual = days.group_by("account_id").agg(pl.col("tokens").median().alias("usual_tokens"))
    return most.join(usual, on="account_id")


def _lengths(rollups: Rollups) -> pl.DataFrame:
    """Effective number of answer-length octaves, by requests."""
    rows = (
        rollups.window("lengths")
        .group_by("account_id", "octave")
        .agg(pl.col("requests").sum())
        .sort("account_id", "octave")
    )
    return rows.group_by("account_id", maintain_order=True).agg(
        effective_number("requests").alias("octaves")
    )


def _week(model: pl.DataFrame) -> pl.DataFrame:
    """How equal the seven days of the week are, whichever of them are days of rest."""
    days = (
        model.group_by("account_id", "day")
        .agg(pl.col("requests").sum())
        .with_columns(weekday=pl.col("day").dt.weekday())
    )
    span = (pl.col("day").max() - pl.col("day").min()).dt.total_days() + 1
    spans = days.group_by("account_id").agg(span.alias("span"))
    week = days.group_by("account_id", "weekday").agg(pl.col("requests").sum())
    squares = (pl.col("requests").cast(pl.Float64) ** 2).sum()
    total = pl.col("requests").cast(pl.Float64).sum()
    even = pl.when(squares > 0).then(per(total**2 / squares, 7.0)).otherwise(0.0)
    return (
        week.sort("account_id", "requests")
        .group_by("account_id", maintain_order=True)
        .agg(even.clip(0.0, 1.0).alias("week_evenness"))
        .join(spans, on="account_id", how="left", maintain_order="left")
    )


def _keys(rollups: Rollups) -> pl.DataFrame:
    """API keys that lived for less than three days, of those that had the time."""
    keys = rollups.window("distinct").filter(
        (pl.col("kind") == "api_key") & (pl.col("first") < pl.lit(rollups.as_of - SETTLED))
    )
    brief = (pl.col("last") - pl.col("first")).dt.total_seconds() < SETTLED.total_seconds()
    return keys.group_by("account_id").agg(
        pl.len().cast(pl.Int64).alias("settled_keys"),
        brief.sum().cast(pl.Int64).alias("brief_keys"),
    )


FAMILY = Family("F09", base, Reach.OWN, settled=SETTLED)
_MODEL = ("model_usage",)


@FAMILY.feature(unit="share", direction=1, inputs=_MODEL, typologies=("T04", "T05"), bounds=(0, 1))
def f09_sleepless_days() -> pl.Expr:
    """Share of days with model calls in every four-hour span of day and night."""
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


@FAMILY.feature(unit="log(1+tokens per request)", direction=1, inputs=_MODEL, typologies=("T06",))
def f09_long_answers() -> pl.Expr:
    """Long answers to each model call."""
    each = pl.col("output_tokens") / pl.col("requests")
    return pl.when(pl.col("requests") > 0).then(each.log1p())


@FAMILY.feature(unit="1/octaves", direction=1, inputs=_MODEL, typologies=("T06",), bounds=(0, 1))
def f09_narrow_answers() -> pl.Expr:
    """Answers all of about one length (1 = within one doubling)."""
    enough = (pl.col("requests") >= 50) & (pl.col("rows") >= 10)
    return pl.when(enough & (pl.col("octaves") > 0)).then(1.0 / pl.col("octaves"))


@FAMILY.feature(unit="share", direction=1, inputs=_MODEL, typologies=("T04", "T06"), bounds=(0, 1))
def f09_no_weekend() -> pl.Expr:
    """No day of the week is quieter than the others, over two weeks or more."""
    return pl.when(pl.col("span") >= 14).then(pl.col("week_evenness"))


@FAMILY.feature(
    unit="log(regions)", direction=1, inputs=_MODEL, typologies=("T15", "T04"), place=True
)
def f09_region_hops() -> pl.Expr:
    """One model called in several regions, as when limits or offers are dodged."""
    return pl.col("regions").clip(lower_bound=1.0).log()


@FAMILY.feature(unit="share", direction=1, inputs=_MODEL, typologies=("T04", "T07"), bounds=(0, 1))
def f09_brief_keys() -> pl.Expr:
    """Share of API keys that were in use for less than three days."""
    return pl.when(pl.col("settled_keys") >= 3).then(share("brief_keys", "settled_keys"))


@FAMILY.feature(unit="share", direction=1, inputs=_MODEL, typologies=("T06", "T07"), bounds=(0, 1))
def f09_top_tier() -> pl.Expr:
    """Share of model calls that go to the makers' largest models."""
    return share("top_requests", "requests")


@FAMILY.feature(unit="log(times)", direction=1, inputs=_MODEL, typologies=("T07", "T06"))
def f09_spike() -> pl.Expr:
    """Three days in which far more tokens are used than is usual for the account."""
    times = ratio("burst_tokens", pl.col("usual_tokens") * 3.0)
    return pl.when(pl.col("days") >= 10).then(times.clip(lower_bound=1.0).log())
