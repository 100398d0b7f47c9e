"""The compiled kernels. numba is imported, and each function compiled, on first use.

Nothing here uses fast-math and integer sums are exact, so the results are those of NumPy.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.forest.trees import Trees, Values

Float32 = NDArray[np.float32]

#: Rows swept at once: their leaf numbers and a column fit into the first-level cache.
_TILE = 512
#: Trees walked side by side: the processor works on one while it waits for another.
_LANES = 8


def _sweep(
    X: Float32, node_start: Any, leaf_start: Any, feature: Any, threshold: Any,
    missing_right: Any, left: Any, first_leaf: Any, table: Any, out: Any,
) -> None:  # fmt: skip
    """Node sweep over tiles of rows, adding rows of ``table``; see `models.forest.kernel`."""
    n, d = X.shape
    columns = np.zeros((d, _TILE), dtype=np.float32)
    current = np.empty(_TILE, dtype=np.int32)
    for at in range(0, n, _TILE):
        m = min(_TILE, n - at)
        for r in range(m):
            for j in range(d):
                columns[j, r] = X[at + r, j]
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
            if table.shape[1] == 1:
                for r in range(m):
                    out[at + r, 0] += table[base + current[r], 0]
            else:
                for r in range(m):
                    held = table[base + current[r]]
                    for j in range(table.shape[1]):
                        out[at + r, j] += held[j]


def _walk(
    X: Float32, node_start: Any, leaf_start: Any, feature: Any, threshold: Any,
    missing_right: Any, left: Any, first_leaf: Any, table: Any, out: Any,  # noqa: ARG001
) -> None:  # fmt: skip
    """Follow each row down some trees at a time; ``first_leaf`` is not needed."""
    node = np.empty(_LANES, dtype=np.int64)
    leaf = np.empty(_LANES, dtype=np.int64)
    size = np.empty(_LANES, dtype=np.int64)
    for r in range(X.shape[0]):
        for tree in range(0, len(leaf_start) - 1, _LANES):
            m = min(_LANES, len(leaf_start) - 1 - tree)
            for i in range(m):
                node[i], leaf[i] = node_start[tree + i], leaf_start[tree + i]
                size[i] = leaf_start[tree + i + 1] - leaf[i]
            busy = True
            while busy:
                busy = False
                for i in range(m):
                    if size[i] > 1:
                        k, busy = node[i], True
                        value, cut = X[r, feature[k]], np.int64(left[k])
                        lost = (value != value) & missing_right[k]
                        right = np.int64((value > threshold[k]) | lost)
                        leaf[i] += right * cut
                        size[i] = right * (size[i] - cut) + (1 - right) * cut
                        node[i] = k + 1 + right * (cut - 1)
            for i in range(m):
                for j in range(table.shape[1]):
                    out[r, j] += table[leaf[i], j]


@cache
def _compiled(function: Callable[..., None]) -> Callable[..., None]:
    import numba

    compiled: Callable[..., None] = numba.njit(nogil=True, cache=False)(function)
    return compiled


def adder(trees: Trees, values: Values, *, sweep: bool) -> Callable[[Float32, Values], None]:
    """Return a function that adds the rows' leaf values to its second argument.

    ``values`` is (L,) with sums (n,), or a table (L, w) with sums (n, w).
    """
    run = _compiled(_sweep if sweep else _walk)
    table = values.reshape(len(values), -1)

    def add(X: Float32, out: Values) -> None:
        run(
            X, trees.node_start, trees.leaf_start, trees.feature, trees.threshold,
            trees.missing_right, trees.left, trees.first_leaf, table,
            out.reshape(len(out), table.shape[1]),
        )  # fmt: skip

    return add
