"""Scores and truth, joined by account into arrays the judge works on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from detector.errors import DataError
from detector.evaluate.tables import HIDDEN, LAST, Table, read_scores, read_truth

LEAST_MET: Final = 0.95
"""Share of the scored accounts that must have a truth.

Every account of a simulated world has one, so that 0.95 only leaves room for a truth made by
hand. What has none counts as innocent: with more of them every figure would be too low.
"""

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class World:
    """One scored world beside its truth; every array has one entry per account.

    ``place`` orders accounts for review: by rank, then those in queue victim or other,
    then those the scores do not name. ``shown`` is their order on the reviewer's page: by
    queue, then by rank; ``HIDDEN`` for who is in no queue, None where the scores name no
    queues. ``case`` and ``ring`` are codes; ``ring`` is -1 for an account that is not a proxy.
    ``untold`` counts scored accounts without a truth, ``unscored`` those of the truth alone.
    """

    place: Ints
    shown: Ints | None
    case: Ints
    ring: Ints
    proxy: Bools
    role: list[str]
    queue: list[str]
    typology: list[str]
    archetype: list[str]
    families: list[list[str] | None]
    ring_name: list[str]
    account: list[str]
    untold: int
    unscored: int


def read_world(scores: Table, truth: Table) -> World:
    """Join scores and truth by account.

    Accounts that only the truth names come last; accounts that only the scores name count
    as benign. The order of rows changes nothing.

    Raises
    ------
    DataError
        If a file cannot be read, a column is missing or holds something else, an account
        appears twice, or fewer than ``LEAST_MET`` of the scored accounts have a truth.
    """
    told, scored = read_truth(truth), read_scores(scores)
    met = check_met(scored, told)
    rows = told.join(scored, on="account_id", how="full", coalesce=True).sort("account_id")
    rows = rows.with_columns(
        pl.col("proxy").fill_null(False),
        pl.col("place").fill_null(2 * LAST),
        pl.col("shown").fill_null(HIDDEN),
        pl.col("role").fill_null("benign"),
        pl.col("queue").fill_null("none"),
        pl.col("archetype").fill_null("unknown"),
        pl.col("typology").fill_null("unknown"),
    )
    case = _group("case_ring").rank("dense").cast(pl.Int64) - 1
    ring = pl.when(pl.col("proxy")).then(_group("true_ring"))
    named = pl.when(pl.col("true_ring") != "").then("true_ring")
    rows = rows.with_columns(ring_name=pl.coalesce(named, "account_id"))
    rows = rows.with_columns(case=case, ring=ring.rank("dense").cast(pl.Int64) - 1)
    queued = scored["queue"].is_not_null().any()
    return _world(rows, queued=queued, untold=scored.height - met, unscored=told.height - met)


def check_met(scored: pl.DataFrame, told: pl.DataFrame) -> int:
    """Count the scored accounts that have a truth.

    Raises
    ------
    DataError
        If they are fewer than ``LEAST_MET`` of them.
    """
    met = scored.join(told, on="account_id", how="semi").height
    if met < LEAST_MET * scored.height:
        raise DataError(_apart(scored, told, met))
    return met


def _apart(scored: pl.DataFrame, told: pl.DataFrame, met: int) -> str:
    """Say that scores and truth are of different accounts."""
    untold = scored.join(told, on="account_id", how="anti")["account_id"].min()
    unscored = told.join(scored, on="account_id", how="anti")["account_id"].min()
    beside = "" if unscored is None else f"; the truth names {unscored!r}, which has no score"
    return (
        f"of {scored.height:,} scored accounts {met:,} are among the {told.height:,} of the truth: "
        f"{untold!r} is not{beside}; expected at least {100 * LEAST_MET:g} % of them: give the "
        "truth of the same world, under the same ids (a state may hold pseudonyms)"
    )


def _world(rows: pl.DataFrame, *, queued: bool, untold: int, unscored: int) -> World:
    return World(
        place=rows["place"].to_numpy(),
        shown=rows["shown"].to_numpy() if queued else None,
        case=rows["case"].to_numpy(),
        ring=rows["ring"].fill_null(-1).to_numpy(),
        proxy=rows["proxy"].to_numpy(),
        role=rows["role"].to_list(),
        queue=rows["queue"].to_list(),
        typology=rows["typology"].to_list(),
        archetype=rows["archetype"].to_list(),
        families=rows["families"].to_list(),
        ring_name=rows["ring_name"].to_list(),
        account=rows["account_id"].to_list(),
        untold=untold,
        unscored=unscored,
    )


def _group(column: str) -> pl.Expr:
    """Name a group by its ring, or by the account where there is none."""
    named = pl.col(column).is_not_null() & (pl.col(column) != "")
    return (
        pl.when(named)
        .then(pl.lit("r:") + pl.col(column))
        .otherwise(pl.lit("a:") + pl.col("account_id"))
    )
