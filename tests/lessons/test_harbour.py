"""Harbour's worlds: books that agree, words of the contract, presets that do what they say."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import polars as pl
import pytest

from detector.sources import read_logs
from lessons.harbour import DIALS, PRESETS, make_world
from lessons.harbour.demand import MODELS
from lessons.harbour.kinds import BENIGN, KINDS, PROXIES
from tests.examples import first

ACCOUNTS, DAYS, SEED = 200, 20, 7
TABLES = (
    "usage", "accounts", "model_usage", "payments", "events", "account_links", "partners",
    "partner_customers", "labels", "fx",
)  # fmt: skip


@cache
def world(preset: str = "standard", copy: int = 0) -> Path:
    """Make a world once."""
    out = Path(mkdtemp(prefix="harbour-")) / f"{preset}-{copy}"
    make_world(preset, ACCOUNTS, DAYS, SEED, out)
    return out


def table(name: str, preset: str = "standard") -> pl.DataFrame:
    return pl.read_parquet(world(preset) / f"{name}.parquet")


def truth(preset: str = "standard") -> pl.DataFrame:
    out = world(preset)
    return pl.read_parquet(out.with_name(out.name + ".truth.parquet"))


def proxies(preset: str) -> pl.DataFrame:
    return truth(preset).filter("is_proxy").select("account_id", "archetype")


def test_same_arguments_give_the_same_bytes() -> None:
    one, two = world(), world(copy=1)
    names = sorted(p.name for p in one.iterdir())
    assert names == sorted(f"{name}.parquet" for name in TABLES)
    for name in names:
        assert (one / name).read_bytes() == (two / name).read_bytes(), name
    assert truth().equals(pl.read_parquet(two.with_name(two.name + ".truth.parquet")))


@pytest.mark.parametrize("preset", ["standard", "poison"])
def test_every_row_is_read(preset: str) -> None:
    logs = read_logs(world(preset))
    for name in TABLES:
        assert logs[name].select(pl.len()).collect().item() == table(name, preset).height, name


def test_tokens_are_charged_as_they_were_called() -> None:
    called = table("model_usage").group_by("account_id", pl.col("start").dt.date().alias("day"))
    called = called.agg((pl.col("input_tokens") + pl.col("output_tokens")).sum().alias("tokens"))
    usage = table("usage").filter(pl.col("ConsumedUnit") == "1K tokens")
    billed = usage.group_by("SubAccountId", pl.col("ChargePeriodStart").dt.date().alias("day"))
    billed = billed.agg((pl.col("ConsumedQuantity") * 1000).sum().cast(pl.Int64).alias("billed"))
    both = called.join(billed, left_on=["account_id", "day"], right_on=["SubAccountId", "day"])
    assert called.height == billed.height == both.height
    assert (both["tokens"] == both["billed"]).all()
    assert (table("model_usage")["cached_tokens"] <= table("model_usage")["input_tokens"]).all()


def test_a_price_is_one_price() -> None:
    usage = table("usage").filter((pl.col("ChargeCategory") == "Usage") & (pl.col("ListCost") != 0))
    priced = usage.with_columns(
        p=pl.col("ListCost").cast(float) / pl.col("ConsumedQuantity").cast(float)
    )
    spread = priced.group_by("SkuMeter", "BillingCurrency").agg(
        pl.col("p").max() / pl.col("p").min()
    )
    assert spread["p"].max() == pytest.approx(1)


def test_machine_hours_are_those_of_the_leases() -> None:
    hours = table("usage").filter(pl.col("ConsumedUnit") == "Hours").group_by("ResourceId")
    hours = hours.agg(pl.col("ConsumedQuantity").sum().cast(float), pl.col("SubAccountId").first())
    events = table("events").filter(pl.col("status") == "success")
    assert hours.height == events.filter(pl.col("operation") == "RunInstances").height
    assert (hours["ConsumedQuantity"] > 0).all()


def test_payments_cover_what_was_used() -> None:
    net = table("usage").group_by("SubAccountId", pl.col("ChargePeriodStart").alias("day"))
    net = net.agg(pl.col("BilledCost").sum().cast(float)).sort("SubAccountId", "day")
    paid = table("payments")
    topped = paid.filter(pl.col("kind") == "top_up").sort("time")
    assert topped.height > 20
    for (account,), rows in topped.group_by("account_id"):
        mine = net.filter(pl.col("SubAccountId") == account)
        for day, used in zip(mine["day"], mine["BilledCost"].cum_sum(), strict=True):
            before = rows.filter(pl.col("time") < day + timedelta(days=1))["amount"].sum()
            assert float(before) >= used - 1e-6


def test_an_invoice_is_its_half_month() -> None:
    usage, bills = table("usage"), table("payments").filter(pl.col("kind") == "invoice")
    assert bills.height > 20
    due = bills["time"].dt.truncate("1d")
    for day in due.unique().sort():
        first = day.replace(day=1)
        begin = first if day.day == 16 else (day - timedelta(days=1)).replace(day=16)
        owed = usage.filter(pl.col("ChargePeriodStart").is_between(begin, day, closed="left"))
        owed = owed.group_by("SubAccountId").agg(pl.col("BilledCost").sum().cast(float))
        told = bills.filter(due == day).join(owed, left_on="account_id", right_on="SubAccountId")
        assert told.height == (due == day).sum()
        assert np.allclose(told["amount"].cast(float), told["BilledCost"], atol=0.0051)


@pytest.mark.parametrize("preset", first(PRESETS, 2))
def test_nothing_happens_before_an_account_or_after_it(preset: str) -> None:
    accounts = table("accounts", preset).select("account_id", "created_at", "closed_at")
    late = ("invoice", "refund", "chargeback")
    found = [
        table("events", preset).select("account_id", at="time"),
        table("model_usage", preset).select("account_id", at="start"),
        table("payments", preset)
        .filter(~pl.col("kind").is_in(late))
        .select("account_id", at="time"),
        table("labels", preset).select("account_id", at="decided_at"),
        table("account_links", preset).select("account_id", at="first_seen"),
    ]
    for rows in found[:3]:
        joined = rows.join(accounts, on="account_id", how="left")
        assert joined["created_at"].null_count() == 0
        assert (joined["at"] <= joined["closed_at"]).all()
    for rows in found:
        joined = rows.join(accounts, on="account_id")
        assert joined.height == rows.height
        assert (joined["at"] >= joined["created_at"]).all()


def test_keys_and_people_are_known() -> None:
    events, calls = table("events"), table("model_usage")
    assert calls.group_by("key_hash").agg(pl.col("account_id").n_unique())["account_id"].max() == 1
    named = events.filter(
        pl.col("credential_uid").is_not_null() & (pl.col("operation") == "CreateAccessKey")
    )
    first = calls.group_by("key_hash").agg(pl.col("start").min())
    used = named.join(first, left_on="credential_uid", right_on="key_hash")
    assert used.height > 0.9 * named.height > 0
    assert (used["time"] <= used["start"]).all()
    assert events["actor_uid"].null_count() == 0
    signed = events.group_by("actor_uid").agg(pl.col("account_id").n_unique())
    assert signed["account_id"].max() == 1


def test_presets_do_what_they_say() -> None:
    assert truth("clean")["role"].unique().to_list() == ["benign"]
    assert "confirmed_proxy" not in table("labels", "clean")["decision"].to_list()
    tiers = {row[0]: row[1] for row in MODELS}
    mine = table("model_usage", "no_access").join(proxies("no_access"), on="account_id")
    assert {tiers[m] for m in mine["model_id"].unique()} <= {0}
    tried = table("events", "no_access").join(proxies("no_access"), on="account_id")
    assert tried.filter((pl.col("status") == "failure") & (pl.col("class_uid") == 6003)).height > 0
    poison = table("model_usage", "poison").join(proxies("poison"), on="account_id")
    turn = table("usage", "poison")["ChargePeriodStart"].min() + timedelta(hours=DAYS * 16)
    own = poison.filter(pl.col("start") < turn)
    assert own.height > 0
    assert set(own["key_hash"]) & set(poison.filter(pl.col("start") >= turn)["key_hash"])
    assert own.group_by("account_id").agg(pl.col("key_hash").n_unique())["key_hash"].max() <= 2


def test_matched_proxies_use_what_their_twins_use() -> None:
    price = pl.DataFrame(
        [(m[0], m[2], m[3]) for m in MODELS], schema=["model_id", "i", "o"], orient="row"
    )
    cost = pl.col("input_tokens") * pl.col("i") + pl.col("output_tokens") * pl.col("o")
    spent = table("model_usage", "volume_matched").join(price, on="model_id").group_by("account_id")
    spent = spent.agg(cost.sum().alias("spent")).join(truth("volume_matched"), on="account_id")
    asked = 0
    for one in spent.filter("is_proxy").iter_rows(named=True):
        twins = spent.filter(pl.col("archetype") == KINDS[one["archetype"]].twin)["spent"]
        if len(twins):
            asked += 1
            assert twins.min() * 0.4 <= one["spent"] <= twins.max() * 2.0
    assert asked


def test_counts_and_kinds_are_those_of_the_brief() -> None:
    for preset in ("standard", "volume_matched", "no_access", "poison"):
        told = truth(preset)
        assert 0.01 <= told["is_proxy"].mean() <= 0.03
        assert told["account_id"].sort().equals(table("accounts", preset)["account_id"].sort())
    assert len(PROXIES) >= 8
    assert {row[0].twin for row in PROXIES.values()} <= {kind.name for kind in BENIGN}
    assert truth().filter(pl.col("role") == "benign")["archetype"].n_unique() >= 12


def test_ids_and_order_tell_nothing() -> None:
    shares = []
    for preset in ("standard", "volume_matched", "no_access", "poison"):
        marks = truth(preset).sort("account_id")["is_proxy"].to_numpy()
        shares.append(np.nonzero(marks)[0].mean() / len(marks))
        lines = table("accounts", preset).join(
            truth(preset), on="account_id", maintain_order="left"
        )
        assert lines["account_id"].is_sorted()
    assert 0.25 < np.mean(shares) < 0.75


def test_ranges_to_learn_from_and_to_judge_on_do_not_meet() -> None:
    learn, judge = asdict(DIALS["train"]), asdict(DIALS["test"])
    for name, (low, high) in learn.items():
        assert high < judge[name][0] or judge[name][1] < low, name


def test_a_wrong_word_is_refused() -> None:
    with pytest.raises(ValueError, match="preset is"):
        make_world("nice", ACCOUNTS, DAYS, SEED, Path("unused"))
