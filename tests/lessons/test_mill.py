"""The make mill: bytes, books, the contract's words, presets, ranges, ids that tell nothing."""

import hashlib
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
import pytest

from detector.sources import read_logs
from lessons.mill import PRESETS, make_world
from lessons.mill.archetypes import BENIGN
from lessons.mill.cast import cast_accounts
from lessons.mill.catalogue import COMMITTED, EUR, SKUS, SPOT
from lessons.mill.ranges import RANGES, Plan
from tests.examples import first

TABLES = [
    "accounts",
    "account_links",
    "events",
    "fx",
    "gpu_telemetry",
    "inventory",
    "labels",
    "payments",
    "usage",
]


World = tuple[dict[str, pl.DataFrame], pl.DataFrame]


@cache
def world(preset: str = "standard", ranges: str = "train") -> World:
    with TemporaryDirectory() as folder:
        out = Path(folder) / "logs"
        truth = make_world(preset, 200, 20, 4, out, ranges=ranges)
        assert truth == out.with_name("logs.truth.parquet")
        tables = {path.stem: pl.read_parquet(path) for path in out.glob("*.parquet")}
        return tables, pl.read_parquet(truth)


def money(column: str) -> pl.Expr:
    return (pl.col(column) * 1_000_000).cast(pl.Int64)


