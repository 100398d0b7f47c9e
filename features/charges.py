"""Charge rows, rolled up: GPU-hours and tokens by day, exactly."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import polars as pl

from features.catalogue import Catalogue
from features.clock import hour_mask, is_hourly, split_days
from features.grouping import group
from features.shape import DAY, INT, TEXT, Shape
from features.types import DECIMAL

SKU_KEYS: Final = [
    "SkuPriceDetails", "SkuMeter", "ResourceType", "ChargeDescription", "SkuId",
    "ConsumedUnit", "ServiceName", "ServiceCategory",
]  # fmt: skip
# Rows that are added up at once: memory does not grow with the size of a file.
SLICE: Final = 1 << 19
# Below this the catalogue has read a GPU out of free text.
CONFIDENT: Final = 0.9


# What tells charge rows apart beside their times and amounts.
_RAW_KEYS: Final = [
    "BillingAccountId", "SubAccountId", "day", "RegionId", "PricingCategory", "ChargeCategory",
    "BillingCurrency", "CommitmentDiscountStatus", "CapacityReservationStatus", *SKU_KEYS,
]  # fmt: skip
_AMOUNTS: Final = ["ConsumedQuantity", "EffectiveCost", "BilledCost", "ListCost"]
_TIMES: Final = ["ChargePeriodStart", "ChargePeriodEnd"]

SHAPE: Final = Shape(
    keys={
        "account_id": TEXT, "payer_id": TEXT, "day": DAY, "service": TEXT,
        "region": TEXT, "pricing": TEXT, "charge": TEXT, "currency": TEXT,
        "gpu_model": TEXT, "denominator": INT, "token_direction": TEXT, "model_hint": TEXT,
        "idle": pl.Boolean(),
    },
    sums={
        "rows": INT, "hourly_rows": INT, "guessed_rows": INT, "unknown_rows": INT,
        "unmapped_rows": INT,
        "gpu_amount": DECIMAL, "token_amount": DECIMAL, "cost": DECIMAL,
        "billed": DECIMAL,
    },
    masks=("hours",),
    dates_accounts=True,
)  # fmt: skip


def usage(rows: pl.DataFrame, as_of: datetime, catalogue: Catalogue) -> pl.DataFrame:
    """Daily charges by account, payer, service, region, price, GPU model and token direction.

    The hours of a day are added up first and SKUs are mapped afterwards, so that texts are
    looked at once a day. That is exact: GPU-hours are a multiple of the quantity.
    """
    slices = [_daily(part, as_of) for part in rows.iter_slices(SLICE)] or [_daily(rows, as_of)]
    daily = slices[0] if len(slices) == 1 else group(pl.concat(slices), _RAW_KEYS, _sums())
    skus = catalogue.map_skus(group(daily, SKU_KEYS, []))
    mapped = daily.join(skus, on=SKU_KEYS, how="left", nulls_equal=True)
    return SHAPE.add_up(mapped.select(*_keys(), *_counts(), *_amounts(), *_moments()))


def _daily(rows: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """Rows, exact amounts, hours and times by everything that tells charges apart."""
    needed = [c for c in (*_RAW_KEYS, "ChargeClass") if c != "day"]
    # Lazily, because an eager choice of columns copies all where their chunks differ.
    cut = split_days(
        rows.lazy().select(*needed, *_TIMES, *_AMOUNTS).collect(), start="ChargePeriodStart",
        end="ChargePeriodEnd", as_of=as_of, amounts=_AMOUNTS,
    )  # fmt: skip
    timed = cut.lazy().with_columns(hours=hour_mask(*_TIMES)).collect()
    return group(timed, _RAW_KEYS, _counted())


def _counted() -> list[pl.Expr]:
    """What ``_sums`` adds up, counted in rows: no row is made to say 0 or 1."""
    zero = pl.lit(0, dtype=DECIMAL)
    quantity = pl.col("ConsumedQuantity")
    correction = pl.col("ChargeClass").eq_missing(pl.lit("Correction"))
    counts = {
        "rows": pl.len(),
        "hourly_rows": is_hourly(*_TIMES).sum(),
        "amounts": (quantity != 0).sum(),
        "blanks": (quantity.is_null() & ~correction).sum(),
    }
    return [
        *(count.cast(pl.Int64).alias(name) for name, count in counts.items()),
        quantity.sum(),
        pl.coalesce("EffectiveCost", "BilledCost", "ListCost", zero).sum().alias("cost"),
        pl.coalesce("BilledCost", "EffectiveCost", zero).sum().alias("billed"),
        pl.col("hours").bitwise_or(),
        pl.col("ChargePeriodStart").min().alias("first"),
        pl.col("ChargePeriodEnd").max().alias("last"),
    ]


def _sums() -> list[pl.Expr]:
    """How rows of one day add up; ``amounts`` and ``blanks`` count rows by their quantity."""
    summed = ("rows", "hourly_rows", "amounts", "blanks", "ConsumedQuantity", "cost", "billed")
    return [
        *(pl.col(c).sum() for c in summed),
        pl.col("hours").bitwise_or(),
        pl.col("first").min(),
        pl.col("last").max(),
    ]


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
    unknown = used & pl.col("unknown_instance")
    # A quantity that cannot be told in GPU-hours, for its unit or because it is not there. A
    # Correction without a quantity changes money alone, and no hours of any unit are no hours.
    unmapped = (
        pl.when(used & pl.col("timeless")).then(pl.col("amounts") + pl.col("blanks"))
        .when(used & (pl.col("kind") == "gpu")).then("blanks").otherwise(0)
    )  # fmt: skip
    return [
        pl.col("rows", "hourly_rows"),
        pl.when(guessed).then("rows").otherwise(0).alias("guessed_rows"),
        pl.when(unknown).then("rows").otherwise(0).alias("unknown_rows"),
        unmapped.alias("unmapped_rows"),
    ]


def _amounts() -> list[pl.Expr]:
    zero = pl.lit(0, dtype=DECIMAL)
    amount = pl.col("ConsumedQuantity")
    gpu = pl.when(_gpu()).then(amount * pl.col("gpu_num"))
    tokens = pl.when(_tokens()).then(amount * pl.col("token_num"))
    return [
        gpu.otherwise(zero).alias("gpu_amount"),
        tokens.otherwise(zero).alias("token_amount"),
        pl.col("cost", "billed"),
    ]


def _moments() -> list[pl.Expr]:
    return [pl.col("hours", "first", "last")]
