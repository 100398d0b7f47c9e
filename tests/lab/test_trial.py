"""A small world through every method of the comparison."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from detector import score_logs
from detector.evaluate import summarise
from lab.methods import (
    BASELINES,
    CEILING,
    CEILING_RINGS,
    Exam,
    left_out,
    run_baselines,
    run_ceiling,
    single_features,
)
from lab.trial import Trial, first_use, open_trial, run_detector

START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS, ACCOUNTS, RING = 20, 90, 6
pytestmark = pytest.mark.usefixtures("few_trees")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Ninety web shops; the last six share card and device and train on H100 from day 10."""
    folder = tmp_path_factory.mktemp("worlds") / "small"
    folder.mkdir()
    rng = np.random.default_rng(5)
    usage().with_columns(EffectiveCost=rng.lognormal(3, 2, ACCOUNTS * DAYS).round(4)).write_parquet(
        folder / "usage.parquet"
    )
    names = [f"a{i:03}" for i in range(ACCOUNTS)]
    ages = rng.integers(5, 900, ACCOUNTS).tolist()
    pl.DataFrame(
        {"account_id": names, "created_at": [START - timedelta(days=a) for a in ages]}
    ).write_parquet(folder / "accounts.parquet")
    rows = [
        (name, kind, f"shared-{kind}" if i >= ACCOUNTS - RING else f"{name}-{kind}")
        for i, name in enumerate(names)
        for kind in ("payment", "device")
    ]
    links = pl.DataFrame(rows, schema=["account_id", "kind", "value_hash"], orient="row")
    links.with_columns(
        first_seen=pl.lit(START), last_seen=pl.lit(START + timedelta(days=10))
    ).write_parquet(folder / "account_links.parquet")
    truth(names).write_parquet(folder.with_name("small.truth.parquet"))
    return folder


def usage() -> pl.DataFrame:
    rows = [
        (f"a{i:03}", START + timedelta(days=day), i >= ACCOUNTS - RING and day >= 10)
        for i in range(ACCOUNTS)
        for day in range(DAYS)
    ]
    frame = pl.DataFrame(
        rows, schema=["BillingAccountId", "ChargePeriodStart", "gpu"], orient="row"
    )
    return frame.select(
        "BillingAccountId",
        "ChargePeriodStart",
        ChargePeriodEnd=pl.col("ChargePeriodStart") + timedelta(days=1),
        ChargeCategory=pl.lit("Usage"),
        ServiceName=pl.lit("Compute"),
        ConsumedQuantity=pl.lit(24.0),
        ConsumedUnit=pl.lit("Hours"),
        ServiceProviderName=pl.lit("AWS"),
        ResourceType=pl.when("gpu").then(pl.lit("p5.48xlarge")).otherwise(pl.lit("m5.large")),
    )


def truth(names: list[str]) -> pl.DataFrame:
    proxy = [i >= ACCOUNTS - RING for i in range(ACCOUNTS)]
    return pl.DataFrame(
        {
            "account_id": names,
            "is_proxy": proxy,
            "role": ["proxy" if p else "benign" for p in proxy],
            "typology": ["T03" if p else None for p in proxy],
            "ring_id": ["R1" if p else None for p in proxy],
            "archetype": [None if p else "shop" for p in proxy],
        }
    )


@pytest.fixture(scope="module")
def trial(folder) -> Trial:
    return open_trial(folder, "small", 5)


def test_the_trial_scores_as_the_product_does(trial) -> None:
    own = run_detector(trial, seed=3)
    product = score_logs(trial.logs, seed=3).scores
    assert own.select("account_id", "rank", "score", "queue").equals(
        product.select("account_id", "rank", "score", "queue")
    )


def test_the_detector_finds_the_ring_and_is_silent_on_families_left_out(trial) -> None:
    found = summarise([trial.judge(run_detector(trial), 5)])
    assert found["ring_recall"] == 1.0
    assert found["ring_recall_linked"] == 1.0
    blind = run_detector(trial, without=("F01", "F11", "F12"))
    assert blind["ring_id"].null_count() == ACCOUNTS
    assert not blind["families"].explode().is_in(["F01", "F11", "F12"]).any()


@pytest.mark.long
def test_every_baseline_is_judged(trial) -> None:
    judged = run_baselines(trial, 10)
    assert set(judged) == set(BASELINES)
    assert summarise([judged["controlled GPU-hours"]])["average_precision"] == 1.0
    assert summarise([judged["LLMjacking rules"]])["auroc"] == 0.5


def test_the_ceiling_learns_from_other_worlds(trial) -> None:
    exam = Exam.of(trial)
    judged = run_ceiling([exam, exam], [exam], 10)
    assert summarise(judged[CEILING])["average_precision"] > 0.9
    assert judged[CEILING_RINGS][0].cases == ACCOUNTS - RING + 1


def test_a_typology_left_out_is_not_taught(trial) -> None:
    exam = Exam.of(trial)
    other = Exam.of(replace(trial, truth=with_another_typology(trial.truth)))
    taught, blind = run_ceiling([other], [exam], 10)[CEILING], left_out([other], [exam], 10, "T03")
    precision = [summarise(judged)["average_precision"] for judged in (taught, blind)]
    assert precision[0] > precision[1]


def with_another_typology(told: pl.DataFrame) -> pl.DataFrame:
    first = pl.col("account_id") < "a005"
    return told.with_columns(
        is_proxy=first | pl.col("is_proxy"),
        typology=pl.when(first).then(pl.lit("T01")).otherwise("typology"),
    )


def test_single_features_know_their_side(trial) -> None:
    areas = single_features(trial)
    assert areas["generic: controlled_gpu_hours"] == 1.0
    assert all(np.isnan(a) or 0 <= a <= 1 for a in areas.values())


def test_a_world_can_be_looked_at_as_of_an_earlier_day(folder, trial) -> None:
    early = open_trial(folder, "small", 5, as_of=START + timedelta(days=8))
    assert early.as_of < trial.as_of
    assert early.prepared.table["controlled_gpu_hours"].sum() == 0.0


def test_first_use_is_the_first_charge(trial) -> None:
    assert first_use(trial.logs)["first_use"].unique().to_list() == [START]
