"""Controlled compute: shares, promptness, ramp and idle reservations by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

Features = Callable[..., dict[str, dict[str, float | None]]]
Table = Callable[..., pl.DataFrame]


def hour(day: int, h: int, machine: str = "p4d.24xlarge", **more: object) -> dict[str, object]:
    start = datetime(2026, 2, day, h, tzinfo=UTC)
    end = start + timedelta(hours=1)
    return {
        "BillingAccountId": "a", "ChargePeriodStart": start, "ChargePeriodEnd": end,
        "ResourceType": machine, "PricingCategory": "Standard", **more,
    }  # fmt: skip


def test_shares_of_spend_hours_and_clock(features: Features, table: Table) -> None:
    usage = table(
        "usage", hour(2, 0), hour(2, 1), hour(2, 2, "g4dn.xlarge"),
        hour(2, 3, "m5.large", EffectiveCost=7, ServiceName="Web"),
    )  # fmt: skip
    row = features(usage=usage)["a"]
    assert row["f01_controlled_spend_share"] == 0.2
    assert row["f01_controlled_hours_share"] == 16 / 17
    assert row["f01_round_the_clock"] == 3 / 24
    assert row["f01_on_demand_share"] == 1.0
    assert row["f01_bare_compute"] == 0.5
    assert row["f01_one_run"] == 1.0
    assert row["a100_hours"] == 16.0


def test_first_controlled_use_counts_from_sign_up(features: Features, table: Table) -> None:
    accounts = table(
        "accounts", {"account_id": "a", "created_at": datetime(2026, 2, 1, tzinfo=UTC)}
    )
    usage = table("usage", hour(2, 0))
    assert features(usage=usage, accounts=accounts)["a"]["f01_controlled_after_signup"] == 0.5


def test_an_unknown_sign_up_is_not_the_same_hour(features: Features, table: Table) -> None:
    usage, nobody = table("usage", hour(2, 0)), table("accounts", {"account_id": "b"})
    assert features(usage=usage, accounts=nobody)["a"]["f01_controlled_after_signup"] == 0.0


def test_a_jump_from_other_services_to_gpus(features: Features, table: Table) -> None:
    usage = table("usage", *(hour(d, 0, "m5.large") for d in (1, 2, 3)), hour(20, 0), hour(21, 0))
    row = features(usage=usage)["a"]
    assert row["f01_controlled_jump"] == 1.0
    assert row["f01_late_first_controlled"] == 19 / 90


def test_no_ramp_asks_for_five_days_of_use(features: Features, table: Table) -> None:
    flat = table("usage", *(hour(d, 0) for d in range(1, 6)))
    short = table("usage", *(hour(d, 0) for d in range(1, 5)))
    grows = table("usage", *(hour(d, 0, ConsumedQuantity=d) for d in range(1, 6)))
    assert features(usage=flat)["a"]["f01_no_ramp"] == 1.0
    assert features(usage=short)["a"]["f01_no_ramp"] == 0.0
    assert features(usage=grows)["a"]["f01_no_ramp"] == pytest.approx(2 / 5)


def test_unused_reservations_are_idle_and_not_use(features: Features, table: Table) -> None:
    idle = hour(3, 0, CapacityReservationStatus="Unused", ConsumedQuantity=3)
    row = features(usage=table("usage", hour(2, 0), idle))["a"]
    assert row["f01_idle_reservations"] == 0.75
    assert row["a100_hours"] == 8.0


def test_quota_asked_for_and_used_or_not(features: Features, table: Table) -> None:
    ask = {"operation": "RequestServiceQuotaIncrease", "time": datetime(2026, 2, 1, tzinfo=UTC)}
    events = table("events", {"account_id": "a", **ask}, {"account_id": "b", **ask})
    rows = features(usage=table("usage", hour(2, 0)), events=events)
    assert rows["a"]["f01_use_after_request"] == 0.5
    assert rows["a"]["f01_asked_in_vain"] == 0.0
    assert rows["b"]["f01_use_after_request"] == 0.0
    assert rows["b"]["f01_asked_in_vain"] == pytest.approx(0.6931471805599453)


def test_machines_started_for_each_day_of_gpu_time(features: Features, table: Table) -> None:
    start = datetime(2026, 2, 2, tzinfo=UTC)
    events = table(
        "events",
        *({"account_id": "a", "operation": "RunInstances", "time": start} for _ in range(6)),
    )
    week = hour(2, 0, ChargePeriodEnd=start + timedelta(hours=6), ConsumedQuantity=6)
    two_days = features(usage=table("usage", week), events=events)["a"]
    assert two_days["f01_machine_churn"] == pytest.approx(1.3862943611198906)
    few_hours = table("usage", hour(2, 0))
    assert features(usage=few_hours, events=events)["a"]["f01_machine_churn"] == pytest.approx(
        1.9459101490553132
    )
    idle = table("usage", hour(2, 0, "m5.large"))
    assert features(usage=idle, events=events)["a"]["f01_machine_churn"] == 0.0
