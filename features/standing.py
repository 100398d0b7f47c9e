"""F16, standing: what may speak for an account; only a taught prior reads it, to lower odds.

None of it is a sign of anything wrong where it is missing: most customers are young, small and
alone. So it raises nothing, is in no family's tail and is counted in no model that is made
without labels. What a customer can put down by itself in a day (its use, a partner, an
organisation, that it is a start-up) is left out: there it told nothing on worlds of other makes,
and a provider's checks, public registers and years of the same hands are not had in a day.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from features.expressions import days_between, days_silent, per
from features.population import Population
from features.registry import Family, Reach

# Customers whose existence anybody can look up.
PUBLIC: Final = ["education", "government"]
# Identifiers of what people work with, as events show them.
CLIENTS: Final = ["agent", "tls", "device"]
# Days at which a time is worth a half of what it can be worth.
YEAR: Final = 365.0
MONTH: Final = 30.0


def base(population: Population) -> pl.DataFrame:
    """Age, records and the longest-used client of each account."""
    rollups = population.rollups
    records = rollups["accounts"].sort("account_id")
    klass = pl.col("customer_class").cast(pl.String)
    known = records.select(
        "account_id",
        days_silent("created_at", rollups.as_of).cast(pl.Float64).alias("age_days"),
        days_between("entity_registered_at", "created_at").alias("entity_days"),
        pl.col("kyc_status").cast(pl.String).eq_missing(pl.lit("verified")).alias("verified"),
        klass.is_in(PUBLIC).fill_null(False).alias("public"),
        klass.eq_missing(pl.lit("enterprise")).alias("enterprise"),
    )  # fmt: skip
    clients = (
        rollups["distinct"]
        .filter(pl.col("kind").is_in(CLIENTS))
        .group_by("account_id")
        .agg((pl.col("last") - pl.col("first")).dt.total_seconds().max().alias("client_seconds"))
    )
    every = known.join(clients, on="account_id", how="full", coalesce=True)
    return every.sort("account_id")


FAMILY = Family("F16", base, Reach.OWN, both=True)
_RECORDS = ("accounts",)


def _worth(days: pl.Expr, half: float) -> pl.Expr:
    """0 for no day, a half for ``half`` days, never 1."""
    lasted = pl.when(days > 0.0).then(days).otherwise(0.0)
    return lasted / (half + lasted)


@FAMILY.feature(
    unit="days/(365+days)", direction=-1, inputs=_RECORDS, typologies=(), bounds=(0, 1)
)  # fmt: skip
def f16_age() -> pl.Expr:
    """The account has been there for long."""
    return _worth(pl.col("age_days"), YEAR)


@FAMILY.feature(
    unit="days/(365+days)", direction=-1, inputs=_RECORDS, typologies=(), bounds=(0, 1)
)  # fmt: skip
def f16_entity_age() -> pl.Expr:
    """The holder's entity was on record long before the account."""
    return _worth(pl.col("entity_days"), YEAR)


@FAMILY.feature(unit="flag", direction=-1, inputs=_RECORDS, typologies=(), bounds=(0, 1))
def f16_verified() -> pl.Expr:
    """The holder was verified."""
    return pl.col("verified").cast(pl.Float64)


@FAMILY.feature(unit="flag", direction=-1, inputs=_RECORDS, typologies=(), bounds=(0, 1))
def f16_public_body() -> pl.Expr:
    """The customer is a public body or an educational institution."""
    return pl.col("public").cast(pl.Float64)


@FAMILY.feature(unit="flag", direction=-1, inputs=_RECORDS, typologies=(), bounds=(0, 1))
def f16_enterprise() -> pl.Expr:
    """The customer is an enterprise."""
    return pl.col("enterprise").cast(pl.Float64)


@FAMILY.feature(
    unit="days/(30+days)", direction=-1, inputs=("accounts", "events"), typologies=(), bounds=(0, 1)
)  # fmt: skip
def f16_steady_client() -> pl.Expr:
    """The same client has been in use for long."""
    return _worth(per(pl.col("client_seconds"), 86_400.0), MONTH)
