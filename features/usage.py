"""F01, controlled-compute mix: how an account comes to controlled GPUs and runs them."""

from __future__ import annotations

from typing import Final

import polars as pl

from features.expressions import (
    days_between,
    effective_number,
    hours_set,
    per,
    promptness,
    ratio,
    share,
)
from features.firstuse import first_seen, since_start
from features.grouping import group
from features.population import Population
from features.registry import Family, Reach
from features.rollups import Rollups
from features.runs import halved
from features.totals import tpp_hours

# Operations that ask for quota or capacity, and that start machines.
ASKING: Final = ["RequestServiceQuotaIncrease", "CreateCapacityReservation"]
START: Final = "RunInstances"
# What is read of the charges here: cutting them to the window copies each column.
_READ: Final = (
    "account_id", "day", "service", "region", "pricing", "charge", "currency", "gpu_model",
    "denominator", "idle", "gpu_amount", "rows", "hourly_rows", "hours", "cost", "first",
)  # fmt: skip


def base(population: Population) -> pl.DataFrame:
    """Compute, spend and timing of the window, one row per account with GPU use."""
    rollups = population.rollups
    usage = _with_controlled(rollups, *_READ)
    daily = tpp_hours(usage, ["account_id", "day"], rollups.catalogue)
    hours = daily.group_by("account_id", maintain_order=True).agg(
        pl.col("gpu_hours", "controlled_gpu_hours", "tpp_hours").sum(),
        pl.col("controlled_tpp_hours").sum(),
        pl.col("controlled_tpp_hours").max().alias("peak_day"),
        (pl.col("controlled_tpp_hours") > 0).sum().cast(pl.Int64).alias("controlled_days"),
    )
    bills = _bills(usage)
    joined = hours
    for part in (
        _spend(bills),
        _rows(usage),
        _first_use(rollups, usage),
        _newly_taken(rollups, usage),
        _growth(daily),
        _idle(usage),
        _bought_ahead(bills),
        _spend_jump(usage),
        _asked_before(rollups, usage),
        _starts(rollups),
    ):
        joined = joined.join(part, on="account_id", how="full", coalesce=True)
    return joined.sort("account_id")


def controlled_use(rollups: Rollups) -> pl.DataFrame:
    """``account_id``, ``first_controlled`` (time) and ``controlled_share`` of the usage bill."""
    columns = ["account_id", "currency", "charge", "cost", "first", "gpu_model", "idle"]
    usage = _with_controlled(rollups, *columns)
    first = usage.group_by("account_id").agg(
        pl.col("first").filter("controlled").min().alias("first_controlled")
    )
    spend = _spend(_bills(usage)).rename({"controlled_spend_share": "controlled_share"})
    return first.join(spend, on="account_id", how="left")


def _with_controlled(rollups: Rollups, *columns: str) -> pl.DataFrame:
    known = rollups.catalogue.gpus.select("gpu_model", "controlled")
    usage = rollups.window("usage", *columns)
    # One column is joined, and no other copied.
    models = usage.select("gpu_model").join(
        known, on="gpu_model", how="left", maintain_order="left"
    )
    return usage.with_columns(controlled=models["controlled"].fill_null(False) & ~usage["idle"])


def _bills(usage: pl.DataFrame) -> pl.DataFrame:
    """Exact cost by account, currency, charge category and whether it is of controlled GPUs."""
    keys = ["account_id", "currency", "charge", "controlled"]
    return group(usage.select(*keys, "cost"), keys, [pl.col("cost").sum()])


def _spend(bills: pl.DataFrame) -> pl.DataFrame:
    """Controlled share of Usage cost: the largest over currencies, so that order is void."""
    costs = (
        bills.filter(pl.col("charge") == "Usage")
        .group_by("account_id", "currency")
        .agg(
            pl.col("cost").filter(pl.col("controlled")).sum().alias("part"),
            pl.col("cost").sum().alias("whole"),
        )
    )
    return costs.group_by("account_id").agg(
        share("part", "whole").max().alias("controlled_spend_share")
    )


