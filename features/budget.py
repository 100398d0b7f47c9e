"""F02, budget shape: how money comes in and how it runs out."""

from __future__ import annotations

import polars as pl

from features.expressions import days_silent, per, share
from features.grouping import group
from features.ordering import sort_columns
from features.population import Population
from features.registry import Family, Reach
from features.rollups import Rollups

SPRINT_DAYS = 14


def base(population: Population) -> pl.DataFrame:
    """Payments and the daily spend of the window, one row per account."""
    rollups = population.rollups
    money = _payments(rollups)
    daily = _daily(rollups)
    spent = _spent(daily)
    spend = _spend_shape(rollups, daily, spent)
    ids = pl.concat([money.select("account_id"), spend.select("account_id")]).unique()
    return (
        ids.sort("account_id")
        .join(money, on="account_id", how="left", maintain_order="left")
        .join(spend, on="account_id", how="left", maintain_order="left")
        .join(_drain(rollups, spent), on="account_id", how="left", maintain_order="left")
        .join(_cadence(rollups), on="account_id", how="left", maintain_order="left")
        .join(_credits(rollups, spent), on="account_id", how="left", maintain_order="left")
    )


def _payments(rollups: Rollups) -> pl.DataFrame:
    """Counts of payments by kind, and the largest share of each kind over currencies."""
    rows = rollups.window("payments").with_columns(round=is_round(pl.col("amount")))
    top_up = pl.col("kind") == "top_up"
    counts = rows.group_by("account_id").agg(
        top_up.sum().cast(pl.Int64).alias("top_ups"),
        (top_up & pl.col("round")).sum().cast(pl.Int64).alias("round_top_ups"),
        (pl.col("kind") == "invoice").sum().cast(pl.Int64).alias("invoices"),
    )
    back = pl.col("kind").is_in(["refund", "chargeback"])
    promo = pl.col("kind") == "promo_credit"
    paid = pl.col("kind").is_in(["top_up", "invoice"])
    amount = pl.col("amount").abs()
    sums = rows.group_by("account_id", "currency").agg(
        amount.filter(back).sum().alias("back"),
        amount.filter(promo).sum().alias("promo"),
        amount.filter(paid).sum().alias("paid"),
        amount.filter(paid | promo).sum().alias("funded"),
        amount.filter(top_up).sum().alias("topped"),
        amount.filter(top_up).max().alias("largest"),
    )
    shares = sums.group_by("account_id").agg(
        share("back", "paid").max().alias("back_share"),
        share("promo", "funded").max().alias("promo_share"),
        share("largest", "topped").max().alias("largest_top_up"),
    )
    return counts.join(shares, on="account_id", how="left", maintain_order="left")


def is_round(amount: pl.Expr) -> pl.Expr:
    """At most two leading digits that are not zero: 28000, 1500, 20, but not 1234."""
    whole = amount.abs().cast(pl.Int64)
    exact = whole.cast(pl.Decimal(38, 15)) == amount.abs()
    digits = whole.cast(pl.String).str.strip_chars_end("0").str.len_chars()
    return exact & (whole >= 10) & (digits <= 2)


def _daily(rollups: Rollups) -> pl.DataFrame:
    """Cost of use and its latest time by account, currency and day, in order."""
    keys = ["account_id", "currency", "day"]
    columns = [*keys, "charge", "cost", "last"]
    usage = rollups.window("usage", *columns, rows=pl.col("charge") == "Usage")
    summed = group(usage, keys, [pl.col("cost").sum(), pl.col("last").max()])
    return sort_columns(summed.get_columns(), keys, [])


def _spent(daily: pl.DataFrame) -> pl.DataFrame:
    """Cost of use, its latest time and its days by account and currency."""
    return daily.group_by("account_id", "currency").agg(
        pl.col("cost").sum(), pl.col("last").max(), pl.len().alias("days")
    )


def _spend_shape(rollups: Rollups, daily: pl.DataFrame, spent: pl.DataFrame) -> pl.DataFrame:
    """How compressed the spend is, and how long the silence after it."""
    sprint = daily.rolling(
        "day", period=f"{SPRINT_DAYS}d", group_by=["account_id", "currency"]
    ).agg(pl.col("cost").sum().alias("sprint"))
    best = sprint.group_by("account_id", "currency").agg(pl.col("sprint").max())
    joined = spent.join(best, on=["account_id", "currency"], nulls_equal=True)
    silence = per(days_silent("last", rollups.as_of), rollups.window_days)
    return joined.group_by("account_id").agg(
        share("sprint", "cost").max().alias("sprint_share"),
        silence.min().clip(0.0, 1.0).alias("silence"),
        pl.col("days").max().cast(pl.Int64).alias("active_days"),
    )


def _drain(rollups: Rollups, spent: pl.DataFrame) -> pl.DataFrame:
    """How exactly the spend used up what came in, in the currency where it fits best.

    ``drain`` of what was topped up, ``credit_drain`` of promotional credit.
    """
    kinds = {"top_up": "topped", "promo_credit": "promised"}
    came_in = (
        rollups.window("payments")
        .filter(pl.col("kind").is_in(list(kinds)))
        .group_by("account_id", "currency")
        .agg(pl.col("amount").filter(pl.col("kind") == k).sum().alias(n) for k, n in kinds.items())
    )
    used = spent.select("account_id", "currency", spent="cost")
    both = came_in.join(used, on=["account_id", "currency"])
    return both.group_by("account_id").agg(
        _fit("topped").max().alias("drain"), _fit("promised").max().alias("credit_drain")
    )


def _fit(amount: str) -> pl.Expr:
    return share(pl.min_horizontal(amount, "spent"), pl.max_horizontal(amount, "spent"))


