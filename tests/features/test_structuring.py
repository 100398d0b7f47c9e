"""Structuring: thresholds hugged, pools that stop, shares and turns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

Features = Callable[..., dict[str, dict[str, float | None]]]
Table = Callable[..., pl.DataFrame]


def paid(day: int, amount: object, account: str = "a") -> dict[str, object]:
    return {"account_id": account, "time": datetime(2026, 2, day, tzinfo=UTC), "kind": "top_up",
            "amount": amount}  # fmt: skip


@pytest.mark.parametrize(
    ("amount", "hugs"), [(990, 1), (1000, 0), (940, 0), (4800, 1), (99, 1), (94, 0), (5, 0)]
)
def test_just_below_a_threshold(features: Features, table: Table, amount: int, hugs: int) -> None:
    payments = table("payments", *(paid(d, amount) for d in (1, 2, 3)))
    assert features(payments=payments)["a"]["f14_threshold_hugging"] == hugs


def test_two_payments_say_nothing(features: Features, table: Table) -> None:
    row = features(payments=table("payments", paid(1, 990), paid(2, 990)))["a"]
    assert row["f14_threshold_hugging"] == row["f14_equal_top_ups"] == 0.0


def test_equal_top_ups(features: Features, table: Table) -> None:
    payments = table("payments", *(paid(d, 70) for d in (1, 2, 3)), paid(4, 71))
    assert features(payments=payments)["a"]["f14_equal_top_ups"] == 0.75


def test_quota_asked_for_again_and_refused(features: Features, table: Table) -> None:
    events = table("events", *(
        {"account_id": "a", "operation": "RequestServiceQuotaIncrease", "status": status,
         "time": datetime(2026, 2, d, tzinfo=UTC)}
        for d, status in ((1, "failure"), (2, "failure"), (3, "success"))))  # fmt: skip
    row = features(events=events)["a"]
    assert row["f14_quota_requests"] == pytest.approx(1.0986122886681098)
    assert row["f14_quota_refused"] == pytest.approx(2 / 3)


def pool(table: Table, daily: list[int]) -> pl.DataFrame:
    rows = []
    for k, tokens in enumerate(daily):
        start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=k)
        rows.append({"account_id": "a", "start": start, "end": start + timedelta(hours=1),
                     "input_tokens": tokens, "output_tokens": 0})  # fmt: skip
    return table("model_usage", *rows)


def test_a_pool_of_forty_million_that_stops(features: Features, table: Table) -> None:
    row = features(model_usage=pool(table, [8_000_000] * 5), usage=table("usage"))["a"]
    assert row["f14_daily_ceiling"] == 1.0
    silence = (datetime(2026, 3, 2) - datetime(2026, 1, 5)).days / 90
    assert row["f14_round_stop"] == pytest.approx(silence)
    uneven = features(model_usage=pool(table, [8_000_000, 7, 9, 5, 550_000]), usage=table("usage"))
    assert uneven["a"]["f14_daily_ceiling"] == 0.0
    assert uneven["a"]["f14_round_stop"] == 0.0
