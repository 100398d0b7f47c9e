"""Path attribution: which features made a row's paths short.

Walking down a tree, the expected leaf value changes at every split; each change is put to the
feature that was tested there (Saabas 2014; see Lundberg et al. 2020,
doi:10.1038/s42256-019-0138-9, for its relation to Shapley values). The changes of a path
telescope, so contributions and base add up exactly. Every leaf has one fixed row of
contributions: they are laid out in a table, and a row's attribution is a sum of table rows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.forest.kernel import add_leaves
from models.forest.trees import Trees, Values

Float32 = NDArray[np.float32]

#: Entries (leaves x columns) of a contribution table held at once.
_TABLE_VALUES = 1 << 24


def node_values(trees: Trees, values: Values) -> Values:
    """Return (M,) expected leaf values below each node, weighted by training samples.

    Integers are rounded to integers, so that integer forests keep exact sums.
    """
    tree = np.repeat(np.arange(trees.count), np.diff(trees.node_start))
    first = trees.leaf_start[tree] + trees.first_leaf
    bounds = np.stack((first, first + trees.leaves), axis=1).ravel()
    cover = _span_sums(trees.cover, bounds)
    total = _span_sums(trees.cover * values, bounds)
    if values.dtype == np.int64:
        result: Values = (2 * total + cover) // (2 * cover)
        return result
    return total / cover


def _span_sums(array: Values, bounds: NDArray[np.int64]) -> Values:
    padded = np.append(array, array.dtype.type(0))
    if not len(bounds):
        return padded[:0]
    return np.add.reduceat(padded, bounds)[::2]


def root_values(trees: Trees, values: Values) -> Values:
    """Return (T,) expected leaf value of each tree."""
    out = values[trees.leaf_start[:-1]]  # a tree of one leaf has no node
    grown = np.diff(trees.leaf_start) > 1
    out[grown] = node_values(trees, values)[trees.node_start[:-1][grown]]
    return out


def expected_sum(trees: Trees, values: Values) -> int | float:
    """Return the sum of the trees' expected leaf values, in tree order."""
    result: int | float = np.cumsum(root_values(trees, values))[-1].item()
    return result


def contribution_table(trees: Trees, values: Values) -> Values:
    """Return (L, d) contributions of every leaf.

    A split adds its left change to the leaves left of it and its right change to the others:
    a difference array along the leaves, summed up.
    """
    own = np.append(node_values(trees, values), values.dtype.type(0))
    k = np.arange(len(trees.left))
    tree = np.repeat(np.arange(trees.count), np.diff(trees.node_start))
    leaf = trees.leaf_start[tree] + trees.first_leaf
    cut, size = trees.left.astype(np.int64), trees.leaves.astype(np.int64)
    left = np.where(cut > 1, own[k + 1], values[leaf]) - own[k]
    far = np.where(size - cut > 1, own[np.minimum(k + cut, len(k))], values[leaf + cut])
    right = far - own[k]
    table = np.zeros((len(values) + 1, trees.n_features), dtype=values.dtype)
    np.add.at(table, (leaf, trees.feature), left)
    np.add.at(table, (leaf + cut, trees.feature), right - left)
    np.add.at(table, (leaf + size, trees.feature), -right)
    return _narrow(np.cumsum(table, axis=0)[:-1])


def _narrow(table: Values) -> Values:
    """Store whole numbers in 32 bits where they fit; they are added in 64."""
    if table.dtype != np.int64 or np.abs(table).max(initial=0) >= 1 << 31:
        return table
    return table.astype(np.int32)


def path_attributions(trees: Trees, values: Values, X: Float32, *, threads: int = 1) -> Values:
    """Return (n, d) summed changes of leaf value by feature.

    Each row adds up, with `expected_sum`, to the row's summed leaf values: exactly for
    integer values, to rounding for float64.
    """
    out = np.zeros((len(X), trees.n_features), dtype=values.dtype)
    most = max(1, _TABLE_VALUES // (trees.most_leaves * trees.n_features))
    for first in range(0, trees.count, most):
        part = trees if most >= trees.count else trees.part(first, min(first + most, trees.count))
        held = values[trees.leaf_start[first] :][: len(part.cover)]
        add_leaves(part, X, contribution_table(part, held), out, threads=threads)
    return out
