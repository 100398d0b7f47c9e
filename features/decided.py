"""The decision that counts about an account, and decisions that contradict each other."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import polars as pl

from features.rollups import Rollups

UNRESOLVED: Final = "unresolved"
SOON: Final = timedelta(hours=24)
"""Different decisions about one account within this time contradict each other."""
SPARED: Final = timedelta(days=400)
"""How long an upheld appeal keeps an account out of queues and rings."""


def decided(labels: pl.DataFrame) -> pl.DataFrame:
    """The decision that counts: the latest; different ones at the same instant leave it open.

    Parameters
    ----------
    labels
        Rows of the table of decisions, as they are known.

    Returns
    -------
    pl.DataFrame
        ``account_id``, ``decision`` (text), ``decided_at`` and ``expires_at`` (of several rows
        that say the same the first to run out), sorted by account.
    """
    last = pl.col("decided_at") == pl.col("decided_at").max().over("account_id")
    latest = labels.lazy().filter(last)
    word = pl.col("decision").cast(pl.String)
    return (
        latest.group_by("account_id", "decided_at")
        .agg(
            pl.when(word.n_unique() == 1).then(word.first()).otherwise(pl.lit(UNRESOLVED))
            .alias("decision"),
            pl.col("expires_at").min(),
        )
        .select("account_id", "decision", "decided_at", "expires_at")
        .sort("account_id")
        .collect()
    )  # fmt: skip


def contradicted(labels: pl.DataFrame) -> pl.DataFrame:
    """Accounts about which a decision follows another, different one within ``SOON``.

    Returns
    -------
    pl.DataFrame
        ``account_id``, sorted, each once.
    """
    told = labels.select("account_id", "decided_at", pl.col("decision").cast(pl.String)).unique()
    rows = told.sort("account_id", "decided_at", "decision")
    before = pl.col("decided_at", "decision").shift(1).over("account_id").name.suffix("_before")
    near = pl.col("decided_at") - pl.col("decided_at_before") <= SOON
    pairs = rows.with_columns(before)
    # Of neighbours in time two always differ where any two within the time do.
    other = pl.col("decision") != pl.col("decision_before")
    return pairs.filter(near & other).select("account_id").unique().sort("account_id")


def appealed(rollups: Rollups) -> pl.DataFrame:
    """Accounts whose appeal was upheld, on record or by a decision, whenever that was.

    Returns
    -------
    pl.DataFrame
        ``account_id``, ``heard_at`` (the latest) and ``ends_at`` (when it protects no longer),
        sorted by account.
    """
    facts = rollups["accounts"].lazy().filter(pl.col("appeal_upheld_at").is_not_null())
    labels = (
        rollups["labels"]
        .lazy()
        .filter((pl.col("basis") == "appeal").fill_null(False) & (pl.col("decision") == "cleared"))
    )
    ends = pl.min_horizontal("expires_at", pl.col("decided_at") + SPARED)
    heard = [
        facts.select(
            "account_id", heard_at="appeal_upheld_at", ends_at=pl.col("appeal_upheld_at") + SPARED
        ),
        labels.select("account_id", heard_at="decided_at", ends_at=ends),
    ]
    return (
        pl.concat(heard)
        .group_by("account_id")
        .agg(pl.col("heard_at", "ends_at").max())
        .sort("account_id")
        .collect()
    )


def spared(rollups: Rollups) -> pl.DataFrame:
    """Accounts that an upheld appeal keeps out of queues and rings at as-of.

    Who was confirmed after the appeal is not spared any more.

    Returns
    -------
    pl.DataFrame
        ``account_id`` and ``heard_at``, sorted by account.
    """
    latest = decided(rollups["labels"].filter(pl.col("decision") != UNRESOLVED))
    again = latest.filter(pl.col("decision") == "confirmed_proxy")
    return (
        appealed(rollups)
        .filter(pl.col("ends_at") > pl.lit(rollups.as_of))
        .join(again.select("account_id", "decided_at"), on="account_id", how="left")
        .filter((pl.col("decided_at") <= pl.col("heard_at")).fill_null(True))
        .select("account_id", "heard_at")
        .sort("account_id")
    )
