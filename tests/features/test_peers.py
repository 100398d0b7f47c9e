"""Peer groups: workload, scale and age bands from behaviour."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import polars as pl

from features.peers import PEER_COLUMNS, peer_codes
from features.rollups import Rollups

Table = Callable[..., pl.DataFrame]
START = datetime(2026, 2, 2, tzinfo=UTC)


def charge(account: str, **more: object) -> dict[str, object]:
    return {"BillingAccountId": account, "ChargePeriodStart": START,
            "ChargePeriodEnd": START + timedelta(hours=1), **more}  # fmt: skip


def test_workloads_scales_and_ages(rolled: Callable[..., Rollups], table: Table) -> None:
    usage = table("usage", charge("gpu", ResourceType="p4d.24xlarge", ConsumedQuantity=30),
                  charge("both", ResourceType="p4d.24xlarge"), charge("web"))  # fmt: skip
    span = {"start": START, "end": START + timedelta(hours=1)}
    model = table("model_usage", {"account_id": "both", **span},
                  {"account_id": "api", **span, "input_tokens": 2 * 10**9})  # fmt: skip
    new = {"created_at": START}
    accounts = table("accounts", {"account_id": "web", **new}, {"account_id": "none", **new})
    rollups = rolled(usage=usage, model_usage=model, accounts=accounts)
    ids = pl.DataFrame({"account_id": ["web", "gpu", "api", "both", "none"]})
    codes = peer_codes(rollups, ids)
    assert codes["account_id"].to_list() == ids["account_id"].to_list()
    assert codes["workload"].to_list() == [0, 1, 2, 3, 4]
    assert codes["scale"].to_list() == [0, 1, 2, 0, 0]
    assert codes["age"].to_list() == [0, 0, 2, 0, 0]
    assert codes.select(PEER_COLUMNS).null_count().sum_horizontal().item() == 0


def test_accounts_are_new_for_a_month_and_young_for_four(
    rolled: Callable[..., Rollups], table: Table, as_of: datetime
) -> None:
    """A day decides at each bound."""
    days = [29, 30, 119, 120]
    made = ({"account_id": f"{d}", "created_at": as_of - timedelta(days=d)} for d in days)
    ids = pl.DataFrame({"account_id": [f"{d}" for d in days]})
    codes = peer_codes(rolled(accounts=table("accounts", *made)), ids)
    assert codes["age"].to_list() == [0, 1, 1, 2]
