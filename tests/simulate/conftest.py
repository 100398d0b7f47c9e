"""Small worlds that several tests look at."""

from pathlib import Path

import polars as pl
import pytest

from detector.simulate import simulate


def scan(folder: Path, table: str) -> pl.DataFrame:
    """Read one table of a world written in parts."""
    one = folder / f"{table}.parquet"
    files = [one] if one.exists() else sorted((folder / table).rglob("*.parquet"))
    return pl.concat([pl.read_parquet(f, hive_partitioning=False) for f in files], how="diagonal")


class SmallWorld:
    """A world on disk with its truths and books."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.truth = pl.read_parquet(f"{folder}.truth.parquet")
        self.books = pl.read_parquet(f"{folder}.books.parquet")
        self.cases = pl.read_parquet(f"{folder}.policy_truth.parquet")

    def __getitem__(self, table: str) -> pl.DataFrame:
        return scan(self.folder, table)


@pytest.fixture(scope="session")
def make_world(tmp_path_factory):
    """Return a function that makes a small world once for each set of arguments."""
    made: dict[tuple, SmallWorld] = {}

    def make(preset="standard", accounts=250, days=21, seed=5, **options):
        key = (preset, accounts, days, seed, *sorted((k, str(v)) for k, v in options.items()))
        if key not in made:
            folder = tmp_path_factory.mktemp("world") / preset
            simulate(preset, accounts, days, seed, folder, **options)
            made[key] = SmallWorld(folder)
        return made[key]

    return make
