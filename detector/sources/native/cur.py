"""AWS Cost and Usage Report 2.0 to ``usage``.

Shape: AWS Data Exports User Guide, "Cost and Usage Report (CUR) 2.0 table dictionary"; the
column names of the older report (``lineItem/UsageAmount``) are read as well. Line item types
become charge categories the way AWS's own FOCUS export does it; one that nobody knows stays as
it is, and its row goes to the quarantine.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

COLUMNS: Final[Mapping[str, str]] = {
    "line_item_usage_start_date": "ChargePeriodStart",
    "line_item_usage_end_date": "ChargePeriodEnd",
    "bill_payer_account_id": "BillingAccountId",
    "line_item_usage_account_id": "SubAccountId",
    "line_item_line_item_type": "ChargeCategory",
    "line_item_product_code": "ServiceName",
    "line_item_usage_amount": "ConsumedQuantity",
    "pricing_unit": "ConsumedUnit",
    "line_item_usage_type": "SkuMeter",
    "line_item_line_item_description": "ChargeDescription",
    "product_instance_type": "ResourceType",
    "product_sku": "SkuId",
    "pricing_rate_id": "SkuPriceId",
    "product_region_code": "RegionId",
    "line_item_resource_id": "ResourceId",
    "line_item_legal_entity": "InvoiceIssuerName",
    "line_item_unblended_cost": "BilledCost",
    "pricing_public_on_demand_cost": "ListCost",
    "line_item_currency_code": "BillingCurrency",
    "resource_tags": "Tags",
    "reservation_effective_cost": "reserved_cost",
    "savings_plan_savings_plan_effective_cost": "planned_cost",
    "split_line_item_parent_resource_id": "split_from",
}
NEEDED: Final = frozenset(list(COLUMNS)[:7])
CATEGORIES: Final[Mapping[str, str]] = {
    "usage": "Usage", "discountedusage": "Usage", "savingsplancoveredusage": "Usage",
    "tax": "Tax", "credit": "Credit", "refund": "Credit",
    "savingsplannegation": "Adjustment", "adjustment": "Adjustment",
}  # fmt: skip
"""Line item types; beside them every "…Fee" is a Purchase and every "…Discount" a Credit."""
UNSTATED: Final = "unstated"
"""The unit of a Usage row that has none: no time, so that a GPU's row is told and not lost."""

_SIZE: Final = r"(?:nano|micro|small|medium|large|\d*xlarge|metal(?:-\d+xl)?)"
# What a usage type meters, by its words: an instance, or what its last word says.
_UNITS: Final = (
    (rf":(?:ml\.|db\.)?[a-z][a-z0-9-]*\.{_SIZE}$", "Hrs"),
    (r"(?:^|-)(?:box|spot|dedicated|hostbox)usage$", "Hrs"),
    (r"-(?:hours|hrs)(?:$|:)", "Hrs"),
    (r"(?:volumeusage|snapshotusage|timedstorage-bytehrs)", "GB-Mo"),
    (r"-bytes(?:$|:)", "GB"),
    (r"requests", "Requests"),
)
_HELPERS: Final = ("reserved_cost", "planned_cost", "split_from")
_READ: Final = (*_HELPERS, "SkuMeter", "BilledCost", "ConsumedUnit", "ListCost")
_AMOUNTS: Final = ("ConsumedQuantity", "BilledCost", "EffectiveCost", "ListCost")


def plain_name(column: str) -> str:
    """Return a column name in the form of CUR 2.0.

    >>> plain_name("lineItem/UsageAmount"), plain_name("line_item_usage_amount")
    ('line_item_usage_amount', 'line_item_usage_amount')
    """
    joined = column.replace("/", "_").replace(":", "_")
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", joined).lower().replace("__", "_")


def recognises(found: Sequence[str]) -> bool:
    """Say whether these are the columns of a Cost and Usage Report."""
    return NEEDED - {"pricing_unit"} <= {plain_name(name) for name in found[:2000]}


