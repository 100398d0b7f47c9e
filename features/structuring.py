"""F14, structuring: amounts and use cut to fit under a threshold or spread over siblings."""

from __future__ import annotations

from functools import partial
from typing import Final

import polars as pl

from features.blocks import Rows
from features.budget import is_round
from features.expressions import days_silent, evenness, per, share
from features.graph import components
from features.grouping import in_blocks
from features.partners import seen_by_linked
from features.population import Population
from features.registry import Family, Reach
from features.rollups import Rollups
from features.totals import tokens, tpp_hours

# Money and quotas are limited at round figures; what stays just below them hugs one.
JUST_BELOW: Final = 0.95
ENOUGH_PAYMENTS: Final = 3
NEAR_CAP: Final = 0.98
ENOUGH_DAYS: Final = 5
QUOTA: Final = "RequestServiceQuotaIncrease"


def base(population: Population) -> pl.DataFrame:
    """Payments, quota requests, daily ceilings and equal shares of each account."""
    rollups, moves = population.rollups, seen_by_linked(population.moves)
    parts = [
        _payments(rollups), _siblings_pay_alike(rollups, moves), _quota(rollups),
        _ceiling(rollups), _round_stop(rollups), _equal_shares(rollups, population.pairs),
        _turns(moves),
    ]  # fmt: skip
    ids = pl.concat([part.select("account_id") for part in parts]).unique().sort("account_id")
    for part in parts:
        ids = ids.join(part, on="account_id", how="left", maintain_order="left")
    return ids


def _paid(rollups: Rollups) -> pl.DataFrame:
    rows = rollups.window("payments")
    return rows.filter(pl.col("kind").is_in(["top_up", "invoice"]) & (pl.col("amount") > 0))


def hugs(amount: pl.Expr) -> pl.Expr:
    """Within five per cent below 1, 2 or 5 times a power of ten, from 100 up."""
    value = amount.cast(pl.Float64)
    limits = [m * 10.0**k for k in range(2, 8) for m in (1.0, 2.0, 5.0)]
    return pl.any_horizontal((value >= JUST_BELOW * t) & (value < t) for t in limits)


def _payments(rollups: Rollups) -> pl.DataFrame:
    """Payments just below a threshold, and top-ups of the most usual amount."""
    return rollups.of_pieces(_payments_of, "payments")


def _payments_of(rollups: Rollups) -> pl.DataFrame:
    rows = _paid(rollups)
    hugging = rows.group_by("account_id").agg(
        pl.len().cast(pl.Int64).alias("payments"),
        hugs(pl.col("amount")).sum().cast(pl.Int64).alias("hugging"),
    )
    top_ups = rows.filter(pl.col("kind") == "top_up")
    usual = top_ups.group_by("account_id", "currency", "amount").agg(
        pl.len().cast(pl.Int64).alias("equal")
    )
    repeated = usual.group_by("account_id").agg(
        pl.col("equal").max(), pl.col("equal").sum().alias("top_ups")
    )
    return hugging.join(repeated, on="account_id", how="left")


def _siblings_pay_alike(rollups: Rollups, moves: pl.DataFrame) -> pl.DataFrame:
    """Payments whose very amount a linked account paid too, round amounts left out."""
    paid = rollups.of_pieces(_odd_amounts, "payments").sort("account_id")
    whole = (
        paid.with_row_index("at")
        .group_by("account_id", maintain_order=True)
        .agg(pl.col("at").first().cast(pl.Int64), pl.len().cast(pl.Int64).alias("odd_amounts"))
    )
    ends = moves.select("a", "b")
    both = pl.concat([ends, ends.select(a="b", b="a")]).rename({"a": "account_id", "b": "other"})
    known = (
        both.join(whole.select(other="account_id", theirs="at", n="odd_amounts"), on="other")
        .join(whole.select("account_id", own="at", end=pl.col("at") + pl.col("odd_amounts")),
              on="account_id")
        .sort("account_id")
    )  # fmt: skip
    # Together, the payments of all partners of all accounts are many times those of all accounts.
    alike = [_alike(paid, some) for some in in_blocks(known, ["account_id"], pl.col("n"))]
    return whole.drop("at").join(pl.concat(alike), on="account_id", how="left")


