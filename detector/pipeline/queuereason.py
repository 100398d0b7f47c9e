"""Why an account stands in its queue, or what is missing for it to stand in one."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from detector.pipeline.queues import MINING
from detector.pipeline.standings import DAY
from models.account.scores import AccountScores
from models.combine import PLACE_FAMILY

NEEDED: Final = 2
"""Families that have to speak before behaviour alone asks for a review."""


def speaking(accounts: AccountScores) -> pl.Series:
    """The families that the rule for queue proxy counts, strongest first, as lists of ids."""
    counts = np.array([family != PLACE_FAMILY for family in accounts.families])
    speaks = accounts.speaks & counts
    order = np.argsort(np.where(speaks, accounts.family_p, np.inf), axis=1, kind="stable")
    row, place = np.nonzero(np.take_along_axis(speaks, order, axis=1))
    names = np.array(accounts.families, dtype=object)[order[row, place]]
    lists = (
        pl.DataFrame({"row": row, "family": pl.Series(list(names), dtype=pl.String)})
        .group_by("row", maintain_order=True)
        .agg("family")
    )
    every = pl.DataFrame({"row": np.arange(len(speaks))})
    joined = every.join(lists, on="row", how="left", maintain_order="left")
    return joined["family"].fill_null(pl.lit([], dtype=pl.List(pl.String))).rename("speaking")


def queue_reason(alpha: float) -> pl.Expr:
    """One sentence over the table of weighed accounts, with their facts and standing.

    Parameters
    ----------
    alpha
        The largest p-value of queue proxy.
    """
    return (
        pl.when(pl.col("queue") == "policy")
        .then(_policy())
        .when(pl.col("standing") != "open")
        .then(_settled())
        .when(pl.col("queue") == "victim")
        .then(_victim())
        .when(pl.col("queue") == "other")
        .then(_other())
        .when(pl.col("queue") == "proxy")
        .then(_proxy())
        .otherwise(_nothing(alpha))
    )


def _p() -> pl.Expr:
    return pl.format("p {}", pl.col("p_value").round_sig_figs(2))


def _families() -> pl.Expr:
    """``F03``, ``F03 and F11`` or ``F03, F11 and F02``."""
    names = pl.col("speaking")
    most = names.list.head(names.list.len() - 1).list.join(", ")
    last = names.list.last()
    return pl.when(names.list.len() < 2).then(last).otherwise(pl.format("{} and {}", most, last))


def _proxy() -> pl.Expr:
    families = pl.format("In queue proxy because {} speak ({}).", _families(), _p())
    ring = pl.format(
        "In queue proxy because its ring of {} accounts says more than it does alone ({}).",
        "ring_size", _p(),
    )  # fmt: skip
    both = pl.format(
        "In queue proxy because {} speak, and its ring of {} accounts says more than it does "
        "alone ({}).",
        _families(), "ring_size", _p(),
    )  # fmt: skip
    learnt = pl.format(
        "In queue proxy because the odds learnt from decisions pass the model's threshold ({}).",
        _p(),
    )
    enough = pl.col("speaking").list.len() >= NEEDED
    return (
        pl.when(enough & pl.col("opened"))
        .then(both)
        .when(enough)
        .then(families)
        .when("opened")
        .then(ring)
        .otherwise(learnt)
    )


def _policy() -> pl.Expr:
    asks = "In queue policy because a rule or a public notice asks; "
    beside = asks + "a decision about proxy access does not answer that."
    return (
        pl.when(pl.col("standing") == "open")
        .then(pl.lit(asks + "behaviour does not."))
        .otherwise(pl.lit(beside))
    )


def _victim() -> pl.Expr:
    return pl.format(
        "In queue victim because {} of four steps of trying a stolen key were seen within 72 "
        "hours (F05-MODEL-RECON), while the holder's own people and contacts stayed: the holder "
        "is likely the injured party.",
        # The feature counts those beyond the first.
        (pl.col("f05_model_recon") + 1.0).round(0).cast(pl.Int64),
    )


def _other() -> pl.Expr:
    mining = pl.format(
        "In queue other because {} % of its device-hours look like mining (F08-MINING-SHARE); "
        "that is no sign of access for somebody else.",
        _percent("f08_mining_share"),
    )
    back = pl.format(
        "In queue other because {} % of what was paid was taken back (F02-MONEY-BACK-SHARE); "
        "that is no sign of access for somebody else.",
        _percent("f02_money_back_share"),
    )
    return pl.when(pl.col("f08_mining_share") >= MINING).then(mining).otherwise(back)


def _percent(name: str) -> pl.Expr:
    return (100.0 * pl.col(name)).round(0).cast(pl.Int64)


def _settled() -> pl.Expr:
    """Why a decided or closed account is in no queue."""
    since = pl.col("standing_since").dt.strftime(DAY)
    until = pl.col("standing_until").dt.strftime(DAY)
    cleared = pl.format("Not in a queue: cleared on {}", since)
    lasting = (
        pl.when(until.is_null()).then(cleared).otherwise(pl.format("{} until {}", cleared, until))
    )
    return (
        pl.when(pl.col("standing") == "closed")
        .then(pl.format("Not in a queue: {}.", "standing_note"))
        .when(pl.col("standing") == "confirmed_proxy")
        .then(pl.format("Not in a queue: confirmed as proxy access on {}.", since))
        .when(pl.col("standing") == "confirmed_victim")
        .then(pl.format("Not in a queue: confirmed as a victim on {}.", since))
        .otherwise(pl.format("{}.", lasting))
    )


def _nothing(alpha: float) -> pl.Expr:
    """What is missing for queue proxy: rarity, a second family, or both."""
    enough = pl.col("speaking").list.len() >= NEEDED
    one = pl.col("speaking").list.len() == 1
    rare = pl.col("p_value") <= alpha
    above = pl.format("{} is above {}", _p(), alpha)
    return (
        pl.when(rare & one)
        .then(pl.format("Not in a queue: only one family speaks ({}, {}).", _families(), _p()))
        .when(rare)
        .then(pl.format("Not in a queue: no family speaks by itself ({}).", _p()))
        .when(enough)
        .then(pl.format("Not in a queue: {} speak, but {}.", _families(), above))
        .when(one)
        .then(pl.format("Not in a queue: only one family speaks ({}), and {}.", _families(), above))
        .otherwise(pl.format("Not in a queue: no family speaks, and {}.", above))
    )
