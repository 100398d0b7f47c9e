"""Exact Shapley values of a forest's depth score, for the rows that are shown to people.

The game is that of path-dependent TreeSHAP (Lundberg et al. 2020,
doi:10.1038/s42256-019-0138-9): a feature outside the coalition sends a row both ways, in
proportion to the training samples. With o = 1 if a row follows all splits of a feature on a
leaf's path (else 0) and z the product of their sample ratios, the multilinear extension of a
leaf's game is the product over its features of t o + (1 - t) z, and Owen's formula (1972)
gives the Shapley value of a feature as the integral over t in [0, 1] of (o - z) times the
product over the *other* features. That is a polynomial, so Gauss-Legendre quadrature with
half as many points as the tree is deep is exact. All trees and rows are worked at once, one
depth after the other: products on the way down, sums on the way up.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models.forest.trees import Trees, Values, as_rows

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: Edges x rows worked at once. Always as many rows and trees: sums are then made in the same
#: order, and a row's values do not depend on which other rows are asked for.
_CELLS, _ROWS = 1 << 18, 16


class Forest(Protocol):
    """What is explained: trees whose leaf values add up to a score (`models.forest.forest`)."""

    @property
    def trees(self) -> Trees:
        """Splits and covers."""
        ...

    @property
    def values(self) -> Values:
        """A value for each leaf."""
        ...

    @property
    def n_features(self) -> int:
        """Columns that are read."""
        ...

    @property
    def scale(self) -> float:
        """What a sum of leaf values is divided by."""
        ...

    @property
    def base(self) -> float:
        """Score of the average training sample."""
        ...


@dataclass(frozen=True)
class _Edges:
    """Edges of a forest by depth: left and right edge of a node are neighbours.

    ``level`` holds where each depth begins; ``node``, ``feature``, ``leaf`` (-1 if the edge
    leads to a node), ``parent`` (edge before, -1 at the root), ``same`` (nearest edge before
    with the same feature, -1 if none) and ``share`` (product of sample ratios of the
    feature's edges so far) have one entry an edge.
    """

    level: list[int]
    node: IntArray
    feature: IntArray
    leaf: IntArray
    parent: IntArray
    same: IntArray
    share: FloatArray


def shapley_values(forest: Forest, X: NDArray[np.floating]) -> FloatArray:
    """Return (n, d) Shapley values; each row sums with `shapley_base` to ``forest.raw``.

    Cost: about (edges of the forest) x (depth / 2) x 10 operations a row; 200 rows of 1,000
    trees of 256 samples take about two seconds on one core.
    """
    rows = as_rows(X, forest.n_features)
    out = np.zeros(rows.shape)
    if forest.scale == 0.0:
        return out
    step = max(1, _CELLS // (2 * forest.trees.most_leaves * _ROWS))
    for first in range(0, forest.trees.count, step):
        part = forest.trees.part(first, min(first + step, forest.trees.count))
        values = forest.values[forest.trees.leaf_start[first] :][: len(part.cover)]
        edges = _edges(part)
        for at in range(0, len(rows), _ROWS):
            block = rows[np.minimum(np.arange(at, at + _ROWS), len(rows) - 1)]
            out[at : at + _ROWS] += _add_trees(part, edges, values, block)[: len(rows) - at]
    return -out / forest.scale


def shapley_base(forest: Forest) -> float:
    """Return the expected raw score over the training samples, without rounding.

    ``forest.base`` is the same to 2**-20 of an edge: there it is rounded so that path
    attributions add up in whole numbers.
    """
    if forest.scale == 0.0:
        return 0.0
    trees = forest.trees
    total = np.add.reduceat(trees.cover * forest.values, trees.leaf_start[:-1])
    cover = np.add.reduceat(trees.cover, trees.leaf_start[:-1])
    return 1.0 - float(np.sum(total / cover)) / forest.scale


def exact_attributions(forest: Forest, X: NDArray[np.floating]) -> FloatArray:
    """Return (n, d) Shapley values that sum with ``forest.base`` to ``forest.raw``.

    Own forests round their base to what path attributions add up to; the difference, below
    2**-20 of an edge, is shared out among the columns.
    """
    values = shapley_values(forest, X)
    rounding = shapley_base(forest) - forest.base
    return values if forest.scale == 0.0 else values + rounding / forest.n_features


def _add_trees(
    trees: Trees, edges: _Edges, values: NDArray[np.generic], X: NDArray[np.float32]
) -> FloatArray:
    """Return (rows, d) Shapley values of the summed leaf values of some trees."""
    out = np.zeros((trees.n_features, len(X)))
    if not len(edges.node):
        return out.T
    followed = _followed(trees, edges, X)
    points, weights = np.polynomial.legendre.leggauss((len(edges.level)) // 2)
    order = np.argsort(edges.feature, kind="stable")
    starts = np.flatnonzero(np.diff(edges.feature[order], prepend=-1))
    names = edges.feature[order][starts]
    leaf_values = values.astype(np.float64)
    for t, weight in zip((points + 1.0) / 2.0, weights / 2.0, strict=True):
        change = _changes(edges, followed, leaf_values, float(t))
        out[names] += weight * np.add.reduceat(change[order], starts, axis=0)
    return out.T


def _changes(
    edges: _Edges, followed: NDArray[np.bool_], values: FloatArray, t: float
) -> FloatArray:
    """Return (edges, rows): what each edge adds to its feature's integrand at ``t``."""
    low = ((1.0 - t) * edges.share)[:, None]
    factor = np.where(followed, t + low, low)
    gain = np.where(followed, (1.0 - edges.share)[:, None] / factor, -1.0 / (1.0 - t))
    again = np.flatnonzero(edges.same >= 0)
    fresh_gain = gain.copy()
    fresh_gain[again] -= gain[edges.same[again]]
    product = factor.copy()
    product[again] /= factor[edges.same[again]]
    for first, last in pairwise(edges.level[1:]):
        product[first:last] *= product[edges.parent[first:last]]
    below = np.where((edges.leaf >= 0)[:, None], product * values[edges.leaf][:, None], 0.0)
    for first, last in reversed(list(pairwise(edges.level[1:]))):
        pairs = below[first:last:2] + below[first + 1 : last : 2]
        below[edges.parent[first:last:2]] = pairs
    result: FloatArray = fresh_gain * below
    return result


def _followed(trees: Trees, edges: _Edges, X: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return (edges, rows): whether a row follows all edges of the feature up to this one."""
    value = X.T[edges.feature]
    right = value > trees.threshold[edges.node][:, None]
    right = np.where(np.isnan(value), trees.missing_right[edges.node][:, None], right)
    right[0::2] = ~right[0::2]  # left edges come first
    for first, last in pairwise(edges.level):
        again = first + np.flatnonzero(edges.same[first:last] >= 0)
        right[again] &= right[edges.same[again]]
    return right


def _edges(trees: Trees) -> _Edges:
    """Lay out the edges of the trees by depth."""
    tree = np.repeat(np.arange(trees.count), np.diff(trees.node_start))
    first_leaf = trees.leaf_start[tree] + trees.first_leaf
    cover = np.concatenate(([0], np.cumsum(trees.cover)))
    node = trees.node_start[:-1][np.diff(trees.leaf_start) > 1]
    into = np.full(len(node), -1, dtype=np.int64)
    parts: list[tuple[IntArray, ...]] = []
    level = [0]
    while len(node):
        cut = trees.left[node].astype(np.int64)
        start, size = first_leaf[node], trees.leaves[node].astype(np.int64)
        child_first = np.stack((start, start + cut), axis=1).ravel()
        child_size = np.stack((cut, size - cut), axis=1).ravel()
        child = np.stack((node + 1, node + cut), axis=1).ravel()
        leaf = np.where(child_size == 1, child_first, -1)
        share = cover[child_first + child_size] - cover[child_first]
        whole = np.repeat(cover[start + size] - cover[start], 2)
        parts.append((np.repeat(node, 2), leaf, np.repeat(into, 2), share, whole))
        ids = level[-1] + np.arange(2 * len(node))
        level.append(level[-1] + 2 * len(node))
        node, into = child[leaf < 0], ids[leaf < 0]
    if not parts:
        nothing = np.empty(0, dtype=np.int64)
        return _Edges([0], nothing, nothing, nothing, nothing, nothing, np.empty(0))
    at, leaf, parent, share, whole = (np.concatenate(p) for p in zip(*parts, strict=True))
    feature = trees.feature[at].astype(np.int64)
    same = _nearest_same(feature, parent)
    ratio = share / whole
    for first, last in pairwise(level):
        again = first + np.flatnonzero(same[first:last] >= 0)
        ratio[again] *= ratio[same[again]]
    return _Edges(level, at, feature, leaf, parent, same, ratio)


def _nearest_same(feature: IntArray, parent: IntArray) -> IntArray:
    """Return for each edge the nearest one before it with the same feature, or -1."""
    same = np.full(len(feature), -1, dtype=np.int64)
    above = parent.copy()
    while (open_ := (above >= 0) & (same < 0)).any():
        hit = open_ & (feature[above] == feature)
        same[hit] = above[hit]
        above = np.where(open_, parent[above], -1)
    return same
