"""Binary trees as flat arrays without pointers.

Leaves are numbered left to right and internal nodes in pre-order, so that a node needs only
its split and the number of leaves in its left child: for a node at position k whose subtree
owns leaves [a, a + n), the left child owns the first ``left`` of them and, if it is internal,
stands at k + 1; the right child owns the rest and, if internal, stands at k + left.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.errors import ModelFormatError
from models.forest.layout import (
    PAIR_COLUMNS,
    SWEEP_LEAVES,
    Pairs,
    Paths,
    Sweep,
    lay_pairs,
    lay_paths,
    lay_sweeps,
)

#: One value for each leaf: int64 or float64.
Values = NDArray[Any]
#: Isolation trees stop at depth log2(max_samples); a deeper file is not one of ours.
MAX_DEPTH = 64


@dataclass(frozen=True)
class Trees:
    """The splits and leaf counts of a forest of T trees, M internal nodes and L leaves.

    Attributes
    ----------
    n_features : int
        Columns of the matrix the forest reads.
    node_start, leaf_start : (T + 1,) int64
        Where each tree's internal nodes and leaves begin.
    feature : (M,) int32
        Column that is tested.
    threshold : (M,) float32
        A value above it goes right, any other goes left.
    missing_right : (M,) bool
        Whether a missing value goes right.
    left : (M,) int32
        Number of leaves in the left child.
    cover : (L,) int64
        Training samples that ended in each leaf.
    first_leaf, leaves : (M,) int32
        First leaf (counted within the tree) and number of leaves of each node's subtree.
    """

    n_features: int
    node_start: NDArray[np.int64]
    leaf_start: NDArray[np.int64]
    feature: NDArray[np.int32]
    threshold: NDArray[np.float32]
    missing_right: NDArray[np.bool_]
    left: NDArray[np.int32]
    cover: NDArray[np.int64]
    first_leaf: NDArray[np.int32]
    leaves: NDArray[np.int32]

    @property
    def count(self) -> int:
        """Number of trees."""
        return len(self.leaf_start) - 1

    @cached_property
    def most_leaves(self) -> int:
        """Leaves of the largest tree."""
        return int(np.diff(self.leaf_start).max(initial=1))

    @cached_property
    def narrow(self) -> bool:
        """Whether a byte can number the leaves of every tree, and a node of pairs the columns."""
        return self.most_leaves <= SWEEP_LEAVES and self.n_features <= PAIR_COLUMNS

    @cached_property
    def pairs(self) -> Pairs:
        """The trees laid out to be descended by few rows."""
        return lay_pairs(self)

    @cached_property
    def paths(self) -> Paths:
        """The trees laid out to be walked."""
        return lay_paths(self)

    @cached_property
    def sweeps(self) -> tuple[Sweep, ...]:
        """The trees laid out to be swept."""
        return lay_sweeps(self)

    def part(self, first: int, last: int) -> Trees:
        """Return trees ``first`` to ``last`` (exclusive) as views."""
        nodes = slice(self.node_start[first], self.node_start[last])
        leaves = slice(self.leaf_start[first], self.leaf_start[last])
        node_start = self.node_start[first : last + 1] - self.node_start[first]
        leaf_start = self.leaf_start[first : last + 1] - self.leaf_start[first]
        return self._cut(node_start, leaf_start, nodes, leaves)

    def subset(self, chosen: NDArray[np.int64]) -> Trees:
        """Return copies of some trees, in the given order."""
        nodes = _tree_rows(self.node_start, chosen)
        leaves = _tree_rows(self.leaf_start, chosen)
        starts = _starts(self.node_start, chosen), _starts(self.leaf_start, chosen)
        return self._cut(*starts, nodes, leaves)

    def _cut(
        self,
        node_start: NDArray[np.int64],
        leaf_start: NDArray[np.int64],
        nodes: slice | NDArray[np.int64],
        leaves: slice | NDArray[np.int64],
    ) -> Trees:
        return Trees(
            self.n_features,
            node_start,
            leaf_start,
            self.feature[nodes],
            self.threshold[nodes],
            self.missing_right[nodes],
            self.left[nodes],
            self.cover[leaves],
            self.first_leaf[nodes],
            self.leaves[nodes],
        )


def _tree_rows(start: NDArray[np.int64], chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([np.arange(start[tree], start[tree + 1]) for tree in chosen])


def _starts(start: NDArray[np.int64], chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate(([0], np.cumsum(np.diff(start)[chosen])))


def check_trees(
    n_features: int,
    leaf_start: NDArray[np.int64],
    feature: NDArray[np.int32],
    threshold: NDArray[np.float32],
    missing_right: NDArray[np.bool_],
    left: NDArray[np.int32],
    cover: NDArray[np.int64],
) -> Trees:
    """Check every index of a forest and complete it; the only way to make a `Trees`.

    Raises
    ------
    ModelFormatError
        If an index points outside its tree, a threshold is not finite or a cover is below 1.
    """
    sizes = np.diff(leaf_start)
    _require(len(leaf_start) >= 2 and int(leaf_start[0]) == 0, "a forest has at least one tree")
    _require(bool((sizes >= 1).all()), "every tree has at least one leaf")
    _require(int(leaf_start[-1]) == len(cover), "leaf counts and leaves differ in number")
    node_start = leaf_start - np.arange(len(leaf_start))
    nodes = int(node_start[-1])
    same = nodes == len(feature) == len(threshold) == len(missing_right) == len(left)
    _require(same, f"expected {nodes} splits, one fewer than leaves in each tree")
    inside = bool(((feature >= 0) & (feature < n_features)).all())
    _require(inside, f"a split reads a column outside 0..{n_features - 1}")
    _require(bool(np.isfinite(threshold).all()), "a threshold is not a finite number")
    _require(bool((cover >= 1).all()), "a leaf has no training sample")
    first_leaf, leaves = _spans(leaf_start, node_start, left)
    return Trees(
        n_features,
        node_start,
        leaf_start,
        feature,
        threshold,
        missing_right,
        left,
        cover,
        first_leaf,
        leaves,
    )


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise ModelFormatError(f"the forest's arrays do not form trees: {what}")


def _spans(
    leaf_start: NDArray[np.int64], node_start: NDArray[np.int64], left: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Derive each node's first leaf and number of leaves, level by level from the roots."""
    first_leaf = np.zeros(len(left), dtype=np.int32)
    leaves = np.zeros(len(left), dtype=np.int32)
    size = np.diff(leaf_start)
    at, first, size = (
        node_start[:-1][size > 1],
        np.zeros(int((size > 1).sum()), dtype=np.int64),
        size[size > 1],
    )
    for _ in range(MAX_DEPTH):
        if not len(at):
            break
        cut = left[at].astype(np.int64)
        _require(bool(((cut >= 1) & (cut < size)).all()), "a split leaves a child without leaves")
        first_leaf[at], leaves[at] = first, size
        child = np.concatenate((at + 1, at + cut))
        first = np.concatenate((first, first + cut))
        size = np.concatenate((cut, size - cut))
        at, first, size = child[size > 1], first[size > 1], size[size > 1]
    _require(not len(at), f"a tree is deeper than {MAX_DEPTH} levels")
    return first_leaf, leaves


def as_rows(X: NDArray[np.floating], n_features: int | None) -> NDArray[np.float32]:
    """Return X as (n, d) float32.

    Raises
    ------
    ValueError
        If X is not two-dimensional or has another number of columns.
    """
    if isinstance(X, np.ndarray) and X.dtype == np.float32 and X.flags.carray:
        data = np.asarray(X)
    else:
        with np.errstate(over="ignore"):
            data = np.require(np.asarray(X), np.float32, ["C", "ALIGNED"])
    if data.ndim != 2:
        raise ValueError(f"expected rows by columns, found an array of shape {data.shape}")
    if n_features is not None and data.shape[1] != n_features:
        raise ValueError(f"X has {data.shape[1]} features, but the forest reads {n_features}")
    return data
