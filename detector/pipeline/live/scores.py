"""Scores that follow features: a row is scored again where a number in it has changed."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detector.pipeline.live.features import Followed
from detector.pipeline.scoring import explain
from models.ensemble import AccountScores, ProxyModel

# Small batches take other ways through a forest; a few rows more keep to the way of many.
LEAST_ROWS: Final = 256


@dataclass(frozen=True)
class Scores:
    """The model's word on every account, without contributions, and what carries it."""

    accounts: AccountScores
    notes: pl.DataFrame


def score_all(
    model: ProxyModel, values: NDArray[np.float64], peers: NDArray[np.int64], threads: int
) -> Scores:
    """Score every account."""
    found = model.score(values, peers, threads=threads)
    return Scores(_bare(found), explain(values, found))


def follow(before: Scores, now: Followed, model: ProxyModel, threads: int) -> Scores:
    """Score the rows that have changed."""
    values, peers, rows = now.numbers.values, now.numbers.peers, now.before
    again = np.flatnonzero(now.changed)
    if not len(again):
        return _taken(before, rows)
    padded = np.resize(again, max(len(again), LEAST_ROWS))
    some = score_all(model, np.asfortranarray(values[padded]), peers[padded], threads)
    at = rows.copy()
    at[again] = len(before.notes) + np.arange(len(again))
    both: dict[str, Any] = {
        name: np.concatenate([getattr(before.accounts, name), getattr(some.accounts, name)])
        for name in _ROWWISE
    }
    return _taken(
        Scores(replace(before.accounts, **both), pl.concat([before.notes, some.notes])), at
    )


def _bare(scores: AccountScores) -> AccountScores:
    return replace(
        scores, contributions=scores.contributions[:0].copy(),
        peer_median=scores.peer_median[:0].copy(), tail=scores.tail[:0].copy(),
    )  # fmt: skip


def _taken(scores: Scores, rows: NDArray[np.int64]) -> Scores:
    if len(rows) == scores.notes.height and (rows == np.arange(len(rows))).all():
        return scores
    taken: dict[str, Any] = {name: getattr(scores.accounts, name)[rows] for name in _ROWWISE}
    return Scores(replace(scores.accounts, **taken), scores.notes[rows])


_OTHERS: Final = ("base", "families", "contributions", "peer_median", "tail")
_ROWWISE: Final = tuple(f.name for f in fields(AccountScores) if f.name not in _OTHERS)
