"""The decision that counts about an account, and decisions that contradict each other."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import polars as pl

UNRESOLVED: Final = "unresolved"
SOON: Final = timedelta(hours=24)
"""Different decisions about one account within this time contradict each other."""


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
    latest = labels.filter(pl.col("decided_at") == pl.col("decided_at").max().over("account_id"))
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