def _rows(usage: pl.DataFrame) -> pl.DataFrame:
    gpu = pl.col("gpu_model").is_not_null() & ~pl.col("idle")
    by_day = (
        usage.select("account_id", "day", "hours", wanted=gpu & (pl.col("hourly_rows") > 0))
        .filter("wanted")
        .group_by("account_id", "day")
        .agg(pl.col("hours").bitwise_or())
    )
    clock = by_day.group_by("account_id").agg(
        hours_set("hours").sum().alias("hours_on"),
        pl.len().cast(pl.Int64).alias("hourly_days"),
    )
    standard = pl.col("pricing").eq_missing(pl.lit("Standard"))
    bought = usage.group_by("account_id").agg(
        pl.col("rows").filter("controlled").sum().alias("controlled_rows"),
        pl.col("rows").filter(pl.col("controlled") & standard).sum().alias("standard_rows"),
        pl.col("service").n_unique().cast(pl.Int64).alias("services"),
    )
    regions = (
        usage.filter("controlled")
        .group_by("account_id", "region")
        .agg(pl.col("rows").sum())
        .sort("account_id", "rows")
        .group_by("account_id", maintain_order=True)
        .agg(effective_number("rows").alias("regions"))
    )
    bought = bought.join(regions, on="account_id", how="left", maintain_order="left")
    return bought.join(clock, on="account_id", how="left", maintain_order="left")


def _first_use(rollups: Rollups, usage: pl.DataFrame) -> pl.DataFrame:
    """Days from sign-up to the first controlled GPU, and how long GPUs came before that."""
    first = usage.group_by("account_id").agg(
        pl.col("first").filter("controlled").min().alias("first_controlled"),
        pl.col("first").min().alias("first_any"),
    )
    made = rollups["accounts"].select("account_id", "created_at")
    return first.join(made, on="account_id", how="left", maintain_order="left").select(
        "account_id",
        promptness(days_between("created_at", "first_controlled")).alias("soon_after_signup"),
        days_between("first_any", "first_controlled").alias("days_before_controlled"),
    )


def _newly_taken(rollups: Rollups, usage: pl.DataFrame) -> pl.DataFrame:
    """First controlled GPUs after a first sign of life, and after a long life, inside the data.

    ``old_and_new`` weighs the account's age then by the part of the bill that controlled GPUs
    take from then on.
    """
    seen = first_seen(rollups)
    needed = usage.select("account_id", "first", "currency", "charge", "cost", "controlled")
    begun = needed.filter("controlled").group_by("account_id").agg(taken=pl.col("first").min())
    taken = begun.filter(pl.col("taken") >= since_start(seen, 14))
    charged = needed.filter(pl.col("charge") == "Usage").join(taken, on="account_id")
    after = charged.filter(pl.col("first") >= pl.col("taken"))
    made = rollups["accounts"].select("account_id", "created_at")
    age = days_between("created_at", "taken").clip(lower_bound=0.0)
    return (
        taken.join(_spend(_bills(after)), on="account_id")
        .join(seen, on="account_id")
        .join(made, on="account_id", how="left")
        .select(
            "account_id",
            pl.when(pl.col("first") >= since_start(seen, 7))
            .then(promptness(days_between("first", "taken")))
            .alias("first_thing"),
            (age / (180.0 + age) * pl.col("controlled_spend_share")).alias("old_and_new"),
        )
    )


def _bought_ahead(bills: pl.DataFrame) -> pl.DataFrame:
    """Purchases beside charges for use, by their cost: the largest share over currencies."""
    cost, bought = pl.col("cost"), pl.col("charge") == "Purchase"
    sums = (
        bills.filter(bought | (pl.col("charge") == "Usage"))
        .group_by("account_id", "currency")
        .agg(cost.filter(bought).sum().alias("bought"), cost.sum().alias("whole"))
    )
    return sums.group_by("account_id").agg(share("bought", "whole").max().alias("bought_share"))


def _growth(daily: pl.DataFrame) -> pl.DataFrame:
    """Controlled compute of the first three active days beside the busiest day."""
    active = daily.filter(pl.col("controlled_tpp_hours") > 0).sort("account_id", "day")
    return active.group_by("account_id", maintain_order=True).agg(
        pl.col("controlled_tpp_hours").head(3).mean().alias("opening"),
        pl.col("controlled_tpp_hours").max().alias("top"),
        pl.len().cast(pl.Int64).alias("active_days"),
    )


def _idle(usage: pl.DataFrame) -> pl.DataFrame:
    """GPU amounts that were reserved and not used, beside all; units of one GPU model at a time."""
    rows = usage.filter(pl.col("gpu_model").is_not_null())
    by_model = rows.group_by("account_id", "gpu_model", "denominator").agg(
        pl.col("gpu_amount").filter("idle").sum().alias("unused"),
        pl.col("gpu_amount").sum().alias("held"),
    )
    return by_model.group_by("account_id").agg(share("unused", "held").max().alias("idle_share"))