def with_prices(usage: pl.DataFrame) -> pl.DataFrame:
    price = {sku.name: sku.cents for sku in SKUS} | {"block-storage": 26}
    dollar = pl.col("ResourceType").replace_strict(price, return_dtype=pl.Int64)
    euro = (pl.col("BillingCurrency") == "EUR") & (pl.col("ResourceType") != "block-storage")
    dynamic = pl.col("PricingCategory") == "Dynamic"
    local = pl.when(euro).then(dollar * EUR[0] // EUR[1]).otherwise(dollar)
    paid = pl.when(dynamic).then(local * SPOT[0] // SPOT[1]).otherwise(local)
    hundredths = (pl.col("ConsumedQuantity") * 100).cast(pl.Int64)
    return usage.with_columns(
        local=local, paid=paid, less=local * COMMITTED[0] // COMMITTED[1], ticks=hundredths
    )


def test_same_arguments_give_same_bytes(tmp_path: Path) -> None:
    found = []
    for name in ("a", "b"):
        make_world("standard", 90, 8, 7, tmp_path / name)
        files = [*sorted(tmp_path.glob(f"{name}/*.parquet")), tmp_path / f"{name}.truth.parquet"]
        found.append([hashlib.sha256(file.read_bytes()).hexdigest() for file in files])
    assert found[0] == found[1]


def test_charges_are_hours_times_price() -> None:
    usage = with_prices(world()[0]["usage"])
    plain = usage.filter(
        pl.col("ConsumedQuantity").is_not_null() & (pl.col("PricingCategory") != "Committed")
    )
    assert plain.filter(money("BilledCost") != pl.col("ticks") * pl.col("paid")).is_empty()
    kept = usage.filter(
        (pl.col("PricingCategory") == "Committed")
        & pl.col("ConsumedQuantity").is_not_null()
        & pl.col("ChargeClass").is_null()
    )
    assert kept.filter(money("EffectiveCost") != pl.col("ticks") * pl.col("less")).is_empty()
    assert usage.filter(pl.col("ResourceType") != "block-storage")["ticks"].max() <= 100


def test_what_a_commitment_costs_is_what_it_covers_and_what_it_wastes() -> None:
    usage = world()[0]["usage"].filter(pl.col("CommitmentDiscountType").is_not_null())
    day = usage.group_by("SubAccountId", pl.col("ChargePeriodStart").dt.truncate("1d")).agg(
        pl.col("EffectiveCost", "BilledCost").sum()
    )
    assert day.height
    assert day.filter(pl.col("EffectiveCost") != pl.col("BilledCost")).is_empty()


def test_prepaid_balances_never_fall_below_nothing() -> None:
    tables, _ = world()
    sign = pl.when(pl.col("kind").is_in(["refund", "chargeback"])).then(-1).otherwise(1)
    stolen = tables["payments"].filter(kind="chargeback")["account_id"]
    paid = (
        tables["payments"]
        .filter(~pl.col("account_id").is_in(stolen.implode()))
        .select("time", pl.col("account_id"), change=money("amount") * sign, order=pl.lit(0))
    )
    spent = (
        tables["usage"]
        .filter(pl.col("ChargeClass").is_null())
        .select(
            time="ChargePeriodStart",
            account_id="SubAccountId",
            change=-money("BilledCost"),
            order=1,
        )
    )
    both = pl.concat([paid, spent.filter(pl.col("account_id").is_in(paid["account_id"].implode()))])
    assert spent.filter(pl.col("account_id").is_in(paid["account_id"].implode())).height > 1000
    balance = both.sort("time", "order").with_columns(
        balance=pl.col("change").cum_sum().over("account_id")
    )
    assert balance["balance"].min() >= 0


def test_invoiced_customers_have_no_payments_and_prepaid_ones_do() -> None:
    tables, truth = world()
    paying = tables["payments"]["account_id"].unique()
    assert 0.4 < paying.len() / truth.height < 0.95
    rich = tables["usage"].filter(pl.col("CommitmentDiscountType").is_not_null())["SubAccountId"]
    assert not rich.is_in(paying.implode()).any()


def test_ids_meet_and_nothing_is_before_or_after_an_account() -> None:
    tables, truth = world()
    life = tables["accounts"].select("account_id", "created_at", "closed_at")
    assert life["account_id"].to_list() == truth["account_id"].to_list()
    spans = {
        "usage": ("SubAccountId", "ChargePeriodStart", "ChargePeriodEnd"),
        "payments": ("account_id", "time", "time"),
        "events": ("account_id", "time", "time"),
        "account_links": ("account_id", "first_seen", "last_seen"),
        "inventory": ("account_id", "valid_from", "valid_to"),
        "labels": ("account_id", "decided_at", "decided_at"),
    }
    for name, (who, start, end) in spans.items():
        frame = tables[name].join(life, left_on=who, right_on="account_id", how="left")
        assert frame["created_at"].null_count() == 0, name
        assert frame.filter(pl.col(start) < pl.col("created_at")).is_empty(), name
        if name != "labels":
            assert frame.filter(pl.col(end) > pl.col("closed_at")).is_empty(), name


def test_telemetry_is_of_machines_that_were_held_and_charged() -> None:
    tables, _ = world()
    held = tables["inventory"]
    seen = tables["gpu_telemetry"].join(held, on="instance_id", how="left")
    assert seen["account_id"].null_count() == 0
    late = pl.col("time") >= pl.col("valid_to").fill_null(pl.col("time") + timedelta(hours=1))
    assert seen.filter((pl.col("time") < pl.col("valid_from")) | late).is_empty()
    charged = tables["usage"].select("ResourceId", account_id="SubAccountId").unique()
    both = held.join(charged, left_on="instance_id", right_on="ResourceId", how="left")
    assert both.filter(pl.col("account_id") != pl.col("account_id_right")).is_empty()
    assert both["account_id_right"].null_count() == 0
    assert 0.35 < seen["instance_id"].n_unique() / held.height < 0.6


def test_events_are_by_keys_and_devices_that_the_account_has() -> None:
    tables, _ = world()
    links = tables["account_links"]
    for column, kind in (
        ("device_hash", "device"), ("ssh_key_hash", "ssh_key"), ("image_hash", "image"),
        ("credential_uid", "access_key"),
    ):  # fmt: skip
        known = links.filter(kind=kind).select("account_id", "first_seen", value="value_hash")
        used = tables["events"].filter(pl.col(column).is_not_null()).rename({column: "value"})
        both = used.join(known, on=["account_id", "value"], how="left")
        assert used.height
        assert both["first_seen"].null_count() == 0, column


@pytest.mark.parametrize("preset", first(["standard", "no_access"], 2))
def test_tables_are_read_whole(preset: str, tmp_path: Path) -> None:
    make_world(preset, 90, 8, 5, tmp_path / "logs")
    read = read_logs(tmp_path / "logs")
    for name in TABLES:
        rows = pl.read_parquet(tmp_path / "logs" / f"{name}.parquet").height
        assert read[name].select(pl.len()).collect().item() == rows, name


@pytest.mark.parametrize("preset", first(PRESETS, 2))
def test_presets_plant_what_they_say(preset: str) -> None:
    tables, truth = world(preset)
    assert sorted(tables) == sorted(TABLES)
    assert truth.height == 200
    assert set(truth["role"]) <= {"proxy", "victim", "other", "benign"}
    assert truth.filter(role="benign")["archetype"].n_unique() >= 12
    assert (truth["is_proxy"] == (truth["role"] == "proxy")).all()
    if preset == "clean":
        assert set(truth["role"]) == {"benign"}
        assert not tables["labels"]["decision"].str.starts_with("confirmed").any()
    else:
        assert 0.01 <= truth["is_proxy"].mean() <= 0.03
        assert truth.filter(pl.col("is_proxy") & pl.col("ring_id").is_null()).is_empty()


def heavy(preset: str) -> pl.DataFrame:
    tables, truth = world(preset)
    tpp = {sku.name: sku.gpus * sku.tpp if sku.tpp >= 4800 else 0 for sku in SKUS}
    weight = pl.col("ResourceType").replace_strict(tpp, default=0, return_dtype=pl.Int64)
    used = tables["usage"].filter(pl.col("ChargeCategory") == "Usage").group_by(
        account_id="SubAccountId"
    ).agg(tpp_hours=(pl.col("ConsumedQuantity").cast(float) * weight).sum(),
          first=pl.col("ChargePeriodStart").filter(weight > 0).min())  # fmt: skip
    return truth.join(used, on="account_id", how="left")


def test_without_access_proxies_have_no_controlled_hour_but_tried() -> None:
    proxies = heavy("no_access").filter("is_proxy")
    assert proxies["tpp_hours"].fill_null(0).sum() == 0
    tried = world("no_access")[0]["events"].filter(operation="RunInstances", status="failure")
    assert proxies["account_id"].is_in(tried["account_id"].implode()).any()


def test_matched_proxies_spend_what_innocents_spend() -> None:
    used = heavy("volume_matched").filter(pl.col("tpp_hours") > 0)
    usual = used.filter(role="benign")["tpp_hours"]
    proxies = used.filter("is_proxy")["tpp_hours"]
    assert proxies.len()
    assert usual.quantile(0.05) < proxies.median() < usual.quantile(0.95)


def test_natural_size_plants_eight_typologies() -> None:
    for name in RANGES:
        cast = cast_accounts(np.random.default_rng(3), Plan("standard", 3000, 60, RANGES[name]))
        wrong = [cell.kind for cell in cast.cells if cell.kind.role == "proxy"]
        sizes = [len(cell.members) for cell in cast.cells if cell.kind.size[1] == 40 and cell.ring]
        assert len({kind.typology for kind in wrong}) >= 8
        bands = RANGES[name].sizes
        assert all(any(low <= size <= high for low, high in bands) for size in sizes)


def test_poison_begins_in_the_last_third() -> None:
    proxies = heavy("poison").filter("is_proxy")
    start = RANGES["train"].start + timedelta(days=13)
    assert proxies["first"].drop_nulls().dt.replace_time_zone(None).min() > start


def test_ids_and_order_tell_nothing() -> None:
    pairs = []
    for seed in range(8):
        plan = Plan("standard", 600, 10, RANGES["train"])
        cast = cast_accounts(np.random.default_rng(seed), plan)
        rank = np.argsort(np.argsort(np.array(cast.ids))) / cast.size
        pairs.append(rank[[cast.kind(number).role == "proxy" for number in range(cast.size)]])
    ranks = np.concatenate(pairs)
    assert abs(ranks.mean() - 0.5) < 4 * 0.2887 / np.sqrt(len(ranks))
    tables, truth = world()
    assert truth["account_id"].is_sorted()
    assert tables["accounts"]["account_id"].is_sorted()
    assert tables["events"]["time"].is_sorted()


def test_ranges_are_disjoint_and_make_other_worlds() -> None:
    one, two = RANGES["train"], RANGES["test"]
    for name in ("prevalence", "jitter", "gap", "hug", "jobs", "idle", "pace", "weave"):
        (a, b), (c, d) = getattr(one, name), getattr(two, name)
        assert b < c or d < a, name
    for low, high in one.sizes:
        assert all(high < other[0] or other[1] < low for other in two.sizes)
    assert (
        world()[1]["account_id"].to_list() != world("standard", "test")[1]["account_id"].to_list()
    )


@pytest.mark.long
def test_places_are_drawn_alike() -> None:
    proxies: list[int] = []
    others: list[int] = []
    for seed in range(6):
        cast = cast_accounts(
            np.random.default_rng(seed), Plan("standard", 3000, 10, RANGES["test"])
        )
        for cell in cast.cells:
            (proxies if cell.kind.role == "proxy" else others).append(cell.country)
    assert abs(np.mean(proxies) - np.mean(others)) < 4 * np.std(others) / np.sqrt(len(proxies))
    assert len(BENIGN) >= 12


def test_unknown_words_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="preset is 'loud'"):
        make_world("loud", 10, 5, 1, tmp_path / "x")
    with pytest.raises(ValueError, match="ranges is 'all'"):
        make_world("standard", 10, 5, 1, tmp_path / "x", ranges="all")
