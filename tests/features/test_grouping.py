"""Grouping by hashes equals grouping by keys, even where hashes collide."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from features import grouping
from features.grouping import group, in_blocks, is_among, recurring

KEYS = ["a", "b", "c", "void"]


@pytest.fixture(autouse=True)
def few_rows_are_hashed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grouping, "WORTH_HASHING", 1_000)


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


def test_rows_of_several_chunks_have_the_groups_of_their_keys(rows: pl.DataFrame) -> None:
    chunks = [rows.with_columns(b=pl.lit(f"b{k}")) for k in range(3)]
    several = pl.concat([chunks[0], chunks[1].head(1), chunks[2].clear(), chunks[2]])
    uneven = several.hstack([pl.Series("d", range(several.height)) // 5_000])
    assert [uneven["b"].n_chunks(), uneven["d"].n_chunks()] == [3, 1]
    keys = [*KEYS, "d"]
    told = uneven.group_by(keys).agg(AGGREGATES).sort(keys)
    assert_frame_equal(group(uneven, keys, AGGREGATES).sort(keys), told)


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


def test_recurring_hashes_are_those_in_two_places() -> None:
    hashes = pl.Series([7, 3, 2**64 - 1, 3, 7, 7, 5, 2**64 - 1], dtype=pl.UInt64)
    again = recurring([hashes[:2], hashes[2:6], hashes[6:], hashes.clear()])
    assert again.tolist() == [3, 7, 2**64 - 1]
    assert is_among(hashes, again).to_list() == [True, True, True, True, True, True, False, True]
    none = recurring([hashes.head(1)])
    assert is_among(hashes, none).to_list() == [False] * 8


@settings(max_examples=50)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(1, 5)), max_size=30),
    st.integers(1, 12),
)  # fmt: skip
def test_blocks_keep_order_and_keys_together(rows: list[tuple[int, int]], bound: int) -> None:
    frame = pl.DataFrame(sorted(rows), schema={"key": pl.Int64, "worth": pl.Int64}, orient="row")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grouping, "BLOCK", bound)
        blocks = list(in_blocks(frame, ["key"], pl.col("worth")))
    assert_frame_equal(pl.concat(blocks), frame)
    held = [set(block["key"]) for block in blocks]
    assert sum(map(len, held)) == len(set(frame["key"]))
    # Two keys stand in one block only where they count no more than two blocks may.
    for block in blocks:
        if block["key"].n_unique() > 1:
            last = block["key"][-1]
            assert block.filter(pl.col("key") != last)["worth"].sum() < 2 * bound
