"""Charges as clouds export them: what accompanies a machine is none, at every door."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

pytestmark = pytest.mark.long  # each kind is asked of one door in tests/sources

FOCUS = (
    "ChargePeriodStart,ChargePeriodEnd,BillingAccountId,SubAccountId,ChargeCategory,ServiceName,"
    "ConsumedQuantity,ConsumedUnit,SkuMeter,CommitmentDiscountStatus,CapacityReservationStatus,"
    "ChargeClass"
)
ACCOUNTS = {"accounts.csv": "account_id,created_at\na,2025-01-01\n"}
HOUR = "2026-03-30T10:00:00Z,2026-03-30T11:00:00Z"
A100 = 8.0
"""A100-hours of an hour of a p4d.24xlarge."""


def row(quantity: str = "1", unit: str = "Hrs", *, sku: str = "BoxUsage:p4d.24xlarge",
        discount: str = "", reservation: str = "", kind: str = "",
        category: str = "Usage") -> str:  # fmt: skip
    return f"{HOUR},p,a,{category},EC2,{quantity},{unit},{sku},{discount},{reservation},{kind}"


def charges(*rows: str) -> dict[str, str]:
    return {**ACCOUNTS, "usage.csv": "\n".join([FOCUS, *rows]) + "\n"}


USED = [row() for _ in range(19)]
NULLS = {
    "a commitment unused": row("", "", discount="Unused"),
    "small letters": row("", "", discount="unused"),
    "a unit alone": row("", "Hours", discount="Unused"),
    "NULL for nothing": row("NULL", "NULL", discount="Unused"),
    "a reservation unused": row("", "", reservation="Unused"),
    "a correction": row("", "", kind="Correction"),
    "a tax": row("", "", category="Tax"),
}


@pytest.mark.parametrize("kind", NULLS)
def test_what_was_not_consumed_needs_no_quantity(through: Any, kind: str) -> None:
    seen = through(charges(*USED, *[NULLS[kind]] * 3), slowly=False)
    assert (seen.counts["usage"]["ok"], seen.counts["usage"]["quarantined"]) == (22, 0)
    assert seen.features["a"]["a100_hours"] == 19 * A100


@pytest.mark.parametrize("bad", [row("", ""), row("", "", discount="Used"), row("1", "")])
def test_what_was_consumed_needs_one(through: Any, bad: str) -> None:
    seen = through(charges(*USED, bad), slowly=False)
    assert seen.counts["usage"]["quarantined"] == len(seen.quarantine) == 1


def test_unused_hours_are_left_out_and_corrections_are_signed(through: Any) -> None:
    rows = [*USED, row("5", discount="Unused"), row("7", reservation="UNUSED"),
            row("-2.5", kind="Correction")]  # fmt: skip
    assert through(charges(*rows)).features["a"]["a100_hours"] == (19 - 2.5) * A100


GOOGLE = {
    "an Autopilot pod's GPU": (
        "Autopilot NVIDIA A100 80GB Pod GPU Requests (us-central1)", 86_400, (24, 0)
    ),
    "its CPU": (
        "Autopilot NVIDIA A100 80GB Pod mCPU Requests (us-central1)", 1_036_800_000, (0, 0)
    ),
    "its memory": (
        "Autopilot NVIDIA A100 80GB Pod Memory Requests (us-central1)", 1_036_800_000, (0, 0)
    ),
    "an attached GPU": (
        "Nvidia H100 80GB GPU attached to A3 VMs running in Iowa", 691_200, (0, 192)
    ),
    "a spot GPU": (
        "Nvidia H100 80GB GPU attached to Spot Preemptible VMs running in Iowa", 691_200, (0, 192)
    ),
    "a GPU for a defined time": (
        "Nvidia H100 80GB GPU attached to DWS Defined Duration VMs running in Americas", 691_200,
        (0, 192),
    ),
    "cores beside it": ("DWS Defined Duration A3 Core running in Americas", 17_971_200, (0, 0)),
    "a management fee": (
        "Vertex AI: Training/Pipelines management fee on NVIDIA H100 80GB in Iowa", 691_200, (0, 0)
    ),
    "an online prediction's fee": (
        "Vertex AI: Online/Batch Prediction management fee on Nvidia A100 80GB in Iowa", 691_200,
        (0, 0),
    ),
    "a premium": ("Autopilot H100 80GB Premium (us-central1)", 691_200, (0, 0)),
    "a premium in capitals": ("AUTOPILOT A100 80GB PREMIUM (EUROPE-WEST4)", 691_200, (0, 0)),
}  # fmt: skip


@pytest.mark.parametrize("kind", GOOGLE)
def test_of_google_skus_the_gpu_alone_is_a_gpu(through: Any, kind: str) -> None:
    sku, seconds, (a100, h100) = GOOGLE[kind]
    seen = through(charges(row(sku="vm"), row(str(seconds), "seconds", sku=sku)), slowly=False)
    features = seen.features["a"]
    assert (features["a100_hours"], features["h100_hours"]) == (a100, h100)


def test_a_machine_and_its_fees_are_one_machine(through: Any) -> None:
    rows = [row(str(n), "seconds", sku=sku) for sku, n, _ in GOOGLE.values()]
    features = through(charges(*rows), slowly=False).features["a"]
    assert (features["a100_hours"], features["h100_hours"]) == (24, 3 * 192)


CUR = (
    "bill_payer_account_id,line_item_line_item_type,line_item_product_code,pricing_unit,"
    "line_item_usage_type,line_item_currency_code,line_item_usage_account_id,"
    "line_item_usage_amount,line_item_unblended_cost,line_item_usage_start_date,"
    "line_item_usage_end_date"
)
LEGACY = (
    "bill/PayerAccountId,lineItem/LineItemType,lineItem/ProductCode,pricing/unit,"
    "lineItem/UsageType,lineItem/CurrencyCode,lineItem/UsageAccountId,lineItem/UsageAmount,"
    "lineItem/UnblendedCost,lineItem/UsageStartDate,lineItem/UsageEndDate"
)


def report(*kinds: str, header: str = CUR, unit: str = "Hrs", amount: str = "1") -> str:
    used = [f"p,Usage,AmazonEC2,Hrs,BoxUsage:p4d.24xlarge,USD,a,1,32,{HOUR}"] * 10
    lines = [f"p,{k},AmazonEC2,{unit},BoxUsage:p4d.24xlarge,USD,a,{amount},-1,{HOUR}"
             for k in kinds]  # fmt: skip
    return "\n".join([header, *used, *lines]) + "\n"


NO_USE = [
    "RiVolumeDiscount", "SppDiscount", "EdpDiscount", "PrivateRateDiscount", "BundledDiscount",
    "Discount", "DistributorDiscount", "Credit", "Refund", "Tax", "Fee", "RIFee",
    "SavingsPlanNegation", "SavingsPlanUpfrontFee", "SavingsPlanRecurringFee",
    "rivolumediscount",
]  # fmt: skip


def test_line_items_that_are_no_use_are_read_and_are_none(through: Any) -> None:
    for unit, amount in (("Hrs", "1"), ("", "")):
        files = {**ACCOUNTS, "usage.csv": report(*NO_USE, unit=unit, amount=amount)}
        seen = through(files, slowly=False)
        assert seen.counts["usage"]["quarantined"] == 0
        assert seen.features["a"]["a100_hours"] == 10 * A100


@pytest.mark.parametrize("kind", ["DiscountedUsage", "SavingsPlanCoveredUsage", "usage"])
@pytest.mark.parametrize("header", [CUR, LEGACY])
def test_line_items_of_use_count(through: Any, kind: str, header: str) -> None:
    text = gzip.compress(report(kind, "RiVolumeDiscount", header=header).encode())
    seen = through({**ACCOUNTS, "usage.csv.gz": text}, slowly=False)
    assert seen.features["a"]["a100_hours"] == 11 * A100


def test_a_kind_of_line_item_that_nobody_knows_is_set_aside(through: Any) -> None:
    files = {**ACCOUNTS, "usage.csv": report("NeverHeardOf")}
    seen = through(files, max_bad=0.1, slowly=False)
    assert seen.counts["usage"]["quarantined"] == len(seen.quarantine) == 1