def _spend_jump(usage: pl.DataFrame) -> pl.DataFrame:
    """Rise of the controlled share of charges from the first to the second half of the time.

    Where no charge is of controlled GPUs, nothing rises.
    """
    # Only what is read here: joining copies every column.
    needed = usage.select("account_id", "day", "charge", "rows", "controlled")
    charged = needed.filter(pl.col("charge") == "Usage")
    users = charged.filter("controlled").select("account_id").unique()
    rows = charged.join(users, on="account_id", how="semi")
    held = pl.col("rows").filter
    halves = (
        halved(rows)
        .group_by("account_id")
        .agg(
            held("late").sum().alias("late_rows"),
            held(pl.col("late") & pl.col("controlled")).sum().alias("late_controlled"),
            held(~pl.col("late")).sum().alias("early_rows"),
            held(~pl.col("late") & pl.col("controlled")).sum().alias("early_controlled"),
        )
    )
    rise = share("late_controlled", "late_rows") - share("early_controlled", "early_rows")
    known = pl.col("early_rows") > 0
    return halves.select("account_id", jump=pl.when(known).then(rise.clip(lower_bound=0.0)))


def _asked_before(rollups: Rollups, usage: pl.DataFrame) -> pl.DataFrame:
    """Days from the last quota or reservation request to the first controlled GPU after it."""
    asked = rollups.window("events", rows=pl.col("operation").is_in(ASKING))
    days = asked.select("account_id", "day", at="last")
    first = (
        usage.filter("controlled").group_by("account_id").agg(pl.col("first").min().alias("start"))
    )
    both = days.join(first, on="account_id").filter(pl.col("at") <= pl.col("start"))
    gap = days_between("at", "start")
    unused = (
        days.join(first, on="account_id", how="anti")
        .group_by("account_id")
        .agg(pl.col("day").n_unique().cast(pl.Int64).alias("asked_in_vain"))
    )
    near = both.group_by("account_id").agg(promptness(gap.min()).alias("soon_after_request"))
    return near.join(unused, on="account_id", how="full", coalesce=True)


def _starts(rollups: Rollups) -> pl.DataFrame:
    """Machines started, as events tell."""
    rows = rollups.window("events", rows=pl.col("operation") == START)
    return rows.group_by("account_id").agg(pl.col("n").sum().alias("starts"))


FAMILY = Family("F01", base, Reach.OWN)
_USAGE = ("usage",)


@FAMILY.feature(
    unit="share", direction=1, inputs=_USAGE, typologies=("T01", "T02", "T09"), bounds=(0, 1)
)
def f01_controlled_spend_share() -> pl.Expr:
    """Share of the usage bill that buys export-controlled GPUs."""
    return pl.col("controlled_spend_share")


@FAMILY.feature(unit="share", direction=1, inputs=_USAGE, typologies=("T01", "T09"), bounds=(0, 1))
def f01_controlled_hours_share() -> pl.Expr:
    """Share of GPU-hours that run on export-controlled GPUs."""
    return share("controlled_gpu_hours", "gpu_hours")


@FAMILY.feature(
    unit="1/(1+days)", direction=1, inputs=("usage", "accounts"), typologies=("T01", "T03", "T12"),
    bounds=(0, 1),
)  # fmt: skip
def f01_controlled_after_signup() -> pl.Expr:
    """How soon after sign-up the first controlled GPU runs (1 = the same hour)."""
    return pl.col("soon_after_signup")


@FAMILY.feature(
    unit="share", direction=1, inputs=_USAGE, typologies=("T01", "T21", "T04"), bounds=(0, 1)
)
def f01_round_the_clock() -> pl.Expr:
    """Share of the 24 hours in which GPUs ran, on days with GPU use billed by the hour."""
    return share("hours_on", pl.col("hourly_days") * 24)


@FAMILY.feature(unit="share", direction=1, inputs=_USAGE, typologies=("T01", "T02"), bounds=(0, 1))
def f01_on_demand_share() -> pl.Expr:
    """Share of controlled GPU charges at the on-demand price, without any commitment."""
    return share("standard_rows", "controlled_rows")


