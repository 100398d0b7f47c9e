"""Small log folders with invented names: accounts, notices, and what accounts did."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from detector import read_logs
from detector.pipeline.run import Asked, known_to_lanes
from detector.policy.lane import Known
from detector.sources import Source
from features.build import all_accounts
from features.population import Population
from features.rollups import Sums, complete

Rows = Sequence[Mapping[str, Any]]
NOW = datetime(2026, 6, 1, tzinfo=UTC)
NOTICED = datetime(2026, 3, 11, tzinfo=UTC)
HOLDER = "Vantorre Brightline Trading Co., Ltd."


def day(after: int, start: datetime = NOTICED) -> str:
    """A day before or after the notice."""
    return (start + timedelta(days=after)).strftime("%Y-%m-%dT00:00:00Z")


def account(name: str = "a1", holder: str = HOLDER, **told: Any) -> dict[str, Any]:
    """An account that was made a year before the notice."""
    return {"account_id": name, "created_at": day(-365), "org_name": holder, **told}


def notice(**told: Any) -> dict[str, Any]:
    """An award of A100 to the holder of ``account()``."""
    return {
        "notice_id": "n1", "published_at": day(0), "buyer_name": "Quillmere University",
        "supplier_name": HOLDER, "amount": "200000", "currency": "CNY", "title": "A100",
        "text": "", "notice_type": "award", **told,
    }  # fmt: skip


def charge(
    name: str = "a1", after: int = 10, cost: str = "10", hours: str = "24",
    sku: str = "p4d.24xlarge", currency: str = "USD",
) -> dict[str, Any]:  # fmt: skip
    """A day of a machine of eight A100."""
    return {
        "BillingAccountId": "payer", "SubAccountId": name, "ChargeCategory": "Usage",
        "ChargePeriodStart": day(after), "ChargePeriodEnd": day(after + 1),
        "ServiceName": "Compute", "SkuId": sku, "SkuMeter": sku, "x_InstanceType": sku,
        "ConsumedQuantity": hours, "ConsumedUnit": "Hours", "BilledCost": cost,
        "EffectiveCost": cost, "ListCost": cost, "BillingCurrency": currency, "RegionId": "r-1",
    }  # fmt: skip


def tokens(name: str = "a1", after: int = 10, number: int = 1000, model: str = "gpt-4") -> Any:
    """A day of a model."""
    return {
        "account_id": name, "start": day(after), "end": day(after + 1), "model_id": model,
        "requests": 10, "input_tokens": number, "output_tokens": 0,
    }  # fmt: skip


def payment(name: str = "a1", after: int = 5, amount: str = "1", currency: str = "CNY") -> Any:
    """A top-up."""
    return {
        "account_id": name, "time": day(after), "kind": "top_up", "amount": amount,
        "currency": currency,
    }  # fmt: skip


def write(folder: Path, tables: Mapping[str, Rows], lists: str | None = None) -> Path:
    """A log folder of tables; someone who used a small machine long before is always there."""
    folder.mkdir(parents=True, exist_ok=True)
    accounts = [account("bystander", "Plain Meadow Analytics"), *tables.get("accounts", ())]
    usage = [charge("bystander", -50, sku="t3.large"), *tables.get("usage", ())]
    for name, rows in {**tables, "accounts": accounts, "usage": usage}.items():
        columns = list(dict.fromkeys(key for row in rows for key in row))
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(rows)
    if lists is not None:
        (folder / "lists").mkdir(exist_ok=True)
        (folder / "lists" / "ours.csv").write_text(lists)
        (folder / "lists" / "manifest.toml").write_text(
            '[files."ours.csv"]\ndate = 2026-05-30\n'
        )  # fmt: skip
    return folder


def known_of(source: Source, as_of: datetime | None = None) -> Known:
    """What lanes are given of a source."""
    moment, sums = as_of or source.as_of, Sums()
    for table in source.tables():
        sums.add(source.rollups(table, moment))
    rollups = complete(sums.whole(), source.tables(), moment, source.catalogue)
    accounts = all_accounts(Population.apart(rollups))["account_id"]
    return known_to_lanes(source, rollups, accounts, Asked())


def known(folder: Path, as_of: datetime = NOW) -> Known:
    """What lanes are given of a folder."""
    return known_of(read_logs(folder, as_of, max_bad=1.0), as_of)


def strengths(rows: pl.DataFrame) -> dict[tuple[str, str | None], str]:
    """Strength by notice and account."""
    told = rows.select("notice", "account_id", pl.col("strength").cast(pl.String)).iter_rows()
    return {(notice_, account_): strength for notice_, account_, strength in told}
