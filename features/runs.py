"""Rows of a rollup that belong together, told by their neighbours.

Rollups are in the order of their keys. What stands together there needs no table of keys to be
grouped: a row begins something new where it differs from the one before.
"""

from __future__ import annotations

import numpy as np
import polars as pl


def together(rows: pl.DataFrame, key: str) -> pl.DataFrame:
    """Rows with those of an account, and of each key within it, beside each other.

    They are sorted where they do not come in order, as those of a rollup do.
    """
    account, other = rows["account_id"], rows[key]
    same = account.eq_missing(account.shift(1))
    if account.is_sorted() and not bool((same & (other < other.shift(1))).any()):
        return rows
    return rows.sort("account_id", key)


def runs(*keys: str) -> pl.Expr:
    """A number for each run of rows with the same keys, growing from row to row."""
    return _begins(*keys).cum_sum()


def halved(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with ``late``: whether their ``day`` lies in the second half of their account's time.

    Rows of an account stand together; they are sorted where they do not come so.
    """
    ordered = rows if rows["account_id"].is_sorted() else rows.sort("account_id")
    day = ordered["day"].to_physical().to_numpy()
    begins = np.flatnonzero(ordered.select(_begins("account_id")).to_series().to_numpy())
    if not begins.size:
        return ordered.with_columns(late=pl.lit(None, dtype=pl.Boolean))
    length = np.diff(begins, append=day.size)
    first = np.repeat(np.minimum.reduceat(day, begins), length)
    last = np.repeat(np.maximum.reduceat(day, begins), length)
    return ordered.with_columns(late=pl.Series((day - first) * 2 > last - first))


def _begins(*keys: str) -> pl.Expr:
    """Whether a row differs in a key from the one before."""
    return pl.any_horizontal(pl.col(key).ne_missing(pl.col(key).shift(1)) for key in keys)


def is_shared(run: str) -> pl.Expr:
    """Whether a row stands in a run with others."""
    before, after = pl.col(run).shift(1), pl.col(run).shift(-1)
    return ((pl.col(run) == before) | (pl.col(run) == after)).fill_null(value=False)


def coded(*texts: str) -> list[pl.Expr]:
    """Texts as numbers, alike where texts are alike, in no order; null stays null."""
    return [
        pl.col(text).cast(pl.Categorical(pl.Categories.random())).to_physical() for text in texts
    ]
