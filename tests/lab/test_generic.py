"""The generic table and the LLMjacking rules, on rows small enough to count by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import polars as pl
import pytest

from features.tables import SCHEMAS
from lab.generic import generic_features, spend
from lab.rules import llmjacking_points

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def table(name: str, rows: list[dict]) -> pl.LazyFrame:
    schema = {key: column.dtype for key, column in SCHEMAS[name].columns().items()}
    return pl.DataFrame(rows, schema=schema, orient="row").lazy()


def charge(account: str, start: datetime, cost: str, **more) -> dict:
    return {
        "ChargePeriodStart": start,
        "ChargePeriodEnd": start + DAY,
        "BillingAccountId": "payer",
        "SubAccountId": account,
        "ChargeCategory": "Usage",
        "ServiceName": "Compute",
        "EffectiveCost": Decimal(cost),
        **more,
    }


def event(account: str, at: datetime, operation: str, country: str | None = None) -> dict:
    return {
        "time": at,
        "account_id": account,
        "class_uid": 6003,
        "operation": operation,
        "src_country": country,
    }


def totals(*accounts: str) -> pl.DataFrame:
    sizes = ("controlled_gpu_hours", "tpp_hours", "input_tokens", "output_tokens")
    return pl.DataFrame({"account_id": accounts}).with_columns(pl.lit(0.0).alias(s) for s in sizes)


USAGE = table(
    "usage",
    [
        charge("a", AS_OF - 10 * DAY, "1.5", RegionId="r1"),
        charge("a", AS_OF - 10 * DAY, "2.5", RegionId="r2"),
        charge("a", AS_OF - 3 * DAY, "4", RegionId="r2"),
        charge("a", AS_OF, "100"),
        charge(None, AS_OF - DAY, "7"),
    ],
)


def test_usage_is_described_per_account_up_to_as_of() -> None:
    found = generic_features({"usage": USAGE}, totals("a", "payer", "z"), AS_OF)
    row = found.filter(pl.col("account_id") == "a").row(0, named=True)
    assert row["cost"] == pytest.approx(np.log1p(8.0))
    assert row["rows"] == pytest.approx(np.log1p(3))
    assert row["days"] == 2
    assert row["span"] == 7
    assert row["idle"] == 3
    assert row["regions"] == pytest.approx(np.log1p(2))


def test_an_absent_table_is_missing_and_a_present_one_without_rows_is_zero() -> None:
    found = generic_features({"usage": USAGE}, totals("a", "z"), AS_OF)
    assert found["events"].null_count() == 2
    assert found.filter(pl.col("account_id") == "z")["cost"].item() == 0.0


def test_there_are_about_forty_numeric_columns() -> None:
    columns = generic_features({}, totals("a"), AS_OF)
    assert 38 <= len(columns.columns) - 1 <= 46
    assert set(columns.drop("account_id").dtypes) == {pl.Float64}


def test_the_order_of_rows_changes_nothing() -> None:
    shuffled = {"usage": USAGE.collect().sample(fraction=1.0, shuffle=True, seed=3).lazy()}
    first = generic_features({"usage": USAGE}, totals("a", "payer"), AS_OF)
    assert first.equals(generic_features(shuffled, totals("payer", "a"), AS_OF))


def test_spend_is_the_cost_before_as_of() -> None:
    assert spend({"usage": USAGE}, AS_OF).to_dicts() == [
        {"account_id": "a", "spend": 8.0},
        {"account_id": "payer", "spend": 7.0},
    ]


def test_every_llmjacking_rule_gives_its_point() -> None:
    events = table(
        "events",
        [
            event("victim", AS_OF - 60 * DAY, "ConsoleLogin", "AA"),
            event("victim", AS_OF - 5 * DAY, "ListFoundationModels", "BB"),
            event("victim", AS_OF - 5 * DAY, "DeleteModelInvocationLoggingConfiguration", "CC"),
            event("victim", AS_OF - 4 * DAY, "InvokeModel"),
            event("new", AS_OF - 4 * DAY, "InvokeModel", "AA"),
            event("later", AS_OF, "ListFoundationModels", "AA"),
        ],
    )
    points = llmjacking_points({"events": events}, AS_OF)
    assert dict(points.iter_rows()) == {"victim": 4, "new": 0}


def test_without_events_no_rule_can_fire() -> None:
    assert llmjacking_points({}, AS_OF).height == 0