def select(found: Sequence[str]) -> dict[str, str]:
    """Return {name in the file: name in ``usage`` or of a helper column}."""
    chosen: dict[str, str] = {}
    for name in found:
        target = COLUMNS.get(plain_name(name))
        if target is not None and target not in chosen.values():
            chosen[name] = target
    return chosen


def to_usage(frame: pl.DataFrame) -> pl.DataFrame:
    """Turn selected columns into those of ``usage``."""
    absent = [pl.lit(None, dtype=pl.String).alias(c) for c in _READ if c not in frame.columns]
    kind = pl.col("ChargeCategory").cast(pl.String).str.to_lowercase().str.replace_all("[^a-z]", "")
    usage = pl.col("SkuMeter").cast(pl.String)
    committed = kind.is_in(["discountedusage", "savingsplancoveredusage"])
    read = frame.with_columns(absent).with_columns(
        _category(kind).alias("ChargeCategory"),
        pl.when(kind == "discountedusage").then("reserved_cost")
        .when(kind == "savingsplancoveredusage").then("planned_cost")
        .otherwise("BilledCost").alias("EffectiveCost"),
        pl.when(committed).then(pl.lit("Committed"))
        .when(usage.str.contains("SpotUsage")).then(pl.lit("Dynamic"))
        .otherwise(pl.lit("Standard")).alias("PricingCategory"),
        pl.when(committed).then(pl.lit("Used")).alias("CommitmentDiscountStatus"),
        pl.when(kind.is_in(["rifee", "savingsplanrecurringfee"])).then(pl.lit("Recurring"))
        .when(kind.str.ends_with("fee")).then(pl.lit("One-Time"))
        .otherwise(pl.lit("Usage-Based")).alias("ChargeFrequency"),
        pl.lit("AWS").alias("ServiceProviderName"),
    )  # fmt: skip
    return _unsplit(_with_units(read)).drop(_HELPERS)


def _category(kind: pl.Expr) -> pl.Expr:
    """The charge category of a line item type, or the type itself where nobody knows it."""
    by_ending = pl.when(kind.str.ends_with("discount")).then(pl.lit("Credit")).when(
        kind.str.ends_with("fee")
    ).then(pl.lit("Purchase"))  # fmt: skip
    named = kind.replace_strict(CATEGORIES, default=None, return_dtype=pl.String)
    return pl.coalesce(named, by_ending, pl.col("ChargeCategory").cast(pl.String))


def _blank(column: str) -> pl.Expr:
    text = pl.col(column).cast(pl.String)
    return text.is_null() | text.str.strip_chars().is_in(["", "NULL"])


def _lacking() -> pl.Expr:
    return _blank("ConsumedUnit") & (pl.col("ChargeCategory") == "Usage")


def _with_units(read: pl.DataFrame) -> pl.DataFrame:
    """Usage rows without a unit get the one that their usage type tells."""
    if not read.select(_lacking().any()).item():
        return read
    meter = pl.col("SkuMeter").cast(pl.String).str.to_lowercase()
    told = pl.coalesce(
        *(pl.when(meter.str.contains(words)).then(pl.lit(unit)) for words, unit in _UNITS),
        pl.lit(UNSTATED),
    )
    unit = pl.when(_lacking()).then(told).otherwise(pl.col("ConsumedUnit").cast(pl.String))
    return read.with_columns(unit.alias("ConsumedUnit"))


def _unsplit(read: pl.DataFrame) -> pl.DataFrame:
    """No amounts where split cost allocation shares out what a machine's own row has."""
    split = ~_blank("split_from")
    if not read.select(split.any()).item():
        return read
    return read.with_columns(
        pl.when(split).then(pl.lit("0").cast(read.schema[name])).otherwise(name).alias(name)
        for name in _AMOUNTS
    )
