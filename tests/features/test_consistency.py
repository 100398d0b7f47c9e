"""KYC consistency: records missing, late, young or at odds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

Features = Callable[..., dict[str, dict[str, float | None]]]
Table = Callable[..., pl.DataFrame]


def gpu(account: str = "a", cost: int = 1) -> dict[str, object]:
    start = datetime(2026, 2, 2, tzinfo=UTC)
    return {
        "BillingAccountId": account, "ChargePeriodStart": start, "EffectiveCost": cost,
        "ChargePeriodEnd": start + timedelta(hours=1), "ResourceType": "p5.48xlarge",
    }  # fmt: skip


def test_missing_records_are_counted(features: Features, table: Table) -> None:
    half = {"declared_use_class": "web", "customer_class": "business", "kyc_status": "verified"}
    accounts = table("accounts", {"account_id": "a", **half}, {"account_id": "b"})
    rows = features(accounts=accounts)
    assert rows["a"]["f13_missing_records"] == 0.5
    assert rows["b"]["f13_missing_records"] == 1.0


@pytest.mark.parametrize(("status", "unverified", "failed"), [
    (None, 1.0, 0.0), ("none", 1.0, 0.0), ("pending", 1.0, 0.0), ("verified", 0.0, 0.0),
    ("failed", 0.0, 1.0), ("expired", 0.0, 1.0),
])  # fmt: skip
def test_verification(
    features: Features, table: Table, status: str | None, unverified: float, failed: float
) -> None:
    accounts = table("accounts", {"account_id": "a", "kyc_status": status})
    row = features(accounts=accounts, usage=table("usage", gpu()))["a"]
    assert row["f13_unverified_controlled"] == unverified
    assert row["f13_failed_check"] == failed


def test_verified_after_the_gpus_ran(features: Features, table: Table) -> None:
    late = datetime(2026, 2, 12, tzinfo=UTC)
    accounts = table("accounts", {"account_id": "a", "kyc_verified_at": late})
    row = features(accounts=accounts, usage=table("usage", gpu()))["a"]
    assert row["f13_verified_after_use"] == 10 / 40


def test_young_entities(features: Features, table: Table) -> None:
    made = datetime(2025, 3, 3, tzinfo=UTC)
    accounts = table(
        "accounts", {"account_id": "a", "entity_registered_at": made - timedelta(days=30)},
        {"account_id": "b", "entity_registered_at": made + timedelta(days=5)}, {"account_id": "c"},
    )  # fmt: skip
    rows = features(accounts=accounts, usage=table("usage", gpu()))
    assert rows["a"]["f13_young_entity"] == 0.5
    assert rows["a"]["f13_young_entity_controlled"] == pytest.approx(6 / 7)
    assert rows["b"]["f13_young_entity"] == 1.0
    assert rows["c"]["f13_young_entity"] == 0.0


def test_places_that_disagree_whichever_they_are(features: Features, table: Table) -> None:
    accounts = table(
        "accounts", {"account_id": "a", "declared_country": "AA", "billing_country": "AA",
                     "phone_country": "BB"}, {"account_id": "b", "declared_country": "AA"},
    )  # fmt: skip
    rows = features(accounts=accounts)
    assert rows["a"]["f13_records_disagree"] == pytest.approx(2 / 3)
    assert rows["b"]["f13_records_disagree"] == 0.0


def test_declared_use_against_the_bill(features: Features, table: Table) -> None:
    accounts = table("accounts", {"account_id": "a", "declared_use_class": "web"},
                     {"account_id": "b"})  # fmt: skip
    rows = features(accounts=accounts, usage=table("usage", gpu("a"), gpu("b")))
    assert (rows["a"]["f13_light_use_declared"], rows["a"]["f13_no_end_use"]) == (1.0, 0.0)
    assert (rows["b"]["f13_light_use_declared"], rows["b"]["f13_no_end_use"]) == (0.0, 1.0)


@pytest.mark.parametrize(("kind", "known", "value"), [
    ("business", False, 1.0), ("business", True, 0.0), ("individual", False, 0.0),
    (None, False, 0.0),
])  # fmt: skip
def test_a_company_of_which_no_register_tells(
    features: Features, table: Table, kind: str | None, known: bool, value: float
) -> None:
    since = datetime(2020, 1, 1, tzinfo=UTC) if known else None
    record = {"account_id": "a", "customer_class": kind, "entity_registered_at": since}
    row = features(accounts=table("accounts", record), usage=table("usage", gpu()))["a"]
    assert row["f13_company_without_date"] == value


def test_ownership_that_cannot_be_seen(features: Features, table: Table) -> None:
    accounts = table("accounts", {"account_id": "a"}, {"account_id": "b"}, {"account_id": "c"})
    gone = datetime(2026, 1, 5, tzinfo=UTC)
    owners = table(
        "account_owners",
        {"account_id": "a", "owner_name": "x", "share_min": "0.25"},
        {"account_id": "a", "owner_name": "y", "share_min": None},
        {"account_id": "a", "owner_name": "z", "share_min": "0.5", "until": gone},
        {"account_id": "b", "owner_name": "x", "share_min": 1},
    )
    rows = features(accounts=accounts, account_owners=owners)
    values = [rows[name]["f13_ownership_unseen"] for name in "abc"]
    assert values == [0.75, 0.0, 0.0]
    assert features(accounts=accounts)["a"]["f13_ownership_unseen"] is None
