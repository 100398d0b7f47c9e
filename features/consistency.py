"""F13, KYC consistency: records that are missing, late, young or at odds with the use."""

from __future__ import annotations

from typing import Final

import polars as pl

from features.expressions import days_between, left_sum, per, promptness, share
from features.population import Population
from features.registry import Family, Reach
from features.usage import controlled_use

FACTS: Final = {
    "declared_use_class": "use", "customer_class": "class", "kyc_status": "check",
    "org_name": "holder", "org_address": "address", "declared_country": "place",
}  # fmt: skip
# Uses that hardly need export-controlled GPUs.
LIGHT_USES: Final = ["web", "gaming", "analytics"]

# Customers of which a register knows since when they exist.
COMPANIES: Final = ["startup", "business", "enterprise", "reseller"]


def base(population: Population) -> pl.DataFrame:
    """Records of each account beside its first and its share of controlled compute."""
    rollups = population.rollups
    records = rollups["accounts"].sort("account_id")
    use = controlled_use(rollups)
    joined = records.join(use, on="account_id", how="left", maintain_order="left").join(
        rollups["owners"], on="account_id", how="left", maintain_order="left"
    )
    gone = [pl.col(fact).is_null().cast(pl.Int64) for fact in FACTS]
    status = pl.col("kyc_status")
    entity_days = days_between("entity_registered_at", "created_at")
    verified_late = days_between("first_controlled", "kyc_verified_at")
    return joined.select(
        "account_id",
        left_sum(gone).alias("missing_facts"),
        status.is_in(["none", "pending"]).fill_null(True).alias("unverified"),
        status.is_in(["failed", "expired"]).fill_null(False).alias("refused"),
        pl.col("controlled_share").fill_null(0.0),
        verified_late.clip(lower_bound=0).fill_null(0.0).alias("verified_late"),
        promptness(per(entity_days, 30.0)).alias("young"),
        (_is_company() & pl.col("entity_registered_at").is_null()).alias("unregistered"),
        promptness(per(entity_days, 180.0)).alias("youngish"),
        (pl.col("owners").fill_null(0) > 0).alias("has_owners"),
        pl.col("seen").cast(pl.Float64).fill_null(0.0).clip(0.0, 1.0).alias("seen_share"),
        pl.col("declared_use_class").is_null().alias("no_use"),
        pl.col("declared_use_class").is_in(LIGHT_USES).fill_null(False).alias("light_use"),
        *_places(),
    )


def _is_company() -> pl.Expr:
    return pl.col("customer_class").is_in(COMPANIES).fill_null(False)


def _places() -> list[pl.Expr]:
    """Pairs of recorded places that are known, and those that differ: any two alike."""
    pairs = [
        ("declared_country", "billing_country"),
        ("declared_country", "phone_country"),
        ("billing_country", "phone_country"),
    ]
    known = [(pl.col(a).is_not_null() & pl.col(b).is_not_null()).cast(pl.Int64) for a, b in pairs]
    differ = [(pl.col(a) != pl.col(b)).fill_null(False).cast(pl.Int64) for a, b in pairs]
    return [left_sum(known).alias("place_pairs"), left_sum(differ).alias("places_differ")]


FAMILY = Family("F13", base, Reach.OWN)
_RECORDS = ("accounts",)
_BOTH = ("accounts", "usage")
_SHELL = ("T08", "T01")


@FAMILY.feature(unit="share", direction=1, inputs=_RECORDS, typologies=_SHELL, bounds=(0, 1))
def f13_missing_records() -> pl.Expr:
    """Share of the usual customer records that are missing."""
    return per(pl.col("missing_facts"), len(FACTS))


@FAMILY.feature(unit="share", direction=1, inputs=_BOTH, typologies=_SHELL, bounds=(0, 1))
def f13_unverified_controlled() -> pl.Expr:
    """Spend goes to export-controlled GPUs while the holder was never verified."""
    return pl.when("unverified").then(pl.col("controlled_share"))


@FAMILY.feature(unit="flag", direction=1, inputs=_RECORDS, typologies=("T03", "T08"), bounds=(0, 1))
def f13_failed_check() -> pl.Expr:
    """The holder's verification failed or has expired."""
    return pl.col("refused").cast(pl.Float64)


@FAMILY.feature(unit="days/(30+days)", direction=1, inputs=_BOTH, typologies=_SHELL, bounds=(0, 1))
def f13_verified_after_use() -> pl.Expr:
    """The holder was verified only after controlled GPUs already ran."""
    return pl.col("verified_late") / (30.0 + pl.col("verified_late"))


@FAMILY.feature(unit="1/(1+months)", direction=1, inputs=_RECORDS, typologies=_SHELL, bounds=(0, 1))
def f13_young_entity() -> pl.Expr:
    """The holder's entity was registered shortly before the account, or after it."""
    return pl.col("young")


@FAMILY.feature(unit="share", direction=1, inputs=_BOTH, typologies=("T08",), bounds=(0, 1))
def f13_young_entity_controlled() -> pl.Expr:
    """A young entity that spends on export-controlled GPUs."""
    return pl.col("youngish") * pl.col("controlled_share")


@FAMILY.feature(
    unit="share", direction=1, inputs=_RECORDS, typologies=("T15", "T08"), bounds=(0, 1),
    place=True,
)  # fmt: skip
def f13_records_disagree() -> pl.Expr:
    """Declared, billed and phone places differ from each other, whichever they are."""
    return share("places_differ", "place_pairs")


@FAMILY.feature(unit="share", direction=1, inputs=_BOTH, typologies=("T01", "T21"), bounds=(0, 1))
def f13_no_end_use() -> pl.Expr:
    """Spend goes to export-controlled GPUs and no use is declared."""
    return pl.when("no_use").then(pl.col("controlled_share"))


@FAMILY.feature(unit="share", direction=1, inputs=_BOTH, typologies=("T21",), bounds=(0, 1))
def f13_light_use_declared() -> pl.Expr:
    """Spend goes to export-controlled GPUs although web, gaming or analytics is declared."""
    return pl.when("light_use").then(pl.col("controlled_share"))


@FAMILY.feature(unit="share", direction=1, inputs=_BOTH, typologies=_SHELL, bounds=(0, 1))
def f13_company_without_date() -> pl.Expr:
    """Spend goes to export-controlled GPUs, and no register says since when the company exists."""
    return pl.when("unregistered").then(pl.col("controlled_share"))


@FAMILY.feature(
    unit="share", direction=1, inputs=("account_owners",), typologies=("T18", "T08"), bounds=(0, 1)
)
def f13_ownership_unseen() -> pl.Expr:
    """Owners are on record, and who holds the rest cannot be seen."""
    return pl.when("has_owners").then(1.0 - pl.col("seen_share"))
