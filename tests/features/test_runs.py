"""Rows that belong together, told by their neighbours."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from features.runs import halved

DAY = date(2026, 1, 1)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 9))))
def test_the_second_half_of_a_time_is_that_of_the_account(seen: list[tuple[str, int]]) -> None:
    rows = pl.DataFrame(
        {
            "account_id": [account for account, _ in seen],
            "day": [DAY + timedelta(days=days) for _, days in seen],
            "n": list(range(len(seen))),
        },
        schema={"account_id": pl.String, "day": pl.Date, "n": pl.Int64},
    )
    first, last = pl.col("day").min(), pl.col("day").max()
    since = (pl.col("day") - first).dt.total_days()
    late = (2 * since > (last - first).dt.total_days()).over("account_id")
    assert_frame_equal(halved(rows).sort("n"), rows.with_columns(late=late))
