"""Exact conversion of isolation forests of scikit-learn and pyod.

Leaves keep the float64 path lengths of their library and are added in tree order, and each
float64 threshold is rounded down to float32, so that scores are equal bit for bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.forest.builder import Part, Split, join_parts, round_down, to_preorder
from models.forest.forest import ArrayForest

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


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
    levels: list[Split] = []
    at = np.zeros(1, dtype=np.int64)
    while len(at := at[tree.children_left[at] >= 0]):
        left = tree.children_left[at].astype(np.int64)
        right = tree.children_right[at].astype(np.int64)
        missing = ~tree.missing_go_to_left[at].astype(bool)
        bound = round_down(tree.threshold[at])
        levels.append(Split(at, columns[tree.feature[at]], bound, missing, left, right))
        at = np.concatenate((left, right))
    born, numbers = int(tree.node_count), np.arange(tree.node_count, dtype=np.int64)
    part = to_preorder(1, born, levels, np.maximum(tree.n_node_samples, 1))
    order = to_preorder(1, born, levels, numbers)[-1]
    return part, order
