"""What holds of every world: same bytes, exact books, valid rows, nothing leaks."""

import hashlib

import numpy as np
import polars as pl
import pytest

from detector.errors import OutputError, UsageError
from detector.simulate import PRESETS, simulate
from detector.simulate.archetypes import ARCHETYPES
from detector.simulate.typologies import TYPOLOGIES
from detector.sources import read_logs
from features import build_features
from features.registry import Registry
from tests.examples import first

CONTROLLED = ["A100-40GB", "A100-80GB", "H100-SXM", "H100-PCIe", "H100-NVL", "H200", "L4", "L40S",
              "RTXA6000"]  # fmt: skip
TOTALS = {
    "a100_hours": ["A100-40GB", "A100-80GB"],
    "h100_hours": ["H100-SXM", "H100-PCIe", "H100-NVL"],
    "controlled_gpu_hours": CONTROLLED,
    "input_tokens": ["input_tokens"],
    "output_tokens": ["output_tokens"],
}
QUICK = ("standard", "dirty", "no_access")
SOME_PRESETS = [
    *QUICK, *(pytest.param(p, marks=pytest.mark.long) for p in PRESETS if p not in QUICK)
]  # fmt: skip


def _digests(folder):
    files = [p for p in sorted(folder.parent.rglob("*")) if p.is_file()]
    return {
        str(p.relative_to(folder.parent)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files
    }


@pytest.mark.parametrize("layout", first(["mixed", "parts"]))
def test_the_same_arguments_give_the_same_bytes(tmp_path, layout):
    for name in ("a", "b"):
        simulate("standard", 150, 14, 3, tmp_path / name / "logs", layout=layout)
    first, second = _digests(tmp_path / "a" / "logs"), _digests(tmp_path / "b" / "logs")
    assert first == second
    assert "logs.truth.parquet" in first


def test_another_seed_gives_another_world(make_world):
    one, other = make_world(seed=5)["accounts"], make_world(seed=6)["accounts"]
    assert set(one["account_id"]).isdisjoint(other["account_id"])


@pytest.mark.parametrize("preset", first(["standard", *(p for p in PRESETS if p != "standard")]))
def test_totals_read_back_equal_the_books(make_world, preset):
    world = make_world(preset)
    logs = read_logs(world.folder)
    table = build_features(dict(logs), logs.as_of, registry=Registry(()))
    for column, quantities in TOTALS.items():
        kept = world.books.filter(pl.col("quantity").is_in(quantities))
        booked = kept.group_by("account_id").agg(pl.col("amount").sum().cast(pl.Float64))
        both = table.select("account_id", pl.col(column).cast(pl.Float64)).join(
            booked, on="account_id", how="full", coalesce=True
        )
        assert both["account_id"].null_count() == 0
        filled = both.fill_null(0.0)
        # Several GPU models of one account are added up as floats, all else before the division.
        tolerance = 1e-14 if column == "controlled_gpu_hours" else 0.0
        assert np.allclose(filled[column], filled["amount"], rtol=tolerance, atol=0.0)
        assert filled["amount"].sum() > 0


@pytest.mark.parametrize("preset", [p for p in SOME_PRESETS if p != "dirty"])
def test_no_row_of_an_undirtied_world_is_quarantined(make_world, preset):
    logs = read_logs(make_world(preset).folder)
    for table in logs:
        for _ in logs.parts(table):
            pass
    assert {
        name: count.quarantined for name, count in logs.counts.items() if count.quarantined
    } == {}
    assert logs.warnings == []


def test_the_dirty_world_fills_the_quarantine_but_stays_under_the_gate(make_world):
    logs = read_logs(make_world("dirty").folder)
    for table in logs:
        for _ in logs.parts(table):
            pass
    for table in ("usage", "events", "model_usage", "account_links", "accounts"):
        assert 0 < logs.counts[table].quarantined < 0.05 * logs.counts[table].read, table
    for table in ("entity_owners", "partners", "partner_customers", "exceptions"):
        assert 0 < logs.counts[table].quarantined < 0.05 * logs.counts[table].read, table
    assert any("same content" in warning for warning in logs.warnings)


def test_every_table_of_the_contract_is_there(make_world):
    names = {path.name.removesuffix(".parquet") for path in make_world().folder.iterdir()}
    assert names == {
        "usage", "accounts", "account_links", "account_owners", "payments", "events",
        "model_usage", "gpu_telemetry", "inventory", "labels", "fx", "tenders", "entity_owners",
        "partners", "partner_customers", "exceptions", "lists", "abuse_reports", "indicators",
    }  # fmt: skip


def test_truth_names_every_account_once(make_world):
    world = make_world()
    assert sorted(world["accounts"]["account_id"]) == world.truth["account_id"].to_list()
    roles = dict(world.truth.group_by("role").len().iter_rows())
    assert set(roles) == {"proxy", "victim", "other", "benign"}
    assert world.truth.filter(pl.col("is_proxy") != (pl.col("role") == "proxy")).is_empty()
    assert world.truth.filter("is_proxy")["ring_id"].null_count() == 0


def test_the_clean_world_has_no_wrong_in_it(make_world):
    assert set(make_world("clean").truth["role"]) == {"benign"}


def test_the_world_without_access_data_has_no_place_in_it(make_world):
    world = make_world("no_access")
    assert world["events"]["src_ip_hash"].null_count() == len(world["events"])
    assert not {"ip", "device"} & set(world["account_links"]["kind"])


def test_there_are_enough_kinds_of_innocents_and_rings():
    assert sum(kind.look_alike for kind in ARCHETYPES.values()) >= 22
    expected = {f"T{i:02d}" for i in range(1, 18)} | {"T20", "T21"}
    assert expected <= set(TYPOLOGIES)


def test_look_alikes_outnumber_proxies_thirty_to_one(make_world):
    truth = make_world(accounts=3000, days=14).truth
    names = [name for name, kind in ARCHETYPES.items() if kind.look_alike]
    alike = truth.filter((pl.col("role") == "benign") & pl.col("archetype").is_in(names))
    assert len(alike) >= 30 * truth["is_proxy"].sum()


@pytest.mark.long
def test_place_and_currency_say_nothing_about_the_role(make_world):
    world = make_world("standard", accounts=3000, days=14, settings={"prevalence": 0.2})
    joined = world["accounts"].join(world.truth, on="account_id")
    counts = joined.group_by("declared_country", "is_proxy").len().pivot(
        "is_proxy", index="declared_country", values="len"
    ).fill_null(0)  # fmt: skip
    table = counts.select("true", "false").to_numpy().astype(float)
    expected = table.sum(1, keepdims=True) * table.sum(0) / table.sum()
    chi = ((table - expected) ** 2 / expected).sum()
    assert chi < 60  # 23 degrees of freedom: P < 0.0001


def test_ids_and_row_order_say_nothing_about_the_role(make_world):
    truth = make_world(accounts=3000, days=14).truth.sort("account_id")
    place = np.flatnonzero(truth["is_proxy"].to_numpy()) / len(truth)
    assert abs(place.mean() - 0.5) < 0.2


@pytest.mark.long
def test_range_sets_make_different_worlds_with_some_different_kinds(make_world):
    kinds = {r: set(make_world(ranges=r, accounts=900).truth["archetype"]) for r in
             ("dev", "valid", "test")}  # fmt: skip
    assert "teaching_lab" in kinds["dev"] - kinds["valid"] - kinds["test"]
    assert "contest_team" in kinds["valid"] - kinds["dev"]
    assert "red_team" in kinds["test"] - kinds["dev"]


@pytest.mark.long
def test_splitting_spreads_a_ring_over_as_many_accounts(make_world):
    rings = make_world("split20", accounts=3000, days=14).truth.filter("is_proxy")
    sizes = rings.filter(pl.col("typology") != "T03").group_by("ring_id").len()["len"]
    assert sizes.max() >= 20


def test_a_taken_folder_is_refused(tmp_path):
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "mine.txt").write_text("keep")
    with pytest.raises(OutputError, match="not an empty folder"):
        simulate("standard", 100, 10, 1, tmp_path / "x")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("nonsense", 100, 10, 1), "preset"),
        (("standard", 3, 10, 1), "accounts"),
        (("standard", 100, 2, 1), "days"),
    ],
)
def test_wrong_arguments_are_named(tmp_path, arguments, word):
    with pytest.raises(UsageError, match=word):
        simulate(*arguments, tmp_path / "x")


