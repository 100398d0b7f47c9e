"""What speaks for an account, as steps that can only lower its log odds.

Age, verification or a public body's standing say much in one make of populations and little
or the opposite in the next, so trees that may turn them either way learn the make. Here each
two-sided column (`FeatureSpec.both`) gets a few steps, and above each log odds fall by an
amount that is never negative: a sum beside the taught trees, fitted with a ridge to what these
leave. A step is a tree of one split, so the forest, its file and its reasons stay as they are.
What is missing lowers nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.account.teaching import lifts, valued
from models.forest.forest import ArrayForest
from models.forest.trees import Trees, check_trees

Float32 = NDArray[np.float32]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

#: Steps of one column, at most.
STEPS: Final = 4
#: Pull of a step towards zero, in units of the loss's curvature.
RIDGE: Final = 5.0
#: Times that the fit goes through all steps.
_SWEEPS: Final = 40
#: Least curvature, so that a step can be made where all is decided.
_FLAT: Final = 1e-9


@dataclass(frozen=True)
class Standing:
    """Steps of two-sided columns.

    Attributes
    ----------
    column, threshold : (k,) int64, (k,) float32
        Where a step is: values above the threshold are lowered.
    fall : (k,) float64
        What is added to their log odds: never above 0.
    shift : float
        Added to everybody's, so that on average log odds stay those of the lesson.
    cover : (k, 2) int64
        Rows of the lesson on either side of each step.
    """

    column: IntArray
    threshold: Float32
    fall: FloatArray
    shift: float
    cover: IntArray

    @classmethod
    def fit(
        cls,
        rows: Float32,
        columns: IntArray,
        odds: FloatArray,
        positive: BoolArray,
        weight: FloatArray,
    ) -> Standing:
        """Fit steps to what log odds leave unexplained.

        Parameters
        ----------
        rows : (n, d) float32
            Rows of the lesson.
        columns : (k,) int64
            Its two-sided columns.
        odds : (n,) float64
            Log odds from trees that were taught without the row.
        positive, weight : (n,)
            Which rows are planted, and how much each counts.
        """
        column, threshold = _steps(rows, columns)
        above = _above(rows, column, threshold)
        fall, shift = _fitted(above, odds, positive.astype(np.float64), weight)
        count = above.sum(axis=0)
        held = np.flatnonzero(fall < 0.0)
        cover = np.stack([len(rows) - count, count], axis=1)
        return cls(
            column[held], threshold[held], fall[held], shift if held.size else 0.0, cover[held]
        )

    def added(self, rows: Float32) -> FloatArray:
        """Return (n,) what is added to the log odds of rows (n, d)."""
        total = np.full(len(rows), self.shift)
        for column, threshold, fall in zip(self.column, self.threshold, self.fall, strict=True):
            total += np.where(rows[:, column] > threshold, fall, 0.0)
        return total

    def beside(self, forest: ArrayForest) -> ArrayForest:
        """Return a taught forest with the steps as further trees."""
        if not len(self.fall):
            return forest
        steps = np.stack([np.zeros(len(self.fall)), self.fall], axis=1)
        trees = _with_stumps(forest.trees, self)
        whole = replace(forest, trees=trees, values=np.zeros(len(trees.cover), dtype=np.int64))
        return valued(
            whole, np.concatenate([lifts(forest), steps.ravel()]) + self.shift / trees.count
        )


def _steps(rows: Float32, columns: IntArray) -> tuple[IntArray, Float32]:
    """Column and threshold of each step: the even quantiles of what is there."""
    found: list[tuple[int, float]] = []
    for column in columns.tolist():
        values = np.sort(rows[:, column][~np.isnan(rows[:, column])])
        at = (np.arange(STEPS) * len(values)) // STEPS
        cuts = np.unique(values[at]) if len(values) else values
        found += [(column, float(cut)) for cut in cuts if cut < values[-1]]
    pairs = np.array(found, dtype=np.float64).reshape(-1, 2)
    return pairs[:, 0].astype(np.int64), pairs[:, 1].astype(np.float32)


def _above(rows: Float32, column: IntArray, threshold: Float32) -> BoolArray:
    result: BoolArray = rows[:, column] > threshold
    return result


def _fitted(
    above: BoolArray, odds: FloatArray, y: FloatArray, weight: FloatArray
) -> tuple[FloatArray, float]:
    """Falls and shift of least penalised loss, by one Newton step after the other."""
    members = [np.flatnonzero(above[:, k]) for k in range(above.shape[1])]
    margin, fall, shift = odds.astype(np.float64), np.zeros(len(members)), 0.0
    for _ in range(_SWEEPS):
        step = _newton(margin, y, weight)
        shift, margin = shift + step, margin + step
        for k, mine in enumerate(members):
            step = _newton(margin[mine], y[mine], weight[mine], RIDGE, fall[k])
            moved = min(0.0, fall[k] + step) - fall[k]
            fall[k] += moved
            margin[mine] += moved
    return fall, shift


def _newton(
    margin: FloatArray, y: FloatArray, weight: FloatArray, ridge: float = 0.0, at: float = 0.0
) -> float:
    """Newton step of what all these rows share, which is ``at`` now."""
    chance = 1.0 / (1.0 + np.exp(-margin))
    push = float((weight * (y - chance)).sum()) - ridge * at
    curve = float((weight * chance * (1.0 - chance)).sum()) + ridge
    return float(np.clip(push / max(curve, _FLAT), -1.0, 1.0))


def _with_stumps(trees: Trees, standing: Standing) -> Trees:
    """The trees, and one of a single split for each step."""
    many = len(standing.fall)
    ends = trees.leaf_start[-1] + 2 * np.arange(1, many + 1, dtype=np.int64)
    return check_trees(
        trees.n_features,
        np.concatenate([trees.leaf_start, ends]),
        np.concatenate([trees.feature, standing.column.astype(np.int32)]),
        np.concatenate([trees.threshold, standing.threshold]),
        np.concatenate([trees.missing_right, np.zeros(many, dtype=np.bool_)]),
        np.concatenate([trees.left, np.ones(many, dtype=np.int32)]),
        np.concatenate([trees.cover, np.maximum(standing.cover, 1).ravel()]),
    )