def _alike(paid: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """How many payments of some accounts a partner made too.

    ``paid`` and ``pairs`` are sorted by account; in ``paid`` the ``n`` rows of each partner begin
    at ``theirs``, and those of the account stand from ``own`` to ``end``.
    """
    if pairs.is_empty():
        return pl.DataFrame(schema={"account_id": pl.String, "alike": pl.Int64})
    rows = pairs.select("account_id", at=pl.int_ranges("theirs", pl.col("theirs") + pl.col("n")))
    rows = rows.explode("at")
    told = paid[rows["at"]].with_columns(rows["account_id"])
    mine = paid[int(pairs["own"][0]) : int(pairs["end"][-1])]
    found = mine.join(told, on=["account_id", "currency", "amount"], how="semi")
    return found.group_by("account_id").agg(pl.len().cast(pl.Int64).alias("alike"))


def _odd_amounts(rollups: Rollups) -> pl.DataFrame:
    rows = _paid(rollups).filter(~is_round(pl.col("amount")))
    return rows.select("account_id", "currency", "amount")


def _quota(rollups: Rollups) -> pl.DataFrame:
    """Days with a request for more quota, and those refused."""
    rows = rollups.window("events", rows=pl.col("operation") == QUOTA)
    return rows.group_by("account_id").agg(
        pl.col("day").n_unique().cast(pl.Int64).alias("quota_days"),
        pl.col("n").sum().alias("quota_requests"),
        pl.col("failures").sum().alias("quota_refused"),
    )


def _ceiling(rollups: Rollups) -> pl.DataFrame:
    """Days of model use that end at the same ceiling, of five or more."""
    return rollups.of_pieces(_at_ceiling, "model")


def _at_ceiling(rollups: Rollups) -> pl.DataFrame:
    daily = (
        rollups.window("model")
        .group_by("account_id", "day")
        .agg((pl.col("input_tokens") + pl.col("output_tokens")).sum().alias("tokens"))
        .filter(pl.col("tokens") > 0)
    )
    top = pl.col("tokens").max().over("account_id")
    near = (pl.col("tokens").cast(pl.Float64) >= NEAR_CAP * top.cast(pl.Float64)).alias("near")
    return (
        daily.with_columns(near)
        .group_by("account_id")
        .agg(
            pl.len().cast(pl.Int64).alias("token_days"),
            pl.col("near").sum().cast(pl.Int64).alias("ceiling_days"),
        )
    )


def _round_stop(rollups: Rollups) -> pl.DataFrame:
    """How near all tokens together come to one digit and zeros, and how long they have stopped."""
    return rollups.of_pieces(_stopped, "model", "usage")


def _stopped(rollups: Rollups) -> pl.DataFrame:
    counted = tokens(rollups, ["account_id"]).select(
        "account_id", whole=pl.col("input_tokens") + pl.col("output_tokens")
    )
    used = pl.col("token_amount") != 0
    last = pl.concat(
        [
            rollups["model"].select("account_id", "last"),
            rollups["usage"].filter(used).select("account_id", "last"),
        ]
    )
    ended = last.group_by("account_id").agg(pl.col("last").max())
    value = pl.col("whole").cast(pl.Float64)
    steps = [m * 10.0**k for k in range(5, 13) for m in range(1, 10)]
    # Ten times nearer than one per cent counts in full, farther than one per cent not at all.
    near = pl.max_horizontal(
        (1.0 - per((per(value, step) - 1.0).abs(), 0.01)).clip(lower_bound=0.0) for step in steps
    )
    silence = per(days_silent("last", rollups.as_of), rollups.window_days)
    return (
        counted.filter(pl.col("whole") > 0)
        .join(ended, on="account_id", how="left")
        .select("account_id", round_stop=near * silence.clip(0.0, 1.0).fill_null(0.0))
    )


def _equal_shares(rollups: Rollups, linked: Rows) -> pl.DataFrame:
    """How equally the account's linked group of three or more shares its compute or tokens."""
    members = components(linked)
    used = rollups.of_pieces(partial(_used, members["account_id"]), "model", "usage")
    rows = (
        members.join(used, on="account_id", how="left")
        .with_columns(pl.col("tpp_hours").fill_null(0.0), pl.col("tokens").fill_null(0))
        .sort("component", "account_id")
    )
    shared = rows.group_by("component", maintain_order=True).agg(
        pl.max_horizontal(evenness("tpp_hours"), evenness("tokens")).alias("equal_shares"),
        pl.len().alias("members"),
    )
    return (
        members.join(shared.filter(pl.col("members") > 2), on="component")
        .select("account_id", "equal_shares")
        .sort("account_id")
    )


def _used(ids: pl.Series, rollups: Rollups) -> pl.DataFrame:
    """``tpp_hours`` and ``tokens`` of some accounts; null of which there is nothing."""
    mine = rollups.of(ids, "model", "usage")
    compute = tpp_hours(mine["usage"], ["account_id"], rollups.catalogue)
    counted = tokens(mine, ["account_id"]).select(
        "account_id", tokens=pl.col("input_tokens") + pl.col("output_tokens")
    )
    used = compute.select("account_id", "tpp_hours")
    return used.join(counted, on="account_id", how="full", coalesce=True)


def _turns(moves: pl.DataFrame) -> pl.DataFrame:
    ends = pl.concat([moves.select("turns", account_id=end) for end in "ab"])
    return ends.group_by("account_id").agg(pl.col("turns").max())


FAMILY = Family("F14", base, Reach.LINKED, paired="payments")
_PAID = ("payments",)
_SPLIT = ("T14", "T03")


@FAMILY.feature(unit="share", direction=1, inputs=_PAID, typologies=("T14",), bounds=(0, 1))
def f14_threshold_hugging() -> pl.Expr:
    """Share of payments that stay just below a round threshold."""
    enough = pl.col("payments") >= ENOUGH_PAYMENTS
    return pl.when(enough).then(share("hugging", "payments"))


@FAMILY.feature(unit="share", direction=1, inputs=_PAID, typologies=("T14", "T04"), bounds=(0, 1))
def f14_equal_top_ups() -> pl.Expr:
    """Share of top-ups of one and the same amount."""
    enough = pl.col("top_ups") >= ENOUGH_PAYMENTS
    return pl.when(enough).then(share("equal", "top_ups"))


@FAMILY.feature(
    unit="share", direction=1, inputs=("payments", "account_links"), typologies=_SPLIT,
    bounds=(0, 1),
)  # fmt: skip
def f14_siblings_pay_alike() -> pl.Expr:
    """Share of odd payment amounts that a linked account paid to the cent as well."""
    return share("alike", "odd_amounts")


@FAMILY.feature(unit="log(1+days)", direction=1, inputs=("events",), typologies=("T14", "T01"))
def f14_quota_requests() -> pl.Expr:
    """Days on which more quota was asked for, beyond the first."""
    return (pl.col("quota_days") - 1).clip(lower_bound=0).log1p()


@FAMILY.feature(unit="share", direction=1, inputs=("events",), typologies=("T14",), bounds=(0, 1))
def f14_quota_refused() -> pl.Expr:
    """Share of requests for more quota that were refused."""
    return share("quota_refused", "quota_requests")


@FAMILY.feature(
    unit="share", direction=1, inputs=("model_usage",), typologies=("T14", "T05"), bounds=(0, 1)
)
def f14_daily_ceiling() -> pl.Expr:
    """Share of days on which model use stops at the same ceiling."""
    enough = pl.col("token_days") >= ENOUGH_DAYS
    beyond = share(pl.col("ceiling_days") - 1, pl.col("token_days") - 1)
    return pl.when(enough).then(beyond)


@FAMILY.feature(
    unit="share", direction=1, inputs=("usage",), typologies=("T01", "T14"), bounds=(0, 1)
)
def f14_round_stop() -> pl.Expr:
    """Token use stopped at a round total, as a pool sold by the million does."""
    return pl.col("round_stop")


@FAMILY.feature(
    unit="share", direction=1, inputs=("account_links", "usage"), typologies=_SPLIT, bounds=(0, 1)
)
def f14_equal_shares() -> pl.Expr:
    """The linked accounts share their compute or tokens equally."""
    return pl.col("equal_shares")


@FAMILY.feature(
    unit="share", direction=1, inputs=("account_links", "usage"), typologies=_SPLIT, bounds=(0, 1)
)
def f14_takes_turns() -> pl.Expr:
    """Works on days when a linked account rests, and rests when it works, again and again."""
    return pl.col("turns")