@FAMILY.feature(unit="1/services", direction=1, inputs=_USAGE, typologies=("T01", "T20"))
def f01_bare_compute() -> pl.Expr:
    """Controlled GPUs with hardly any other service beside them."""
    return pl.when(pl.col("controlled_tpp_hours") > 0).then(1.0 / pl.col("services"))


@FAMILY.feature(unit="share", direction=1, inputs=_USAGE, typologies=("T01", "T10"), bounds=(0, 1))
def f01_one_run() -> pl.Expr:
    """How much of all controlled compute falls on the busiest day."""
    return share("peak_day", "controlled_tpp_hours")


@FAMILY.feature(
    unit="share of window", direction=1, inputs=_USAGE, typologies=("T02", "T01"), bounds=(0, 1)
)
def f01_late_first_controlled() -> pl.Expr:
    """Controlled GPUs appear only after a long life on other services."""
    held = per(pl.col("days_before_controlled").clip(0.0, 90.0), 90.0)
    return pl.when(pl.col("controlled_tpp_hours") > 0).then(held)


@FAMILY.feature(
    unit="share of charges", direction=1, inputs=_USAGE, typologies=("T01", "T02"), bounds=(0, 1)
)
def f01_controlled_jump() -> pl.Expr:
    """Controlled GPUs take a far larger part in the second half of the time than in the first."""
    return pl.col("jump")


@FAMILY.feature(unit="share", direction=1, inputs=_USAGE, typologies=("T01", "T02"), bounds=(0, 1))
def f01_no_ramp() -> pl.Expr:
    """Controlled compute starts at full size instead of growing."""
    full = share("opening", "top")
    return pl.when(pl.col("active_days") >= 5).then(full)


@FAMILY.feature(
    unit="log(regions)", direction=1, inputs=_USAGE, typologies=("T15", "T11"), place=True
)
def f01_region_hops() -> pl.Expr:
    """Controlled GPUs taken in several regions."""
    return pl.col("regions").clip(lower_bound=1.0).log()


@FAMILY.feature(unit="share", direction=1, inputs=_USAGE, typologies=("T09",), bounds=(0, 1))
def f01_idle_reservations() -> pl.Expr:
    """Share of held GPU capacity that nobody used."""
    return pl.col("idle_share")


@FAMILY.feature(
    unit="1/(1+days)", direction=1, inputs=("usage", "events"), typologies=("T01", "T14"),
    bounds=(0, 1),
)  # fmt: skip
def f01_use_after_request() -> pl.Expr:
    """Controlled GPUs run as soon as the quota or reservation asked for is there."""
    return pl.col("soon_after_request")


@FAMILY.feature(
    unit="log(1+days)", direction=1, inputs=("usage", "events"), typologies=("T01", "T14")
)
def f01_asked_in_vain() -> pl.Expr:
    """Quota or capacity asked for and no controlled GPU used."""
    return pl.col("asked_in_vain").log1p()


@FAMILY.feature(
    unit="log(1+starts)", direction=1, inputs=("usage", "events"), typologies=("T20", "T11")
)
def f01_machine_churn() -> pl.Expr:
    """Machines are started many times for each day of GPU time."""
    days = per(pl.col("gpu_hours"), 24.0).clip(lower_bound=1.0)
    return pl.when(pl.col("gpu_hours") > 0).then(ratio("starts", days).log1p())


@FAMILY.feature(
    unit="1/(1+days)", direction=1, inputs=_USAGE, typologies=("T01", "T03", "T12"), bounds=(0, 1)
)
def f01_first_thing() -> pl.Expr:
    """How soon after the account's first sign of life the first controlled GPU runs."""
    return pl.col("first_thing")


@FAMILY.feature(
    unit="share", direction=1, inputs=("usage", "accounts"), typologies=("T01", "T02"),
    bounds=(0, 1),
)  # fmt: skip
def f01_new_to_old_account() -> pl.Expr:
    """An account of long standing takes controlled GPUs for the first time and lives on them."""
    return pl.col("old_and_new")


@FAMILY.feature(unit="share", direction=1, inputs=_USAGE, typologies=("T09",), bounds=(0, 1))
def f01_bought_ahead() -> pl.Expr:
    """Share of the bill that buys capacity ahead of use, where GPUs are held or used."""
    gpus = (pl.col("gpu_hours") > 0) | (pl.col("idle_share") > 0)
    return pl.when(gpus).then(pl.col("bought_share"))
