"""Expressions that several families share."""

from __future__ import annotations

import polars as pl


def ratio(part: str | pl.Expr, whole: str | pl.Expr) -> pl.Expr:
    """``part / whole`` as Float64, and 0 where the whole is 0."""
    top, bottom = _number(part), _number(whole)
    return pl.when(bottom != 0).then(top / bottom).otherwise(0.0)


def share(part: str | pl.Expr, whole: str | pl.Expr) -> pl.Expr:
    """``ratio`` held inside 0 and 1."""
    return ratio(part, whole).clip(0.0, 1.0)


def promptness(days: str | pl.Expr) -> pl.Expr:
    """1 / (1 + days): 1 at once, a half after a day, 0 where days is null."""
    value = _number(days).clip(lower_bound=0.0)
    return (1.0 / (1.0 + value)).fill_null(0.0)


def days_between(earlier: str | pl.Expr, later: str | pl.Expr) -> pl.Expr:
    """Days from one time to another, in whole seconds."""
    first = pl.col(earlier) if isinstance(earlier, str) else earlier
    second = pl.col(later) if isinstance(later, str) else later
    return (second - first).dt.total_seconds() / 86_400.0


def hours_set(mask: str) -> pl.Expr:
    """How many of a day's 24 hours a mask has set."""
    return pl.col(mask).bitwise_count_ones().cast(pl.Int64)


def _number(value: str | pl.Expr) -> pl.Expr:
    expression = pl.col(value) if isinstance(value, str) else value
    return expression.cast(pl.Float64)
