"""What reviewers' decisions add to a prior's log odds: a penalised logistic model.

The prior's log odds are an offset that stays as it is; decisions explain what it missed. First
the families' levels get weights (ridge), then what these leave goes to the leaves of the taught
forest: accounts are alike as far as they share leaves, and a leaf that few of the population
fall into says more (a Gaussian process with that kernel, which is a ridge on leaf values). The
second part *is* other leaf values, so kernel, file and reasons stay as they are; the first is a
sum over families (`models.account.learnt`).

Reviewers err: a decision is softened by Bayes' rule against the odds before it, so that one
against all evidence moves less than one that the evidence allows. Members of one case share a
vote. Everything is made anew from the log, whose order is forgotten, so each decision can be
taken back as if it had never been made; few decisions move little, because both parts are
pulled towards the prior.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.account.decisions import Decisions
from models.account.learnt import Learnt
from models.forest.forest import ArrayForest
from models.forest.kernel import tree_leaves
from models.forest.trees import as_rows

Float32 = NDArray[np.float32]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: Chance that a decision is wrong.
ERROR: Final = 0.1
#: Pull of the families' weights towards zero, and variance of what leaves add to log odds.
RIDGE: Final = 20.0
VARIANCE: Final = 2.0
#: Pull of the shift that all decided accounts share: it only has to stay finite.
_SHIFT_RIDGE: Final = 1.0
#: Learnt chance from which an account needs no second family to be put before a reviewer.
SURE: Final = 0.5
#: Newton steps, steps of conjugate gradients in each, and what is small enough to stop.
_STEPS: Final = 50
_INNER: Final = 200
_ENOUGH: Final = 1e-9
_HALVINGS: Final = 30
#: Least curvature of the loss, so that a system can be solved where all is decided.
_FLAT: Final = 1e-9
#: Weights are kept in these steps: sums of another machine may differ in the last bits.
_GRAIN: Final = 2.0**-20


@dataclass(frozen=True)
class Offset:
    """What decisions add to log odds.

    Attributes
    ----------
    weights : (F,) float64
        Of the families' levels.
    leaves : (L,) float64
        Of the leaves of the prior's forest.
    shift : float
        What all decided accounts have in common. It ranks nobody and is in no score; a chance
        is read with it.
    """

    weights: FloatArray
    leaves: FloatArray
    shift: float

    def forest(self, prior: ArrayForest) -> ArrayForest:
        """Return the prior's forest with the second array of leaf values."""
        moved = np.rint(prior.scale * self.leaves).astype(np.int64)
        return prior.with_values(prior.values - moved)

    def learnt(self) -> Learnt:
        """Return what the model keeps beside the leaves."""
        return Learnt(self.weights, float(np.log(SURE / (1.0 - SURE))) - self.shift)


def votes(cases: IntArray) -> FloatArray:
    """Return (n,) what each decision counts: members of one case share it.

    Examples
    --------
    >>> votes(np.array([7, 3, 3, 3, 3])).tolist()
    [1.0, 0.5, 0.5, 0.5, 0.5]
    """
    _, case, members = np.unique(cases, return_inverse=True, return_counts=True)
    return np.asarray(1.0 / np.sqrt(members[case]), dtype=np.float64)


def softened(labels: IntArray, odds: FloatArray, error: float = ERROR) -> FloatArray:
    """Return (n,) the chance that each account is bad, after a decision that may be wrong.

    Examples
    --------
    >>> softened(np.array([1, 1, -1]), np.array([0.0, -4.0, -4.0])).round(3).tolist()
    [0.9, 0.142, 0.002]
    """
    return _chance(odds + labels * np.log((1.0 - error) / error))


def learn(forest: ArrayForest, decisions: Decisions, cases: IntArray, share: FloatArray) -> Offset:
    """Learn from decisions.

    Parameters
    ----------
    forest : ArrayForest
        The prior's, whose raw score is the log odds before any decision.
    decisions : Decisions
        In any order.
    cases : (n,) int64
        Decisions with the same number, such as members of one ring, are one case.
    share : (L,) float64
        See `leaf_shares`.
    """
    if not decisions.keys:
        return Offset(np.zeros(decisions.levels.shape[1]), np.zeros(len(forest.values)), 0.0)
    order = decisions.by_key()
    decisions, weight = decisions.take(order), votes(cases)[order]
    odds = forest.raw(decisions.rows)
    target = softened(decisions.labels, odds)
    beta = _levels_first(decisions.levels, odds, target, weight)
    weights = np.rint(beta[:-1] / _GRAIN) * _GRAIN
    left = odds + _summed(decisions.levels, weights) + beta[-1]
    leaves = _leaves_second(forest, decisions.rows, share, left, target, weight)
    return Offset(weights, leaves, float(np.rint(beta[-1] / _GRAIN) * _GRAIN))


def leaf_numbers(forest: ArrayForest, rows: Float32) -> list[IntArray]:
    """Return for each tree the (n,) leaf of every row, counted over the forest."""
    trees, data = forest.trees, as_rows(rows, forest.n_features)
    return [leaf + trees.leaf_start[t] for t, leaf in tree_leaves(trees, data)]


