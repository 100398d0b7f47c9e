"""A prior for the leaves, learnt from simulated worlds whose truth is known.

A pool of isolation trees is grown without labels. Boosting then goes through it: in each
round it looks at a few trees of the pool, keeps the one whose leaves separate what is not
explained yet best, and moves its leaves a small Newton step (Friedman 2001, with trees that
are drawn and chosen instead of grown to the labels). The chosen trees and their weights are
an `ArrayForest` like any other, so kernel, file and reasons stay as they are; its raw score
is the log odds that an account is planted, at the lesson's share of planted accounts. So
accounts and rings of one lesson are measured alike.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.forest.forest import ArrayForest
from models.forest.kernel import tree_leaves
from models.forest.sampling import Stream
from models.forest.trees import as_rows

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
Leaves = list[NDArray[np.unsignedinteger]]

#: Trees in the pool, and rows each is grown on: small trees have leaves that carry over.
POOL: Final = 2000
SAMPLES: Final = 32
#: Courses of boosting that are averaged, rounds of each, trees looked at in a round, and the
#: part of a Newton step that is taken.
COURSES: Final = 4
ROUNDS: Final = 200
LOOK: Final = 20
RATE: Final = 0.15
#: Pull of a leaf's step towards zero, in units of the loss's curvature.
SHRINKAGE: Final = 5.0


def taught_forest(
    rows: NDArray[np.float32],
    positive: BoolArray,
    weight: FloatArray | None = None,
    *,
    seed: int = 0,
    rounds: int = ROUNDS,
    pool: int = POOL,
    on_round: Callable[[float], None] | None = None,
) -> ArrayForest:
    """Return the chosen trees with taught leaf values.

    Parameters
    ----------
    rows : (n, d) float32
        Directed rows of simulated accounts, or rows of rings.
    positive : (n,) bool
        Which of them are planted.
    weight : (n,) float64 or None
        How much each row counts, in the samples of trees and in the loss; default 1.
    seed : int
        Same seed, same bits.
    rounds, pool : int
        Steps of boosting, and trees to choose from.
    on_round : callable or None
        Is told the mean log loss before each round.

    Raises
    ------
    ValueError
        If one of the two classes is empty.
    """
    if not positive.any() or positive.all():
        raise ValueError("teaching needs accounts of both kinds; found one kind only")
    data = as_rows(rows, None)
    counts = np.ones(len(data)) if weight is None else weight
    grown = ArrayForest.fit(
        data, n_estimators=pool, max_samples=SAMPLES, seed=seed,
        sample_weight=_balance(positive, counts),
    )  # fmt: skip
    leaves: Leaves = [leaf.astype(np.uint8) for _, leaf in tree_leaves(grown.trees, data)]
    start, lift = grown.trees.leaf_start, np.zeros(len(grown.values))
    for course in range(COURSES):
        lift += _boosted(
            leaves, start, positive, counts, Stream(seed, (1 << 35) + course), rounds, on_round
        )
    chosen = np.flatnonzero(np.add.reduceat(np.abs(lift), start[:-1]))
    lifts = _rows_of(start, chosen, lift) / COURSES
    return valued(grown.subset(chosen), lifts + _log_odds(positive, counts) / len(chosen))


def _balance(positive: BoolArray, counts: FloatArray) -> FloatArray:
    """Weigh rows so that both classes count alike, and the average is one."""
    share = counts[positive].sum() / counts.sum()
    balanced = counts * np.where(positive, 0.5 / share, 0.5 / (1.0 - share))
    result: FloatArray = balanced / balanced.mean()
    return result


def _log_odds(positive: BoolArray, counts: FloatArray) -> float:
    share = float(counts[positive].sum() / counts.sum())
    return float(np.log(share / (1.0 - share)))


def _boosted(
    leaves: Leaves,
    leaf_start: IntArray,
    positive: BoolArray,
    counts: FloatArray,
    draw: Stream,
    rounds: int,
    on_round: Callable[[float], None] | None,
) -> FloatArray:
    """Return (L,) weights of the leaves; 0 throughout a tree that was never chosen."""
    y = positive.astype(np.float64)
    margin = np.full(len(y), _log_odds(positive, counts))
    lift = np.zeros(int(leaf_start[-1]))
    sizes = np.diff(leaf_start)
    for _ in range(rounds):
        chance = 1.0 / (1.0 + np.exp(-margin))
        if on_round is not None:
            loss = -np.log(np.where(positive, chance, 1.0 - chance))
            on_round(float(np.average(loss, weights=counts)))
        push, curve = counts * (y - chance), counts * chance * (1.0 - chance)
        look = np.unique((draw.uniform(LOOK) * len(leaves)).astype(np.int64))
        gain, tree, step = max(
            (_step(leaves[tree], int(sizes[tree]), push, curve, int(tree)) for tree in look),
            key=lambda found: (found[0], -found[1]),
        )
        if gain <= 0.0:
            continue
        lift[leaf_start[tree] : leaf_start[tree + 1]] += RATE * step
        margin += RATE * step[leaves[tree]]
    return lift


def _step(
    leaf: NDArray[np.unsignedinteger], size: int, push: FloatArray, curve: FloatArray, tree: int
) -> tuple[float, int, FloatArray]:
    """What a Newton step of one tree's leaves would gain, the tree, and the step."""
    total = np.bincount(leaf, weights=push, minlength=size)
    step = total / (np.bincount(leaf, weights=curve, minlength=size) + SHRINKAGE)
    return float((total * step).sum()), tree, step


def _rows_of(start: IntArray, chosen: IntArray, lift: FloatArray) -> FloatArray:
    return np.concatenate([lift[start[tree] : start[tree + 1]] for tree in chosen])


def valued(forest: ArrayForest, lift: FloatArray) -> ArrayForest:
    """Leaf values by which `ArrayForest.raw` is the sum of an account's lifts."""
    each = forest.scale / forest.trees.count
    return forest.with_values(np.rint(each - forest.scale * lift).astype(np.int64))


def lifts(forest: ArrayForest) -> FloatArray:
    """Return (L,) what each leaf adds to `ArrayForest.raw`: undoes `valued`."""
    each = forest.scale / forest.trees.count
    found: FloatArray = (each - forest.values) / forest.scale
    return found
