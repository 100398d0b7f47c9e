"""One small simulated world, scored once for all whole-run checks."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from detector import Results, read_logs, score_logs, train_logs
from detector.pipeline import Trained
from detector.simulate import simulate

FewTrees = Callable[[], AbstractContextManager[None]]
Tables = dict[str, pl.DataFrame]
ACCOUNTS = 250
DAYS = 21
SEED = 7


@dataclass(frozen=True)
class World:
    """A log folder on disk and the same tables in memory."""

    path: Path
    tables: Tables
    as_of: datetime
    books: pl.DataFrame


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Standard world of a few hundred accounts, with every table."""
    return _made(tmp_path_factory.mktemp("runs") / "logs", ACCOUNTS, DAYS)


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A smaller one, for rules that hold to the bit whatever the size."""
    return _made(tmp_path_factory.mktemp("small") / "logs", 80, 10)


def _made(path: Path, accounts: int, days: int) -> World:
    simulate("standard", accounts, days, SEED, path)
    logs = read_logs(path)
    tables = {name: filled(frame.collect()) for name, frame in logs.items()}
    return World(path, tables, logs.as_of, pl.read_parquet(path.with_name("logs.books.parquet")))


def filled(table: pl.DataFrame) -> pl.DataFrame:
    """A table whose columns of places and names all say something, so that rules can change it.

    Worlds hold no headquarters, parents and buyers yet; what they say here is no sign of anything.
    """
    number = pl.int_range(pl.len())
    said = {
        name: pl.format("C{}" if name.endswith("country") else "N{}", number % 7)
        for name in table.columns
        if name.endswith(("country", "parent_name", "local_name", "supplier_names"))
        and table[name].null_count() == table.height
    }
    return table.with_columns(**said)


@pytest.fixture(scope="session")
def trained(world: World, with_few_trees: FewTrees) -> Trained:
    """A small model of the world, as ``train`` makes it."""
    with with_few_trees():
        return train_logs(read_logs(world.path), threads=2)


@pytest.fixture(scope="session")
def scored(world: World, with_few_trees: FewTrees) -> Results:
    """The world as ``score`` without a model scores it, with as small a model."""
    with with_few_trees():
        return score_logs(read_logs(world.path), threads=2)


@pytest.fixture(scope="session")
def whole(world: World) -> Results:
    """The world as ``score`` scores it, with a model of the usual size."""
    return score_logs(read_logs(world.path), threads=2)


Retrain = Callable[[Tables, datetime], dict[str, Results]]


@pytest.fixture(scope="session")
def retrain(with_few_trees: FewTrees) -> Retrain:
    """``retrain(tables, as_of)``: a whole run, trained anew, for each prior and without one."""

    def run(tables: Tables, as_of: datetime) -> dict[str, Results]:
        logs = {name: frame.lazy() for name, frame in tables.items()}
        with with_few_trees():
            model = train_logs(logs, as_of, threads=2)
        return {
            prior: score_logs(logs, model, as_of, threads=2, prior=prior) for prior in model.cases
        }

    return run


@pytest.fixture(scope="session")
def unchanged(small: World, retrain: Retrain) -> dict[str, Results]:
    """The small world as it is, by prior: what every metamorphic rule compares with."""
    return retrain(small.tables, small.as_of)
