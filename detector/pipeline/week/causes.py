"""Why an account left its queue, and one reason why it entered one.

Causes are asked in an order, and the first that holds is told. Of leaving it is the cause: any
later one would not have mattered. Of entering it is one reason; there may be others.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import polars as pl

from detector.pipeline.week.standing import led_by_ring, nearer
from detector.results import Results
from detector.results.words import SETTLED

# A score that moved by less is the same; see ``change`` in the scores.
MOVED: Final = 0.02
_ANSWERED: Final = (*SETTLED, "closed")


@dataclass(frozen=True)
class Grounds:
    """What causes are told from, beside the accounts' own rows.

    Attributes
    ----------
    alpha
        Largest tail p-value of the proxy queue.
    same_model
        Whether the scores of both runs mean the same.
    reviewed
        Rings of which some account is in a queue.
    silenced
        Accounts of which a decision answered what rules or lists ask.
    spared
        Accounts that an upheld appeal keeps out of the queues.
    """

    alpha: float
    same_model: bool
    reviewed: Collection[str] = ()
    silenced: Collection[str] = ()
    spared: Collection[str] = ()

    @classmethod
    def of(cls, before: Results, now: Results, spared: Collection[str] = ()) -> Grounds:
        """The grounds of two runs."""
        queued = now.scores.filter(pl.col("queue").cast(pl.String) != "none")
        decided = now.policy.filter(pl.col("decision").is_not_null())
        return cls(
            now.run.alpha,
            before.run.model_id == now.run.model_id,
            sorted(queued["ring_id"].drop_nulls().unique()),
            sorted(decided["account_id"].drop_nulls().unique()),
            spared,
        )


def cause(grounds: Grounds) -> pl.Expr:
    """``LEAVING`` of who left, ``ENTERING`` of who entered, null of all others."""
    return (
        pl.when(pl.col("fate") == "left")
        .then(_first(_leaving(grounds)))
        .when(pl.col("fate") == "entered")
        .then(_first(_entering(grounds)))
    )


def _leaving(grounds: Grounds) -> dict[str, pl.Expr]:
    was, stands = pl.col("queue_before"), pl.col("standing")
    low, by_ring = pl.col("p_value") <= grounds.alpha, led_by_ring("_before")
    same_ring = (pl.col("ring_id") == pl.col("ring_id_before")).fill_null(value=False)
    no_less = pl.lit(grounds.same_model) & (pl.col("score") >= pl.col("score_before") - MOVED)
    return {
        "gone": ~pl.col("known"),
        **{name: stands == name for name in ("closed", *SETTLED)},
        "appeal": pl.col("account_id").is_in(list(grounds.spared)),
        "answered": (was == "policy") & pl.col("account_id").is_in(list(grounds.silenced)),
        "unasked": was == "policy",
        "ring": by_ring & pl.col("ring_id_before").is_not_null() & ~same_ring,
        "overtaken": by_ring & same_ring & ~low & no_less
        & pl.col("ring_id").is_in(list(grounds.reviewed)),
        "signs": was.is_in(["victim", "other"]),
        "families": low,
        "evidence": pl.lit(value=True),
    }  # fmt: skip


def _entering(grounds: Grounds) -> dict[str, pl.Expr]:
    to, high = pl.col("queue"), pl.col("p_value_before") > grounds.alpha
    other_ring = pl.col("ring_id").ne_missing(pl.col("ring_id_before"))
    return {
        "new": ~pl.col("known_before"),
        "reopened": pl.col("standing_before").is_in(_ANSWERED)
        & ~pl.col("standing").is_in(_ANSWERED),
        "near": (to != "policy") & nearer(),
        "asked": to == "policy",
        "signs": to.is_in(["victim", "other"]),
        "ring": led_by_ring() & other_ring,
        "families": ~high,
        "evidence": pl.lit(value=True),
    }


def _first(told: dict[str, pl.Expr]) -> pl.Expr:
    """The first that holds; what is not known does not hold."""
    return pl.coalesce(
        *(pl.when(holds.fill_null(value=False)).then(pl.lit(name)) for name, holds in told.items())
    )
