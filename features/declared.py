"""What accounts say openly of themselves: a sign that a declaration explains counts for nothing."""

from __future__ import annotations

from typing import Final

import polars as pl

from features.rollups import Rollups

# Customers that run one account for many people by their nature.
MANY_PEOPLE: Final = ["reseller", "education", "government"]


def declarations(rollups: Rollups) -> pl.DataFrame:
    """``account_id``, ``declares`` (resale) and ``many_people`` (a platform for many users)."""
    resale = (
        pl.col("declared_reseller").fill_null(False)
        | pl.col("partner_id").is_not_null()
        | pl.col("customer_class").eq_missing(pl.lit("reseller"))
    )
    platform = pl.col("customer_class").is_in(MANY_PEOPLE).fill_null(False)
    return rollups["accounts"].select(
        "account_id", resale.alias("declares"), (resale | platform).alias("many_people")
    )


def undeclared(value: pl.Expr, *flags: str) -> pl.Expr:
    """``value``, or 0 where one of the flags says that it is declared openly."""
    open_about_it = pl.any_horizontal(pl.col(flag).fill_null(False) for flag in flags)
    return pl.when(open_about_it).then(0.0).otherwise(value)