def leaf_shares(forest: ArrayForest, rows: Float32) -> FloatArray:
    """Return (L,) the share of a population's rows that falls into each leaf."""
    count = np.zeros(len(forest.values))
    for leaves in leaf_numbers(forest, rows):
        count += np.bincount(leaves, minlength=len(count))
    return count / max(1, len(rows))


def _levels_first(
    levels: FloatArray, odds: FloatArray, target: FloatArray, weight: FloatArray
) -> FloatArray:
    """Return (F + 1,) weights of the levels and the shift, by Newton's method."""
    Z = np.column_stack((levels, np.ones(len(levels))))
    pull = np.append(np.full(levels.shape[1], RIDGE), _SHIFT_RIDGE)

    def loss(beta: FloatArray) -> float:
        fits = _misfit(odds + _summed(Z, beta), target, weight)
        return fits + 0.5 * float((pull * beta * beta).sum())

    beta = np.zeros(Z.shape[1])
    for _ in range(_STEPS):
        chance = _chance(odds + _summed(Z, beta))
        slope = (Z * (weight * (target - chance))[:, None]).sum(axis=0) - pull * beta
        curve = np.einsum("ni,n,nj->ij", Z, weight * chance * (1.0 - chance), Z)
        before, beta = beta, _nearer(loss, beta, np.linalg.solve(curve + np.diag(pull), slope))
        if np.abs(beta - before).max() < _ENOUGH:
            break
    return beta


def _leaves_second(
    forest: ArrayForest,
    rows: Float32,
    share: FloatArray,
    left: FloatArray,
    target: FloatArray,
    weight: FloatArray,
) -> FloatArray:
    """Return (L,) what the leaves add, by Newton's method on each decision's pull.

    The kernel is never laid out: it is a sum over leaves, so that a log of any length fits.
    """
    leaf = np.stack(leaf_numbers(forest, rows), axis=1)
    worth = rarity(forest, share)

    def spread(pull: FloatArray) -> FloatArray:
        """What pulls of the decisions add to the leaves."""
        held = np.bincount(leaf.ravel(), np.repeat(pull, leaf.shape[1]), len(worth))
        return VARIANCE * worth * held

    def kernel(pull: FloatArray) -> FloatArray:
        return np.asarray(spread(pull)[leaf].sum(axis=1))

    def loss(pull: FloatArray) -> float:
        added = kernel(pull)
        return _misfit(left + added, target, weight) + 0.5 * float((pull * added).sum())

    pull = np.zeros(len(target))
    for _ in range(_STEPS):
        added = kernel(pull)
        chance = _chance(left + added)
        curve = weight * np.maximum(chance * (1.0 - chance), _FLAT)
        wanted = curve * added + weight * (target - chance)
        # (1 / curve + K) pull = wanted / curve, made symmetric by the root of the curve.
        root = np.sqrt(curve)
        found = root * _solved(_balanced(kernel, root), wanted / root)
        before, pull = pull, _nearer(loss, pull, found - pull)
        if np.abs(pull - before).max() < _ENOUGH:
            break
    return spread(pull)


def _balanced(
    kernel: Callable[[FloatArray], FloatArray], root: FloatArray
) -> Callable[[FloatArray], FloatArray]:
    return lambda vector: np.asarray(vector + root * kernel(root * vector))


def _misfit(odds: FloatArray, target: FloatArray, weight: FloatArray) -> float:
    """Weighted cross-entropy between what is wanted and what the odds say."""
    return float((weight * (np.logaddexp(0.0, odds) - target * odds)).sum())


def _nearer(loss: Callable[[FloatArray], float], at: FloatArray, step: FloatArray) -> FloatArray:
    """Go a Newton step, or the part of it that makes the loss no larger."""
    now = loss(at)
    for halving in range(_HALVINGS):
        found = at + step * 0.5**halving
        if loss(found) <= now:
            return found
    return at


def rarity(forest: ArrayForest, share: FloatArray) -> FloatArray:
    """How much it tells to share each leaf, (L,): nothing where everybody is, 1 in sum at most.

    The squared surprise of a leaf, as parts of what an account of the population shares with
    itself on average.
    """
    start = forest.trees.leaf_start[:-1]
    surprise = -np.log(np.clip(share, 1e-4, 1.0))
    own = np.add.reduceat(share * surprise, start).sum()
    return np.asarray(surprise / max(own, 1e-12))


def _solved(apply: Callable[[FloatArray], FloatArray], wanted: FloatArray) -> FloatArray:
    """Solve a symmetric positive system by conjugate gradients."""
    found, residual = np.zeros(len(wanted)), wanted.copy()
    direction, size = residual.copy(), float((residual * residual).sum())
    enough = size * 1e-24
    for _ in range(_INNER):
        if size <= enough:
            break
        moved = apply(direction)
        step = size / float((direction * moved).sum())
        found += step * direction
        residual -= step * moved
        size, before = float((residual * residual).sum()), size
        direction = residual + size / before * direction
    return found


def _summed(columns: FloatArray, weights: FloatArray) -> FloatArray:
    """Add up weighted columns one after the other: the bits do not depend on the rows' number."""
    total = np.zeros(len(columns))
    for at, weight in enumerate(weights.tolist()):
        total += weight * columns[:, at]
    return total


def _chance(odds: FloatArray) -> FloatArray:
    return np.asarray(1.0 / (1.0 + np.exp(-odds)))
