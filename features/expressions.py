"""Expressions that several families share."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime
from functools import reduce
from operator import add

import polars as pl


def ratio(part: str | pl.Expr, whole: str | pl.Expr) -> pl.Expr:
    """``part / whole`` as Float64, and 0 where the whole is 0."""
    top, bottom = _number(part), _number(whole)
    return pl.when(bottom != 0).then(top / bottom).otherwise(0.0)


def share(part: str | pl.Expr, whole: str | pl.Expr) -> pl.Expr:
    """``ratio`` held inside 0 and 1."""
    value = ratio(part, whole).clip(upper_bound=1.0)
    # Not clip: it keeps -0.0, and the larger of -0.0 and 0.0 depends on their order.
    return pl.when(value > 0.0).then(value).otherwise(0.0)


def promptness(days: str | pl.Expr) -> pl.Expr:
    """1 / (1 + days): 1 at once, a half after a day, 0 where days is null.

    For base frames only: features see a base whose nulls are zeros, and no day is not day 0.
    """
    value = _number(days).clip(lower_bound=0.0)
    return (1.0 / (1.0 + value)).fill_null(0.0)


def per(value: pl.Expr, unit: float) -> pl.Expr:
    """``value / unit`` for a constant, the same bits in a frame of one row as of many.

    Polars divides a column by a constant through its reciprocal, but a single row outright:
    the last bit would depend on whether there are other accounts.
    """
    return value * (1.0 / unit)


def portion(value: str | pl.Expr, full: float) -> pl.Expr:
    """``value`` as a share of a constant, held inside 0 and 1."""
    return share(per(_number(value), full), pl.lit(1.0))


def days_between(earlier: str | pl.Expr, later: str | pl.Expr) -> pl.Expr:
    """Days from one time to another, in whole seconds."""
    first = pl.col(earlier) if isinstance(earlier, str) else earlier
    second = pl.col(later) if isinstance(later, str) else later
    return per((second - first).dt.total_seconds(), 86_400.0)


def days_silent(last: str | pl.Expr, as_of: datetime) -> pl.Expr:
    """Midnights between the last use and as-of: another hour of data does not change it."""
    moment = pl.col(last) if isinstance(last, str) else last
    return (pl.lit(as_of).dt.date() - moment.dt.date()).dt.total_days()


def hours_set(mask: str) -> pl.Expr:
    """How many of a day's 24 hours a mask has set."""
    return pl.col(mask).bitwise_count_ones().cast(pl.Int64)


def left_sum(terms: Iterable[pl.Expr]) -> pl.Expr:
    """Sum of expressions from left to right.

    ``pl.sum_horizontal`` adds floats in an order that depends on the number of threads.
    """
    return reduce(add, terms)


def entropy_share(columns: list[str]) -> pl.Expr:
    """Shannon entropy of counts over the columns, as a share of its maximum; 0 without counts."""
    whole = left_sum(pl.col(c).cast(pl.Int64) for c in columns).cast(pl.Float64)
    parts = [pl.col(c).cast(pl.Float64) / whole for c in columns]
    terms = [pl.when(p > 0).then(-p * p.log()).otherwise(0.0) for p in parts]
    most = math.log(len(columns))
    return pl.when(whole > 0).then(per(left_sum(terms), most)).otherwise(0.0).clip(0.0, 1.0)


def evenness(column: str | pl.Expr) -> pl.Expr:
    """Aggregation: 1 where all values are equal, 1/n where one has everything, 0 without any.

    The effective number (Hill, 1973, doi:10.2307/1934352) over the number of values.
    """
    value = _number(column).clip(lower_bound=0.0)
    even = value.sum() ** 2 / (value**2).sum() / pl.len()
    return pl.when((value**2).sum() > 0).then(even).otherwise(0.0).clip(0.0, 1.0)


def effective_number(column: str | pl.Expr) -> pl.Expr:
    """Aggregation: how many equal parts would be as diverse; 0 without any (Hill, 1973)."""
    value = _number(column).clip(lower_bound=0.0)
    squares = (value**2).sum()
    return pl.when(squares > 0).then(value.sum() ** 2 / squares).otherwise(0.0)


def _number(value: str | pl.Expr) -> pl.Expr:
    expression = pl.col(value) if isinstance(value, str) else value
    return expression.cast(pl.Float64)
