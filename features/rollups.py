"""Rows to mergeable rollups: one small exact summary per table part.

``rollup`` turns a part of one table into one frame per rollup; ``merge`` adds parts up.
Merging is associative and commutative because every value is an exact sum (Int64 or
Decimal), a minimum, a maximum or a bitwise or. Features read rollups only, never rows.

========== ======================================================================
rollup     one row for each
========== ======================================================================
usage      account, payer, day, SKU class, region, pricing and charge category
model      account, day, model, region
events     account, day, operation
distinct   account, kind of identifier, value
payments   payment (kept whole: roundness needs single amounts)
links      account, kind of identifier, value, from the linkage table
accounts   account
labels     reviewer's decision
========== ======================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import polars as pl

from features.catalogue import Catalogue
from features.clock import hour_mask, is_hourly, split_days
from features.tables import DECIMAL, SCHEMAS, UTC_TIME

Parts = Mapping[str, pl.DataFrame]

SKU_KEYS: Final = [
    "SkuPriceDetails", "SkuMeter", "ResourceType", "ChargeDescription", "SkuId",
    "ConsumedUnit", "ServiceName", "ServiceCategory",
]  # fmt: skip

_STR: Final = pl.String()
_INT: Final = pl.Int64()


@dataclass(frozen=True)
class Shape:
    """Key and value columns of one rollup, and how values add up."""

    keys: Mapping[str, pl.DataType]
    sums: Mapping[str, pl.DataType]
    masks: tuple[str, ...] = ()
    firsts: tuple[str, ...] = ()
    lasts: tuple[str, ...] = ()

    def schema(self) -> pl.Schema:
        """All columns with their types, keys first."""
        masks = {name: pl.Int32() for name in self.masks}
        times = {name: UTC_TIME for name in (*self.firsts, *self.lasts)}
        return pl.Schema({**self.keys, **self.sums, **masks, **times})

    def add_up(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Group by the keys, add up the values and sort by the keys."""
        values = [
            *(pl.col(name).sum() for name in self.sums),
            *(pl.col(name).bitwise_or() for name in self.masks),
            *(pl.col(name).min() for name in self.firsts),
            *(pl.col(name).max() for name in self.lasts),
        ]
        keys = list(self.keys)
        grouped = frame.group_by(keys).agg(values).select(list(self.schema()))
        return grouped.cast(self.schema()).sort(keys, nulls_last=False)


SHAPES: Final[Mapping[str, Shape]] = {
    "usage": Shape(
        keys={
            "account_id": _STR, "payer_id": _STR, "day": pl.Date(), "service": _STR,
            "region": _STR, "pricing": _STR, "charge": _STR, "currency": _STR,
            "gpu_model": _STR, "denominator": _INT, "token_direction": _STR, "model_hint": _STR,
            "idle": pl.Boolean(),
        },
        sums={
            "rows": _INT, "hourly_rows": _INT, "guessed_rows": _INT, "unknown_rows": _INT,
            "gpu_amount": DECIMAL, "token_amount": DECIMAL, "cost": DECIMAL,
            "billed": DECIMAL,
        },
        masks=("hours",),
        firsts=("first",),
        lasts=("last",),
    ),
    "model": Shape(
        keys={"account_id": _STR, "day": pl.Date(), "model_id": _STR, "region": _STR},
        sums={
            "rows": _INT, "hourly_rows": _INT, "requests": _INT, "input_tokens": _INT,
            "output_tokens": _INT, "cached_tokens": _INT, "rate_limited_requests": _INT,
            "refused_requests": _INT, "named_user_requests": _INT,
            **{f"requests_{b}": _INT for b in range(6)},
        },
        masks=("hours",),
        firsts=("first",),
        lasts=("last",),
    ),
    "events": Shape(
        keys={"account_id": _STR, "day": pl.Date(), "operation": _STR},
        sums={"n": _INT, "failures": _INT, "resources": _INT, "with_mfa": _INT},
        masks=("hours",),
        firsts=("first",),
        lasts=("last",),
    ),
    "distinct": Shape(
        keys={"account_id": _STR, "kind": _STR, "value": _STR},
        sums={"n": _INT},
        firsts=("first",),
        lasts=("last",),
    ),
    "links": Shape(
        keys={"account_id": _STR, "kind": _STR, "value": _STR},
        sums={"n": _INT},
        firsts=("first",),
        lasts=("last",),
    ),
}  # fmt: skip

# Identifiers kept as (account, kind, value): the evidence and the linkage input.
EVENT_IDENTIFIERS: Final = {
    "actor": "actor_uid", "credential": "credential_uid", "ip": "src_ip_hash",
    "asn": "src_asn", "asn_class": "src_asn_class", "place": "src_country",
    "agent": "user_agent_hash", "tls": "tls_fingerprint", "device": "device_hash",
    "image": "image_hash", "ssh_key": "ssh_key_hash",
}  # fmt: skip
MODEL_IDENTIFIERS: Final = {
    "api_key": "key_hash", "end_user": "end_user_hash", "client": "client_hash",
}  # fmt: skip