def _credits(rollups: Rollups, spent: pl.DataFrame) -> pl.DataFrame:
    """Credits on the bill beside charges for use: the largest share over currencies."""
    keys = ["account_id", "currency"]
    given = rollups.window(
        "usage", *keys, "cost", rows=(pl.col("charge") == "Credit") & (pl.col("cost") < 0)
    )
    credited = given.group_by(keys).agg((-pl.col("cost").sum()).alias("credited"))
    used = spent.select(*keys, used="cost")
    sums = credited.join(used, on=keys, how="left", nulls_equal=True).with_columns(
        pl.col("used").fill_null(0)
    )
    return sums.group_by("account_id").agg(share("credited", "used").max().alias("bill_credits"))


def _cadence(rollups: Rollups) -> pl.DataFrame:
    """How regular the gaps between top-ups are: 1 is clockwork, 0 as irregular as chance."""
    rows = (
        rollups.window("payments")
        .filter(pl.col("kind") == "top_up")
        .select("account_id", "time")
        .sort("account_id", "time")
    )
    gap = (pl.col("time") - pl.col("time").shift(1).over("account_id")).dt.total_seconds()
    gaps = rows.with_columns(gap=per(gap, 86_400.0)).filter(pl.col("gap").is_not_null())
    variation = pl.col("gap").std(ddof=0) / pl.col("gap").mean()
    return gaps.group_by("account_id", maintain_order=True).agg(
        pl.len().cast(pl.Int64).alias("gaps"),
        (1.0 - variation).clip(0.0, 1.0).alias("regularity"),
    )


FAMILY = Family("F02", base, Reach.OWN)
_PAID = ("payments",)
_BOTH = ("payments", "usage")


@FAMILY.feature(unit="share", direction=1, inputs=_PAID, typologies=("T01",), bounds=(0, 1))
def f02_round_top_ups() -> pl.Expr:
    """Share of top-ups that are round amounts."""
    return share("round_top_ups", "top_ups")


@FAMILY.feature(unit="share", direction=1, inputs=_BOTH, typologies=("T01", "T12"), bounds=(0, 1))
def f02_drained_budget() -> pl.Expr:
    """How exactly usage ran the prepaid budget down to zero."""
    return pl.when(pl.col("top_ups") > 0).then(pl.col("drain"))


@FAMILY.feature(unit="share", direction=1, inputs=_PAID, typologies=("T01",), bounds=(0, 1))
def f02_one_off_budget() -> pl.Expr:
    """How much of all prepaid money came in one single top-up."""
    return pl.when((pl.col("top_ups") > 0) & (pl.col("invoices") == 0)).then("largest_top_up")


@FAMILY.feature(
    unit="share", direction=1, inputs=("usage",), typologies=("T01", "T10"), bounds=(0, 1)
)
def f02_burst_then_silence() -> pl.Expr:
    """Spend packed into two weeks and followed by silence."""
    return pl.col("sprint_share") * pl.col("silence")


@FAMILY.feature(unit="share", direction=1, inputs=_PAID, typologies=("T12", "T03"), bounds=(0, 1))
def f02_credit_share() -> pl.Expr:
    """Share of funding that is promotional credit."""
    return pl.col("promo_share")


@FAMILY.feature(unit="share", direction=1, inputs=_PAID, typologies=("T03", "T07"), bounds=(0, 1))
def f02_money_back_share() -> pl.Expr:
    """Refunds and chargebacks as a share of what was paid."""
    return pl.col("back_share")


@FAMILY.feature(unit="share", direction=1, inputs=_PAID, typologies=("T01", "T12"), bounds=(0, 1))
def f02_prepaid_only() -> pl.Expr:
    """Share of payments made ahead of use instead of on invoice."""
    return share("top_ups", pl.col("top_ups") + pl.col("invoices"))


@FAMILY.feature(unit="share", direction=1, inputs=_PAID, typologies=("T04", "T14"), bounds=(0, 1))
def f02_clockwork_top_ups() -> pl.Expr:
    """Top-ups that follow each other at equal intervals."""
    return pl.when(pl.col("gaps") >= 3).then(pl.col("regularity"))


@FAMILY.feature(unit="share", direction=1, inputs=_BOTH, typologies=("T12",), bounds=(0, 1))
def f02_stops_with_credit() -> pl.Expr:
    """Lives on promotional credit and falls silent afterwards."""
    return pl.col("promo_share") * pl.col("silence")


@FAMILY.feature(unit="share", direction=1, inputs=_BOTH, typologies=("T01",), bounds=(0, 1))
def f02_spent_and_gone() -> pl.Expr:
    """One prepaid budget, used up to zero, then silence."""
    drained = pl.when((pl.col("top_ups") > 0) & (pl.col("invoices") == 0)).then(pl.col("drain"))
    return drained * pl.col("largest_top_up") * pl.col("silence")


@FAMILY.feature(unit="share", direction=1, inputs=_BOTH, typologies=("T12",), bounds=(0, 1))
def f02_ends_at_credit() -> pl.Expr:
    """Spend that comes to just what the promotional credit was, and no more."""
    return pl.col("promo_share") * pl.col("credit_drain")


@FAMILY.feature(unit="share", direction=1, inputs=("usage",), typologies=("T12",), bounds=(0, 1))
def f02_credits_on_bill() -> pl.Expr:
    """Share of the charges for use that credits on the bill pay for."""
    return pl.col("bill_credits")


@FAMILY.feature(unit="share", direction=1, inputs=("usage",), typologies=("T12",), bounds=(0, 1))
def f02_silent_after_credits() -> pl.Expr:
    """Credits pay the bill, and then the account falls silent."""
    return pl.col("bill_credits") * pl.col("silence")
