"""One run on three engines: the same files, with an earlier run, a prior and a lane."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

from detector import Results, read_logs, score_logs, train_logs
from detector.pipeline import Trained
from detector.pipeline.ingest import ingest
from detector.pipeline.live import LiveScorer
from detector.pipeline.run import Asked
from detector.pipeline.stored import open_state
from detector.policy import LANES, Findings, Known
from detector.results import TABLES
from detector.simulate import simulate
from detector.spark import SparkEngine, open_cluster_logs
from tests.policy.law.planting import plant

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("few_trees")]

SAMPLE = Path(__file__).parents[2] / "sample_logs"
KEY = b"three engines"
# Clocks, and the quarantine's and run.json's word on where files lie.
SAME = tuple(name for name in TABLES if name not in ("quarantine", "week"))


def resellers(known: Known) -> Findings:
    """A lane that reads a table and a rollup."""
    busy = known.rollups["usage"].group_by("account_id").agg(pl.col("hours").sum()).sort("hours")
    said = known["accounts"].filter(pl.col("declared_reseller").fill_null(value=False))
    rows = said.join(busy, on="account_id", how="semi").sort("account_id").select("account_id")
    rows = rows.with_columns(rule=pl.lit("toy"), outcome=pl.lit("inquire"))
    return Findings("L", rows, asks=rows["account_id"].to_list())


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    root = tmp_path_factory.mktemp("worlds")

    def made(name: str) -> Path:
        folder = root / name
        if name == "sample":
            return SAMPLE
        if not folder.exists():
            simulate(name, 150, 21, 11, folder)
        return folder

    return made


def written(results: Results, out: Path) -> dict[str, bytes]:
    results.write(out)
    return {name: (out / f"{name}.parquet").read_bytes() for name in SAME}


def live(folder: Path, root: Path, model: Trained, asked: Asked) -> Results:
    """Two looks: most of the folder, then all of it."""
    inbox, state = root / "inbox", root / "state"
    shutil.copytree(folder, inbox)
    late = max(inbox.rglob("*.parquet"), key=lambda path: path.stat().st_size)
    aside = late.rename(root / "late")
    scorer = LiveScorer(model, asked)
    for arrived in (False, True):
        if arrived:
            aside.rename(late)
        ingest(inbox, state, hash_key=KEY, max_bad=1.0)
        with open_state(state, max_bad=1.0) as logs:
            results = scorer.score(logs)
    return results


@pytest.mark.parametrize(
    ("name", "priors"),
    [("sample", ["simulated", "none"]), ("standard", ["none"]), ("dirty", ["simulated"]),
     ("poison", ["none"])],
)  # fmt: skip
def test_all_three_give_the_same_bytes(
    spark: SparkSession, worlds: Callable[[str], Path], tmp_path: Path, name: str, priors: list[str]
) -> None:
    folder = worlds(name)
    logs = read_logs(folder, hash_key=KEY, max_bad=1.0)
    model = train_logs(logs)
    early = logs.as_of - timedelta(days=4)
    before = score_logs(read_logs(folder, early, hash_key=KEY, max_bad=1.0), model, as_of=early)
    for prior in priors:
        asked = Asked(prior=prior, previous=before, lanes=(resellers,))
        settings = {"prior": prior, "previous": before, "lanes": (resellers,)}
        batch = score_logs(logs, model, **settings)
        root = tmp_path / prior
        root.mkdir()
        followed = live(folder, root, model, asked)
        cluster = open_cluster_logs(spark, folder, hash_key=KEY, max_bad=1.0)
        spread = score_logs(cluster, model, engine=SparkEngine(spark), **settings)
        expected = written(batch, root / "batch")
        assert written(followed, root / "live") == expected
        assert written(spread, root / "spark") == expected
        assert batch.scores["change"].null_count() == 0
        assert batch.run.lanes == followed.run.lanes == spread.run.lanes


def test_lane_l_says_the_same_on_all_three(
    spark: SparkSession, worlds: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = tmp_path / "planted"
    shutil.copytree(worlds("standard"), folder)
    plant(folder)
    logs = read_logs(folder, hash_key=KEY, max_bad=1.0)
    model = train_logs(logs)
    asked = Asked(prior="none", lanes=LANES)
    batch = score_logs(logs, model, prior="none", lanes=LANES)
    followed = live(folder, tmp_path, model, asked)
    cluster = open_cluster_logs(spark, folder, hash_key=KEY, max_bad=1.0)
    spread = score_logs(
        cluster, model, engine=SparkEngine(spark), prior="none", lanes=LANES
    )  # fmt: skip
    assert batch.policy.filter(pl.col("outcome") == "match").height
    expected = written(batch, tmp_path / "batch")
    assert written(followed, tmp_path / "live") == expected
    assert written(spread, tmp_path / "spread") == expected
    assert batch.run.policy == followed.run.policy == spread.run.policy