@dataclass(frozen=True)
class Rollups:
    """Everything features read: rollups, the tables that were present, and as-of."""

    frames: Mapping[str, pl.DataFrame]
    present: frozenset[str]
    as_of: datetime
    catalogue: Catalogue
    window_days: int = 90

    def __getitem__(self, name: str) -> pl.DataFrame:
        return self.frames[name]

    @property
    def window_start(self) -> pl.Expr:
        """First day (Date) of the trailing window."""
        return pl.lit(self.as_of).dt.offset_by(f"-{self.window_days}d").dt.date()

    def window(self, name: str) -> pl.DataFrame:
        """A daily rollup cut to the trailing ``window_days`` before as-of."""
        return self.frames[name].filter(pl.col("day") >= self.window_start)


def rollup(table: str, rows: pl.DataFrame, as_of: datetime, catalogue: Catalogue) -> Parts:
    """Summarise one part of one normalised table; tables without a rollup give nothing."""
    makers: dict[str, Callable[[], Parts]] = {
        "usage": lambda: {"usage": _usage(rows, as_of, catalogue)},
        "model_usage": lambda: _model(rows, as_of),
        "events": lambda: _events(rows, as_of),
        "payments": lambda: {"payments": rows.filter(pl.col("time") < as_of)},
        "account_links": lambda: {"links": _links(rows, as_of)},
        "accounts": lambda: _accounts(rows, as_of),
        "labels": lambda: {"labels": rows.filter(pl.col("decided_at") <= as_of)},
    }
    return makers[table]() if table in makers else {}


def merge(parts: Iterable[Parts]) -> dict[str, pl.DataFrame]:
    """Add rollup parts up; the order of the parts does not matter."""
    gathered: dict[str, list[pl.DataFrame]] = {}
    for part in parts:
        for name, frame in part.items():
            gathered.setdefault(name, []).append(frame)
    return {name: _merge_one(name, frames) for name, frames in gathered.items()}


def complete(
    frames: Parts, present: Iterable[str], as_of: datetime, catalogue: Catalogue
) -> Rollups:
    """Fill in empty frames for absent tables, so that features need no special case."""
    empty = {name: shape.schema().to_frame() for name, shape in SHAPES.items()}
    for table in ("payments", "accounts", "labels"):
        empty[table] = SCHEMAS[table].create_empty()
    empty["future_accounts"] = empty["accounts"].select("account_id")
    return Rollups({**empty, **frames}, frozenset(present), as_of, catalogue)


def _merge_one(name: str, frames: list[pl.DataFrame]) -> pl.DataFrame:
    whole = pl.concat(frames)
    if name in SHAPES:
        return SHAPES[name].add_up(whole) if len(frames) > 1 else whole
    return whole.sort(whole.columns, nulls_last=False)


def _usage(rows: pl.DataFrame, as_of: datetime, catalogue: Catalogue) -> pl.DataFrame:
    cut = split_days(
        rows, start="ChargePeriodStart", end="ChargePeriodEnd", as_of=as_of,
        amounts=["ConsumedQuantity", "EffectiveCost", "BilledCost", "ListCost"],
    )  # fmt: skip
    skus = catalogue.map_skus(cut.select(SKU_KEYS).unique(maintain_order=True))
    mapped = cut.join(skus, on=SKU_KEYS, how="left", nulls_equal=True)
    unused = pl.any_horizontal(
        pl.col("CommitmentDiscountStatus").eq_missing(pl.lit("Unused")),
        pl.col("CapacityReservationStatus").eq_missing(pl.lit("Unused")),
    )
    counts = (pl.col("ChargeCategory") == "Usage") & ~unused
    gpu = counts & (pl.col("kind") == "gpu")
    tokens = counts & (pl.col("kind") == "tokens")
    zero = pl.lit(0, dtype=DECIMAL)
    amount = pl.col("ConsumedQuantity")
    return SHAPES["usage"].add_up(
        mapped.select(
            pl.coalesce("SubAccountId", "BillingAccountId").alias("account_id"),
            pl.col("BillingAccountId").alias("payer_id"),
            "day",
            pl.col("ServiceName").alias("service"),
            pl.col("RegionId").alias("region"),
            pl.col("PricingCategory").alias("pricing"),
            pl.col("ChargeCategory").cast(pl.String).alias("charge"),
            pl.col("BillingCurrency").alias("currency"),
            pl.when(gpu).then("gpu_model").alias("gpu_model"),
            pl.when(gpu)
            .then("gpu_den")
            .when(tokens)
            .then("token_den")
            .otherwise(1)
            .alias("denominator"),
            pl.when(tokens).then("token_direction").alias("token_direction"),
            pl.when(tokens).then("model_hint").alias("model_hint"),
            (unused & (pl.col("kind") == "gpu")).alias("idle"),
            pl.lit(1, dtype=pl.Int64).alias("rows"),
            is_hourly("ChargePeriodStart", "ChargePeriodEnd").cast(pl.Int64).alias("hourly_rows"),
            (gpu & (pl.col("mapping_confidence") < 0.9)).cast(pl.Int64).alias("guessed_rows"),
            (counts & pl.col("unknown_instance")).cast(pl.Int64).alias("unknown_rows"),
            pl.when(gpu).then(amount * pl.col("gpu_num")).otherwise(zero).alias("gpu_amount"),
            pl.when(tokens)
            .then(amount * pl.col("token_num"))
            .otherwise(zero)
            .alias("token_amount"),
            pl.coalesce("EffectiveCost", "BilledCost", "ListCost", zero).alias("cost"),
            pl.coalesce("BilledCost", "EffectiveCost", zero).alias("billed"),
            hour_mask("ChargePeriodStart", "ChargePeriodEnd").alias("hours"),
            pl.col("ChargePeriodStart").alias("first"),
            pl.col("ChargePeriodEnd").alias("last"),
        )
    )


