"""Budget shape: round sums, drained budgets, bursts and credits by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

Features = Callable[..., dict[str, dict[str, float | None]]]
Table = Callable[..., pl.DataFrame]

ACCOUNT = "a"


def paid(day: int, amount: object, kind: str = "top_up", **more: object) -> dict[str, object]:
    return {"account_id": "a", "time": datetime(2026, 2, day, tzinfo=UTC), "kind": kind,
            "amount": amount, **more}  # fmt: skip


def spent(day: int, cost: object) -> dict[str, object]:
    start = datetime(2026, 2, day, tzinfo=UTC)
    return {"BillingAccountId": "a", "ChargePeriodStart": start,
            "ChargePeriodEnd": start + timedelta(days=1), "EffectiveCost": cost}  # fmt: skip


@pytest.mark.parametrize(
    ("amount", "is_round"),
    [(28000, 1), (1500, 1), (20, 1), (1234, 0), (5, 0), ("20.5", 0), (110, 1), (111, 0)],
)
def test_round_amounts(features: Features, table: Table, amount: object, is_round: int) -> None:
    row = features(payments=table("payments", paid(2, amount)))["a"]
    assert row["f02_round_top_ups"] == is_round


def test_one_budget_drained_to_zero_then_silence(features: Features, table: Table) -> None:
    payments = table("payments", paid(1, 28000))
    usage = table("usage", spent(2, 14000), spent(3, 14000))
    row = features(payments=payments, usage=usage)["a"]
    assert row["f02_drained_budget"] == 1.0
    assert row["f02_one_off_budget"] == 1.0
    assert row["f02_prepaid_only"] == 1.0
    assert row["f02_burst_then_silence"] == pytest.approx(26 / 90)
    assert row["f02_spent_and_gone"] == pytest.approx(26 / 90)


def test_an_invoice_customer_has_no_budget(features: Features, table: Table) -> None:
    payments = table("payments", paid(1, 28000, "invoice"))
    row = features(payments=payments, usage=table("usage", spent(2, 28000)))["a"]
    for name in ("f02_drained_budget", "f02_one_off_budget", "f02_prepaid_only"):
        assert row[name] == 0.0


def test_credits_and_money_back(features: Features, table: Table) -> None:
    payments = table(
        "payments", paid(1, 75, "promo_credit"), paid(2, 25, "invoice"), paid(3, -5, "refund")
    )
    row = features(payments=payments, usage=table("usage", spent(2, 1)))["a"]
    assert row["f02_credit_share"] == 0.75
    assert row["f02_money_back_share"] == 0.2
    assert row["f02_stops_with_credit"] == pytest.approx(0.75 * 27 / 90)


def test_clockwork_asks_for_three_equal_gaps(features: Features, table: Table) -> None:
    even = table("payments", *(paid(d, 10) for d in (1, 6, 11, 16)))
    few = table("payments", *(paid(d, 10) for d in (1, 6, 11)))
    assert features(payments=even)["a"]["f02_clockwork_top_ups"] == 1.0
    assert features(payments=few)["a"]["f02_clockwork_top_ups"] == 0.0


def test_payments_before_the_window_are_past(features: Features, table: Table) -> None:
    old = paid(1, 100, time=datetime(2025, 6, 1, tzinfo=UTC))
    assert features(payments=table("payments", old))["a"]["f02_prepaid_only"] == 0.0


def test_spend_that_ends_where_the_credit_does(features: Features, table: Table) -> None:
    when = datetime(2026, 2, 2, tzinfo=UTC)
    usage = table("usage", {
        "BillingAccountId": "a", "ChargePeriodStart": when, "EffectiveCost": 80,
        "ChargePeriodEnd": when + timedelta(hours=1),
    })  # fmt: skip
    promised = {"account_id": "a", "time": when, "kind": "promo_credit", "amount": 100}
    row = features(usage=usage, payments=table("payments", promised))["a"]
    assert row["f02_ends_at_credit"] == 0.8
    topped = table("payments", {**promised, "kind": "top_up"})
    row = features(usage=usage, payments=topped)["a"]
    assert (row["f02_ends_at_credit"], row["f02_drained_budget"]) == (0.0, 0.8)


def test_credits_on_the_bill(features: Features, table: Table) -> None:
    when = datetime(2026, 2, 2, tzinfo=UTC)
    charge = {"BillingAccountId": "a", "ChargePeriodStart": when, "EffectiveCost": 80,
              "ChargePeriodEnd": when + timedelta(hours=1)}  # fmt: skip
    credit = {**charge, "ChargeCategory": "Credit", "EffectiveCost": -60}
    row = features(usage=table("usage", charge, credit))["a"]
    assert row["f02_credits_on_bill"] == 0.75
    assert row["f02_silent_after_credits"] == pytest.approx(0.75 * 28 / 90)
