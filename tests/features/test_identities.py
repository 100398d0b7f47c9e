"""Identifiers told apart by hashes are those told apart by their texts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from features import identities, shape
from features.identities import met, met_again, told
from features.shapes import SHAPES

ALONE = {"place": ("c",), "actor": ("a",), "device": ("b",)}
PAIRS = {"actor-device": ("a", "b"), "device-actor": ("b", "a"), "actor-place": ("a", "c")}


@pytest.fixture
def rows() -> pl.DataFrame:
    """Nine thousand rows of few values, some null, one column of numbers."""
    rng = np.random.default_rng(2)
    size = 9_000
    start = datetime(2026, 1, 1, tzinfo=UTC)
    times = [start + timedelta(minutes=int(k)) for k in rng.integers(0, 10_000, size)]
    return pl.DataFrame(
        {
            "account_id": [f"account-{k}" for k in rng.integers(0, 40, size)],
            "a": [None if k == 0 else f"v{k}" for k in rng.integers(0, 6, size)],
            "b": [None if k == 1 else f"v{k}" for k in rng.integers(0, 6, size)],
            "c": rng.integers(0, 4, size),
        }
    ).with_columns(pl.Series("first", times).cast(pl.Datetime("us", "UTC")).alias("first"),
                   pl.Series("last", times).cast(pl.Datetime("us", "UTC")))  # fmt: skip


def plain(rows: pl.DataFrame, kinds: dict[str, tuple[str, ...]], name: str) -> pl.DataFrame:
    """Each kind grouped by its texts."""
    values = [key for key in SHAPES[name].keys if key not in ("account_id", "kind")]
    keys = ["account_id", "kind", *values]
    each = [
        rows.drop_nulls(list(columns)).select(
            "account_id", "first", "last", kind=pl.lit(kind),
            **{key: pl.col(c).cast(pl.String) for key, c in zip(values, columns, strict=True)},
        )
        for kind, columns in kinds.items()
    ]  # fmt: skip
    counted = pl.len().cast(pl.Int64).alias("n")
    return (
        pl.concat(each)
        .group_by(keys)
        .agg(counted, pl.col("first").min(), pl.col("last").max())
        .sort(keys)
    )


@pytest.mark.parametrize(("kinds", "name"), [(ALONE, "distinct"), (PAIRS, "together")])
@pytest.mark.parametrize("piece", [1, 40, 1 << 15])
def test_each_kind_is_told_once_whatever_is_told_at_a_time(
    rows: pl.DataFrame,
    kinds: dict[str, tuple[str, ...]],
    name: str,
    piece: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(identities, "PIECE", piece)
    found = told(met(rows, ["a", "b", "c"], []), kinds, SHAPES[name])
    assert_frame_equal(SHAPES[name].sort(found), plain(rows, kinds, name))


@pytest.mark.parametrize("cuts", [[4_000], [100, 100, 6_000]])
def test_what_was_met_in_parts_is_what_was_met_in_all(rows: pl.DataFrame, cuts: list[int]) -> None:
    edges = [0, *cuts, rows.height]
    parts = [met(rows[a:b], ["a", "b", "c"], []) for a, b in pairwise(edges)]
    order = ["account_id", "a", "b", "c"]
    whole = met(rows, ["a", "b", "c"], []).sort(order)
    assert_frame_equal(met_again(pl.concat(parts)).sort(order), whole, check_column_order=False)


@pytest.mark.parametrize(("kinds", "name"), [(ALONE, "distinct"), (PAIRS, "together")])
def test_colliding_hashes_fall_back_to_the_texts(
    rows: pl.DataFrame,
    kinds: dict[str, tuple[str, ...]],
    name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    company = met(rows, ["a", "b", "c"], [])
    honest = identities.column_hash

    def colliding(key: str, number: int, seed: int) -> pl.Expr:
        return honest(key, number, seed) * (0 if seed == 0 else 1)

    monkeypatch.setattr(identities, "column_hash", colliding)
    found = told(company, kinds, SHAPES[name])
    assert_frame_equal(SHAPES[name].sort(found), plain(rows, kinds, name))


def test_of_more_values_than_are_kept_the_first_are_kept(
    rows: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shape, "MOST_VALUES", 3)
    found = told(met(rows, ["a", "b", "c"], []), ALONE, SHAPES["distinct"])
    each = plain(rows, ALONE, "distinct")
    first = each.filter(pl.int_range(pl.len()).over("account_id", "kind") < 3)
    assert first.height < each.height
    assert_frame_equal(SHAPES["distinct"].sort(found), first)


def test_nothing_met_tells_nothing(rows: pl.DataFrame) -> None:
    company = met(rows.clear(), ["a", "b", "c"], [])
    assert told(company, ALONE, SHAPES["distinct"]).schema == SHAPES["distinct"].schema()
    assert told(company, PAIRS, SHAPES["together"]).height == 0
