"""The same logs give the same bytes: run by run, on any number of threads, from a stored model."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from detector import Results, read_logs, score_logs
from detector.pipeline import Trained, load_model, save_model

TABLES = ("scores", "rings", "features")


def tables(out: Path) -> dict[str, bytes]:
    return {name: (out / f"{name}.parquet").read_bytes() for name in TABLES}


@pytest.fixture(scope="module")
def written(whole: Results, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Tables of a run in this process."""
    out = tmp_path_factory.mktemp("written") / "out"
    whole.write(out)
    return tables(out)


@pytest.mark.long
def test_a_run_in_another_process_on_other_threads_gives_the_same_bytes(
    world: Any, written: dict[str, bytes], repository: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "detector", "score", world.path, "--out", tmp_path / "out"]
    # Another number of threads than this process has, and another order of hashes.
    threads = "2" if pl.thread_pool_size() == 1 else "1"
    changed = {"POLARS_MAX_THREADS": threads, "PYTHONHASHSEED": "7"}
    done = subprocess.run(
        [*map(str, command), "--threads", threads],
        cwd=repository,
        env=os.environ | changed,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    again = tables(tmp_path / "out")
    assert [name for name in TABLES if again[name] != written[name]] == []


@pytest.mark.long
def test_a_stored_model_scores_the_logs_it_was_trained_on_as_a_run_without_a_model(
    world: Any, trained: Trained, scored: Results, tmp_path: Path
) -> None:
    save_model(trained, tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    assert loaded.model_id == trained.model_id
    again = score_logs(read_logs(world.path), loaded)
    assert_frame_equal(again.scores, scored.scores, check_exact=True)
    assert_frame_equal(again.rings, scored.rings, check_exact=True)
    assert scored.run["model"]["trained_on_these_logs"] is True
    assert again.run["model"]["trained_on_these_logs"] is False


@pytest.mark.long
def test_another_seed_gives_another_model_and_nearly_the_same_order(
    world: Any, whole: Results
) -> None:
    other = score_logs(read_logs(world.path), seed=1, prior=whole.run["model"]["prior"])
    assert other.scores["model_id"][0] != whole.scores["model_id"][0]
    both = whole.scores.select("account_id", "rank").join(
        other.scores.select("account_id", other="rank"), on="account_id"
    )
    assert (both["rank"] - both["other"]).abs().median() < 0.05 * both.height
