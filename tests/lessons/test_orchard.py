"""Worlds of the make orchard: the same bytes, exact books, known words, nothing given away."""

from __future__ import annotations

import hashlib
from datetime import time, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from detector.sources import read_logs
from lessons.orchard import PRESETS, make_world
from lessons.orchard.cast import draw_cast
from lessons.orchard.machines import TYPES
from lessons.orchard.records import account_facts, truth
from lessons.orchard.setting import RANGES, make_setting

TABLES = {
    "usage",
    "accounts",
    "account_links",
    "partners",
    "events",
    "model_usage",
    "gpu_telemetry",
    "inventory",
    "labels",
    "fx",
}


class World:
    """A world that was made, and its tables."""

    def __init__(self, folder: Path, truth: Path) -> None:
        self.folder = folder
        self.truth = pl.read_parquet(truth)

    def __getitem__(self, name: str) -> pl.DataFrame:
        return pl.read_parquet(self.folder / f"{name}.parquet")

    def digest(self) -> str:
        files = [*sorted(self.folder.iterdir()), self.folder.with_name("logs.truth.parquet")]
        return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def made(path: Path, preset: str = "standard", seed: int = 1, ranges: str = "train") -> World:
    return World(path / "logs", make_world(preset, 200, 20, seed, path / "logs", ranges=ranges))


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, World]:
    return {preset: made(tmp_path_factory.mktemp(preset), preset) for preset in PRESETS}


@pytest.fixture(scope="module")
def world(worlds: dict[str, World]) -> World:
    return worlds["standard"]


@pytest.mark.long
def test_the_same_arguments_give_the_same_bytes(tmp_path: Path, world: World) -> None:
    assert made(tmp_path / "a").digest() == world.digest()
    assert made(tmp_path / "b", ranges="test").digest() != world.digest()
    assert made(tmp_path / "c", seed=2).digest() != world.digest()


def test_logs_are_read_whole(worlds: dict[str, World]) -> None:
    for one in worlds.values():
        assert {file.stem for file in one.folder.iterdir()} == TABLES
        logs = read_logs(one.folder)
        counts = logs.validate()
        assert set(counts) >= TABLES
        for name, count in counts.items():
            assert count.ok == (one[name].height if name in TABLES else 0), name
        assert logs.quarantine.is_empty()
        assert not [warning for warning in logs.warnings if " ids " in warning]


def test_costs_are_hours_and_tokens_times_one_price(world: World) -> None:
    used = world["usage"].filter(pl.col("ChargeCategory") == "Usage")
    price = pl.col("BilledCost") / pl.col("ConsumedQuantity")
    keys = ("SkuMeter", "BillingCurrency", "PricingCategory")
    spans = used.group_by(keys).agg(p=price.cast(pl.Float64).round(9).n_unique())
    assert spans["p"].max() == 1
    assert used["ConsumedQuantity"].min() > 0
    assert used.filter(pl.col("BilledCost") > pl.col("ListCost")).is_empty()


def test_credits_never_pass_what_was_billed(world: World) -> None:
    sums = (
        world["usage"]
        .group_by("SubAccountId")
        .agg(
            pl.col("BilledCost").filter(pl.col("ChargeCategory") == "Usage").sum().alias("used"),
            pl.col("BilledCost").filter(pl.col("ChargeCategory") == "Credit").sum().alias("given"),
        )
    )
    assert sums.filter(-pl.col("given") > pl.col("used")).is_empty()
    assert sums["given"].min() < 0
    currencies = world["usage"].group_by("SubAccountId").agg(n=pl.col("BillingCurrency").n_unique())
    assert currencies["n"].max() == 1
    assert set(world["usage"]["BillingCurrency"]) <= set(world["fx"]["currency"])


def test_tokens_of_both_tables_are_the_same(world: World) -> None:
    called = (
        world["model_usage"]
        .group_by("account_id", "model_id")
        .agg(pl.col("input_tokens").sum(), pl.col("output_tokens").sum())
    )
    meters = world["usage"].filter(pl.col("ConsumedUnit") == "1K tokens")
    billed = meters.group_by("SubAccountId", "SkuMeter").agg(pl.col("ConsumedQuantity").sum())
    found = {row[:2]: row[2] for row in billed.iter_rows()}
    for account, model, sent, got in called.iter_rows():
        assert found.pop((account, f"{model} input tokens")) * 1000 == sent
        assert found.pop((account, f"{model} output tokens")) * 1000 == got
    assert not found
    assert world["model_usage"].filter(pl.col("cached_tokens") > pl.col("input_tokens")).is_empty()


def test_machines_are_charged_while_they_are_held(world: World) -> None:
    usage, held = world["usage"], world["inventory"]
    end, start = usage["ChargePeriodEnd"].max(), usage["ChargePeriodStart"].min()
    hours = (pl.col("valid_to").fill_null(end) - pl.max_horizontal("valid_from", pl.lit(start))).dt
    expected = held.select("account_id", "instance_id", s=hours.total_seconds())
    rows = usage.filter((pl.col("ChargeCategory") == "Usage") & pl.col("ResourceType").is_in(TYPES))
    charged = rows.group_by("SubAccountId", "ResourceId").agg(pl.col("ConsumedQuantity").sum())
    both = charged.join(
        expected,
        left_on=("SubAccountId", "ResourceId"),
        right_on=("account_id", "instance_id"),
        how="full",
    )
    assert both.null_count().sum_horizontal().item() == 0
    assert all(q * 3600 == Decimal(s) for q, s in both.select("ConsumedQuantity", "s").iter_rows())
    seen = world["gpu_telemetry"].join(held, on="instance_id", how="left")
    late = pl.col("time") >= pl.col("valid_to").fill_null(end)
    assert seen.filter(
        pl.col("account_id").is_null() | (pl.col("time") < pl.col("valid_from")) | late
    ).is_empty()
    runs = world["events"].filter(
        (pl.col("operation") == "RunInstances") & (pl.col("status") == "success")
    )
    assert runs.height == held.filter(pl.col("valid_from") >= start).height


