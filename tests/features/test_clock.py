"""Intervals cut at midnight and as-of: parts add up, whatever the row."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features import clock
from features.clock import hour_mask, hour_of, split_days

START = datetime(2026, 2, 1, 18, tzinfo=UTC)
TIME = pl.Datetime("us", "UTC")


def cut(start: datetime, end: datetime, as_of: datetime, n: int, money: Decimal) -> pl.DataFrame:
    rows = pl.DataFrame(
        {"start": [start], "end": [end], "n": [n], "money": [money]},
        schema={"start": TIME, "end": TIME, "n": pl.Int64, "money": pl.Decimal(38, 15)},
    )
    return split_days(rows, start="start", end="end", as_of=as_of, amounts=["n", "money"])


def test_a_row_over_midnight_and_as_of() -> None:
    days = cut(START, START + timedelta(hours=48), START + timedelta(hours=36), 96, Decimal(48))
    assert days["day"].to_list() == [date(2026, 2, 1), date(2026, 2, 2), date(2026, 2, 3)]
    assert days["n"].to_list() == [12, 48, 12]
    assert days["money"].to_list() == [Decimal(6), Decimal(24), Decimal(6)]


def test_a_row_that_starts_at_as_of_is_invisible() -> None:
    assert cut(START, START + timedelta(hours=1), START, 5, Decimal(1)).is_empty()


@given(
    seconds=st.integers(1, 40 * 86_400),
    micro=st.integers(0, 999_999),
    n=st.integers(0, 10**15 - 1),
    digits=st.integers(-(10**30) + 1, 10**30 - 1),
)
def test_the_parts_of_a_row_add_up_to_it(seconds: int, micro: int, n: int, digits: int) -> None:
    end = START + timedelta(seconds=seconds, microseconds=micro)
    money = Decimal(digits).scaleb(-15)
    days = cut(START, end, end + timedelta(days=1), n, money)
    assert days["n"].sum() == n
    assert days["money"].sum() == money
    assert days["start"].min() == START
    assert days["end"].max() == end


def test_hours_touched_by_a_short_row_only() -> None:
    rows = pl.DataFrame(
        {"start": [START, START, START],
         "end": [START + timedelta(hours=1), START + timedelta(minutes=30),
                 START + timedelta(hours=2)]},
        schema={"start": TIME, "end": TIME},
    )  # fmt: skip
    half_past = rows.with_columns(pl.all() + timedelta(minutes=45))
    assert rows.select(hour_mask("start", "end")).to_series().to_list() == [2**18, 2**18, 0]
    both = half_past.select(hour_mask("start", "end")).to_series().to_list()
    assert both == [2**18 | 2**19, 2**18 | 2**19, 0]


@given(moment=st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)))
def test_the_hour_of_a_time_is_its_hour_in_utc(moment: datetime) -> None:
    times = pl.DataFrame({"t": [moment.replace(tzinfo=UTC)]}, schema={"t": TIME})
    assert times.select(hour_of(pl.col("t"))).item() == moment.hour


def test_rows_are_cut_in_slices_by_the_days_that_splitting_adds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock, "MOST_ROW_DAYS", 24)
    hours = [datetime(2026, 1, 1, h, tzinfo=UTC) for h in range(24)]
    rows = pl.DataFrame({"start": hours, "end": [h + timedelta(hours=1) for h in hours]})
    assert [s.height for s in clock.in_slices(rows, "start", "end")] == [24]
    later = rows.with_columns(pl.all() + timedelta(minutes=30))
    assert [s.height for s in clock.in_slices(later, "start", "end")] == [24], "one over midnight"
    monkeypatch.setattr(clock, "MOST_ROW_DAYS", 12)
    assert [s.height for s in clock.in_slices(later, "start", "end")] == [24]
    longer = rows.with_columns(pl.col("end") + timedelta(days=1))
    assert [s.height for s in clock.in_slices(longer, "start", "end")] == [5, 6, 6, 6, 1]


def test_long_rows_are_cut_in_slices_that_are_bounded_and_lose_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock, "MOST_ROW_DAYS", 100)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    days = [1, 40, 1, 1, 60, 300, 2, 90, 5]
    rows = pl.DataFrame(
        {"start": [start] * len(days), "end": [start + timedelta(days=d) for d in days], "n": days}
    )
    slices = list(clock.in_slices(rows, "start", "end"))
    assert pl.concat(slices).equals(rows)
    assert all(s.height == 1 or int((s["n"] + 2).sum()) <= 100 + s["n"].max() + 2 for s in slices)
    assert len(slices) > 3
    assert [s.height for s in clock.in_slices(rows.head(0), "start", "end")] == [0]
