"""F12, synchrony: linked accounts that sign up, work and change together, or in turns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

from features.evidence import MAX_DEGREE
from features.expressions import promptness
from features.modelnames import tells_model
from features.partners import best_by_account
from features.population import Population
from features.registry import Family, Reach
from features.rollups import Rollups
from features.spells import Used, used_by

CROWD_HOURS: Final = 12
AROUND_DAYS: Final = 14


def base(population: Population) -> pl.DataFrame:
    """Sign-up crowds, equal spells of use, and the daily moves of linked pairs."""
    rollups, moves = population.rollups, population.moves
    known = population.used
    used = [used_by(p) for p in rollups.pieces("usage", "model")] if known is None else [known]
    parts = [
        _crowd(rollups), _same_spell(rollups, used), best_by_account(moves),
        _starts(used, moves), _pivots(used, moves),
    ]  # fmt: skip
    ids = pl.concat([part.select("account_id") for part in parts]).unique().sort("account_id")
    for part in parts:
        ids = ids.join(part, on="account_id", how="left", maintain_order="left")
    return ids


def _crowd(rollups: Rollups) -> pl.DataFrame:
    """How far the sign-ups within half a day exceed what the fortnights around lead to expect.

    In standard deviations of a Poisson count: ``(seen - expected) / sqrt(expected + 1)``.
    Accounts of one organisation or payer count once.
    """
    made = rollups["accounts"].select(
        "account_id",
        "created_at",
        origin=pl.coalesce("organisation_id", "payer_account_id", "account_id"),
    )
    first = made.group_by("origin").agg(pl.col("created_at").min()).sort("created_at")
    times = first["created_at"].dt.epoch("s")
    mine = made.sort("account_id")
    at = mine["created_at"].dt.epoch("s")

    def within(seconds: int) -> pl.Series:
        upper = times.search_sorted(at + seconds, side="right").cast(pl.Int64)
        return upper - times.search_sorted(at - seconds, side="left").cast(pl.Int64)

    near, around = within(CROWD_HOURS * 3600), within(AROUND_DAYS * 86_400)
    expected = (around - near).cast(pl.Float64) * (CROWD_HOURS / (AROUND_DAYS * 24 - CROWD_HOURS))
    over = ((near - 1).cast(pl.Float64) - expected) / (expected + 1.0).sqrt()
    return mine.select("account_id", crowd=over.clip(lower_bound=0.0))


def _same_spell(rollups: Rollups, used: Sequence[Used]) -> pl.DataFrame:
    """Bits of the rarest (model or GPU, region, first day, last day) shared with another account.

    Accounts of one organisation or payer count once; a spell of one day is no evidence.
    """
    lasting = pl.concat([one.spells for one in used]).join(
        _origins(rollups), on="account_id", how="left"
    )
    lasting = lasting.with_columns(origin=pl.coalesce("origin", "account_id"))
    places = ["thing", "region", "from", "to"]
    users = lasting.group_by(places).agg(pl.col("origin").n_unique().cast(pl.Int64).alias("users"))
    population = max(sum(one.users.height for one in used), 2)
    bits = (population / pl.col("users").cast(pl.Float64)).log(2.0).clip(lower_bound=0.0)
    return (
        lasting.join(users, on=places, nulls_equal=True)
        .filter(pl.col("users").is_between(2, MAX_DEGREE))
        .group_by("account_id")
        .agg(bits.max().alias("spell_bits"))
    )


def _origins(rollups: Rollups) -> pl.DataFrame:
    return rollups["accounts"].select(
        "account_id", origin=pl.coalesce("organisation_id", "payer_account_id", "account_id")
    )


def _starts(used: Sequence[Used], moves: pl.DataFrame) -> pl.DataFrame:
    """Days between the first GPU or model use of linked accounts, the nearest."""
    first = pl.concat([one.first for one in used])
    pairs = moves.select("a", "b", "posterior")
    dated = pairs.join(first.rename({"account_id": "a", "first": "at_a"}), on="a").join(
        first.rename({"account_id": "b", "first": "at_b"}), on="b"
    )
    days = (pl.col("at_a") - pl.col("at_b")).dt.total_seconds().abs() / 86_400.0
    near = dated.with_columns(start=promptness(days) * pl.col("posterior"))
    ends = pl.concat([near.select(pl.col(end).alias("account_id"), "start") for end in "ab"])
    return ends.group_by("account_id").agg(pl.col("start").max())


def _pivots(used: Sequence[Used], moves: pl.DataFrame) -> pl.DataFrame:
    """How soon after each other linked accounts take up a model that is new in the data."""
    models = pl.concat([one.models for one in used])
    begin = models["first"].min()
    uses = models.filter(tells_model(pl.col("model_id")))
    if begin is None:
        return pl.DataFrame(schema={"account_id": pl.String, "pivot": pl.Float64})
    sight = uses.group_by("model_id").agg(pl.col("first").min().alias("sight"))
    new = sight.filter(pl.col("sight") >= pl.lit(begin) + pl.duration(days=7))
    fresh = uses.join(new.select("model_id"), on="model_id", how="semi")
    pairs = moves.select("a", "b", "posterior")
    dated = pairs.join(fresh.rename({"account_id": "a", "first": "at_a"}), on="a").join(
        fresh.rename({"account_id": "b", "first": "at_b"}), on=["b", "model_id"]
    )
    days = (pl.col("at_a") - pl.col("at_b")).dt.total_seconds().abs() / 86_400.0
    near = dated.with_columns(pivot=promptness(days) * pl.col("posterior"))
    ends = pl.concat([near.select(pl.col(end).alias("account_id"), "pivot") for end in "ab"])
    return ends.group_by("account_id").agg(pl.col("pivot").max())


FAMILY = Family("F12", base, Reach.EVERYBODY)
_LINKED = ("account_links", "usage")
_CALLS = ("account_links", "model_usage")


@FAMILY.feature(unit="deviations", direction=1, inputs=("accounts",), typologies=("T03", "T13"))
def f12_signup_crowd() -> pl.Expr:
    """Signed up within hours of far more strangers than the weeks around lead to expect."""
    return pl.col("crowd")


@FAMILY.feature(unit="bits", direction=1, inputs=("usage",), typologies=("T03", "T14"))
def f12_same_spell() -> pl.Expr:
    """Used the same GPU or model, in the same region, from and to the same days as a stranger."""
    return pl.col("spell_bits")


@FAMILY.feature(unit="share", direction=1, inputs=_LINKED, typologies=("T03", "T16"), bounds=(0, 1))
def f12_starts_together() -> pl.Expr:
    """First GPU or model use within days of that of a linked account."""
    return pl.col("start")


@FAMILY.feature(unit="share", direction=1, inputs=_LINKED, typologies=("T03", "T04"), bounds=(0, 1))
def f12_moves_together() -> pl.Expr:
    """Use rises and falls on the same days as that of a linked account."""
    return pl.col("moves_together")


@FAMILY.feature(unit="share", direction=1, inputs=_LINKED, typologies=("T04", "T14"), bounds=(0, 1))
def f12_conserved_demand() -> pl.Expr:
    """When this account cools, a linked one rises by as much: one demand behind both."""
    return pl.col("conserved")


@FAMILY.feature(unit="share", direction=1, inputs=_LINKED, typologies=("T16", "T08"), bounds=(0, 1))
def f12_succession() -> pl.Expr:
    """Its use begins where that of a linked account ends, or the other way round."""
    return pl.col("succession")


@FAMILY.feature(unit="share", direction=1, inputs=_CALLS, typologies=("T04",), bounds=(0, 1))
def f12_failover() -> pl.Expr:
    """On days when one account is rate limited, a linked one is busier."""
    return pl.col("failover")


@FAMILY.feature(unit="share", direction=1, inputs=_CALLS, typologies=("T04", "T06"), bounds=(0, 1))
def f12_new_model_together() -> pl.Expr:
    """Takes up a new model within days of a linked account."""
    return pl.col("pivot")
