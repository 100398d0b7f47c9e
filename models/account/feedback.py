"""What reviewers decided, put into the leaves.

Every decision multiplies the values of the leaves its account fell into by exp(-0.3) if it
was confirmed and by exp(+0.3) if it was cleared: confirmed kinds of accounts get shorter
paths, cleared kinds longer ones. The untaught values stay beside the taught ones, and the
taught ones are always made anew from the log of decisions, so each decision can be taken back
and nothing depends on their order. What a leaf can gain is capped, and a check on held-out
decisions says whether learning helped at all: it does not on every data set.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.forest.forest import ArrayForest
from models.forest.kernel import SWEEP_ROWS, swept_leaves, walked_leaves
from models.forest.sampling import Stream
from models.forest.trees import as_rows

Float32 = NDArray[np.float32]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: What one decision changes, on a log scale, and how many net decisions count in one leaf.
RATE, CAP = 0.3, 10
#: Decisions of each kind that a held-out check needs.
MIN_DECISIONS = 5


@dataclass(frozen=True)
class Decisions:
    """A log of decisions, oldest first.

    Attributes
    ----------
    keys : tuple of str
        What was decided about (case or account pseudonym); unique.
    rows : (n, d) float32
        The directed rows at the time of the decision: see `ProxyModel.directed`.
    labels : (n,) int64
        +1 confirmed, -1 cleared.
    """

    keys: tuple[str, ...]
    rows: Float32
    labels: IntArray

    def __post_init__(self) -> None:
        if not len(self.keys) == len(self.rows) == len(self.labels):
            raise ValueError("keys, rows and labels of decisions differ in number")
        if len(set(self.keys)) != len(self.keys):
            raise ValueError("a key was decided twice; take back the first decision")
        if not np.isin(self.labels, (-1, 1)).all():
            raise ValueError("a label must be +1 (confirmed) or -1 (cleared)")

    @classmethod
    def none(cls, d: int) -> Decisions:
        """Return an empty log for rows of ``d`` columns."""
        return cls((), np.empty((0, d), dtype=np.float32), np.empty(0, dtype=np.int64))

    def add(self, key: str, row: Float32, label: int) -> Decisions:
        """Return the log with one more decision."""
        rows = np.concatenate((self.rows, row.reshape(1, -1).astype(np.float32)))
        return Decisions((*self.keys, key), rows, np.append(self.labels, label))

    def take_back(self, key: str) -> Decisions:
        """Return the log without one decision.

        Raises
        ------
        KeyError
            If there is no decision about ``key``.
        """
        if key not in self.keys:
            raise KeyError(f"there is no decision about {key!r} to take back")
        return self.take(np.array([other != key for other in self.keys]))

    def take(self, keep: NDArray[np.bool_]) -> Decisions:
        """Return the decisions where ``keep`` holds."""
        keys = tuple(key for key, kept in zip(self.keys, keep, strict=True) if kept)
        return Decisions(keys, self.rows[keep], self.labels[keep])


def net_labels(forest: ArrayForest, decisions: Decisions) -> IntArray:
    """Return (L,) confirmed minus cleared decisions that fell into each leaf."""
    net = np.zeros(len(forest.values), dtype=np.int64)
    rows = as_rows(decisions.rows, forest.n_features)
    for leaves in leaf_numbers(forest, rows):
        np.add.at(net, leaves, decisions.labels)
    return net


def leaf_numbers(forest: ArrayForest, rows: Float32) -> list[IntArray]:
    """Return for each tree the (n,) leaf of every row, counted over the forest."""
    trees = forest.trees
    if len(rows) <= SWEEP_ROWS:
        return list(walked_leaves(trees, rows).T)
    return [leaf + trees.leaf_start[t] for t, leaf in swept_leaves(trees, rows)]


def learned_values(
    forest: ArrayForest, decisions: Decisions, *, rate: float = RATE, cap: int = CAP
) -> IntArray:
    """Return (L,) leaf values after the decisions: ``v exp(-rate clip(net, -cap, cap))``.

    A prior's leaves can be below zero; these move by as much, to the same side.
    ``forest`` must hold the values without decisions; they are not changed.
    """
    net = np.clip(net_labels(forest, decisions), -cap, cap)
    factor = np.exp(-rate * np.arange(-cap, cap + 1, dtype=np.float64))
    times = np.where(forest.values < 0, 2.0 - factor[net + cap], factor[net + cap])
    learned = np.rint(forest.values * times).astype(np.int64)
    return np.where(net == 0, forest.values, learned).astype(np.int64)


@dataclass(frozen=True)
class HeldOut:
    """AUROC on decisions that were held out of learning, before and after it."""

    decisions: int
    before: float
    after: float

    @property
    def helps(self) -> bool:
        """Whether learning did no harm where it could be measured."""
        return self.after >= self.before


def check_held_out(
    forest: ArrayForest,
    decisions: Decisions,
    *,
    folds: int = 5,
    seed: int = 0,
    groups: IntArray | None = None,
) -> HeldOut:
    """Learn from all folds but one and rank the one left out; every decision once.

    Decisions with the same number in ``groups``, such as members of one ring, are held out
    together: one of them would tell about the other.
    With fewer than `MIN_DECISIONS` of either kind nothing can be told: both figures are NaN
    and ``helps`` is False.
    """
    labels = decisions.labels
    if min((labels == 1).sum(), (labels == -1).sum()) < MIN_DECISIONS:
        return HeldOut(len(labels), float("nan"), float("nan"))
    _, first, group = np.unique(
        np.arange(len(labels)) if groups is None else groups,
        return_index=True, return_inverse=True,
    )  # fmt: skip
    fold = _folds(labels[first], folds, seed)[group]
    before, after = forest.raw(decisions.rows), np.empty(len(labels))
    for f in range(folds):
        own = fold == f
        taught = forest.with_values(learned_values(forest, decisions.take(~own)))
        after[own] = taught.raw(decisions.rows[own])
    figures = [_auroc_within(fold, scores, labels == 1) for scores in (before, after)]
    return HeldOut(len(labels), *figures)


def _auroc_within(fold: IntArray, scores: FloatArray, positive: NDArray[np.bool_]) -> float:
    """AUROC over pairs of the same fold: scores of forests taught apart do not compare."""
    hits, pairs = 0.0, 0
    for f in np.unique(fold):
        own = fold == f
        count = int(positive[own].sum()) * int((~positive[own]).sum())
        if count:
            hits, pairs = hits + count * auroc(scores[own], positive[own]), pairs + count
    return hits / pairs if pairs else float("nan")


def _folds(labels: IntArray, folds: int, seed: int) -> IntArray:
    """Deal each kind of decision out evenly, in seeded order."""
    order = np.lexsort((Stream(seed).uniform(len(labels)), labels))
    fold = np.empty(len(labels), dtype=np.int64)
    fold[order] = np.arange(len(labels)) % folds
    return fold


def auroc(scores: FloatArray, positive: NDArray[np.bool_]) -> float:
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
