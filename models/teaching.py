"""A prior for the leaves, learnt from simulated worlds whose truth is known.

Leaf membership is the input of a logistic regression: each leaf gets a weight, and an account
is the more suspicious the lower the weights of its leaves add up. The weights are added to
the untaught path lengths, scaled so that both count alike. The result is a second leaf array
of the same trees: kernel, file and reasons stay as they are, and `none` is always there.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from models.feedback import leaf_numbers
from models.forest import ArrayForest, as_rows

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: Passes over the data.
PASSES = 60
#: Pull of every leaf weight towards zero, in decisions.
SHRINKAGE = 4.0


def taught_values(
    forest: ArrayForest,
    rows: NDArray[np.float32],
    positive: NDArray[np.bool_],
    *,
    strength: float = 1.0,
    passes: int = PASSES,
    on_pass: Callable[[float], None] | None = None,
) -> IntArray:
    """Return (L,) taught leaf values.

    Parameters
    ----------
    forest : ArrayForest
        With the untaught values.
    rows : (n, d) float32
        Directed rows of simulated accounts.
    positive : (n,) bool
        Which of them are planted.
    strength : float
        Standard deviation of the taught part among ``rows``, in those of the untaught part;
        0 teaches nothing.
    passes : int
        Full passes of gradient descent.
    on_pass : callable or None
        Is told the mean log loss after each pass.

    Raises
    ------
    ValueError
        If one of the two classes is empty.
    """
    if not positive.any() or positive.all():
        raise ValueError("teaching needs accounts of both kinds; found one kind only")
    data = as_rows(rows, forest.n_features)
    leaves = leaf_numbers(forest, data)
    weight = _balance(positive)
    lift = _fit(forest, leaves, positive, weight, passes, on_pass)
    taught, own = _sums(leaves, lift), forest.sums(data).astype(np.float64)
    spread = _spread(taught, weight)
    scale = strength * _spread(own, weight) / spread if spread > 0.0 else 0.0
    values: IntArray = forest.values - np.rint(scale * lift).astype(np.int64)
    return values


def _balance(positive: NDArray[np.bool_]) -> FloatArray:
    """Weigh rows so that both classes count alike, and the average is one."""
    share = positive.mean()
    result: FloatArray = np.where(positive, 0.5 / share, 0.5 / (1.0 - share))
    return result


def _fit(
    forest: ArrayForest,
    leaves: list[IntArray],
    positive: NDArray[np.bool_],
    weight: FloatArray,
    passes: int,
    on_pass: Callable[[float], None] | None,
) -> FloatArray:
    """Return (L,) weights of a ridge logistic regression, by diagonal Newton steps."""
    lift = np.zeros(len(forest.values))
    seen = _by_leaf(leaves, weight, len(lift))
    y, trees = positive.astype(np.float64), len(leaves)
    for _ in range(passes):
        margin = _sums(leaves, lift)
        chance = 1.0 / (1.0 + np.exp(-np.clip(margin, -30.0, 30.0)))
        if on_pass is not None:
            loss = -np.log(np.where(positive, chance, 1.0 - chance))
            on_pass(float(np.average(loss, weights=weight)))
        push = _by_leaf(leaves, weight * (y - chance), len(lift)) - SHRINKAGE / trees * lift
        lift += push / ((0.25 * seen + SHRINKAGE / trees) * trees)
    return lift


def _sums(leaves: list[IntArray], lift: FloatArray) -> FloatArray:
    total = np.zeros(len(leaves[0]))
    for leaf in leaves:
        total += lift[leaf]
    return total


def _by_leaf(leaves: list[IntArray], weight: FloatArray, n: int) -> FloatArray:
    total = np.zeros(n)
    for leaf in leaves:
        total += np.bincount(leaf, weights=weight, minlength=n)
    return total


def _spread(values: FloatArray, weight: FloatArray) -> float:
    mean = np.average(values, weights=weight)
    return float(np.sqrt(np.average((values - mean) ** 2, weights=weight)))
