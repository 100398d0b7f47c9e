"""``usage``: FOCUS charge rows."""

from __future__ import annotations

from typing import Final

import dataframely as dy
import polars as pl

from features import charges
from features.clock import covers_too_much
from features.tables.columns import (
    DROP,
    HIDE,
    KEEP,
    choice,
    foreign_id,
    identifier,
    moment,
    money,
    place,
    quantity,
    text,
)
from features.tables.known import Known
from features.tables.table import Table
from features.types import ID_BYTES, LONG_TEXT_BYTES

CHARGE_CATEGORIES: Final = ["Usage", "Purchase", "Tax", "Credit", "Adjustment"]
_USED: Final = ["Used", "Unused"]
# A usage file must carry at least one of these, in the order in which they are asked.
SKU_COLUMNS: Final = ("SkuPriceDetails", "SkuMeter", "ResourceType", "ChargeDescription", "SkuId")


class Usage(dy.Schema):
    """FOCUS 1.0 to 1.4 charge rows, in the columns features read."""

    ChargePeriodStart = moment(KEEP, happened=True)
    ChargePeriodEnd = moment(KEEP, happened=True)
    BillingAccountId = identifier(HIDE)
    SubAccountId = identifier(HIDE, nullable=True)
    ChargeCategory = choice(KEEP, CHARGE_CATEGORIES, nullable=False)
    ChargeClass = choice(KEEP, ["Correction"])
    ServiceName = text(KEEP, nullable=False, limit=ID_BYTES)
    ConsumedQuantity = quantity(KEEP)
    ConsumedUnit = text(KEEP)
    SkuPriceDetails = text(KEEP, limit=LONG_TEXT_BYTES)
    SkuMeter = text(KEEP)
    ResourceType = text(KEEP)
    ChargeDescription = text(KEEP)
    SkuId = text(KEEP)
    SkuPriceId = text(KEEP)
    ServiceProviderName = text(KEEP)
    InvoiceIssuerName = text(KEEP)
    ServiceCategory = text(KEEP)
    RegionId = place(KEEP)
    ResourceId = foreign_id(HIDE)
    PricingCategory = text(KEEP)
    ChargeFrequency = text(KEEP)
    CommitmentDiscountStatus = choice(KEEP, _USED)
    CommitmentDiscountType = text(KEEP)
    CapacityReservationId = foreign_id(HIDE)
    CapacityReservationStatus = choice(KEEP, _USED)
    EffectiveCost = money(KEEP)
    BilledCost = money(KEEP)
    ListCost = money(KEEP)
    BillingCurrency = text(KEEP)
    Tags = text(DROP, limit=LONG_TEXT_BYTES)

    @dy.rule()
    def period_ends_after_it_starts(cls) -> pl.Expr:
        """ChargePeriodEnd lies after ChargePeriodStart."""
        return pl.col("ChargePeriodEnd") > pl.col("ChargePeriodStart")

    @dy.rule()
    def period_is_not_longer_than_three_years(cls) -> pl.Expr:
        """A row covers at most 1,100 days."""
        return ~covers_too_much("ChargePeriodStart", "ChargePeriodEnd")

    @dy.rule()
    def usage_has_quantity_and_unit(cls) -> pl.Expr:
        """A Usage row says how much of what was consumed, unless nothing was or it corrects."""
        return (
            (pl.col("ChargeCategory") != "Usage")
            | (pl.col("ConsumedQuantity").is_not_null() & pl.col("ConsumedUnit").is_not_null())
            | pl.col("CommitmentDiscountStatus").eq_missing(pl.lit("Unused"))
            | pl.col("CapacityReservationStatus").eq_missing(pl.lit("Unused"))
            | pl.col("ChargeClass").eq_missing(pl.lit("Correction"))
        )

    @dy.rule()
    def only_corrections_are_negative(cls) -> pl.Expr:
        """A consumed quantity below zero is a Correction."""
        return (
            pl.col("ChargeClass").eq_missing(pl.lit("Correction"))
            | pl.col("ConsumedQuantity").is_null()
            | (pl.col("ConsumedQuantity") >= 0)
            | (pl.col("ChargeCategory") != "Usage")
        )


USAGE: Final = Table(
    name="usage",
    schema=Usage,
    title="billing rows",
    noun="a FOCUS export",
    required=(
        "ChargePeriodStart", "ChargePeriodEnd", "BillingAccountId", "ChargeCategory",
        "ServiceName", "ConsumedQuantity", "ConsumedUnit",
    ),
    one_of=SKU_COLUMNS,
    older_names={"ServiceProviderName": ("ProviderName",)},
    known=Known(since="ChargePeriodStart"),
    seen_whole=pl.col("ChargePeriodEnd"),
    ends=pl.col("ChargePeriodEnd"),
    span=("ChargePeriodStart", "ChargePeriodEnd"),
    account=("SubAccountId", "BillingAccountId"),
    sentences={"period_is_not_longer_than_three_years": "covers more than 1,100 days"},
    rollup=lambda rows, as_of, catalogue: {"usage": charges.usage(rows, as_of, catalogue)},
    watermark=("usage", "last"),
    population="usage",
    needed=True,
)  # fmt: skip
