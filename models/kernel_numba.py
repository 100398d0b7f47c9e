"""The compiled kernels. numba is imported, and each function compiled, on first use.

Nothing here uses fast-math and integer sums are exact, so the results are those of NumPy.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.trees import Trees, Values

Float32 = NDArray[np.float32]

#: Rows swept at once: their leaf numbers and one column fit into the first-level cache.
_TILE = 128


def _sweep(
    X: Float32, node_start: Any, leaf_start: Any, feature: Any, threshold: Any,
    missing_right: Any, left: Any, first_leaf: Any, values: Any, out: Any,
) -> None:  # fmt: skip
    """Node sweep over tiles of rows; see `models.kernel`."""
    n, d = X.shape
    columns = np.empty((d, _TILE), dtype=np.float32)
    current = np.empty(_TILE, dtype=np.int32)
    for at in range(0, n, _TILE):
        m = min(_TILE, n - at)
        for r in range(m):
            for j in range(d):
                columns[j, r] = X[at + r, j]
        for r in range(m, _TILE):
            columns[:, r] = 0.0
        for tree in range(len(leaf_start) - 1):
            current[:] = 0
            for k in range(node_start[tree], node_start[tree + 1]):
                column, bound = columns[feature[k]], threshold[k]
                first, step = first_leaf[k], left[k]
                if missing_right[k]:
                    for r in range(_TILE):
                        goes = (current[r] == first) & (not (column[r] <= bound))
                        current[r] += step if goes else np.int32(0)
                else:
                    for r in range(_TILE):
                        goes = (current[r] == first) & (column[r] > bound)
                        current[r] += step if goes else np.int32(0)
            base = leaf_start[tree]
            for r in range(m):
                out[at + r] += values[base + current[r]]


def _walk(
    X: Float32, node_start: Any, leaf_start: Any, feature: Any, threshold: Any,
    missing_right: Any, left: Any, first_leaf: Any, values: Any, out: Any,  # noqa: ARG001
) -> None:  # fmt: skip
    """Follow each row down each tree; ``first_leaf`` is not needed."""
    for r in range(X.shape[0]):
        for tree in range(len(leaf_start) - 1):
            k, leaf = node_start[tree], leaf_start[tree]
            size = leaf_start[tree + 1] - leaf
            while size > 1:
                value, cut = X[r, feature[k]], left[k]
                right = value > threshold[k]
                if missing_right[k]:
                    right = not (value <= threshold[k])
                if right:
                    leaf, size, k = leaf + cut, size - cut, k + cut
                else:
                    size, k = cut, k + 1
            out[r] += values[leaf]


@cache
def _compiled(function: Callable[..., None]) -> Callable[..., None]:
    import numba

    compiled: Callable[..., None] = numba.njit(nogil=True, cache=False)(function)
    return compiled


def adder(trees: Trees, values: Values, *, sweep: bool) -> Callable[[Float32, Values], None]:
    """Return a function that adds the rows' leaf values to its second argument."""
    run = _compiled(_sweep if sweep else _walk)

    def add(X: Float32, out: Values) -> None:
        run(
            X, trees.node_start, trees.leaf_start, trees.feature, trees.threshold,
            trees.missing_right, trees.left, trees.first_leaf, values, out,
        )  # fmt: skip

    return add
