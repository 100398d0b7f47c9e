"""Worlds of the make quarry: equal bytes, exact books, presets that keep their word."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import polars as pl
import pytest

from detector.sources import read_logs
from lessons.quarry import PRESETS, make_world
from lessons.quarry.kinds import CPUS, GPUS, KINDS, LIKENESS, MODELS
from lessons.quarry.others import volume
from lessons.quarry.state import RANGES
from lessons.quarry.world import _empty, _people
from tests.examples import first

ACCOUNTS, DAYS = 160, 40
OPEN = ("NC4as_T4_v3", "NC64as_T4_v3", "NC6s_v3", "NV36ads_A10_v5")


@cache
def folder(preset: str, ranges: str = "train", seed: int = 3, days: int = DAYS) -> Path:
    """Make a small world once; its truth lies beside it."""
    out = Path(mkdtemp()) / "logs"
    make_world(preset, ACCOUNTS, days, seed, out, ranges=ranges)
    return out


def world(
    preset: str, ranges: str = "train", seed: int = 3, days: int = DAYS
) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """Return the tables and the truth of a small world."""
    out = folder(preset, ranges, seed, days)
    tables = {f.stem: pl.read_parquet(f) for f in sorted(out.glob("*.parquet"))}
    return tables, pl.read_parquet(out.with_name("logs.truth.parquet"))


def proxies(truth: pl.DataFrame) -> pl.Series:
    return truth.filter("is_proxy")["account_id"]


def test_the_same_arguments_write_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        make_world("standard", 120, 15, 5, tmp_path / name)
    files = sorted(p.relative_to(tmp_path / "one") for p in (tmp_path / "one").iterdir())
    assert files
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes(), (
            file
        )
    assert (tmp_path / "one.truth.parquet").read_bytes() == (
        tmp_path / "two.truth.parquet"
    ).read_bytes()


@pytest.mark.parametrize("preset", first(PRESETS, 2))
def test_all_rows_are_read_and_no_id_is_warned_of(preset: str) -> None:
    logs = read_logs(folder(preset))
    counts = logs.validate()
    assert counts["usage"].ok > 1000
    for name, told in counts.items():
        assert told.read == told.ok, name
        assert told.quarantined == told.unmapped == told.duplicate == told.late == 0, name
    assert not logs.warnings


def test_charges_are_quantity_times_price_with_the_payers_discount() -> None:
    usage = world("standard")[0]["usage"]
    prices = {sku: Decimal(p).scaleb(-5) for sku, p in (CPUS | GPUS).items()}
    for model, (tin, tout) in MODELS.items():
        prices[f"{model} Input Tokens"] = Decimal(tin).scaleb(-5)
        prices[f"{model} Output Tokens"] = Decimal(tout).scaleb(-5)
    rate = {"USD": 100, "EUR": 92, "GBP": 79, "SGD": 134}
    terms: dict[str, set[Decimal]] = {}
    for row in usage.sample(3000, seed=1).iter_rows(named=True):
        price = prices[row["SkuMeter"]] * rate[row["BillingCurrency"]] / 100
        assert row["ListCost"] == row["ConsumedQuantity"] * price
        terms.setdefault(row["BillingAccountId"], set()).add(row["BilledCost"] / row["ListCost"])
    assert all(len(terms) == 1 for terms in terms.values())


def test_payments_cover_what_was_billed() -> None:
    tables, _ = world("standard")
    paid, usage = tables["payments"], tables["usage"]
    month = pl.col("ChargePeriodStart").dt.truncate("1mo")
    bills = usage.group_by(account_id="BillingAccountId", month=month).agg(
        pl.col("BilledCost").sum()
    )
    promised = set(paid.filter(pl.col("kind") == "promo_credit")["account_id"])
    closed = set(tables["accounts"].drop_nulls("closed_at")["account_id"])
    invoices = paid.filter(kind="invoice")
    invoices = invoices.filter(~pl.col("account_id").is_in([*promised, *closed]))
    assert invoices.height > 20
    due = pl.col("time").dt.offset_by("-12h")
    found = invoices.with_columns(due=due).join(bills, on="account_id")
    exact = found.filter(pl.col("amount") == pl.col("BilledCost"), pl.col("month") < pl.col("due"))
    assert exact.height == invoices.height
    tops = paid.filter(kind="top_up").group_by("account_id").agg(pl.col("amount").sum())
    total = bills.group_by("account_id").agg(pl.col("BilledCost").sum())
    both = tops.join(total, on="account_id")
    assert both.height == tops.height > 5
    assert (both["amount"] >= both["BilledCost"]).all()


def test_tokens_are_the_same_in_charges_and_in_model_usage() -> None:
    tables, _ = world("standard")
    sums = (
        tables["model_usage"]
        .group_by("account_id", "model_id")
        .agg(pl.col("input_tokens").sum(), pl.col("output_tokens").sum())
    )
    charged = (
        tables["usage"]
        .filter(ConsumedUnit="1K tokens")
        .with_columns(tokens=(pl.col("ConsumedQuantity") * 1000).cast(pl.Int64))
    )
    for column, word in (("input_tokens", "Input"), ("output_tokens", "Output")):
        billed = (
            charged.filter(pl.col("SkuMeter").str.contains(word))
            .group_by(
                account_id="SubAccountId", model_id=pl.col("SkuMeter").str.split(" ").list.first()
            )
            .agg(pl.col("tokens").sum())
        )
        both = sums.join(billed, on=["account_id", "model_id"], how="full", coalesce=True)
        assert (both[column] == both["tokens"]).all()
    model = tables["model_usage"]
    assert (model["cached_tokens"] <= model["input_tokens"]).all()
    assert not model.select("account_id", "start", "model_id", "key_hash").is_duplicated().any()


@pytest.mark.parametrize("preset", first(PRESETS, 2))
def test_nothing_happens_before_an_account_comes_or_after_it_closes(preset: str) -> None:
    tables, _ = world(preset)
    accounts = tables["accounts"].select("account_id", "created_at", "closed_at", "kyc_verified_at")
    end = tables["usage"]["ChargePeriodEnd"].max()
    spans = {
        "usage": ("SubAccountId", "ChargePeriodStart", "ChargePeriodEnd"),
        "model_usage": ("account_id", "start", "end"),
        "events": ("account_id", "time", "time"),
        "payments": ("account_id", "time", "time"),
        "account_links": ("account_id", "first_seen", "last_seen"),
        "exceptions": ("account_id", "time", "time"),
        "partner_customers": ("account_id", "recorded_at", "recorded_at"),
    }
    second = timedelta(seconds=1)
    for name, (key, start, last) in spans.items():
        rows = tables[name].join(accounts, left_on=key, right_on="account_id", how="left")
        assert rows["created_at"].null_count() == 0, name
        assert (rows[start] >= rows["created_at"]).all(), name
        assert (rows[last] <= rows["closed_at"].fill_null(end) + second).all(), name
        assert (rows[start] <= rows[last]).all(), name
    below = tables["accounts"].join(accounts, left_on="payer_account_id", right_on="account_id")
    assert (below["created_at"] >= below["created_at_right"]).all()
    hours = tables["usage"].filter(ConsumedUnit="Hours")
    assert (hours["ConsumedQuantity"] > 0).all()


def test_events_are_by_people_and_keys_that_exist() -> None:
    tables, _ = world("standard")
    events, links = tables["events"], tables["account_links"]
    for column, kind in (("credential_uid", "access_key"), ("ssh_key_hash", "ssh_key")):
        seen = events.drop_nulls(column).select("account_id", value_hash=column).unique()
        known = links.filter(kind=kind).select("account_id", "value_hash")
        assert seen.join(known, on=["account_id", "value_hash"], how="anti").height == 0
    assert events["actor_uid"].null_count() == 0
    partners = tables["partners"]["partner_id"]
    assert tables["accounts"]["partner_id"].drop_nulls().is_in(partners.to_list()).all()


def test_presets_plant_what_they_say() -> None:
    for preset, ranges in [*((preset, "train") for preset in PRESETS), ("standard", "test")]:
        tables, truth = world(preset, ranges)
        assert truth.height == tables["accounts"].height == ACCOUNTS
        wrong = truth.filter(pl.col("role") != "benign")
        if preset == "clean":
            assert wrong.height == 0
            assert set(tables["labels"]["decision"]) <= {"cleared", "unresolved"}
            continue
        assert 0.01 * ACCOUNTS <= truth["is_proxy"].sum() <= 0.03 * ACCOUNTS
        assert set(wrong["role"]) == {"proxy", "victim", "other"}
        sizes = truth.drop_nulls("ring_id").group_by("ring_id").len()["len"]
        assert sizes.is_between(3, 15).all()
        assert (
            truth.filter(~pl.col("is_proxy"))["ring_id"].null_count()
            == ACCOUNTS - proxies(truth).len()
        )


def test_who_has_no_access_uses_no_model_and_no_controlled_gpu() -> None:
    tables, truth = world("no_access")
    mine = proxies(truth).to_list()
    assert not tables["model_usage"]["account_id"].is_in(mine).any()
    usage = tables["usage"].filter(pl.col("SubAccountId").is_in(mine))
    gpus = usage.filter(pl.col("SkuMeter").str.contains("Standard_N"))
    assert gpus["SkuMeter"].str.contains_any(list(OPEN)).all()
    tries = tables["events"].filter(pl.col("account_id").is_in(mine), status="failure")
    assert tries.height >= len(mine)


def test_matched_proxies_use_as_much_as_innocents() -> None:
    made = {}
    for preset in ("standard", "volume_matched"):
        empty = _empty(preset, 60, 3, "test")
        _people(empty, 900)
        used = volume(empty)
        proxy = empty.acc["role"] == "proxy"
        fit = np.isin(empty.acc["kind"], sum(LIKENESS.values(), ("project",)))
        pool = used[(empty.acc["role"] == "benign") & fit]
        found = [
            np.isclose(pool[:, column], value, rtol=1e-6).any()
            for column in (0, 1)
            for value in used[proxy, column]
            if value > 0
        ]
        made[preset] = np.mean(found)
    assert made["standard"] == 0
    assert made["volume_matched"] > 0.6


def test_poison_comes_late() -> None:
    tables, truth = world("poison")
    begin = tables["usage"]["ChargePeriodStart"].min()
    tools = tables["account_links"].filter(kind="image").join(truth, on="account_id")
    rings = tools.drop_nulls("ring_id").group_by("ring_id", "value_hash")
    shared = rings.agg(pl.len(), pl.col("first_seen").min()).filter(pl.col("len") > 1)
    assert ((shared["first_seen"] - begin) >= timedelta(days=DAYS * 0.6)).all()


def test_the_channel_is_a_third_and_archetypes_are_many() -> None:
    tables, truth = world("standard")
    share = tables["accounts"]["partner_id"].is_not_null().mean()
    assert 0.28 <= share <= 0.38
    assert truth.filter(role="benign")["archetype"].n_unique() >= 12
    assert len(KINDS) >= 18


def test_ranges_do_not_meet() -> None:
    for name, (low, high) in RANGES["train"].items():
        other_low, other_high = RANGES["test"][name]
        assert high < other_low or other_high < low, name
    assert not world("standard")[0]["usage"].equals(world("standard", "test")[0]["usage"])


def test_ids_and_the_order_of_rows_tell_nothing() -> None:
    ranks: dict[str, list[float]] = {"accounts": [], "events": [], "usage": []}
    for seed in range(6):
        tables, truth = world("standard", "test", seed, 12)
        for name, places in ranks.items():
            key = "SubAccountId" if name == "usage" else "account_id"
            first = (
                tables[name].with_row_index().group_by(account_id=key).agg(pl.col("index").min())
            )
            place = first.join(truth, on="account_id").with_columns(
                pl.col("index").rank() / pl.len()
            )
            places += place.filter("is_proxy")["index"].to_list()
    for name, places in ranks.items():
        assert abs(np.mean(places) - 0.5) < 3.5 * 0.29 / len(places) ** 0.5, name


def test_countries_are_drawn_alike_for_proxies_and_innocents() -> None:
    worlds = [world("standard", "test", seed, 12) for seed in range(6)]
    both = pl.concat([tables["accounts"].join(truth, on="account_id") for tables, truth in worlds])
    home = pl.col("declared_country").is_in(["US", "DE", "GB", "SG", "JP", "IN"])
    shares = dict(both.group_by("is_proxy").agg(home.mean()).iter_rows())
    spread = 3.5 * 0.5 / both["is_proxy"].sum() ** 0.5
    assert abs(shares[True] - shares[False]) < spread


@pytest.mark.parametrize(("preset", "ranges"), [("unheard", "train"), ("standard", "unheard")])
def test_words_that_are_not_known_are_told(preset: str, ranges: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected one of"):
        make_world(preset, 50, 5, 1, tmp_path / "logs", ranges=ranges)
