"""Intervals cut by as-of and by midnight, exactly.

A charge or a model-usage row covers [start, end). What lies at or after as-of is invisible,
and a row that crosses as-of or a midnight is divided pro rata in whole seconds. The parts of
a row always add up to the row: part k is ``f(c_k) - f(c_{k-1})`` with
``f(c) = round(amount * c / seconds)`` and ``c`` the seconds since the row's start.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Final

import polars as pl

HOUR_SECONDS: Final = 3600
HOUR_MICROSECONDS: Final = 3_600_000_000
DAY_MICROSECONDS: Final = 86_400_000_000
LONGEST_DAYS: Final = 1_100
"""Most days that a row may cover: a commitment of three years, and some days of grace.

A row is split by days: one of centuries would be tens of thousands of rows.
"""
MOST_ROW_DAYS: Final = 1 << 18
"""Days beyond their first that are split off rows at once: memory does not grow with them."""


def covers_too_much(start: str, end: str) -> pl.Expr:
    """Whether a row covers more days than any real one."""
    return pl.col(end) - pl.col(start) > pl.duration(days=LONGEST_DAYS)


def in_slices(rows: pl.DataFrame, start: str, end: str) -> Iterator[pl.DataFrame]:
    """Yield rows in slices that cover at most ``MOST_ROW_DAYS`` together, or are one row.

    Rows that cover hardly more days than they are rows come as they are: splitting them makes
    hardly more rows.
    """
    first, last = day_of(pl.col(start)), day_of(pl.col(end) - pl.duration(microseconds=1))
    # Lazily, because an eager choice of columns copies all where their chunks differ.
    more = rows.lazy().select((last - first).dt.total_days()).collect().to_series()
    if int(more.sum()) <= MOST_ROW_DAYS:
        yield rows
        return
    number = (more + 1).cum_sum() // MOST_ROW_DAYS
    begins = [0, *(number.diff() > 0).fill_null(value=False).arg_true().to_list(), rows.height]
    for first, last in pairwise(begins):
        yield rows[first:last]


def split_days(
    rows: pl.DataFrame, *, start: str, end: str, as_of: datetime, amounts: Sequence[str]
) -> pl.DataFrame:
    """Cut rows at as-of and at each midnight and share their amounts out by seconds.

    Parameters
    ----------
    rows
        Any frame with the two time columns (``Datetime('us', 'UTC')``).
    start, end
        Names of the interval's columns; ``end`` lies after ``start``.
    as_of
        Rows that start at or after it are left out.
    amounts
        Columns (Int64 or Decimal) to share out; nulls stay null.

    Returns
    -------
    pl.DataFrame
        The rows with ``day`` (Date) added, ``start`` and ``end`` cut to it.
    """
    moment = pl.lit(as_of, dtype=pl.Datetime("us", "UTC"))
    day = day_of(pl.col(start))
    last_day = day_of(pl.col(end) - pl.duration(microseconds=1))
    whole = (day == last_day) & (pl.col(end) <= moment)
    # Lazily, because an eager choice of columns copies all where their chunks differ.
    if rows.lazy().select(whole.all(ignore_nulls=False)).collect().item():
        return rows.lazy().with_columns(day=day).collect()
    visible = rows.filter(pl.col(start) < moment)
    ordinary = visible.filter(whole).with_columns(day=day)
    crossing = visible.filter(~whole)
    return pl.concat([ordinary, _cut(crossing, start, end, moment, amounts)])


def _cut(
    rows: pl.DataFrame, start: str, end: str, moment: pl.Expr, amounts: Sequence[str]
) -> pl.DataFrame:
    visible_end = pl.min_horizontal(pl.col(end), moment)
    days = pl.date_ranges(
        pl.col(start).dt.date(), (visible_end - pl.duration(microseconds=1)).dt.date()
    )
    parts = (
        rows.with_columns(_seconds=(pl.col(end) - pl.col(start)).dt.total_seconds(), day=days)
        .explode("day", empty_as_null=True, keep_nulls=True)
        .with_columns(_midnight=pl.col("day").cast(pl.Datetime("us", "UTC")))
        .with_columns(
            _from=pl.max_horizontal(pl.col("_midnight"), pl.col(start)),
            _to=pl.min_horizontal(pl.col("_midnight") + pl.duration(days=1), pl.col(end), moment),
        )
        .with_columns(
            _before=(pl.col("_from") - pl.col(start)).dt.total_seconds(),
            _after=(pl.col("_to") - pl.col(start)).dt.total_seconds(),
        )
    )
    shares = [_part(rows.schema[name], name, end).alias(name) for name in amounts]
    cut = parts.with_columns(*shares, pl.col("_from").alias(start), pl.col("_to").alias(end))
    return cut.select(*rows.columns, "day")


def _part(dtype: pl.DataType, amount: str, end: str) -> pl.Expr:
    # The last part takes the rest, so that a row of a fraction of a second is not lost.
    until_here = (
        pl.when(pl.col("_to") == pl.col(end))
        .then(pl.col(amount))
        .otherwise(_share(dtype, amount, "_after").cast(dtype))
    )
    return until_here - _share(dtype, amount, "_before").cast(dtype)


def _share(dtype: pl.DataType, amount: str, seconds: str) -> pl.Expr:
    """The rounded amount that falls into the first ``seconds`` of a row."""
    total = pl.max_horizontal(pl.col("_seconds"), pl.lit(1))
    if dtype.is_integer():
        # 128 bits, because 10^15 tokens times the seconds of a month pass 2^63.
        wide = pl.col(amount).cast(pl.Int128) * pl.col(seconds).cast(pl.Int128)
        return wide // total.cast(pl.Int128)
    return pl.col(amount) * pl.col(seconds) / total


def hour_mask(start: str, end: str) -> pl.Expr:
    """Bit ``h`` is set where the row, of at most one hour, touches hour ``h`` of its day.

    Longer rows say nothing about hours and give 0.
    """
    first = hour_of(pl.col(start))
    last = hour_of(pl.col(end) - pl.duration(microseconds=1))
    mask = hour_bit(first) | hour_bit(last)
    return pl.when(is_hourly(start, end)).then(mask).otherwise(pl.lit(0, dtype=pl.Int32))


def day_of(time: pl.Expr) -> pl.Expr:
    """Day of a ``Datetime('us', 'UTC')``: in whole numbers, three times ``dt.date``."""
    return (time.to_physical() // DAY_MICROSECONDS).cast(pl.Int32).cast(pl.Date)


def hour_of(time: pl.Expr) -> pl.Expr:
    """Hour of day of a ``Datetime('us', 'UTC')``: in whole numbers, five times ``dt.hour``."""
    return time.to_physical() % DAY_MICROSECONDS // HOUR_MICROSECONDS


def hour_bit(hour: pl.Expr) -> pl.Expr:
    """2 to the power of the hour, by look-up: raising to a power is four times slower."""
    bits = pl.lit(pl.Series([2**h for h in range(24)], dtype=pl.Int32))
    return bits.gather(hour.cast(pl.UInt32))


def is_hourly(start: str, end: str) -> pl.Expr:
    """True where a row covers at most one hour."""
    return (pl.col(end) - pl.col(start)).dt.total_seconds() <= HOUR_SECONDS
