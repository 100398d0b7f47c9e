"""Known events, model use, telemetry, links and accounts, rolled up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise
from typing import Final

import polars as pl

from features.clock import day_of, hour_bit, hour_mask, hour_of, is_hourly, split_days
from features.grouping import group
from features.identities import PIECE, Kinds, met, met_again, told
from features.shape import DAY, INT, METERED, TEXT, Shape
from features.types import UTC_TIME, Parts

# What a part of a table met, of which its identifiers are told later, with those of other parts.
MET: Final = "met"
# Identifiers kept as (account, kind, value): the evidence and the linkage input.
EVENT_IDENTIFIERS: Final = {
    "actor": "actor_uid", "credential": "credential_uid", "ip": "src_ip_hash",
    "asn": "src_asn", "asn_class": "src_asn_class", "place": "src_country",
    "agent": "user_agent_hash", "tls": "tls_fingerprint", "device": "device_hash",
    "image": "image_hash", "ssh_key": "ssh_key_hash",
}  # fmt: skip
# What is read of an event beside its time.
_OF_EVENTS: Final = (
    "account_id",
    "operation",
    "status",
    "resource_count",
    "mfa",
    *EVENT_IDENTIFIERS.values(),
)
MODEL_IDENTIFIERS: Final = {
    "api_key": "key_hash", "end_user": "end_user_hash", "client": "client_hash",
}  # fmt: skip
# Identifiers seen in one row belong together; the kind is named after both.
EVENT_PAIRS: Final[Kinds] = {
    "actor-ssh_key": ("actor_uid", "ssh_key_hash"),
    "ssh_key-image": ("ssh_key_hash", "image_hash"),
    "actor-image": ("actor_uid", "image_hash"),
    "actor-device": ("actor_uid", "device_hash"),
    "agent-tls": ("user_agent_hash", "tls_fingerprint"),
}
MODEL_PAIRS: Final[Kinds] = {
    "api_key-client": ("key_hash", "client_hash"),
    "api_key-end_user": ("key_hash", "end_user_hash"),
}
METRICS: Final = (
    "DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_DEV_POWER_USAGE", "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE",
    "DCGM_FI_PROF_DRAM_ACTIVE", "DCGM_FI_PROF_NVLINK_TX_BYTES", "DCGM_FI_PROF_PCIE_RX_BYTES",
    "net_ingress_bytes", "net_egress_bytes",
)  # fmt: skip
HOUR_BINS: Final = 6
BANDS: Final = 8
BAND_WIDTH: Final = 2
# Beyond these, a meter is broken; held here, sums stay exact in 38 digits.
METER_LIMIT: Final = 1e18
SQUARED_LIMIT: Final = 1e6


SHAPES: Final[Mapping[str, Shape]] = {
    "model": Shape(
        keys={"account_id": TEXT, "day": DAY, "model_id": TEXT, "region": TEXT},
        sums={
            "rows": INT, "hourly_rows": INT, "requests": INT, "input_tokens": INT,
            "output_tokens": INT, "cached_tokens": INT, "cacheable_tokens": INT,
            "rate_limited_requests": INT, "refused_requests": INT, "named_user_requests": INT,
            **{f"requests_{b}": INT for b in range(HOUR_BINS)},
        },
        masks=("hours",),
        dates_accounts=True,
    ),
    "lengths": Shape(
        keys={"account_id": TEXT, "day": DAY, "octave": INT}, sums={"requests": INT}
    ),
    "templates": Shape(
        keys={"account_id": TEXT, "band": INT, "value": TEXT},
        sums={"n": INT, "requests": INT},
        owner=("account_id", "band"),
    ),
    "events": Shape(
        keys={"account_id": TEXT, "day": DAY, "operation": TEXT},
        sums={"n": INT, "failures": INT, "resources": INT, "with_mfa": INT, "mfa_known": INT},
        masks=("hours",),
        dates_accounts=True,
    ),
    "access": Shape(
        keys={
            "account_id": TEXT, "day": DAY, "actor": TEXT, "place": TEXT,
            "network": TEXT, "asn": INT,
        },
        sums={"n": INT},
        masks=("hours",),
    ),
    "together": Shape(
        keys={"account_id": TEXT, "kind": TEXT, "a": TEXT, "b": TEXT},
        sums={"n": INT},
        owner=("account_id", "kind"),
    ),
    "distinct": Shape(
        keys={"account_id": TEXT, "kind": TEXT, "value": TEXT},
        sums={"n": INT},
        owner=("account_id", "kind"),
    ),
    "links": Shape(
        keys={"account_id": TEXT, "kind": TEXT, "value": TEXT},
        sums={"n": INT},
        owner=("account_id", "kind"),
    ),
    "telemetry": Shape(
        keys={
            "account_id": TEXT, "instance_id": TEXT, "gpu_uuid": TEXT, "hour": UTC_TIME,
            "metric": TEXT,
        },
        sums={"n": INT, "total": METERED, "squares": METERED},
    ),
}  # fmt: skip
"""The shapes of what is made here, by the name of the rollup."""


def model_use(rows: pl.DataFrame, as_of: datetime) -> Parts:
    """Daily calls and tokens by model, answer lengths, templates and identifiers."""
    counted = [
        "requests", "input_tokens", "output_tokens", "cached_tokens",
        "rate_limited_requests", "refused_requests",
    ]  # fmt: skip
    cut = split_days(rows, start="start", end="end", as_of=as_of, amounts=counted)
    return {
        "model": _model_days(cut, counted),
        "lengths": _lengths(cut),
        "templates": _templates(cut),
        MET: met(cut.with_columns(first="start", last="end"), list(MODEL_IDENTIFIERS.values()), []),
    }


def _model_days(cut: pl.DataFrame, counted: list[str]) -> pl.DataFrame:
    hourly = is_hourly("start", "end")
    bin_of_day = hour_of(pl.col("start")) // (24 // HOUR_BINS)
    named = pl.col("end_user_hash").is_not_null()
    cacheable = pl.col("cached_tokens").is_not_null()
    return SHAPES["model"].add_up(
        cut.select(
            "account_id",
            "day",
            "model_id",
            "region",
            pl.lit(1, dtype=pl.Int64).alias("rows"),
            hourly.cast(pl.Int64).alias("hourly_rows"),
            *(pl.col(name).fill_null(0) for name in counted),
            pl.when(cacheable).then("input_tokens").otherwise(0).alias("cacheable_tokens"),
            pl.when(named).then("requests").otherwise(0).alias("named_user_requests"),
            *(
                pl.when(hourly & (bin_of_day == b)).then("requests").otherwise(0)
                .alias(f"requests_{b}")
                for b in range(HOUR_BINS)
            ),
            hour_mask("start", "end").alias("hours"),
            pl.col("start").alias("first"),
            pl.col("end").alias("last"),
        )
    )  # fmt: skip


def _lengths(cut: pl.DataFrame) -> pl.DataFrame:
    """Requests by the octave of their mean answer length: 0 tokens is octave 0, 1 is 1."""
    mean = pl.col("output_tokens") // pl.col("requests")
    # Counted in whole tokens and by comparison, so that no logarithm is rounded.
    octave = pl.sum_horizontal((mean >= 2**k).cast(pl.Int64) for k in range(20))
    called = cut.filter(pl.col("requests") > 0)
    return SHAPES["lengths"].add_up(
        called.select(
            "account_id",
            "day",
            octave.alias("octave"),
            "requests",
            pl.col("start").alias("first"),
            pl.col("end").alias("last"),
        )
    )


def _templates(cut: pl.DataFrame) -> pl.DataFrame:
    """MinHash sketches as eight bands of two values: alike sketches share a band (Broder, 1997).

    Two sketches that agree in a share ``s`` of places share a band with probability
    ``1 - (1 - s^2)^8``: 0.99 at 0.7, 0.75 at 0.4, 0.28 at 0.2, 0.02 at 0.05.
    """
    rows = cut.filter(pl.col("template_sketch").is_not_null())
    edges = list(pairwise(range(0, BANDS * BAND_WIDTH + 1, BAND_WIDTH)))
    bands = [
        pl.concat_str(
            [pl.col("template_sketch").list.get(k).cast(pl.String) for k in range(a, b)],
            separator=".",
        ).alias(str(number))
        for number, (a, b) in enumerate(edges)
    ]
    wide = rows.select(
        "account_id", "requests", *bands, first="start", last="end",
        n=pl.lit(1, dtype=pl.Int64),
    )  # fmt: skip
    long = wide.unpivot(
        on=[str(k) for k in range(BANDS)],
        index=["account_id", "requests", "n", "first", "last"],
        variable_name="band",
        value_name="value",
    )
    return SHAPES["templates"].add_up(long.with_columns(pl.col("band").cast(pl.Int64)))


def events(rows: pl.DataFrame) -> Parts:
    """Daily operations, places and networks by person, and identifiers with their company."""
    time = pl.col("time")
    more = {"day": day_of(time), "hours": hour_bit(hour_of(time)), "first": time, "last": time}
    # Lazily, because an eager choice of columns copies all where their chunks differ.
    timed = rows.lazy().select(*_OF_EVENTS, **more).collect()
    company = met(timed, ["day", *EVENT_IDENTIFIERS.values()], [pl.col("hours").bitwise_or()])
    return {
        "events": _operations(timed),
        "access": _access(company),
        MET: company.drop("day", "hours"),
    }


def _operations(timed: pl.DataFrame) -> pl.DataFrame:
    shape, resources = SHAPES["events"], pl.col("resource_count")
    # Counted while they are added up: no row is made to say 0 or 1.
    counted = group(
        timed,
        list(shape.keys),
        [
            pl.len().alias("n"),
            (pl.col("status") == "failure").sum().alias("failures"),
            # An event of which nothing is said is about one resource.
            (resources.sum() + resources.is_null().sum()).alias("resources"),
            pl.col("mfa").sum().alias("with_mfa"),
            pl.col("mfa").count().alias("mfa_known"),
            pl.col("hours").bitwise_or(),
            pl.col("first").min(),
            pl.col("last").max(),
        ],
    )
    return counted.select(list(shape.schema())).cast(shape.schema())


def _access(company: pl.DataFrame) -> pl.DataFrame:
    placed = pl.any_horizontal(
        pl.col(c).is_not_null() for c in ("src_country", "src_asn_class", "src_asn")
    )
    return SHAPES["access"].add_up(
        company.filter(placed).select(
            "account_id", "day", "n", "hours", "first", "last",
            pl.col("actor_uid").alias("actor"),
            pl.col("src_country").alias("place"),
            pl.col("src_asn_class").cast(pl.String).alias("network"),
            pl.col("src_asn").alias("asn"),
        )
    )  # fmt: skip


def told_of_events(company: pl.DataFrame) -> Parts:
    """The identifiers of events, of what these were met in (``MET``)."""
    return _identities(company, EVENT_IDENTIFIERS, EVENT_PAIRS)


def told_of_models(company: pl.DataFrame) -> Parts:
    """The identifiers of model calls, of what these were met in (``MET``)."""
    return _identities(company, MODEL_IDENTIFIERS, MODEL_PAIRS)


def _identities(company: pl.DataFrame, identifiers: Mapping[str, str], pairs: Kinds) -> Parts:
    """One row per (account, kind, value), and per (account, kind of pair, two values)."""
    alone = {kind: (column,) for kind, column in identifiers.items()}
    once = met_again(company) if company.height > PIECE else company
    return {
        "together": told(once, pairs, SHAPES["together"]),
        "distinct": told(once, alone, SHAPES["distinct"]),
    }


def telemetry(rows: pl.DataFrame) -> pl.DataFrame:
    """Samples, sums and sums of squares by device, hour and metric.

    Values are rounded half-even to six places once; from there on sums are exact.
    """
    seen = rows.filter(pl.col("value").is_not_null() & pl.col("metric").is_in(METRICS))
    squared = pl.col("value").clip(-SQUARED_LIMIT, SQUARED_LIMIT) ** 2
    return SHAPES["telemetry"].add_up(
        seen.select(
            "account_id",
            "instance_id",
            "gpu_uuid",
            pl.col("time").dt.truncate("1h").alias("hour"),
            "metric",
            pl.lit(1, dtype=pl.Int64).alias("n"),
            pl.col("value").clip(-METER_LIMIT, METER_LIMIT).cast(METERED).alias("total"),
            squared.cast(METERED).alias("squares"),
            pl.col("time").alias("first"),
            pl.col("time").alias("last"),
        )
    )


def links(rows: pl.DataFrame) -> pl.DataFrame:
    """One row per identifier of the linkage table."""
    return SHAPES["links"].add_up(
        rows.select(
            "account_id",
            pl.col("kind").cast(pl.String),
            pl.col("value_hash").alias("value"),
            pl.lit(1, dtype=pl.Int64).alias("n"),
            pl.col("first_seen").alias("first"),
            pl.col("last_seen").alias("last"),
        )
    )


def accounts(rows: pl.DataFrame, as_of: datetime) -> Parts:
    """Accounts that exist at as-of, and the ids of later ones.

    A reason for closing without a date of closing closes nobody.
    """
    exists = pl.col("created_at") <= pl.lit(as_of, dtype=UTC_TIME)
    reason = pl.when(pl.col("closed_at").is_not_null()).then("close_reason")
    return {
        "accounts": rows.filter(exists).with_columns(close_reason=reason),
        "future_accounts": rows.filter(~exists).select("account_id"),
    }
