"""Controlled compute: shares, promptness, ramp and idle reservations by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from features.rollups import Rollups

Features = Callable[..., dict[str, dict[str, float | None]]]
Table = Callable[..., pl.DataFrame]


def hour(day: int, h: int, machine: str = "p4d.24xlarge", **more: object) -> dict[str, object]:
    start = datetime(2026, 2, day, h, tzinfo=UTC)
    end = start + timedelta(hours=1)
    return {
        "BillingAccountId": "a", "ChargePeriodStart": start, "ChargePeriodEnd": end,
        "ResourceType": more.pop("machine", machine), "PricingCategory": "Standard", **more,
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


def test_unused_and_corrections_without_quantity_change_no_hours(
    features: Features, table: Table
) -> None:
    nothing: dict[str, object] = {"ConsumedQuantity": None, "ConsumedUnit": None}
    usage = table(
        "usage", hour(2, 0), hour(2, 1),
        hour(2, 2, CommitmentDiscountStatus="Unused", **nothing),
        hour(2, 3, CapacityReservationStatus="Unused", **nothing),
        hour(2, 4, ChargeClass="Correction", EffectiveCost=-1, **nothing),
        hour(2, 5, ChargeClass="Correction", ConsumedQuantity=None, EffectiveCost=-1),
    )  # fmt: skip
    assert features(usage=usage)["a"]["a100_hours"] == 16.0


def test_a_correction_is_a_signed_delta(features: Features, table: Table) -> None:
    less = hour(2, 1, ChargeClass="Correction", ConsumedQuantity=-0.5)
    more = hour(2, 2, ChargeClass="Correction", ConsumedQuantity=0.25)
    assert features(usage=table("usage", hour(2, 0), less, more))["a"]["a100_hours"] == 6.0


@pytest.mark.parametrize(
    ("row", "counted"),
    [
        ({"ConsumedUnit": "GB"}, 1),
        ({"ConsumedUnit": "Requests"}, 1),
        ({"ConsumedUnit": "1 Each"}, 1),
        ({"ConsumedUnit": None, "ChargeClass": "Correction"}, 1),
        ({"ConsumedQuantity": None}, 1),
        ({"ConsumedQuantity": None, "ConsumedUnit": None}, 1),
        ({"ConsumedUnit": "Hours"}, 0),
        ({"ConsumedUnit": "GB", "ConsumedQuantity": 0}, 0),
        ({"ConsumedUnit": "GB", "machine": "m5.large"}, 0),
        ({"ConsumedUnit": "GB", "ChargeCategory": "Purchase"}, 0),
        ({"ConsumedUnit": "GB", "CommitmentDiscountStatus": "Unused"}, 0),
        ({"ConsumedQuantity": None, "ConsumedUnit": None, "ChargeClass": "Correction"}, 0),
        ({"ConsumedQuantity": None, "CapacityReservationStatus": "Unused"}, 0),
    ],
)
def test_what_cannot_be_told_in_gpu_hours_is_counted(
    rolled: Callable[..., Rollups], table: Table, row: dict[str, Any], counted: int
) -> None:
    usage = rolled(usage=table("usage", hour(2, 0), hour(2, 1, **row)))["usage"]
    assert int(usage["unmapped_rows"].sum()) == counted
    assert int(usage["rows"].sum()) == 2


def test_autopilot_vertex_and_plain_machines_count_their_gpus_once(
    features: Features, table: Table
) -> None:
    day = datetime(2026, 2, 2, tzinfo=UTC)
    lines = [
        ("pods", "Autopilot NVIDIA A100 80GB Pod GPU Requests (us-central1)", 86_400),
        ("pods", "Autopilot NVIDIA A100 80GB Pod mCPU Requests (us-central1)", 1_036_800_000),
        ("train", "Nvidia H100 80GB GPU attached to DWS Defined Duration VMs running in Americas",
         691_200),
        ("train", "DWS Defined Duration A3 Core running in Americas", 17_971_200),
        ("train", "Vertex AI: Training/Pipelines management fee on NVIDIA H100 80GB in Iowa",
         691_200),
        ("plain", "Nvidia H100 80GB GPU attached to A3 VMs running in Iowa", 691_200),
        ("plain", "Autopilot H100 80GB Premium (us-central1)", 691_200),
    ]  # fmt: skip
    usage = table("usage", *(
        {"BillingAccountId": account, "ChargePeriodStart": day, "SkuMeter": meter,
         "ChargePeriodEnd": day + timedelta(days=1), "ConsumedQuantity": seconds,
         "ConsumedUnit": "seconds"}
        for account, meter, seconds in lines
    ))  # fmt: skip
    rows = features(usage=usage)
    hours = {name: row["controlled_gpu_hours"] for name, row in rows.items()}
    assert hours == {"pods": 24.0, "train": 192.0, "plain": 192.0}
    assert (rows["pods"]["a100_hours"], rows["train"]["h100_hours"]) == (24.0, 192.0)


def test_the_first_thing_an_account_does(features: Features, table: Table) -> None:
    rows = [hour(1, 0, BillingAccountId="old"), hour(20, 0, "m5.large"), hour(21, 0)]
    usage = table("usage", *rows, hour(24, 1, BillingAccountId="late"))
    found = features(usage=usage)
    assert found["a"]["f01_first_thing"] == 0.5
    assert found["late"]["f01_first_thing"] == 1.0
    # Its first charge may not be its first: the data begin with it.
    assert found["old"]["f01_first_thing"] == 0.0


def test_controlled_gpus_that_are_new_to_an_old_account(features: Features, table: Table) -> None:
    before = [hour(d, 0, "m5.large") for d in (1, 2)]
    usage = table("usage", *before, hour(20, 0), hour(20, 1, "m5.large"))
    made = datetime(2026, 2, 20, tzinfo=UTC) - timedelta(days=540)
    accounts = table("accounts", {"account_id": "a", "created_at": made})
    row = features(usage=usage, accounts=accounts)["a"]
    # Three years of four, and half of the bill from then on.
    assert row["f01_new_to_old_account"] == 0.75 * 0.5
    always = table("usage", hour(1, 0), hour(20, 0))
    assert features(usage=always, accounts=accounts)["a"]["f01_new_to_old_account"] == 0.0


def test_capacity_bought_ahead_counts_where_gpus_are(features: Features, table: Table) -> None:
    bought = hour(2, 0, ChargeCategory="Purchase", EffectiveCost=3, machine=None)
    gpu = features(usage=table("usage", hour(2, 1), bought))
    web = features(usage=table("usage", hour(2, 1, "m5.large"), bought))
    assert gpu["a"]["f01_bought_ahead"] == 0.75
    assert web["a"]["f01_bought_ahead"] == 0.0
