"""Charge rows, rolled up: GPU-hours and tokens by day, exactly."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import polars as pl

from features.catalogue import Catalogue
from features.clock import hour_mask, is_hourly, split_days
from features.shapes import SHAPES
from features.tables import DECIMAL

SKU_KEYS: Final = [
    "SkuPriceDetails", "SkuMeter", "ResourceType", "ChargeDescription", "SkuId",
    "ConsumedUnit", "ServiceName", "ServiceCategory",
]  # fmt: skip
# Below this the catalogue has read a GPU out of free text.
CONFIDENT: Final = 0.9


def usage(rows: pl.DataFrame, as_of: datetime, catalogue: Catalogue) -> pl.DataFrame:
    """Daily charges by account, payer, service, region, price, GPU model and token direction."""
    cut = split_days(
        rows, start="ChargePeriodStart", end="ChargePeriodEnd", as_of=as_of,
        amounts=["ConsumedQuantity", "EffectiveCost", "BilledCost", "ListCost"],
    )  # fmt: skip
    skus = catalogue.map_skus(cut.select(SKU_KEYS).unique(maintain_order=True))
    mapped = cut.join(skus, on=SKU_KEYS, how="left", nulls_equal=True)
    return SHAPES["usage"].add_up(mapped.select(*_keys(), *_counts(), *_amounts(), *_moments()))


def _unused() -> pl.Expr:
    """Bought but not used: commitments and reservations that ran empty."""
    return pl.any_horizontal(
        pl.col("CommitmentDiscountStatus").eq_missing(pl.lit("Unused")),
        pl.col("CapacityReservationStatus").eq_missing(pl.lit("Unused")),
    )


def _gpu() -> pl.Expr:
    """GPU use, and GPUs held but not used (marked ``idle``)."""
    return (pl.col("ChargeCategory") == "Usage") & (pl.col("kind") == "gpu")


def _tokens() -> pl.Expr:
    return (pl.col("ChargeCategory") == "Usage") & ~_unused() & (pl.col("kind") == "tokens")


def _keys() -> list[pl.Expr]:
    gpu, tokens = _gpu(), _tokens()
    unit = pl.when(gpu).then("gpu_den").when(tokens).then("token_den").otherwise(1)
    return [
        pl.coalesce("SubAccountId", "BillingAccountId").alias("account_id"),
        pl.col("BillingAccountId").alias("payer_id"),
        pl.col("day"),
        pl.col("ServiceName").alias("service"),
        pl.col("RegionId").alias("region"),
        pl.col("PricingCategory").alias("pricing"),
        pl.col("ChargeCategory").cast(pl.String).alias("charge"),
        pl.col("BillingCurrency").alias("currency"),
        pl.when(gpu).then("gpu_model").alias("gpu_model"),
        unit.alias("denominator"),
        pl.when(tokens).then("token_direction").alias("token_direction"),
        pl.when(tokens).then("model_hint").alias("model_hint"),
        (gpu & _unused()).fill_null(False).alias("idle"),
    ]


def _counts() -> list[pl.Expr]:
    used = (pl.col("ChargeCategory") == "Usage") & ~_unused()
    guessed = used & (pl.col("kind") == "gpu") & (pl.col("mapping_confidence") < CONFIDENT)
    return [
        pl.lit(1, dtype=pl.Int64).alias("rows"),
        is_hourly("ChargePeriodStart", "ChargePeriodEnd").cast(pl.Int64).alias("hourly_rows"),
        guessed.fill_null(False).cast(pl.Int64).alias("guessed_rows"),
        (used & pl.col("unknown_instance")).fill_null(False).cast(pl.Int64).alias("unknown_rows"),
    ]


def _amounts() -> list[pl.Expr]:
    zero = pl.lit(0, dtype=DECIMAL)
    amount = pl.col("ConsumedQuantity")
    tokens = pl.when(_tokens()).then(amount * pl.col("token_num"))
    return [
        pl.when(_gpu()).then(amount * pl.col("gpu_num")).otherwise(zero).alias("gpu_amount"),
        tokens.otherwise(zero).alias("token_amount"),
        pl.coalesce("EffectiveCost", "BilledCost", "ListCost", zero).alias("cost"),
        pl.coalesce("BilledCost", "EffectiveCost", zero).alias("billed"),
    ]


def _moments() -> list[pl.Expr]:
    return [
        hour_mask("ChargePeriodStart", "ChargePeriodEnd").alias("hours"),
        pl.col("ChargePeriodStart").alias("first"),
        pl.col("ChargePeriodEnd").alias("last"),
    ]
