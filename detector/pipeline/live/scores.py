"""Scores that follow features: a row is scored again where a number in it has changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detector.pipeline.live.features import Followed
from detector.pipeline.prepare import Prepared
from detector.pipeline.scoring import Explainer, Notes, explain
from models.account.model import ProxyModel
from models.account.scores import AccountScores, joined

# Small batches take other ways through a forest; a few rows more keep to the way of many.
LEAST_ROWS: Final = 256
# Notes that are kept, for each that is in use.
MOST_STALE: Final = 1.5


@dataclass(frozen=True)
class Scores:
    """The model's word on every account, without contributions, and what carries it.

    ``exact`` holds the notes of ``promoted`` rows that were made from Shapley values.
    """

    accounts: AccountScores
    notes: Notes
    promoted: NDArray[np.int64]
    exact: pl.DataFrame


def score_all(
    model: ProxyModel, values: NDArray[np.float64], peers: NDArray[np.int64], threads: int
) -> Scores:
    """Score every account."""
    found = model.score(values, peers, threads=threads)
    pool = explain(values, found)
    notes = _laid_out(Notes(pool, np.arange(pool.height)), found.evidence)
    return Scores(found.bare(), notes, np.empty(0, dtype=np.int64), pool.clear())


def follow(before: Scores, now: Followed, model: ProxyModel, threads: int) -> Scores:
    """Score the rows that have changed."""
    values, peers, rows = now.numbers.values, now.numbers.peers, now.before
    again, stands = np.flatnonzero(now.changed), np.flatnonzero(~now.changed)
    padded = np.resize(again, max(len(again), LEAST_ROWS if len(again) else 0))
    some = score_all(model, np.asfortranarray(values[padded]), peers[padded], threads)
    at = rows.copy()
    at[again] = len(before.notes.at) + np.arange(len(again))
    accounts = joined([before.accounts, some.accounts]).rows(at)
    whole = Notes(
        pl.concat([before.notes.pool, some.notes.pool]),
        np.concatenate([before.notes.at, before.notes.pool.height + some.notes.at])[at],
    )
    place = np.full(len(before.notes.at), -1)
    place[rows[stands]] = stands
    moved = place[before.promoted]
    if whole.pool.height > MOST_STALE * len(whole.at):
        whole = _laid_out(whole, accounts.evidence)
    return Scores(accounts, whole, moved[moved >= 0], before.exact.filter(moved >= 0))


def _laid_out(notes: Notes, evidence: NDArray[np.float64]) -> Notes:
    """Notes that are in use alone, about in the order of the queue: there they are read."""
    order = np.argsort(-evidence, kind="stable")
    at = np.empty(len(order), dtype=np.int64)
    at[order] = np.arange(len(order))
    return Notes(notes.of(order), at)


class Remembering(Explainer):
    """Gives the notes that are known, and makes the others."""

    def __init__(self, scores: Scores) -> None:
        self.scores = scores

    def notes(self, _prepared: Prepared, _accounts: AccountScores) -> Notes:
        """Those that came with the scores."""
        return self.scores.notes

    def exact(self, prepared: Prepared, model: ProxyModel, rows: NDArray[np.int64]) -> pl.DataFrame:
        """Those of the run before where the row has not changed."""
        known = {int(row): at for at, row in enumerate(self.scores.promoted)}
        new = np.array([row for row in rows if int(row) not in known], dtype=np.int64)
        pool = self.scores.exact
        if new.size:
            known |= {int(row): pool.height + at for at, row in enumerate(new)}
            pool = pl.concat([pool, super().exact(prepared, model, new)])
        found = pool[[known[int(row)] for row in rows]]
        self.scores = replace(self.scores, promoted=rows, exact=found)
        return found
