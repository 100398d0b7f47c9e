"""Whether learning from decisions helps: asked of decisions that were held out of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.account.decisions import Decisions
from models.account.offset import learn
from models.forest.forest import ArrayForest
from models.forest.sampling import Stream

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

#: Cases of each kind from which the check can tell anything: one for each fold.
MIN_CASES: Final = 5
FOLDS: Final = 5


@dataclass(frozen=True)
class HeldOut:
    """AUROC on decisions that were held out of learning, before and after it.

    Both are NaN where too few cases were decided to tell.
    """

    decisions: int
    before: float
    after: float

    @property
    def harms(self) -> bool:
        """Whether learning made the ranking worse where it could be measured."""
        return self.after < self.before


def check_held_out(
    forest: ArrayForest,
    decisions: Decisions,
    cases: IntArray,
    share: FloatArray,
    *,
    seed: int = 0,
) -> HeldOut:
    """Learn from all folds but one and rank the one left out; every decision once.

    Decisions with the same number in ``cases``, such as members of one ring, are held out
    together: one of them would tell about the other. Arguments are those of
    `models.account.offset.learn`.
    """
    order = decisions.by_key()
    decisions, cases = decisions.take(order), cases[order]
    _, first, case = np.unique(cases, return_index=True, return_inverse=True)
    kinds = decisions.labels[first]
    if min((kinds == 1).sum(), (kinds == -1).sum()) < MIN_CASES:
        return HeldOut(len(cases), float("nan"), float("nan"))
    fold = _folds(kinds, seed)[case]
    before = forest.raw(decisions.rows)
    after = np.empty(len(cases))
    for f in range(FOLDS):
        own, rest = np.flatnonzero(fold == f), np.flatnonzero(fold != f)
        offset = learn(forest, decisions.take(rest), cases[rest], share)
        held = decisions.take(own)
        after[own] = offset.forest(forest).raw(held.rows) + offset.learnt().added(held.levels)
    positive = decisions.labels == 1
    return HeldOut(len(cases), *(_within(fold, odds, positive) for odds in (before, after)))


def _within(fold: IntArray, odds: FloatArray, positive: BoolArray) -> float:
    """AUROC over pairs of the same fold: odds that were learnt apart do not compare."""
    hits, pairs = 0.0, 0
    for f in np.unique(fold):
        own = fold == f
        count = int(positive[own].sum()) * int((~positive[own]).sum())
        if count:
            hits, pairs = hits + count * auroc(odds[own], positive[own]), pairs + count
    return hits / pairs if pairs else float("nan")


def _folds(kinds: IntArray, seed: int) -> IntArray:
    """Deal each kind of case out evenly, in seeded order."""
    order = np.lexsort((Stream(seed).uniform(len(kinds)), kinds))
    fold = np.empty(len(kinds), dtype=np.int64)
    fold[order] = np.arange(len(kinds)) % FOLDS
    return fold


def auroc(scores: FloatArray, positive: BoolArray) -> float:
    """Return the chance that a positive scores above a negative; ties count one half.

    Examples
    --------
    >>> auroc(np.array([3.0, 2.0, 2.0, 1.0]), np.array([True, True, False, False]))
    0.875
    """
    value, inverse, count = np.unique(scores, return_inverse=True, return_counts=True)
    rank = np.cumsum(count) - (count - 1) / 2.0
    hits, misses = int(positive.sum()), int((~positive).sum())
    total = float(rank[inverse][positive].sum()) - hits * (hits + 1) / 2.0
    return total / (hits * misses) if len(value) and hits and misses else float("nan")
