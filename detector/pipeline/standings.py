"""What was decided about an account before, as it stands at as-of, and how it reads."""

from __future__ import annotations

from typing import Final

import polars as pl

from detector.results.words import SETTLED, STANDINGS
from features.decided import appealed, decided
from features.population import Population
from features.types import UTC_TIME

DAY: Final = "%Y-%m-%d"


def standings(population: Population, facts: pl.DataFrame) -> pl.DataFrame:
    """How each account stands, in the order of ``facts``.

    A decision to confirm says more than that the account was closed, and closed says more than
    cleared. Who is spared because an appeal was upheld stands as cleared.

    Parameters
    ----------
    population
        Its labels, as they are known at as-of.
    facts
        From ``detector.pipeline.queues.account_facts``.

    Returns
    -------
    pl.DataFrame
        ``standing`` (Enum), ``standing_since``, ``standing_until`` (UTC time or null) and
        ``standing_note``: why it was closed, who decided and what was noted; null where open.
    """
    word = _word()
    return (
        facts.select("account_id", "closed_at", "close_reason", "decision", "spared")
        .join(_decisions(population), on="account_id", how="left", maintain_order="left")
        .join(appealed(population.rollups), on="account_id", how="left", maintain_order="left")
        .with_columns(standing=word)
        .select(
            pl.col("standing").cast(pl.Enum(STANDINGS)),
            standing_since=_since().cast(UTC_TIME),
            standing_until=_until().cast(UTC_TIME),
            standing_note=_note(),
        )
    )


def _decisions(population: Population) -> pl.DataFrame:
    """The decision that counts about each account, with who made it and what was noted."""
    labels = population.rollups["labels"]
    told = (
        labels.sort("account_id", "decided_at", "reviewer", "note", nulls_last=True)
        .group_by("account_id", "decided_at", maintain_order=True)
        .agg(pl.col("reviewer", "note").drop_nulls().first())
    )
    counts = decided(labels).drop("decision")
    return counts.join(told, on=["account_id", "decided_at"], how="left", maintain_order="left")


def _word() -> pl.Expr:
    settled = pl.col("decision").is_in(SETTLED).fill_null(value=False)
    return (
        pl.when(settled & (pl.col("decision") != "cleared"))
        .then("decision")
        .when(pl.col("closed_at").is_not_null())
        .then(pl.lit("closed"))
        .when(settled)
        .then("decision")
        .when("spared")
        .then(pl.lit("cleared"))
        .otherwise(pl.lit("open"))
    )


def _by_decision() -> pl.Expr:
    """Whether it stands as it does because of a decision, and not of the record alone."""
    return pl.col("decision").eq_missing(pl.col("standing"))


def _since() -> pl.Expr:
    return (
        pl.when(_by_decision())
        .then("decided_at")
        .when(pl.col("standing") == "closed")
        .then("closed_at")
        .when(pl.col("standing") == "cleared")
        .then("heard_at")
    )


def _until() -> pl.Expr:
    return (
        pl.when(_by_decision())
        .then("expires_at")
        .when(pl.col("standing") == "cleared")
        .then("ends_at")
    )


def _note() -> pl.Expr:
    """Reviewer and note of the decision, and why the account was closed."""
    by = pl.concat_str(pl.lit("decided by "), "reviewer")
    decision = pl.concat_str(by, "note", separator=": ", ignore_nulls=True)
    why = pl.col("close_reason").cast(pl.String).fill_null("no reason on record")
    closed = pl.concat_str(
        pl.lit("closed on "), pl.col("closed_at").dt.strftime(DAY), pl.lit(": "), why
    )
    appeal = pl.lit("an appeal was upheld")
    return (
        pl.when(pl.col("standing") == "open")
        .then(None)
        .when(pl.col("standing") == "closed")
        .then(closed)
        .when(_by_decision())
        .then(
            pl.concat_str(
                pl.when(decision != "").then(decision), closed, separator="; ", ignore_nulls=True
            )
        )
        .otherwise(appeal)
    )
