"""What speaks for an account: records and years, none of it a sign where it is missing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from features.build import REGISTRY

Features = Callable[..., dict[str, dict[str, float | None]]]
Table = Callable[..., pl.DataFrame]

MINE = [feature.name for feature in REGISTRY if feature.both]


@pytest.mark.parametrize(("fact", "value", "name"), [
    ("kyc_status", "verified", "f16_verified"),
    ("customer_class", "education", "f16_public_body"),
    ("customer_class", "government", "f16_public_body"),
    ("customer_class", "enterprise", "f16_enterprise"),
])  # fmt: skip
def test_each_fact_is_one_column(
    features: Features, table: Table, fact: str, value: object, name: str
) -> None:
    accounts = table("accounts", {"account_id": "a", fact: value}, {"account_id": "b"})
    rows = features(accounts=accounts)
    differ = [one for one in MINE if rows["a"][one] != rows["b"][one]]
    assert differ == [name]
    assert (rows["b"][name], rows["a"][name]) == (0.0, 1.0)


def test_an_old_entity_is_worth_more_than_a_young_one_or_none(
    features: Features, table: Table
) -> None:
    made = datetime(2026, 1, 10, tzinfo=UTC)
    years = [("old", 365), ("young", 5), ("later", -20)]
    accounts = table(
        "accounts",
        {"account_id": "none", "created_at": made},
        *(
            {"account_id": k, "created_at": made, "entity_registered_at": made - timedelta(days=d)}
            for k, d in years
        ),
    )
    worth = {k: row["f16_entity_age"] for k, row in features(accounts=accounts).items()}
    assert worth == {"old": 0.5, "young": 5 / 370, "later": 0.0, "none": 0.0}


def test_a_client_seen_for_long_is_steady_and_unknown_without_events(
    features: Features, table: Table
) -> None:
    first = datetime(2026, 1, 10, tzinfo=UTC)
    seen = [
        {"account_id": "a", "time": first + timedelta(days=d), "user_agent_hash": agent}
        for d, agent in ((0, "one"), (30, "one"), (0, "two"))
    ]
    accounts = table("accounts", {"account_id": "a"})
    rows = features(accounts=accounts, events=table("events", *seen))
    assert rows["a"]["f16_steady_client"] == 0.5
    assert features(accounts=accounts)["a"]["f16_steady_client"] is None
