"""Grouping by hashes equals grouping by keys, even where hashes collide."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from features import grouping
from features.grouping import group

KEYS = ["a", "b", "c", "void"]


@pytest.fixture
def rows() -> pl.DataFrame:
    """Twelve thousand rows of few keys, some null, one column null throughout."""
    rng = np.random.default_rng(1)
    size = 12_000
    return pl.DataFrame(
        {
            "a": [None if k == 0 else f"a{k}" for k in rng.integers(0, 9, size)],
            "b": [f"b{k}" for k in rng.integers(0, 9, size)],
            "c": rng.integers(0, 3, size),
            "void": pl.Series([None] * size, dtype=pl.String),
            "n": rng.integers(-5, 5, size),
        }
    )


AGGREGATES = [pl.col("n").sum(), pl.len().alias("rows")]


def plain(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.group_by(KEYS).agg(AGGREGATES).sort(KEYS)


def test_hashed_groups_are_the_groups_of_the_keys(rows: pl.DataFrame) -> None:
    assert_frame_equal(group(rows, KEYS, AGGREGATES).sort(KEYS), plain(rows))


def test_a_column_that_swaps_with_another_is_told_apart() -> None:
    pairs = pl.DataFrame({"a": ["x", "y"] * 5000, "b": ["y", "x"] * 5000})
    assert group(pairs, ["a", "b"], [pl.len().alias("n")]).height == 2


def test_colliding_hashes_fall_back_to_the_keys(
    rows: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = grouping.key_hash

    def colliding(keys: list[str], seed: int) -> pl.Expr:
        return pl.lit(1, dtype=pl.UInt64) * pl.len() if seed == 0 else honest(keys, seed)

    monkeypatch.setattr(grouping, "key_hash", colliding)
    assert_frame_equal(group(rows, KEYS, AGGREGATES).sort(KEYS), plain(rows))
