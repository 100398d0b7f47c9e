"""What rings got away with before they were found, when scores are made week by week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
import polars as pl

from detector.evaluate.judge import Judgement

CERTAIN: Final = 0.5


@dataclass(frozen=True)
class Week:
    """One as-of: what was found then, and each account's use up to then.

    ``use`` has account_id, ``tpp_hours`` and ``tokens`` up to ``as_of``.
    """

    as_of: datetime
    judgement: Judgement
    use: pl.DataFrame


def exposure(weeks: Sequence[Week], first_use: pl.DataFrame, truth: pl.DataFrame) -> pl.DataFrame:
    """Tell for each planted ring when it was first found and what it had used by then.

    Parameters
    ----------
    weeks
        In order of time.
    first_use
        ``account_id`` and ``first_use``, the time of its first usage.
    truth
        Truth of the data contract.

    Returns
    -------
    pl.DataFrame
        ring, typology, members, found_at (null: never), days (from first use to detection,
        or to the last week), tpp_hours, tokens, tokens_per_account.
    """
    members = _members(truth)
    starts = members.join(first_use, on="account_id", how="left")
    rings = starts.group_by("ring").agg(
        pl.col("typology").first(), pl.len().alias("members"), pl.col("first_use").min()
    )
    found = _first_found(weeks)
    last = weeks[-1].as_of
    rings = rings.with_columns(
        pl.col("ring").replace_strict(found, default=None, return_dtype=_TIME).alias("found_at")
    ).with_columns(pl.col("found_at").fill_null(last).alias("until"))
    use = pl.concat(
        week.use.select("account_id", "tpp_hours", "tokens").with_columns(
            pl.lit(week.as_of).cast(_TIME).alias("until")
        )
        for week in weeks
    )
    used = members.join(rings.select("ring", "until"), on="ring").join(
        use, on=["account_id", "until"], how="left"
    )
    sums = used.group_by("ring").agg(
        pl.col("tpp_hours").sum(), pl.col("tokens").sum().cast(pl.Int64)
    )
    return (
        rings.join(sums, on="ring")
        .with_columns(
            ((pl.col("until") - pl.col("first_use")).dt.total_hours() / 24).clip(0).alias("days"),
            (pl.col("tokens") / pl.col("members")).alias("tokens_per_account"),
        )
        .drop("until", "first_use")
        .sort("ring")
    )


_TIME: Final = pl.Datetime("us", "UTC")


def _members(truth: pl.DataFrame) -> pl.DataFrame:
    named = pl.col("ring_id").is_not_null() & (pl.col("ring_id") != "")
    return (
        truth.filter(pl.col("is_proxy"))
        .select(
            "account_id",
            "typology",
            pl.when(named).then("ring_id").otherwise("account_id").alias("ring"),
        )
        .sort("account_id")
    )


def _first_found(weeks: Sequence[Week]) -> dict[str, datetime]:
    found: dict[str, datetime] = {}
    for week in weeks:
        rings = week.judgement.rings
        for name, chance in zip(rings.name, rings.found, strict=True):
            if chance >= CERTAIN:
                found.setdefault(name, week.as_of)
    return found


def exposure_summary(rings: pl.DataFrame) -> dict[str, Any]:
    """Share of rings ever found, and medians over the found and over all of them."""
    found = rings.filter(pl.col("found_at").is_not_null())
    figures = ("days", "tpp_hours", "tokens", "tokens_per_account")
    return {
        "rings": rings.height,
        "found": found.height,
        **{f"median_{f}_found": _median(found[f]) for f in figures},
        **{f"median_{f}_all": _median(rings[f]) for f in figures},
    }


def _median(values: pl.Series) -> float | None:
    known = values.drop_nulls().to_numpy()
    return float(np.median(known)) if known.size else None


def overlap(first: pl.DataFrame, second: pl.DataFrame, k: int) -> float:
    """Share of the first ``k`` accounts of one day that are among those of the next.

    Examples
    --------
    >>> day = pl.DataFrame({"account_id": ["a", "b", "c"], "rank": [1, 2, 3]})
    >>> overlap(day, day.with_columns(rank=pl.Series([1, 3, 2])), 2)
    0.5
    """
    tops = [
        set(scores.sort("rank", "account_id").head(k)["account_id"]) for scores in (first, second)
    ]
    return len(tops[0] & tops[1]) / max(len(tops[0]), 1)