def test_progress_is_reported(tmp_path):
    seen = []
    simulate("clean", 100, 14, 1, tmp_path / "x", progress=lambda stage, done: seen.append(stage))
    assert seen[0] == "population"
    assert seen[-1] == "done"


def test_innocents_are_closed_and_cleared_too(make_world):
    world = make_world(accounts=3000, days=14)
    accounts = world["accounts"].join(world.truth, on="account_id")
    closed = accounts.filter(pl.col("closed_at").is_not_null())
    assert closed.filter(pl.col("closed_at") <= pl.col("created_at")).is_empty()
    by_policy = closed.filter(pl.col("close_reason") == "policy")
    assert {"benign", "proxy"} <= set(by_policy["role"])
    assert {"cleared", "confirmed_proxy"} <= set(world["labels"]["decision"])
    decided = world["labels"].join(accounts, on="account_id")
    assert decided.filter(pl.col("decided_at") < pl.col("created_at")).is_empty()


@pytest.mark.long
def test_an_account_that_pays_once_pays_on_the_day_it_signs_up(make_world):
    world = make_world("standard", 1500, days=30)
    accounts = world["accounts"].filter(pl.col("created_at").dt.year() == 2026)
    paid = world["payments"].filter(pl.col("kind") == "top_up")
    first = paid.group_by("account_id").agg(pl.col("time").min())
    both = first.join(accounts, on="account_id")
    assert (both["time"] >= both["created_at"]).all()
    same_day = both["time"].dt.date() == both["created_at"].dt.date()
    assert same_day.sum() >= 5


def test_a_public_case_can_be_seen_where_the_reports_say(make_world):
    world = make_world("public_cases", 400, days=30)
    fronts = world.truth.filter(pl.col("ring_id") == "ring-0000")["account_id"]
    budget = world["payments"].filter(pl.col("account_id").is_in(fronts.implode()))
    assert budget["kind"].to_list() == ["top_up"]
    assert budget["payer_name_matches"].to_list() == [False]
    changes = world["events"].filter(
        pl.col("account_id").is_in(fronts.implode())
        & pl.col("operation").str.contains("Change|Password|Update|MFA")
    )
    soon = changes.filter(pl.col("time") - pl.col("time").min() < pl.duration(days=2))
    assert soon["operation"].n_unique() == 6
