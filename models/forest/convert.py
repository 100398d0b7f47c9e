"""Exact conversion of isolation forests of scikit-learn and pyod.

Leaves keep the float64 path lengths of their library and are added in tree order, and each
float64 threshold is rounded down to float32, so that scores are equal bit for bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.forest.builder import Part, join_parts
from models.forest.forest import ArrayForest

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Float32 = NDArray[np.float32]


@dataclass(frozen=True)
class _Split:
    """Splits of one depth; nodes have ids in order of birth, the roots first."""

    node: IntArray
    feature: IntArray
    threshold: Float32
    missing_right: NDArray[np.bool_]
    left: IntArray  # ids of the children
    right: IntArray


def from_sklearn(forest: Any) -> ArrayForest:
    """Convert a fitted `sklearn.ensemble.IsolationForest`.

    Raises
    ------
    TypeError
        If it is not one, or not fitted.
    """
    if not hasattr(forest, "estimators_features_") or not hasattr(forest, "_max_samples"):
        raise TypeError(f"expected a fitted IsolationForest, found {type(forest).__name__}")
    parts, values = [], []
    lengths = zip(
        forest.estimators_, forest.estimators_features_, forest._decision_path_lengths,
        forest._average_path_length_per_tree, strict=True,
    )  # fmt: skip
    for estimator, columns, depth, extra in lengths:
        part, order = _tree(estimator.tree_, np.asarray(columns, dtype=np.int64))
        parts.append(part)
        values.append((np.asarray(depth) + np.asarray(extra) - 1.0)[order])
    trees = join_parts(int(forest.n_features_in_), parts)
    return ArrayForest(trees, np.concatenate(values), int(forest._max_samples))


def from_pyod(detector: Any) -> ArrayForest:
    """Convert a fitted `pyod.models.iforest.IForest`.

    Its ``decision_function`` is ``-(score_samples - offset_)`` of the result.

    Raises
    ------
    TypeError
        If it is not one, or not fitted.
    """
    if not hasattr(detector, "detector_"):
        raise TypeError(f"expected a fitted pyod IForest, found {type(detector).__name__}")
    return from_sklearn(detector.detector_)


def _tree(tree: Any, columns: IntArray) -> tuple[Part, IntArray]:
    """Return one tree's part, and the library's number of each leaf from left to right."""
    levels: list[_Split] = []
    at = np.zeros(1, dtype=np.int64)
    while len(at := at[tree.children_left[at] >= 0]):
        left = tree.children_left[at].astype(np.int64)
        right = tree.children_right[at].astype(np.int64)
        missing = ~tree.missing_go_to_left[at].astype(bool)
        bound = _round_down(tree.threshold[at])
        levels.append(_Split(at, columns[tree.feature[at]], bound, missing, left, right))
        at = np.concatenate((left, right))
    born, numbers = int(tree.node_count), np.arange(tree.node_count, dtype=np.int64)
    part = _to_preorder(1, born, levels, np.maximum(tree.n_node_samples, 1))
    order = _to_preorder(1, born, levels, numbers)[-1]
    return part, order


def _round_down(exact: NDArray[np.float64]) -> Float32:
    """Return the largest float32 not above each float64, so that x <= t decides the same.

    For a float32 x, ``x <= t`` and ``x <= round_down(t)`` are the same test; a plain cast
    may round up and send values to the wrong side.
    """
    near = exact.astype(np.float32)
    below = np.nextafter(near, np.float32(-np.inf))
    return np.where(near.astype(np.float64) > exact, below, near).astype(np.float32)


def _to_preorder(n_trees: int, born: int, levels: list[_Split], count: IntArray) -> Part:
    """Renumber nodes to leaves left to right and internal nodes in pre-order.

    Parameters
    ----------
    n_trees, born : int
        Trees, whose roots have the ids 0 to n_trees - 1, and nodes in all.
    levels : list of Split
        The internal nodes of each depth, from the roots down.
    count : (born,) int64
        Training samples of each node.
    """
    leaves, first, place = _numbers(n_trees, born, levels)
    sizes = leaves[:n_trees]
    nodes = int((sizes - 1).sum())
    feature, left = np.zeros(nodes, dtype=np.int64), np.zeros(nodes, dtype=np.int64)
    threshold = np.zeros(nodes, dtype=np.float32)
    missing_right = np.zeros(nodes, dtype=np.bool_)
    leaf = np.ones(born, dtype=np.bool_)
    for level in levels:
        at = place[level.node]
        leaf[level.node] = False
        feature[at], threshold[at] = level.feature, level.threshold
        missing_right[at], left[at] = level.missing_right, leaves[level.left]
    cover = np.zeros(int(sizes.sum()), dtype=np.int64)
    cover[first[leaf]] = count[leaf]
    return sizes, feature, threshold, missing_right, left, cover


def _numbers(n_trees: int, born: int, levels: list[_Split]) -> tuple[IntArray, IntArray, IntArray]:
    """Return for each id its subtree's leaves, first leaf, and place in pre-order."""
    leaves = np.ones(born, dtype=np.int64)
    for level in reversed(levels):
        leaves[level.node] = leaves[level.left] + leaves[level.right]
    first, place = np.zeros(born, dtype=np.int64), np.zeros(born, dtype=np.int64)
    first[:n_trees] = np.cumsum(leaves[:n_trees]) - leaves[:n_trees]
    place[:n_trees] = first[:n_trees] - np.arange(n_trees)
    for level in levels:
        at, cut = place[level.node], leaves[level.left]
        first[level.left], place[level.left] = first[level.node], at + 1
        first[level.right], place[level.right] = first[level.node] + cut, at + cut
    return leaves, first, place
