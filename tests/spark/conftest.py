"""One Spark for all tests, and one small world with the local engine's word on it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from detector import Results, read_logs, score_logs, train_logs
from detector.pipeline import Trained, save_model
from detector.simulate import simulate
from detector.sources.discover import discover
from detector.spark import open_session

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ZONE = "spark.sql.session.timeZone"


@pytest.fixture(scope="session")
def _java() -> Iterator[None]:
    """Jobs here are short: Java compiles little. Spark is stopped after the last test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        yield
    from pyspark.sql import SparkSession

    session = SparkSession.getActiveSession()
    if session is not None:
        session.stop()


@pytest.fixture
def spark(
    needs_module: Callable[[str, str], object],
    needs_program: Callable[..., str],
    request: pytest.FixtureRequest,
) -> SparkSession:
    """A session on two threads in UTC, started once and again after a test that stopped it."""
    needs_module("pyspark", "pip install 'enduse[spark]'")
    needs_program("java", "apt-get install openjdk-17-jre-headless")
    request.getfixturevalue("_java")
    session = open_session("local[2]")
    session.conf.set(ZONE, "UTC")
    return session


@dataclass(frozen=True)
class World:
    """A log folder, the same rows in other files, and what one machine makes of it."""

    logs: Path
    shuffled: Path
    model: Path
    trained: Trained
    results: Results


@pytest.fixture(scope="session")
def world(
    tmp_path_factory: pytest.TempPathFactory,
    with_few_trees: Callable[[], AbstractContextManager[None]],
) -> World:
    """Every table, with bad rows and with meters that name no account, and a model of it."""
    folder = tmp_path_factory.mktemp("spark")
    logs, shuffled, model = (folder / name for name in ("logs", "shuffled", "model"))
    simulate("dirty", 150, 21, 11, logs)
    _shuffle(logs, shuffled)
    with with_few_trees():
        trained = train_logs(read_logs(logs, max_bad=0.5), threads=2)
    save_model(trained, model)
    results = score_logs(read_logs(logs, max_bad=0.5), trained, threads=2)
    return World(logs, shuffled, model, trained, results)


def _shuffle(logs: Path, target: Path) -> None:
    """The same rows in another order, the large tables in files of random names."""
    shutil.copytree(logs / "lists", target / "lists")
    rng = np.random.default_rng(5)
    for table, files in discover(logs).files.items():
        rows = pl.concat([pl.read_parquet(logs / file.path) for file in files], how="diagonal")
        rows = rows.sample(fraction=1.0, shuffle=True, seed=3)
        (target / table).mkdir(parents=True)
        count = 1 if rows.height < 50 else 4
        of = pl.Series(rng.integers(0, count, rows.height))
        for number, name in enumerate(rng.permutation(["a", "b", "c", "d"])[:count]):
            rows.filter(of == number).write_parquet(target / table / f"{name}.parquet")
