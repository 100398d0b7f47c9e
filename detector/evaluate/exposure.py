"""What planted rings had used by the time they were confirmed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from detector.evaluate.answers import Answers
from detector.pipeline.prepare import Prepared


@dataclass(frozen=True)
class Used:
    """Days since a ring's first activity, and what its accounts used in them."""

    days: float
    tpp_hours: float
    tokens: int


def used(prepared: Prepared, answers: Answers) -> dict[str, Used]:
    """What each planted ring that has been active had used by a moment."""
    rings = pl.DataFrame(
        {"account_id": list(answers.rings), "ring": list(answers.rings.values())},
        schema={"account_id": pl.String, "ring": pl.String},
    )
    days = [prepared.rollups[name].select("account_id", "day") for name in ("usage", "model")]
    first = pl.concat(days).group_by("account_id").agg(pl.col("day").min())
    totals = prepared.table.select(
        "account_id", "tpp_hours", tokens=pl.col("input_tokens") + pl.col("output_tokens")
    )
    sums = (
        rings.join(first, on="account_id")
        .join(totals, on="account_id")
        .sort("account_id")
        .group_by("ring", maintain_order=True)
        .agg(pl.col("day").min(), pl.col("tpp_hours").sum(), pl.col("tokens").sum())
    )
    now = prepared.rollups.as_of
    begun = pl.col("day").cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    age = (pl.lit(now) - begun).dt.total_seconds() / 86_400.0
    rows = sums.select("ring", age.alias("days"), "tpp_hours", pl.col("tokens").cast(pl.Int64))
    return {ring: Used(days, hours, tokens) for ring, days, hours, tokens in rows.iter_rows()}


def exposure(found: Sequence[frozenset[str]], by_week: Sequence[Mapping[str, Used]]) -> list[Used]:
    """What each ring used until it was found, or by the last week where it never was.

    Parameters
    ----------
    found
        Rings that were first found in each week.
    by_week
        What each active ring had used by then.
    """
    until = dict(by_week[-1])
    for names, now in zip(found, by_week, strict=True):
        until |= {name: now[name] for name in names if name in now}
    return [until[name] for name in sorted(until)]


def summed(rings: Sequence[Used]) -> dict[str, float]:
    """Rings, their mean days, and TPP-hours and tokens of all of them together."""
    days = sum(ring.days for ring in rings)
    return {
        "rings": len(rings),
        "mean_days": days / len(rings) if rings else 0.0,
        "tpp_hours": sum(ring.tpp_hours for ring in rings),
        "tokens": sum(ring.tokens for ring in rings),
    }