def test_nothing_happens_before_an_account_is_there_or_after(worlds: dict[str, World]) -> None:
    times = {
        "usage": ("SubAccountId", "ChargePeriodStart", "ChargePeriodEnd"),
        "events": ("account_id", "time", "time"),
        "model_usage": ("account_id", "start", "end"),
        "inventory": ("account_id", "valid_from", "valid_to"),
        "account_links": ("account_id", "first_seen", "last_seen"),
    }
    for one in worlds.values():
        accounts = (
            one["accounts"].rename({"account_id": "who"}).select("who", "created_at", "closed_at")
        )
        end = one["usage"]["ChargePeriodEnd"].max()
        for name, (who, first, last) in times.items():
            rows = one[name].join(accounts, left_on=who, right_on="who", how="left")
            assert rows["created_at"].null_count() == 0, name
            assert rows.filter(pl.col(first) < pl.col("created_at")).is_empty(), name
            assert rows.filter(pl.col(last) > pl.col("closed_at")).is_empty(), name
            assert rows.filter(pl.col(last) > end).is_empty(), name
        assert set(one["labels"]["account_id"]) <= set(accounts["who"])
        assert one["labels"].filter(pl.col("decided_at") >= end).is_empty()


def test_keys_and_devices_of_events_are_on_record(world: World) -> None:
    links, events = world["account_links"], world["events"]
    for column, kind in (
        ("credential_uid", "access_key"),
        ("device_hash", "device"),
        ("ssh_key_hash", "ssh_key"),
    ):
        named = events.select("account_id", value_hash=column).drop_nulls().unique()
        assert named.height > 50
        known = links.filter(pl.col("kind") == kind)
        assert named.join(known, on=("account_id", "value_hash"), how="anti").is_empty()


def test_presets_do_what_they_say(worlds: dict[str, World]) -> None:
    for preset, one in worlds.items():
        roles = dict(one.truth["role"].value_counts().iter_rows())
        assert (one.truth["is_proxy"] == (one.truth["role"] == "proxy")).all()
        assert one.truth.filter(pl.col("role") == "benign")["archetype"].n_unique() >= 12
        if preset == "clean":
            assert roles == {"benign": 200}
            assert one.truth["typology"].null_count() == 200
        else:
            assert 2 <= roles["proxy"] <= 6
            assert roles["victim"] == roles["other"] == 1
            assert one.truth["ring_id"].drop_nulls().len() >= 2
    vain = worlds["no_access"]
    proxies = vain.truth.filter("is_proxy")["account_id"]
    controlled = ("g6.xlarge", "a2-highgpu-1g", "p4d.24xlarge", "p5.48xlarge")
    theirs = vain["usage"].filter(pl.col("SubAccountId").is_in(proxies.to_list()))
    assert theirs.filter(pl.col("ResourceType").is_in(controlled)).is_empty()
    assert theirs.filter(
        pl.col("SkuMeter").str.contains("opus|sonnet|gpt-4o (in|out)put")
    ).is_empty()


def test_poisoners_behave_until_two_thirds(worlds: dict[str, World]) -> None:
    one = worlds["poison"]
    events = one["events"].join(one.truth.filter("is_proxy"), on="account_id")
    start = one["usage"]["ChargePeriodStart"].min()
    links = one["account_links"].join(
        one.truth.select("account_id", "ring_id").drop_nulls(), on="account_id"
    )
    ties = links.filter(pl.col("kind").is_in(["device", "ssh_key", "payment", "phone"]))
    shared = ties.filter(pl.col("account_id").n_unique().over("ring_id", "kind", "value_hash") > 1)
    early = start + timedelta(days=20 * 2 / 3) - timedelta(seconds=1)
    assert events.filter(pl.col("time") < early).height > 0
    assert shared.filter(pl.col("first_seen") < early).is_empty()


def test_ranges_do_not_meet() -> None:
    for name, (low, high) in RANGES["train"].items():
        other = RANGES["test"][name]
        assert high < other[0] or other[1] < low, name
    with pytest.raises(ValueError, match="ranges is 'both'"):
        make_world("standard", 200, 20, 1, Path("never"), ranges="both")


def test_ids_tell_nothing() -> None:
    ranks: list[float] = []
    for seed in range(12):
        setting = make_setting("standard", 1000, 10, seed, "train")
        cast = draw_cast(setting)
        order = truth(setting, cast, account_facts(setting, cast)["name"])["is_proxy"]
        ranks += [number / len(order) for number in order.arg_true()]
    assert len(ranks) > 150
    assert abs(sum(ranks) / len(ranks) - 0.5) < 0.06


def test_tables_are_in_an_order_that_everybody_can_see(world: World) -> None:
    for name, by in (
        ("accounts", "account_id"),
        ("usage", "ChargePeriodStart"),
        ("events", "time"),
    ):
        assert world[name][by].is_sorted()
    assert world["accounts"]["account_id"].is_unique().all()
    born = world["accounts"]["created_at"]
    assert (born.dt.time() != time()).all()  # nobody is born at midnight sharp
