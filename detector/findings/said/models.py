"""How model endpoints are called (F09): words and rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from detector.findings.finding import Finding
from detector.findings.reading import counted, parts, power, power_less_one
from detector.findings.subjects import (
    CACHEABLE_TOKEN,
    HOURLY_DAY,
    MODEL_CALL,
    SETTLED_API_KEY,
    TOKEN,
    TRIED_CALL,
)
from detector.words import percent
from features.clock import is_hourly
from features.modelapi import SETTLED
from features.modelnames import is_top_tier

_DAY: Final = pl.col("start").dt.date()
_CALLS: Final = ("model_id", "requests")
_TOKENS: Final = ("model_id", "requests", "input_tokens", "output_tokens")


def _sleepless() -> pl.Expr:
    """Calls by the hour on days that have some in each four-hour span, by their start."""
    hourly = is_hourly("start", "end")
    span = pl.when(hourly).then(pl.col("start").dt.hour() // 4)
    return hourly & (span.drop_nulls().n_unique().over("account_id", _DAY) >= 6)


def _to_main_model() -> pl.Expr:
    each = pl.col("requests").sum().over("account_id", "model_id")
    return (pl.col("requests") > 0) & (each == each.max().over("account_id"))


def _called() -> pl.Expr:
    return pl.col("requests") > 0


def _limited() -> pl.Expr:
    return pl.col("rate_limited_requests") > 0


def _refused() -> pl.Expr:
    return pl.col("refused_requests") > 0


def _answered() -> pl.Expr:
    return pl.col("output_tokens") > 0


def _uncached() -> pl.Expr:
    return pl.col("cached_tokens") < pl.col("input_tokens")


def _with_brief_key() -> pl.Expr:
    life = pl.col("end").max() - pl.col("start").min()
    brief = life.over("account_id", "key_hash") < SETTLED
    return pl.col("key_hash").is_not_null() & brief


def _top_tier() -> pl.Expr:
    return (pl.col("requests") > 0) & is_top_tier(pl.col("model_id"))


def _octaves(value: float) -> str:
    if value <= 0:
        return "too few to tell"
    return counted("doubling")(1.0 / value)


SAID: Final[Mapping[str, Finding]] = {
    "f09_sleepless_days": Finding(
        "{share} had calls in every four-hour span of day and night", HOURLY_DAY, _sleepless,
        _CALLS,
        none="no day had model calls in every four-hour span of day and night",
    ),
    "f09_flat_hours": Finding(
        "the spread of its model calls over day and night is {value} of a perfectly even one",
        MODEL_CALL, _called, _CALLS,
        none="its model calls keep to one part of the day, or their hours are not known",
        reads=percent,
    ),
    "f09_even_days": Finding(
        "the spread of its model calls over its days is {value} of a perfectly even one",
        MODEL_CALL, _called, _CALLS,
        none="it called models on fewer than five days",
        reads=percent,
    ),
    "f09_one_model": Finding(
        "{share} went to one single model", MODEL_CALL, _to_main_model, _CALLS,
        none="it called no model",
    ),
    "f09_new_model_pivot": Finding(
        "a model new to everybody drew {value} of its calls from then on, weighed by how soon it "
        "was taken up",
        MODEL_CALL, _called, _CALLS,
        none="it took up no model that was new to everybody",
        reads=percent,
    ),
    "f09_output_share": Finding(
        "{share} came back as answers", TOKEN, _answered, _TOKENS,
        none="none of its tokens came back as answers",
    ),
    "f09_limit_hugging": Finding(
        "{share} ran into the rate limit", TRIED_CALL, _limited,
        (*_CALLS, "rate_limited_requests"),
    ),
    "f09_refused_share": Finding(
        "{share} met with a refusal by the model", MODEL_CALL, _refused,
        (*_CALLS, "refused_requests"),
    ),
    "f09_uncached_input": Finding(
        "{share} came from no cache", CACHEABLE_TOKEN, _uncached,
        (*_CALLS, "input_tokens", "cached_tokens"),
        none="all its input came from a cache, or nothing is known of that",
    ),
    "f09_long_answers": Finding(
        "each of its model calls brought {value} on average", MODEL_CALL, _answered, _TOKENS,
        none="its model calls brought no answers",
        reads=counted("token of answer", "tokens of answer", power_less_one),
    ),
    "f09_narrow_answers": Finding(
        "its answers are of few lengths, as varied as {value} in equal parts",
        MODEL_CALL, _called, _TOKENS,
        none="its answers are too few to compare their lengths",
        reads=_octaves,
    ),
    "f09_no_weekend": Finding(
        "the spread of its model calls over the days of the week is {value} of a perfectly even "
        "one",
        MODEL_CALL, _called, _CALLS,
        none="it called models for less than two weeks",
        reads=percent,
    ),
    "f09_region_hops": Finding(
        "it called one model in several regions, as varied as {value} in equal parts",
        MODEL_CALL, _called, ("region", *_CALLS),
        none="it called no model in more than one region",
        reads=parts("region"),
    ),
    "f09_brief_keys": Finding(
        "{share} stayed in use for less than three days", SETTLED_API_KEY, _with_brief_key,
        ("key_hash", *_CALLS),
        none="none of its API keys stayed in use for less than three days, or it has few",
    ),
    "f09_top_tier": Finding(
        "{share} went to the makers' largest models", MODEL_CALL, _top_tier, _CALLS
    ),
    "f09_spike": Finding(
        "its busiest three days used {value} as many tokens as three usual ones", MODEL_CALL,
        _called, _TOKENS,
        none="its busiest three days used no more tokens than three usual ones, or there are few",
        reads=counted("time", of=power),
    ),
}  # fmt: skip
