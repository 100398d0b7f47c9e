"""Which queue an account goes to. Precedence: decided or closed, victim, other, proxy, none."""

from __future__ import annotations

import polars as pl

from detector.results import QUEUES
from features.rollups import Rollups


def account_facts(rollups: Rollups, accounts: pl.DataFrame) -> pl.DataFrame:
    """What counter-evidence and queues ask about each account, in the order of ``accounts``."""
    facts = rollups["accounts"]
    size = facts.group_by("organisation_id").agg(pl.len().alias("organisation_size"))
    moment = pl.lit(rollups.as_of)
    decided = (
        rollups["labels"]
        .sort("account_id", "decided_at", "decision")
        .group_by("account_id", maintain_order=True)
        .last()
        .filter(pl.col("expires_at").is_null() | (pl.col("expires_at") > moment))
        .select("account_id", pl.col("decision").cast(pl.String))
    )
    return (
        accounts.select("account_id")
        .join(facts, on="account_id", how="left", maintain_order="left")
        .join(size, on="organisation_id", how="left", maintain_order="left")
        .join(decided, on="account_id", how="left", maintain_order="left")
        .with_columns(age_days=(moment - pl.col("created_at")).dt.total_days())
    )


def choose_queue(facts: pl.DataFrame, suspicious: pl.Series) -> pl.Series:
    """The queue of each account.

    Parameters
    ----------
    facts
        From ``account_facts``.
    suspicious
        True where p-value and speaking families ask for review.
    """
    settled = (
        pl.col("decision")
        .is_in(["confirmed_proxy", "confirmed_victim", "cleared"])
        .fill_null(False)
        | pl.col("closed_at").is_not_null()
    )
    queue = (
        pl.when(settled)
        .then(pl.lit("none"))
        .when(pl.col("suspicious"))
        .then(pl.lit("proxy"))
        .otherwise(pl.lit("none"))
    )
    return (
        facts.with_columns(suspicious=suspicious)
        .select(queue.cast(pl.Enum(QUEUES)).alias("queue"))
        .to_series()
    )
