"""About forty features anyone would build from these tables without knowing the subject.

They feed the baselines: sums, counts, spreads, ages and shares per account. What the
detector finds beyond a forest on this table is what knowing the subject is worth.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import polars as pl

_ACCOUNT: Final = pl.coalesce("SubAccountId", "BillingAccountId").alias("account_id")
_DAY: Final = pl.col("ChargePeriodStart").dt.truncate("1d")
_TOTALS: Final = ("controlled_gpu_hours", "tpp_hours", "input_tokens", "output_tokens")
# Of these sizes only the order of magnitude matters; the others are ages and shares.
_SIZES: Final = (
    "rows", "cost", "cost_mean", "cost_sd", "cost_max", "services", "regions", "skus",
    "resources", "payments", "paid", "paid_mean", "paid_sd", "instruments", "events",
    "operations", "addresses", "agents", "devices", "credentials", "countries", "requests",
    "models", "keys", "end_users", "identifiers", *_TOTALS,
)  # fmt: skip


def generic_features(
    tables: Mapping[str, pl.LazyFrame], totals: pl.DataFrame, as_of: datetime
) -> pl.DataFrame:
    """Build the generic table.

    Parameters
    ----------
    tables
        Normalised tables of the contract; absent ones give null columns.
    totals
        One row per account to describe: ``account_id``, ``controlled_gpu_hours``,
        ``tpp_hours``, ``input_tokens``, ``output_tokens``.
    as_of
        Rows that start at or after it are left out.

    Returns
    -------
    pl.DataFrame
        ``account_id`` and Float64 columns, sorted by account; null = table absent.
    """
    table = totals.select("account_id", *_TOTALS).sort("account_id")
    for name, (build, columns) in _PARTS.items():
        if name in tables:
            part = build(tables[name], as_of).collect()
            table = table.join(part, on="account_id", how="left", maintain_order="left")
            table = table.with_columns(pl.col(columns).fill_null(0))
        else:
            table = table.with_columns(pl.lit(None).alias(c) for c in columns)
    names = [column for column in table.columns if column != "account_id"]
    table = table.with_columns(pl.col(names).cast(pl.Float64))
    return table.with_columns(pl.col(_SIZES).clip(0).log1p())


def spend(tables: Mapping[str, pl.LazyFrame], as_of: datetime) -> pl.DataFrame:
    """Sum each account's effective cost, whatever the currency: the rank by spend."""
    return (
        _usage_before(tables["usage"], as_of)
        .group_by("account_id")
        .agg(pl.col("EffectiveCost").sum().cast(pl.Float64).alias("spend"))
        .sort("account_id")
        .collect()
    )


def _usage_before(usage: pl.LazyFrame, as_of: datetime) -> pl.LazyFrame:
    return usage.filter(pl.col("ChargePeriodStart") < as_of).with_columns(_ACCOUNT)


def _usage(usage: pl.LazyFrame, as_of: datetime) -> pl.LazyFrame:
    rows = _usage_before(usage, as_of)
    daily = (
        rows.group_by("account_id", _DAY.alias("day"))
        .agg(pl.col("EffectiveCost").sum().cast(pl.Float64).alias("cost"))
        .sort("account_id", "day")
        .group_by("account_id", maintain_order=True)
        .agg(
            pl.len().alias("days"),
            pl.col("cost").sum(),
            pl.col("cost").mean().alias("cost_mean"),
            pl.col("cost").std().alias("cost_sd"),
            pl.col("cost").max().alias("cost_max"),
            (pl.col("day").max() - pl.col("day").min()).dt.total_days().alias("span"),
            (pl.lit(as_of) - pl.col("day").max()).dt.total_days().alias("idle"),
            (pl.col("day").dt.weekday() > 5).mean().alias("weekend_share"),
        )
    )
    variety = rows.group_by("account_id").agg(
        pl.len().alias("rows"),
        pl.col("ServiceName").n_unique().alias("services"),
        pl.col("RegionId").drop_nulls().n_unique().alias("regions"),
        pl.col("SkuId").drop_nulls().n_unique().alias("skus"),
        pl.col("ResourceId").drop_nulls().n_unique().alias("resources"),
    )
    return daily.join(variety, on="account_id", how="left")


