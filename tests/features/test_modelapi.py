"""Model-API shape: hours, days, models, lengths and limits by hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

Features = Callable[..., dict[str, dict[str, float | None]]]
Table = Callable[..., pl.DataFrame]

START = datetime(2026, 2, 2, tzinfo=UTC)


def call(day: float, **more: object) -> dict[str, object]:
    start = START + timedelta(days=day)
    return {"account_id": "a", "start": start, "end": start + timedelta(hours=1), **more}


def test_a_day_with_calls_in_every_span_is_sleepless(features: Features, table: Table) -> None:
    whole = [call(h / 24) for h in range(0, 24, 4)]
    day = [call(1 + h / 24) for h in range(8, 18)]
    row = features(model_usage=table("model_usage", *whole, *day))["a"]
    assert row["f09_sleepless_days"] == 0.5
    flat = features(model_usage=table("model_usage", *whole))["a"]["f09_flat_hours"]
    assert flat == pytest.approx(1.0)


def test_shares_of_models_tokens_limits_and_refusals(features: Features, table: Table) -> None:
    calls = table(
        "model_usage", call(0, requests=30, rate_limited_requests=10, refused_requests=3,
                            input_tokens=300, output_tokens=100, cached_tokens=75),
        call(1, model_id="n", requests=10, input_tokens=100, output_tokens=0),
    )  # fmt: skip
    row = features(model_usage=calls)["a"]
    assert row["f09_one_model"] == 0.75
    assert row["f09_output_share"] == 0.2
    assert row["f09_limit_hugging"] == 0.2
    assert row["f09_refused_share"] == 0.075
    assert row["f09_uncached_input"] == 0.75  # the second row does not say


def test_even_days_ask_for_five_and_no_weekend_for_two_weeks(
    features: Features, table: Table
) -> None:
    row = features(model_usage=table("model_usage", *(call(d) for d in range(14))))["a"]
    assert row["f09_even_days"] == 1.0
    assert row["f09_no_weekend"] == 1.0
    five = features(model_usage=table("model_usage", *(call(d) for d in range(4))))["a"]
    assert five["f09_even_days"] == five["f09_no_weekend"] == 0.0


def test_any_day_of_rest_is_a_weekend(features: Features, table: Table) -> None:
    def rests(weekday: int) -> float | None:
        days = (call(d) for d in range(21) if d % 7 != weekday)
        return features(model_usage=table("model_usage", *days))["a"]["f09_no_weekend"]

    assert {rests(k) for k in range(1, 6)} == {6 / 7}


def test_moving_to_a_new_model_at_once(features: Features, table: Table) -> None:
    calls = table(
        "model_usage", call(0, account_id="b"), call(10, model_id="new", account_id="b"),
        call(11, model_id="new"), call(12, model_id="new"), call(13),
    )  # fmt: skip
    row = features(model_usage=calls)["a"]
    assert row["f09_new_model_pivot"] == pytest.approx(0.5 * 2 / 3)


def test_answers_of_one_length(features: Features, table: Table) -> None:
    same = table("model_usage", *(call(d, requests=10, output_tokens=1000) for d in range(10)))
    mixed = table("model_usage", *(call(d, requests=10, output_tokens=10 * 4 ** (d % 2))
                                   for d in range(10)))  # fmt: skip
    row = features(model_usage=same)["a"]
    assert row["f09_narrow_answers"] == 1.0
    assert row["f09_long_answers"] == pytest.approx(4.61512051684126)
    assert features(model_usage=mixed)["a"]["f09_narrow_answers"] == pytest.approx(0.5)


def test_regions_of_one_model_and_brief_keys(features: Features, table: Table) -> None:
    calls = table(
        "model_usage", call(0, region="r1", key_hash="k1"), call(9, region="r2", key_hash="k1"),
        call(1, model_id="n", region="r3", key_hash="k2"), call(2, key_hash="k3", region="r1"),
    )  # fmt: skip
    row = features(model_usage=calls)["a"]
    assert row["f09_region_hops"] == pytest.approx(0.5877866649021191)  # log(30² / (20² + 10²))
    assert row["f09_brief_keys"] == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    "name",
    ["arn:aws:bedrock:us-east-1:1:application-inference-profile/abc", "provisioned-model/abc"],
)
def test_a_new_profile_is_no_new_model(features: Features, table: Table, name: str) -> None:
    for second, pivot in ((name, 0.0), ("new", 1.0)):
        rows = [call(n, model_id="old" if n < 10 else second) for n in range(20)]
        found = features(model_usage=table("model_usage", *rows))["a"]["f09_new_model_pivot"]
        assert (found or 0.0) == pytest.approx(pivot, abs=0.01)


def test_the_share_of_the_largest_models(features: Features, table: Table) -> None:
    when = datetime(2026, 2, 2, tzinfo=UTC)
    span = {"account_id": "a", "start": when, "end": when + timedelta(hours=1)}
    rows = table("model_usage", {**span, "model_id": "grand-3-opus", "requests": 30},
                 {**span, "model_id": "grand-3-mini", "requests": 10})  # fmt: skip
    assert features(model_usage=rows)["a"]["f09_top_tier"] == 0.75


def test_a_spike_is_beside_the_usual_days(features: Features, table: Table) -> None:
    def day(number: int, tokens: int) -> dict[str, object]:
        start = datetime(2026, 2, number, tzinfo=UTC)
        return {"account_id": "a", "start": start, "end": start + timedelta(hours=1),
                "input_tokens": tokens, "output_tokens": 0}  # fmt: skip

    days = [day(d, 100) for d in range(1, 13)]
    steady = table("model_usage", *days)
    spiked = table("model_usage", *days[:-3], *(day(d, 1000) for d in (10, 11, 12)))
    short = table("model_usage", *days[:5], day(6, 10_000))
    assert features(model_usage=steady)["a"]["f09_spike"] == 0.0
    assert features(model_usage=spiked)["a"]["f09_spike"] == pytest.approx(math.log(10))
    assert features(model_usage=short)["a"]["f09_spike"] == 0.0
