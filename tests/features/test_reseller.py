"""Reseller shape: strangers below one payer, and what a declaration explains."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

Features = Callable[..., dict[str, dict[str, float | None]]]
Table = Callable[..., pl.DataFrame]

START = datetime(2026, 2, 2, tzinfo=UTC)


def charge(account: str, service: str, hour: int = 0, day: int = 0) -> dict[str, object]:
    start = START + timedelta(days=day, hours=hour)
    return {"BillingAccountId": "p", "SubAccountId": account, "ServiceName": service,
            "ChargePeriodStart": start, "ChargePeriodEnd": start + timedelta(hours=1)}  # fmt: skip


def records(table: Table, **payer: object) -> pl.DataFrame:
    return table(
        "accounts", {"account_id": "p", **payer},
        {"account_id": "a", "organisation_id": "o1"}, {"account_id": "b", "organisation_id": "o2"},
    )  # fmt: skip


def test_strangers_below_one_payer(features: Features, table: Table) -> None:
    usage = table("usage", charge("a", "Compute"), charge("b", "Models"))
    row = features(usage=usage, accounts=records(table))["a"]
    assert row["f04_unrelated_siblings"] == pytest.approx(0.6931471805599453)
    assert row["f04_undeclared_fan_out"] == pytest.approx(0.6931471805599453)
    assert row["f04_unlike_siblings"] == 0.5


@pytest.mark.parametrize("fact", [{"declared_reseller": True}, {"partner_id": "x"},
                                  {"customer_class": "reseller"}])  # fmt: skip
def test_a_declared_reseller_is_not_odd(
    features: Features, table: Table, fact: dict[str, object]
) -> None:
    usage = table("usage", charge("a", "Compute"), charge("b", "Models"))
    row = features(usage=usage, accounts=records(table, **fact))["a"]
    assert {k: v for k, v in row.items() if k.startswith("f04") and v} == {}


def test_a_landing_zone_of_one_organisation_is_not_odd(features: Features, table: Table) -> None:
    usage = table("usage", charge("a", "Compute"), charge("b", "Models"))
    one = table("accounts", *({"account_id": i, "organisation_id": "o"} for i in "pab"))
    row = features(usage=usage, accounts=one)["a"]
    assert {k: v for k, v in row.items() if k.startswith("f04") and v} == {}


def test_accounts_that_work_at_other_hours(features: Features, table: Table) -> None:
    day, night = range(12), range(12, 24)
    rows = [charge("a", "Compute", h, d) for h in day for d in range(2)]
    rows += [charge("b", "Compute", h, d) for h in night for d in range(2)]
    row = features(usage=table("usage", *rows), accounts=records(table))["a"]
    assert row["f04_unlike_clocks"] == pytest.approx(1.0)


def test_users_keys_and_clients_of_a_relay(features: Features, table: Table) -> None:
    calls = table(
        "model_usage",
        *({"account_id": "a", "start": START, "end": START + timedelta(hours=1),
           "end_user_hash": f"u{k}", "key_hash": f"k{k % 2}", "client_hash": "c"}
          for k in range(4)),
        {"account_id": "a", "start": START, "end": START + timedelta(hours=1), "requests": 60},
    )  # fmt: skip
    row = features(model_usage=calls, accounts=records(table))["a"]
    assert row["f04_undeclared_end_users"] == pytest.approx(1.6094379124341003)
    assert row["f04_users_per_client"] == pytest.approx(1.6094379124341003)
    assert row["f04_many_keys"] == pytest.approx(0.6931471805599453)
    assert row["f04_unnamed_users"] == 0.6
