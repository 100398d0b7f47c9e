"""Small log folders with invented names: accounts, what they used, owners and lists."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from detector.policy.lane import Findings

Rows = Sequence[Mapping[str, Any]]
NOW = datetime(2026, 3, 10, tzinfo=UTC)
LISTED = "Zarkov Orlavane Institute"
ENTITY_LIST = f"name,list,country,aliases\n{LISTED},EL,CN,\nPelmira Foundry,EL,RU,\nTolvo,UVL,RU,\n"
MANIFEST = '[files."ours.csv"]\ndate = 2026-03-05\n'


def account(name: str, **told: Any) -> dict[str, Any]:
    """An account called like its holder, which sits in Singapore."""
    return {
        "account_id": name, "created_at": "2025-01-01T00:00:00Z", "declared_country": "SG",
        "org_name": f"{name} Works", "customer_class": "business", **told,
    }  # fmt: skip


def hours(name: str, sku: str = "p4d.24xlarge", day: str = "2026-03-05") -> dict[str, Any]:
    """Five hours of a machine."""
    return {
        "BillingAccountId": "payer", "SubAccountId": name, "ChargeCategory": "Usage",
        "ChargePeriodStart": f"{day}T00:00:00Z", "ChargePeriodEnd": f"{day}T05:00:00Z",
        "ServiceName": "Compute", "SkuId": sku, "SkuMeter": sku, "x_InstanceType": sku,
        "ConsumedQuantity": "5", "ConsumedUnit": "Hours", "BilledCost": "10",
        "EffectiveCost": "10", "ListCost": "10", "BillingCurrency": "USD", "RegionId": "r-1",
    }  # fmt: skip


def tokens(name: str, model: str = "claude-opus-4-7") -> dict[str, Any]:
    """An hour of a model."""
    return {
        "account_id": name, "start": "2026-03-05T00:00:00Z", "end": "2026-03-05T01:00:00Z",
        "model_id": model, "requests": 10, "input_tokens": 1000, "output_tokens": 10,
    }  # fmt: skip


def holds(account: str, owner: str, least: str, most: str | None = None, **told: Any) -> Any:
    """An owner of an account, a company unless told otherwise."""
    return {
        "account_id": account, "owner_name": owner, "share_min": least,
        "share_max": least if most is None else most, "owner_kind": "entity", **told,
    }  # fmt: skip


def owns(owner: str, owned: str, least: str, most: str | None = None, **told: Any) -> Any:
    """An owner of a company."""
    told = {"owner_kind": "entity", **told}
    return {
        "owned_name": owned, "owner_name": owner, "share_min": least,
        "share_max": least if most is None else most, **told,
    }  # fmt: skip


def write(folder: Path, tables: Mapping[str, Rows], lists: Mapping[str, str] | None) -> Path:
    """A log folder of tables and lists; someone who used a small machine is always there."""
    folder.mkdir(parents=True, exist_ok=True)
    accounts = [account("Bystander"), *tables.get("accounts", ())]
    usage = [hours("Bystander", "t3.large"), *tables.get("usage", ())]
    for name, rows in {**tables, "accounts": accounts, "usage": usage}.items():
        columns = list(dict.fromkeys(key for row in rows for key in row))
        with (folder / f"{name}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(rows)
    for name, text in (lists or {}).items():
        (folder / "lists").mkdir(exist_ok=True)
        (folder / "lists" / name).write_text(text)
    return folder


Asking = Callable[..., Findings]


def said(found: Findings, rule: str | None = None, **where: Any) -> dict[str, str]:
    """Outcome of each account, of one rule or of all."""
    rows = found.policy.filter(True if rule is None else pl.col("rule") == rule)
    for name, value in where.items():
        rows = rows.filter(pl.col(name) == value)
    return dict(rows.select("account_id", pl.col("outcome").cast(pl.String)).iter_rows())


def queued(found: Findings) -> set[str]:
    """Accounts that a person is asked to look at."""
    return set(found.asks)