def _accounts(accounts: pl.LazyFrame, as_of: datetime) -> pl.LazyFrame:
    return accounts.unique("account_id", keep="any").select(
        "account_id",
        (pl.lit(as_of) - pl.col("created_at")).dt.total_days().alias("age"),
        (pl.col("kyc_status").cast(pl.String) == "verified").fill_null(False).alias("verified"),
        pl.col("declared_reseller").fill_null(False).alias("reseller"),
        pl.col("declared_use_class").is_not_null().alias("use_told"),
    )


def _payments(payments: pl.LazyFrame, as_of: datetime) -> pl.LazyFrame:
    kind, means = pl.col("kind").cast(pl.String), pl.col("instrument_kind").cast(pl.String)
    amount = pl.col("amount").cast(pl.Float64)
    return (
        payments.filter(pl.col("time") < as_of)
        .sort("account_id", "time", "amount")
        .group_by("account_id", maintain_order=True)
        .agg(
            pl.len().alias("payments"),
            amount.sum().alias("paid"),
            amount.mean().alias("paid_mean"),
            amount.std().alias("paid_sd"),
            pl.col("instrument_hash").drop_nulls().n_unique().alias("instruments"),
            kind.is_in(["refund", "chargeback"]).mean().alias("refund_share"),
            means.is_in(["prepaid_card", "virtual_card", "crypto", "voucher"])
            .mean()
            .alias("prepaid_share"),
        )
    )


def _events(events: pl.LazyFrame, as_of: datetime) -> pl.LazyFrame:
    kinds = {
        "operations": "operation",
        "addresses": "src_ip_hash",
        "agents": "user_agent_hash",
        "devices": "device_hash",
        "credentials": "credential_uid",
        "countries": "src_country",
    }
    return (
        events.filter(pl.col("time") < as_of)
        .group_by("account_id")
        .agg(
            pl.len().alias("events"),
            *[pl.col(c).drop_nulls().n_unique().alias(name) for name, c in kinds.items()],
            (pl.col("status").cast(pl.String) == "failure").mean().alias("failure_share"),
        )
    )


def _model_usage(usage: pl.LazyFrame, as_of: datetime) -> pl.LazyFrame:
    requests = pl.col("requests").sum()
    return (
        usage.filter(pl.col("start") < as_of)
        .group_by("account_id")
        .agg(
            requests.alias("requests"),
            pl.col("model_id").n_unique().alias("models"),
            pl.col("key_hash").drop_nulls().n_unique().alias("keys"),
            pl.col("end_user_hash").drop_nulls().n_unique().alias("end_users"),
            (pl.col("rate_limited_requests").sum() / requests).alias("limited_share"),
            (pl.col("cached_tokens").sum() / pl.col("input_tokens").sum()).alias("cached_share"),
        )
        .with_columns(pl.col("limited_share", "cached_share").fill_nan(0))
    )


def _links(links: pl.LazyFrame, as_of: datetime) -> pl.LazyFrame:
    known = links.filter(pl.col("first_seen") < as_of)
    holders = known.group_by("kind", "value_hash").agg(
        pl.col("account_id").n_unique().alias("holders")
    )
    return (
        known.join(holders, on=["kind", "value_hash"], how="left")
        .group_by("account_id")
        .agg(
            pl.len().alias("identifiers"),
            (pl.col("holders") > 1).mean().alias("shared_share"),
        )
    )


_PARTS: Final = {
    "usage": (
        _usage,
        [
            "rows", "days", "cost", "cost_mean", "cost_sd", "cost_max", "span", "idle",
            "weekend_share", "services", "regions", "skus", "resources",
        ],
    ),
    "accounts": (_accounts, ["age", "verified", "reseller", "use_told"]),
    "payments": (
        _payments,
        [
            "payments", "paid", "paid_mean", "paid_sd", "instruments", "refund_share",
            "prepaid_share",
        ],
    ),
    "events": (
        _events,
        [
            "events", "operations", "addresses", "agents", "devices", "credentials",
            "countries", "failure_share",
        ],
    ),
    "model_usage": (
        _model_usage,
        ["requests", "models", "keys", "end_users", "limited_share", "cached_share"],
    ),
    "account_links": (_links, ["identifiers", "shared_share"]),
}  # fmt: skip
