"""Cost and Usage Reports: line item types, blank units, commitments and split rows.

Split cost allocation and the discount columns: AWS Data Exports User Guide, stored copies looked
up on 2026-11-28. Line item types: the same guide where it was at hand, else public code that reads
reports (RiVolumeDiscount, SppDiscount, PrivateRateDiscount); RightsizingDiscount and the types
written in two words are made up, as neighbours, and so is the usage type of split GPU rows.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from detector import read_logs
from features import build_features
from features.registry import Registry
from tests.examples import first

MACHINE: dict[str, Any] = {
    "line_item_usage_start_date": "2026-03-30T10:00:00.000Z",
    "line_item_usage_end_date": "2026-03-30T11:00:00.000Z",
    "bill_payer_account_id": "999999999999",
    "line_item_usage_account_id": "111111111111",
    "line_item_line_item_type": "Usage",
    "line_item_product_code": "AmazonEC2",
    "line_item_usage_amount": 1.0,
    "pricing_unit": "Hrs",
    "line_item_usage_type": "USE1-BoxUsage:p4d.24xlarge",
    "product_instance_type": "p4d.24xlarge",
    "line_item_resource_id": "i-1",
    "line_item_unblended_cost": 3.0,
    "line_item_currency_code": "USD",
    "reservation_effective_cost": None,
    "reservation_unused_quantity": None,
    "savings_plan_savings_plan_effective_cost": None,
    "savings_plan_unused_commitment": None,
    "split_line_item_parent_resource_id": None,
    "split_line_item_split_usage": None,
}
TEXTS = {name: pl.String for name, value in MACHINE.items() if not isinstance(value, float)}
NUMBERS = {name: pl.Float64 for name, value in MACHINE.items() if isinstance(value, float)}


def line(kind: str = "Usage", **more: Any) -> dict[str, Any]:
    return {**MACHINE, "line_item_line_item_type": kind, **more}


def put(folder: Path, rows: list[dict[str, Any]], form: str = "csv") -> Path:
    (folder / "accounts.csv").write_text("account_id,created_at\n111111111111,2025-01-01\n")
    frame = pl.DataFrame(rows, schema={**TEXTS, **NUMBERS} | {k: TEXTS.get(k, pl.Float64)
                                                              for k in MACHINE})  # fmt: skip
    match form:
        case "parquet":
            frame.write_parquet(folder / "usage.parquet")
        case "jsonl":
            frame.write_ndjson(folder / "usage.jsonl")
        case "old":
            old = {name: _old_name(name) for name in frame.columns}
            frame.rename(old).write_csv(folder / "usage.csv")
        case _:
            frame.write_csv(folder / "usage.csv")
    return folder


def _old_name(name: str) -> str:
    """``line_item_usage_amount`` as ``lineItem/UsageAmount``."""
    for group in ("line_item", "split_line_item", "savings_plan"):
        if name.startswith(f"{group}_"):
            head, *rest = group.split("_")
            words = name.removeprefix(f"{group}_").split("_")
            joined = head + "".join(word.title() for word in rest)
            return f"{joined}/{''.join(word.title() for word in words)}"
    head, *words = name.split("_")
    return f"{head}/{''.join(word.title() for word in words)}"


def usage(folder: Path) -> pl.DataFrame:
    return read_logs(folder, max_bad=1.0)["usage"].collect()


def hours(folder: Path) -> float:
    logs = read_logs(folder, max_bad=1.0)
    table = build_features(logs, logs.as_of, registry=Registry(()))
    return float(table.filter(pl.col("account_id") == "111111111111")["a100_hours"].item())


@pytest.mark.parametrize(
    ("kind", "category"),
    [
        ("Usage", "Usage"), ("DiscountedUsage", "Usage"), ("SavingsPlanCoveredUsage", "Usage"),
        ("Fee", "Purchase"), ("RIFee", "Purchase"), ("RI Fee", "Purchase"),
        ("SavingsPlanRecurringFee", "Purchase"), ("SavingsPlanUpfrontFee", "Purchase"),
        ("Tax", "Tax"), ("Credit", "Credit"), ("Refund", "Credit"),
        ("Discount", "Credit"), ("BundledDiscount", "Credit"), ("EdpDiscount", "Credit"),
        ("PrivateRateDiscount", "Credit"), ("RiVolumeDiscount", "Credit"),
        ("RIVolumeDiscount", "Credit"), ("SppDiscount", "Credit"), ("SPP Discount", "Credit"),
        ("DistributorDiscount", "Credit"), ("RightsizingDiscount", "Credit"),
        ("SavingsPlanNegation", "Adjustment"),
    ],
)  # fmt: skip
def test_each_line_item_type_has_its_category(tmp_path: Path, kind: str, category: str) -> None:
    logs = read_logs(put(tmp_path, [line(kind)]))
    assert logs["usage"].collect()["ChargeCategory"].to_list() == [category]
    assert logs.counts["usage"].quarantined == 0


@pytest.mark.parametrize("form", ["csv", "parquet", "jsonl", "old"])
def test_only_use_counts_gpu_hours(tmp_path: Path, form: str) -> None:
    rows = [
        line(),
        line("RiVolumeDiscount", line_item_unblended_cost=-3.0),
        line("SppDiscount", line_item_unblended_cost=-3.0),
        line("RIFee", line_item_usage_amount=744.0, reservation_unused_quantity="744"),
        line("SavingsPlanRecurringFee", savings_plan_unused_commitment="12.5"),
        line("SavingsPlanCoveredUsage", savings_plan_savings_plan_effective_cost="1.5"),
        line("SavingsPlanNegation", line_item_unblended_cost=-3.0),
        line(line_item_usage_type="USE1-UnusedBox:p4d.24xlarge"),
        line(line_item_usage_type="USE1-ExtendedSupport:p4d.24xlarge"),
    ]
    assert hours(put(tmp_path, rows, form)) == 16.0


def test_an_unknown_type_sets_its_own_row_aside_and_no_other(tmp_path: Path) -> None:
    logs = read_logs(put(tmp_path, [line(), line("Anniversary"), line()]), max_bad=1.0)
    assert logs["usage"].collect().height == 2
    assert logs.quarantine.select("row", "column").rows() == [(2, "ChargeCategory")]
    assert "Anniversary" in str(logs.quarantine["content"].to_list())


@pytest.mark.parametrize(
    ("meter", "unit"),
    [
        ("USE1-BoxUsage:p4d.24xlarge", "Hrs"), ("BoxUsage", "Hrs"),
        ("EUW1-SpotUsage:p5.48xlarge", "Hrs"), ("HostBoxUsage:g6e.48xlarge", "Hrs"),
        ("DedicatedUsage:p4de.24xlarge", "Hrs"), ("USE1-Train:ml.p4d.24xlarge", "Hrs"),
        ("USW2-Cluster:ml.p5.48xlarge", "Hrs"), ("USE1-BoxUsage:g4dn.metal", "Hrs"),
        ("BoxUsage:u-6tb1.metal", "Hrs"), ("NatGateway-Hours", "Hrs"),
        ("NatGateway-Bytes", "GB"), ("DataTransfer-Out-Bytes", "GB"),
        ("EBS:VolumeUsage.gp3", "GB-Mo"), ("TimedStorage-ByteHrs", "GB-Mo"),
        ("USE1-Requests-Tier1", "Requests"), ("p4d", "unstated"), ("Something:New", "unstated"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_blank_unit_is_read_from_the_usage_type(
    tmp_path: Path, form: str, meter: str, unit: str
) -> None:
    rows = [line(pricing_unit=blank, line_item_usage_type=meter) for blank in (None, "", "NULL")]
    assert usage(put(tmp_path, rows, form))["ConsumedUnit"].to_list() == [unit] * 3


def test_a_report_without_units_counts_machines_and_tells_the_rest(tmp_path: Path) -> None:
    rows = [line(pricing_unit=None), line(pricing_unit=None, line_item_usage_type="SomethingNew")]
    folder = put(tmp_path, rows)
    pl.read_csv(folder / "usage.csv").drop("pricing_unit").write_csv(folder / "usage.csv")
    assert usage(folder).height == 2
    assert hours(folder) == 8.0


def test_a_blank_unit_of_money_stays_blank(tmp_path: Path) -> None:
    rows = [line("RIFee", pricing_unit=None), line("EdpDiscount", pricing_unit="")]
    assert usage(put(tmp_path, rows))["ConsumedUnit"].to_list() == [None, None]


@pytest.mark.parametrize("form", first(["csv", "parquet", "jsonl", "old"], 3))
@pytest.mark.parametrize(
    ("meter", "unit"),
    [("USE1-EKS-EC2-vCPU-Hours", "vCPU-Hours"), ("USE1-EKS-EC2-GPU-Hours", "Hrs")],
)  # fmt: skip
def test_split_rows_do_not_count_beside_the_machine_they_split(
    tmp_path: Path, form: str, meter: str, unit: str
) -> None:
    pod = line(
        line_item_product_code="AmazonEKS", line_item_usage_type=meter, pricing_unit=unit,
        line_item_resource_id="arn:aws:eks:us-east-1:111111111111:pod/x",
        split_line_item_parent_resource_id="i-1", split_line_item_split_usage="0.5",
    )  # fmt: skip
    task = line(line_item_product_code="AmazonECS", split_line_item_parent_resource_id="i-1")
    folder = put(tmp_path, [line(), pod, pod, task], form)
    assert hours(folder) == 8.0
    found = usage(folder)
    assert found.height == 4
    assert found["EffectiveCost"].cast(pl.Float64).to_list() == [3.0, 0.0, 0.0, 0.0]
    assert found["BilledCost"].cast(pl.Float64).sum() == 3.0
