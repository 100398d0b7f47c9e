"""Accounts of two runs side by side, and what became of each."""

from __future__ import annotations

from typing import Final

import polars as pl

from detector.results import Results

OUT: Final = "none"
# What decisions say of others: the features that only a tie to a confirmed account raises.
NEAR: Final = ("f11_near_confirmed", "f11_suspicion")
_COMPARED: Final = (
    "queue", "rank", "score", "p_value", "ring_id", "ring_score", "standing", "standing_since",
    "standing_note",
)  # fmt: skip


def beside(before: Results, now: Results) -> pl.DataFrame:
    """All accounts of two runs; what the earlier one says has ``_before`` behind its name.

    Returns
    -------
    pl.DataFrame
        ``account_id``, the compared columns twice, ``near`` and ``near_before``, ``known`` and
        ``known_before`` (whether that run scored it), ``fate`` (see ``fate``); sorted by rank,
        then by account.
    """
    both = _light(now).join(_light(before), on="account_id", how="full", coalesce=True,
                            suffix="_before")  # fmt: skip
    told = both.with_columns(
        pl.col("known", "known_before").fill_null(value=False),
        pl.col("queue", "queue_before").fill_null(OUT),
    )
    return told.with_columns(fate=fate()).sort(
        pl.min_horizontal("rank", "rank_before"), "account_id"
    )


def fate() -> pl.Expr:
    """What became of an account: entered, left, moved, stayed, or out (in no queue, twice)."""
    here, there = pl.col("queue") != OUT, pl.col("queue_before") != OUT
    return (
        pl.when(here & ~there)
        .then(pl.lit("entered"))
        .when(there & ~here)
        .then(pl.lit("left"))
        .when(~here)
        .then(pl.lit("out"))
        .when(pl.col("queue") != pl.col("queue_before"))
        .then(pl.lit("moved"))
        .otherwise(pl.lit("stayed"))
    )


def led_by_ring(when: str = "") -> pl.Expr:
    """Whether an account stands where its ring stands."""
    return (pl.col(f"ring_score{when}") >= pl.col(f"score{when}")).fill_null(value=False)


def nearer() -> pl.Expr:
    """Whether an account is nearer to a confirmed one than it was."""
    return pl.col("near").fill_null(0.0) > pl.col("near_before").fill_null(0.0)


def _light(run: Results) -> pl.DataFrame:
    """What is compared, a row an account."""
    rows = run.scores.select("account_id", *_COMPARED, known=pl.lit(value=True))
    told = [name for name in NEAR if name in run.features.columns]
    near = pl.max_horizontal(*told) if told else pl.lit(None, dtype=pl.Float64)
    values = run.features.select("account_id", near=near.cast(pl.Float64))
    words = pl.col("queue", "standing").cast(pl.String)
    return rows.with_columns(words).join(values, on="account_id", how="left")
