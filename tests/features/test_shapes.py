"""An account with endless identifiers keeps a bounded number, the same in any split."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from features import shape, shapes
from features.catalogue import Catalogue
from features.rollups import merge, rollup
from features.tables import UTC_TIME
from tests.examples import first

Table = Callable[..., pl.DataFrame]
DAY = datetime(2026, 1, 5, tzinfo=UTC)
AS_OF = DAY + timedelta(days=40)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shape, "MOST_VALUES", 5)


@pytest.fixture
def rows(table: Table) -> pl.DataFrame:
    """One account with 40 addresses, each seen three times, and one with four."""
    seen = [("many", k) for k in range(40)] * 3 + [("few", k) for k in range(4)]
    return table(
        "events",
        *({"account_id": a, "src_ip_hash": f"{k * 37 % 101:03}", "device_hash": "d",
           "time": DAY + timedelta(hours=n)} for n, (a, k) in enumerate(seen)),
    )  # fmt: skip


def test_no_more_than_so_many_of_a_kind_are_kept(few: None, rows: pl.DataFrame) -> None:
    kept = merge([rollup("events", rows, AS_OF, Catalogue.load())])["distinct"]
    counted = {(a, k): n for a, k, n in kept.group_by("account_id", "kind").len().rows()}
    assert counted["many", "ip"] == 5
    assert counted["few", "ip"] == 4
    assert counted["many", "device"] == 1
    addresses = kept.filter((pl.col("account_id") == "many") & (pl.col("kind") == "ip"))
    assert addresses["n"].to_list() == [3] * 5
    full = shapes.SHAPES["distinct"].full(kept)
    assert full.rows() == [("many", "ip", 5)]


@pytest.mark.parametrize("size", first([1, 7, 50]))
def test_what_is_kept_depends_on_no_split(few: None, rows: pl.DataFrame, size: int) -> None:
    catalogue = Catalogue.load()
    whole = merge([rollup("events", rows, AS_OF, catalogue)])
    mixed = rows.sample(fraction=1.0, shuffle=True, seed=size)
    split = merge(rollup("events", part, AS_OF, catalogue) for part in mixed.iter_slices(size))
    for name in ("distinct", "together"):
        assert_frame_equal(whole[name], split[name], check_exact=True)


def test_the_rows_of_a_large_file_are_bounded(table: Table) -> None:
    number = shape.MOST_VALUES + 500
    values = pl.select(pl.format("v{}", pl.int_range(number))).to_series()
    one = table("account_links", {"account_id": "a", "kind": "ip", "value_hash": "v"})
    links = pl.concat([one] * number).with_columns(value_hash=values)
    kept = merge([rollup("account_links", links, AS_OF, Catalogue.load())])["links"]
    assert kept.height == shape.MOST_VALUES


@settings(max_examples=40)
@given(seed=st.integers(0, 2**31), places=st.sampled_from([2, 60, 4_000]), parts=st.integers(1, 6))
def test_a_sum_is_that_of_a_plain_grouping_however_often_keys_recur(
    seed: int, places: int, parts: int
) -> None:
    rng = np.random.default_rng(seed)
    events, size = shapes.SHAPES["events"], 400
    days = pl.Series(rng.integers(20_000, 20_003, size)).cast(pl.Int32).cast(pl.Date)
    counts = {name: rng.integers(0, 9, size) for name in events.sums}
    moments = pl.Series(rng.integers(0, 10**12, size)).cast(UTC_TIME)
    rows = pl.DataFrame(
        {
            "account_id": [f"a{k}" for k in rng.integers(0, places, size)], "day": days,
            "operation": [None if k == 0 else f"o{k}" for k in rng.integers(0, 3, size)],
            **counts, "hours": rng.integers(0, 2**24, size).astype(np.int32),
            "first": moments, "last": moments,
        }
    )  # fmt: skip
    keys = list(events.keys)
    plain = rows.group_by(keys).agg(events.aggregates()).sort(keys)
    cut = [events.add_up(part) for part in rows.iter_slices(size // parts + 1)]
    assert_frame_equal(merge({"events": part} for part in cut)["events"], plain, check_exact=True)
