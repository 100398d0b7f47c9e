"""Synchrony: sign-up crowds, equal spells, and linked accounts that start together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

Features = Callable[..., dict[str, dict[str, float | None]]]
Table = Callable[..., pl.DataFrame]
DAY = datetime(2026, 1, 20, tzinfo=UTC)


def test_a_crowd_of_strangers(features: Features, table: Table) -> None:
    crowd = [{"account_id": f"c{k}", "created_at": DAY + timedelta(hours=k)} for k in range(10)]
    rows = features(accounts=table("accounts", *crowd, {"account_id": "x", "created_at":
                                                        DAY - timedelta(days=40)}))  # fmt: skip
    assert rows["c5"]["f12_signup_crowd"] == 9.0
    assert rows["x"]["f12_signup_crowd"] == 0.0


def test_accounts_of_one_organisation_are_no_crowd(features: Features, table: Table) -> None:
    zone = [{"account_id": f"c{k}", "created_at": DAY, "organisation_id": "o"} for k in range(10)]
    assert features(accounts=table("accounts", *zone))["c5"]["f12_signup_crowd"] == 0.0


def calls(account: str, first: int, last: int, model: str = "m") -> list[dict[str, object]]:
    return [
        {"account_id": account, "start": DAY + timedelta(days=d), "model_id": model,
         "end": DAY + timedelta(days=d, hours=1), "region": "r"}
        for d in (first, last)
    ]  # fmt: skip


def test_strangers_with_the_same_spell(features: Features, table: Table) -> None:
    others = [row for k in range(6) for row in calls(f"n{k}", k, 10 + k, f"m{k}")]
    usage = table("model_usage", *calls("a", 1, 5), *calls("b", 1, 5), *others)
    rows = features(model_usage=usage, usage=table("usage"))
    assert rows["a"]["f12_same_spell"] == 2.0  # two of eight accounts
    assert rows["n3"]["f12_same_spell"] == 0.0


def test_linked_accounts_start_and_change_together(features: Features, table: Table) -> None:
    links = table("account_links", *(
        {"account_id": i, "kind": kind, "value_hash": "x"}
        for i in "ab" for kind in ("payment", "tax_id", "phone")))  # fmt: skip
    people = [{"account_id": f"n{k:03}"} for k in range(98)]
    accounts = table("accounts", *people, *({"account_id": i} for i in "ab"))
    usage = table(
        "model_usage", *calls("n001", -9, -8), *calls("a", 1, 5), *calls("b", 2, 6),
        *calls("a", 9, 12, "new"), *calls("b", 10, 12, "new"),
    )  # fmt: skip
    row = features(model_usage=usage, account_links=links, accounts=accounts, usage=table("usage"))[
        "a"
    ]
    sure = 100_000 / 100_010
    assert row["f12_starts_together"] == pytest.approx(0.5 * sure, rel=1e-3)
    assert row["f12_new_model_together"] == pytest.approx(0.5 * sure, rel=1e-3)