def _model(rows: pl.DataFrame, as_of: datetime) -> Parts:
    counted = [
        "requests", "input_tokens", "output_tokens", "cached_tokens",
        "rate_limited_requests", "refused_requests",
    ]  # fmt: skip
    cut = split_days(rows, start="start", end="end", as_of=as_of, amounts=counted)
    hourly = is_hourly("start", "end")
    bin_of_day = pl.col("start").dt.hour() // 4
    named = pl.col("end_user_hash").is_not_null()
    daily = SHAPES["model"].add_up(
        cut.select(
            "account_id",
            "day",
            "model_id",
            "region",
            pl.lit(1, dtype=pl.Int64).alias("rows"),
            hourly.cast(pl.Int64).alias("hourly_rows"),
            *(pl.col(name).fill_null(0) for name in counted),
            pl.when(named).then("requests").otherwise(0).alias("named_user_requests"),
            *(
                pl.when(hourly & (bin_of_day == b)).then("requests").otherwise(0)
                .alias(f"requests_{b}")
                for b in range(6)
            ),
            hour_mask("start", "end").alias("hours"),
            pl.col("start").alias("first"),
            pl.col("end").alias("last"),
        )
    )  # fmt: skip
    return {"model": daily, "distinct": _distinct(cut, MODEL_IDENTIFIERS, "start", "end")}


def _events(rows: pl.DataFrame, as_of: datetime) -> Parts:
    seen = rows.filter(pl.col("time") < as_of)
    two = pl.lit(2, dtype=pl.Int32)
    daily = SHAPES["events"].add_up(
        seen.select(
            "account_id",
            pl.col("time").dt.date().alias("day"),
            "operation",
            pl.lit(1, dtype=pl.Int64).alias("n"),
            pl.col("status").eq_missing(pl.lit("failure")).cast(pl.Int64).alias("failures"),
            pl.col("resource_count").fill_null(1).alias("resources"),
            pl.col("mfa").fill_null(False).cast(pl.Int64).alias("with_mfa"),
            two.pow(pl.col("time").dt.hour().cast(pl.Int32)).cast(pl.Int32).alias("hours"),
            pl.col("time").alias("first"),
            pl.col("time").alias("last"),
        )
    )
    return {"events": daily, "distinct": _distinct(seen, EVENT_IDENTIFIERS, "time", "time")}


def _distinct(
    rows: pl.DataFrame, identifiers: Mapping[str, str], first: str, last: str
) -> pl.DataFrame:
    """One row per (account, kind, value): when first, when last, how often."""
    parts = [
        rows.filter(pl.col(column).is_not_null()).select(
            "account_id",
            pl.lit(kind).alias("kind"),
            pl.col(column).cast(pl.String).alias("value"),
            pl.lit(1, dtype=pl.Int64).alias("n"),
            pl.col(first).alias("first"),
            pl.col(last).alias("last"),
        )
        for kind, column in identifiers.items()
    ]
    return pl.concat([SHAPES["distinct"].add_up(part) for part in parts]).sort(
        "account_id", "kind", "value"
    )


def _links(rows: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    moment = pl.lit(as_of, dtype=UTC_TIME)
    return SHAPES["links"].add_up(
        rows.filter(pl.col("first_seen") < moment).select(
            "account_id",
            pl.col("kind").cast(pl.String),
            pl.col("value_hash").alias("value"),
            pl.lit(1, dtype=pl.Int64).alias("n"),
            pl.col("first_seen").alias("first"),
            pl.min_horizontal(pl.col("last_seen"), moment).alias("last"),
        )
    )


def _accounts(rows: pl.DataFrame, as_of: datetime) -> Parts:
    """Accounts that exist at as-of, without facts dated later, and the ids of later ones."""
    moment = pl.lit(as_of, dtype=UTC_TIME)
    facts = ["kyc_verified_at", "closed_at", "appeal_upheld_at"]
    known = [pl.when(pl.col(f) <= moment).then(f).alias(f) for f in facts]
    not_yet = pl.col("kyc_verified_at") > moment
    exists = pl.col("created_at") <= moment
    accounts = rows.filter(exists).with_columns(
        *known,
        close_reason=pl.when(pl.col("closed_at") <= moment).then("close_reason"),
        kyc_status=pl.when(not_yet.fill_null(False)).then(None).otherwise("kyc_status"),
    )
    return {"accounts": accounts, "future_accounts": rows.filter(~exists).select("account_id")}
