"""Multi-tenancy: communities of keys that never meet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import polars as pl
import pytest

Features = Callable[..., dict[str, dict[str, float | None]]]
Table = Callable[..., pl.DataFrame]


def event(**more: object) -> dict[str, object]:
    return {"account_id": "a", "time": datetime(2026, 2, 2, tzinfo=UTC), **more}


def tenants(table: Table, number: int) -> pl.DataFrame:
    return table("events", *(event(actor_uid=f"u{k}", ssh_key_hash=f"k{k}", image_hash=f"i{k}")
                             for k in range(number)))  # fmt: skip


def test_four_tenants_are_four_communities(features: Features, table: Table) -> None:
    accounts = table("accounts", {"account_id": "a"})
    row = features(events=tenants(table, 4), accounts=accounts)["a"]
    assert row["f07_machine_communities"] == pytest.approx(1.3862943611198906)


def test_one_person_makes_them_one_community(features: Features, table: Table) -> None:
    events = table("events", *(event(actor_uid="u", ssh_key_hash=f"k{k}") for k in range(4)))
    row = features(events=events, accounts=table("accounts", {"account_id": "a"}))["a"]
    assert row["f07_machine_communities"] == 0.0
    assert row["f07_keys_per_person"] == pytest.approx(1.3862943611198906)


@pytest.mark.parametrize("fact", [{"declared_reseller": True}, {"customer_class": "education"}])
def test_a_declared_platform_is_not_odd(
    features: Features, table: Table, fact: dict[str, object]
) -> None:
    accounts = table("accounts", {"account_id": "a", **fact})
    row = features(events=tenants(table, 4), accounts=accounts)["a"]
    assert {k: v for k, v in row.items() if k.startswith("f07") and v} == {}


def test_keys_used_for_less_than_a_day(features: Features, table: Table) -> None:
    times = {"k1": [2, 9], "k2": [2], "k3": [3]}
    events = table("events", *(event(ssh_key_hash=k, time=datetime(2026, 2, d, tzinfo=UTC))
                               for k, days in times.items() for d in days))  # fmt: skip
    row = features(events=events, accounts=table("accounts", {"account_id": "a"}))["a"]
    assert row["f07_brief_keys"] == pytest.approx(2 / 3)


def test_api_keys_without_a_common_client(features: Features, table: Table) -> None:
    calls = table("model_usage", *(
        {"account_id": "a", "start": datetime(2026, 2, 2, tzinfo=UTC),
         "end": datetime(2026, 2, 3, tzinfo=UTC), "key_hash": f"k{k}", "client_hash": f"c{k % 2}"}
        for k in range(4)))  # fmt: skip
    row = features(model_usage=calls, accounts=table("accounts", {"account_id": "a"}))["a"]
    assert row["f07_key_communities"] == pytest.approx(0.6931471805599453)


def test_tools_that_never_meet_though_one_program_starts_them(
    features: Features, table: Table
) -> None:
    events = table("events", *(event(actor_uid="robot", ssh_key_hash=f"k{k}", image_hash=f"i{k}")
                               for k in range(4)))  # fmt: skip
    row = features(events=events, accounts=table("accounts", {"account_id": "a"}))["a"]
    assert row["f07_machine_communities"] == 0.0
    assert row["f07_tool_communities"] == pytest.approx(1.3862943611198906)


def test_keys_that_share_an_image_are_one_house(features: Features, table: Table) -> None:
    events = table("events", *(event(ssh_key_hash=f"k{k}", image_hash="i") for k in range(4)))
    row = features(events=events, accounts=table("accounts", {"account_id": "a"}))["a"]
    assert row["f07_tool_communities"] == 0.0


def test_keys_made_and_deleted(features: Features, table: Table) -> None:
    operations = ("CreateAccessKey", "DeleteAccessKey", "ImportKeyPair", "ConsoleLogin")
    events = table("events", *(event(operation=name) for name in operations))
    row = features(events=events, accounts=table("accounts", {"account_id": "a"}))["a"]
    assert row["f07_key_turnover"] == pytest.approx(1.3862943611198906)
