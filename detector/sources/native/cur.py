"""AWS Cost and Usage Report 2.0 to ``usage``.

Shape: AWS Data Exports User Guide, "Cost and Usage Report (CUR) 2.0 table dictionary"; the
column names of the older report (``lineItem/UsageAmount``) are read as well. Line item types
become charge categories the way AWS's own FOCUS export does it.
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
}
NEEDED: Final = frozenset(list(COLUMNS)[:7])
CATEGORIES: Final[Mapping[str, str]] = {
    "usage": "Usage", "discountedusage": "Usage", "savingsplancoveredusage": "Usage",
    "fee": "Purchase", "rifee": "Purchase", "savingsplanrecurringfee": "Purchase",
    "savingsplanupfrontfee": "Purchase", "tax": "Tax", "credit": "Credit", "refund": "Credit",
    "discount": "Credit", "bundleddiscount": "Credit", "edpdiscount": "Credit",
    "privateratediscount": "Credit", "sppdiscount": "Credit", "ridiscount": "Credit",
    "distributordiscount": "Credit", "savingsplannegation": "Adjustment",
}  # fmt: skip


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
    absent = [c for c in ("reserved_cost", "planned_cost", "SkuMeter", "BilledCost")
              if c not in frame.columns]  # fmt: skip
    kind = pl.col("ChargeCategory").cast(pl.String).str.to_lowercase()
    usage = pl.col("SkuMeter").cast(pl.String)
    committed = kind.is_in(["discountedusage", "savingsplancoveredusage"])
    return frame.with_columns(pl.lit(None, dtype=pl.String).alias(c) for c in absent).with_columns(
        kind.replace_strict(CATEGORIES, default=pl.col("ChargeCategory")).alias("ChargeCategory"),
        pl.when(kind == "discountedusage").then("reserved_cost")
        .when(kind == "savingsplancoveredusage").then("planned_cost")
        .otherwise("BilledCost").alias("EffectiveCost"),
        pl.when(committed).then(pl.lit("Committed"))
        .when(usage.str.contains("SpotUsage")).then(pl.lit("Dynamic"))
        .otherwise(pl.lit("Standard")).alias("PricingCategory"),
        pl.when(committed).then(pl.lit("Used")).alias("CommitmentDiscountStatus"),
        pl.when(kind.is_in(["rifee", "savingsplanrecurringfee"])).then(pl.lit("Recurring"))
        .when(kind.is_in(["fee", "savingsplanupfrontfee"])).then(pl.lit("One-Time"))
        .otherwise(pl.lit("Usage-Based")).alias("ChargeFrequency"),
        pl.lit("AWS").alias("ServiceProviderName"),
    ).drop("reserved_cost", "planned_cost")  # fmt: skip
