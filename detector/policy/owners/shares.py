"""Shares as exact integers, and what bounds of them hold for each pair of parties.

A share counts in units of 10^-10 of the whole, so that sums are exact and no order of rows
matters. A bound is *open* where its own value is excluded ("more than 25 %").
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import polars as pl

from features.types import SHARE, UTC_TIME

WHOLE: Final = 10**SHARE.scale
"""The whole of a company, in units."""


def current(rows: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """Rows that hold at ``as_of``: begun before it, not ended before it."""
    now = pl.lit(as_of).cast(UTC_TIME)
    begun, going = pl.lit(value=True), pl.lit(value=True)
    if "since" in rows.columns:
        begun = (pl.col("since").cast(UTC_TIME) < now).fill_null(value=True)
    if "until" in rows.columns:
        going = (pl.col("until").cast(UTC_TIME) >= now).fill_null(value=True)
    return rows.filter(begun & going)


def linked(rows: pl.DataFrame) -> pl.DataFrame:
    """One row a pair of parties, with the bounds that hold, sorted by owner, then owned.

    An owned party whose shares contradict each other (a least share above the greatest, or
    least shares that sum to more than the whole) is *refused*: none of its shares is believed,
    each may be anything from nothing to the whole.

    Parameters
    ----------
    rows
        Rows with ``owned``, ``owner``, ``share_min``, ``share_max`` and, where there are any,
        ``share_min_open`` and ``share_max_open``.

    Returns
    -------
    polars.DataFrame
        ``owner``, ``owned``, ``low``, ``low_open``, ``high``, ``high_open``, ``unknown``
        (nothing is told of the share), ``refused`` (of the owned), ``told`` (the least share,
        believed or not), ``rows`` (that tell of it).
    """
    pairs = _pairs(_bounds(rows))
    refused = (
        pl.col("odd").any()
        | (pl.col("low").sum() > WHOLE)
        | ((pl.col("low").sum() == WHOLE) & pl.col("low_open").any())
    )
    judged = pairs.with_columns(refused=refused.over("owned"))
    free = pl.col("refused")
    return judged.select(
        "owner", "owned",
        low=pl.when(free).then(0).otherwise("low"),
        low_open=pl.col("low_open") & ~free,
        high=pl.when(free).then(WHOLE).otherwise("high"),
        high_open=pl.col("high_open") & ~free,
        unknown=pl.col("unknown") | free,
        refused="refused",
        told="low",
        rows="rows",
    ).sort("owner", "owned")  # fmt: skip


def _bounds(rows: pl.DataFrame) -> pl.DataFrame:
    """Each row's bounds, so that an order of numbers is an order of bounds.

    They are twice the units, one more where a least share is open, one less where a greatest is.
    """
    least, most = _units("share_min"), _units("share_max")
    low = pl.when(least.is_null()).then(0).otherwise(2 * least + _open(rows, "share_min_open"))
    high = (
        pl.when(most.is_null()).then(2 * WHOLE).otherwise(2 * most - _open(rows, "share_max_open"))
    )
    return rows.select("owned", "owner", low=low, high=high).with_columns(
        odd=(pl.col("low") > pl.col("high"))
        | ~pl.col("low").is_between(0, 2 * WHOLE)
        | (pl.col("high") > 2 * WHOLE)
    )


def _units(column: str) -> pl.Expr:
    return pl.col(column).cast(SHARE).to_physical().cast(pl.Int64)


def _open(rows: pl.DataFrame, column: str) -> pl.Expr:
    flag = pl.col(column) if column in rows.columns else pl.lit(value=False)
    return flag.cast(pl.Boolean).fill_null(value=False).cast(pl.Int64)


def _pairs(bounds: pl.DataFrame) -> pl.DataFrame:
    """Several rows on one pair may tell of one holding again, or of several.

    For certain the owner holds what the greatest of the rows says (the least of them, where
    they do not agree); at most, all of them together.
    """
    agree = pl.col("low").max() <= pl.col("high").min()
    most = (pl.col("high") + 1) // 2
    grouped = bounds.group_by("owned", "owner").agg(
        bound=pl.when(agree).then(pl.col("low").max()).otherwise(pl.col("low").min()),
        high=most.sum().clip(0, WHOLE),
        high_open=(pl.col("high") % 2 != 0).any() & (most.sum() <= WHOLE),
        unknown=((pl.col("low") == 0) & (pl.col("high") == 2 * WHOLE)).any(),
        odd=pl.col("odd").any(),
        rows=pl.len(),
    )
    return grouped.with_columns(low=pl.col("bound") // 2, low_open=pl.col("bound") % 2 != 0)
