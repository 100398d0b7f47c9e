"""Shares of ownership: fractions, however they were told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from features.types import DECIMAL, SHARE

SHARE_UNITS: Final = ["fraction", "percent"]
_COLUMNS: Final = ("share_min", "share_max")
_HUNDREDTH: Final = pl.lit("0.01").cast(DECIMAL)
# More than any share; it fits the type, so that the row can be told apart.
_TOO_MUCH: Final = 99

SENTENCES: Final[Mapping[str, str]] = {
    "shares_need_their_unit": "shares above 1 need share_unit = percent",
    "shares_are_at_most_the_whole": "a share is above 100 percent",
}


def fractions(rows: pl.DataFrame) -> pl.DataFrame:
    """Percentages as fractions; what is above 1 even so keeps its unit, and fails its row."""
    percent = pl.col("share_unit").eq_missing(pl.lit("percent"))
    shares = [
        _fitted(pl.when(percent).then(pl.col(c) * _HUNDREDTH).otherwise(pl.col(c))).alias(c)
        for c in _COLUMNS
    ]
    units = pl.Enum(SHARE_UNITS)
    told = pl.when(percent & _within()).then(pl.lit("fraction", dtype=units))
    return rows.with_columns(shares).with_columns(share_unit=told.otherwise("share_unit"))


def _fitted(share: pl.Expr) -> pl.Expr:
    bounded = share.clip(-_TOO_MUCH, _TOO_MUCH)
    return bounded.round(SHARE.scale, mode="half_to_even").cast(SHARE)


def _within() -> pl.Expr:
    return pl.all_horizontal((pl.col(c) <= 1).fill_null(value=True) for c in _COLUMNS)


def need_their_unit() -> pl.Expr:
    """Whether shares are at most 1, or told to be percentages."""
    return _within() | pl.col("share_unit").eq_missing(pl.lit("percent"))


def at_most_the_whole() -> pl.Expr:
    """Whether shares told as percentages are at most the whole."""
    return _within() | pl.col("share_unit").ne_missing(pl.lit("percent"))
