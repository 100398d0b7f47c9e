"""Template overlap: one mould within an account, and across accounts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

Features = Callable[..., dict[str, dict[str, float | None]]]
Table = Callable[..., pl.DataFrame]

START = datetime(2026, 2, 2, tzinfo=UTC)


def call(account: str, seed: int, **more: object) -> dict[str, object]:
    """A call whose sketch is all of one seed."""
    return {"account_id": account, "start": START, "end": START + timedelta(hours=1),
            "template_sketch": [seed * 100 + k for k in range(32)], **more}  # fmt: skip


def test_one_mould_and_many(features: Features, table: Table) -> None:
    one = [call("a", 1) for _ in range(8)]
    many = [call("b", 10 + k) for k in range(8)]
    rows = features(model_usage=table("model_usage", *one, *many))
    assert rows["a"]["f10_one_mould"] == 1.0
    assert rows["a"]["f10_few_moulds"] == 1.0
    assert rows["b"]["f10_one_mould"] == 0.125
    assert rows["b"]["f10_few_moulds"] == 0.0
    assert rows["a"]["f10_common_moulds"] == 0.0


def test_a_mould_common_to_strangers(features: Features, table: Table) -> None:
    calls = table("model_usage", call("a", 1), call("a", 2), call("b", 1))
    rows = features(model_usage=calls)
    assert rows["a"]["f10_common_moulds"] == 0.5
    assert rows["b"]["f10_common_moulds"] == 1.0
    assert rows["a"]["f10_accounts_alike"] == pytest.approx(0.6931471805599453)


def test_colleagues_may_share_a_mould(features: Features, table: Table) -> None:
    calls = table("model_usage", call("a", 1), call("b", 1))
    accounts = table("accounts", *({"account_id": x, "organisation_id": "o"} for x in "ab"))
    row = features(model_usage=calls, accounts=accounts)["a"]
    assert row["f10_common_moulds"] == row["f10_accounts_alike"] == 0.0


def test_a_mould_half_alike_still_shares_a_band(features: Features, table: Table) -> None:
    left = call("a", 1)
    sketch = [100 + k if k % 4 < 2 else 7_000 + k for k in range(32)]
    calls = table("model_usage", left, call("b", 1, template_sketch=sketch))
    assert features(model_usage=calls)["a"]["f10_accounts_alike"] == pytest.approx(
        0.6931471805599453
    )


def test_one_client_for_many_minds_unless_declared(features: Features, table: Table) -> None:
    calls = table("model_usage", *(call("a", k, client_hash="c") for k in range(8)))
    for declared, value in ((None, 1.0), (True, 0.0)):
        accounts = table("accounts", {"account_id": "a", "declared_reseller": declared})
        row = features(model_usage=calls, accounts=accounts)["a"]
        assert row["f10_one_client_many_minds"] == value
