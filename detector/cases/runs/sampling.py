"""Accounts that no queue holds, drawn for review: what a model does not see shows here alone.

Accounts near a queue (p <= .05) and the rest are two strata, each drawn by a keyed hash of account
and week; the chance of each is kept, so that what is found can be weighed.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import polars as pl

from detector.cases.runs.draws import drawn
from detector.cases.settings import Settings
from detector.results import Results

NEAR_P: Final = 0.05
STRATA: Final = ("near", "rest")


@dataclass(frozen=True)
class Draw:
    """An account that was drawn, of which stratum, with which chance."""

    account_id: str
    stratum: str
    chance: float

    @property
    def weight(self) -> float:
        """How many accounts of its stratum it stands for."""
        return 1.0 / self.chance


def week_of(at: datetime) -> str:
    """The ISO week of a time, as ``2026-W07``."""
    year, week, _ = at.isocalendar()
    return f"{year:04d}-W{week:02d}"


def draws(
    results: Results, key: bytes, settings: Settings, known: Collection[str]
) -> Sequence[Draw]:
    """Draw a week's accounts from a run, other than those that are known to the cases."""
    week = week_of(results.run.as_of)
    light = results.scores.filter(
        (pl.col("queue").cast(pl.String) == "none") & ~pl.col("account_id").is_in(sorted(known))
    ).select("account_id", near=(pl.col("p_value") <= NEAR_P).fill_null(value=False))
    total = round(settings.explore_share * settings.promote)
    near = round(total * settings.explore_near)
    found: list[Draw] = []
    for stratum in STRATA:
        ids = light.filter(pl.col("near") == (stratum == "near"))["account_id"].to_list()
        # What the near ones are too few for, the rest is drawn for.
        wanted = near if stratum == "near" else total - len(found)
        first = heapq.nsmallest(wanted, ((drawn(key, "explore", week, name), name) for name in ids))
        found += [Draw(name, stratum, len(first) / len(ids)) for _, name in first]
    return found
