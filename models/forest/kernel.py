"""Find the leaf of every row in every tree, and add up what the leaves hold.

Two ways give the same leaves. The *node sweep* visits a tree's nodes in pre-order for a whole
block of rows: ``leaf += left`` where ``leaf == first_leaf`` and the row goes right; it follows
no pointers and vectorises, and is best for trees of up to `SWEEP_LEAVES` leaves. The *walk*
follows each row down each tree; it is best for a few rows and for large trees. Rows are worked
in blocks that bound memory. Threads split rows only, and every row is worked alone, so the
number of threads never changes a bit.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from models.forest.trees import Trees, Values

Kernel = Literal["auto", "numpy", "numba"]
Float32 = NDArray[np.float32]

#: Trees with more leaves are walked, not swept.
SWEEP_LEAVES = 512
#: Fewer rows are walked by NumPy.
SWEEP_ROWS = 512
#: Rows swept at once by NumPy; a column of a block stays in the cache.
BLOCK = 65536
#: Rows x trees walked at once by NumPy; their state stays in the cache.
WALK_CELLS = 1 << 16
#: Row-trees from which compiling the numba kernel (about 2 s) pays.
NUMBA_WORK = 1 << 26


def leaf_sums(
    trees: Trees, X: Float32, values: Values, *, kernel: Kernel = "auto", threads: int = 1
) -> Values:
    """Add ``values`` of the leaves a row falls into, in tree order.

    Parameters
    ----------
    trees : Trees
        The forest's splits.
    X : (n, d) float32
        Rows; NaN is missing.
    values : (L,) int64 or float64
        One value for each leaf. Integer sums are exact; float64 sums are in tree order.
    kernel : {"auto", "numpy", "numba"}
        Identical results; "auto" takes numba for much work where it is installed.
    threads : int
        Threads over blocks of rows.

    Returns
    -------
    (n,) of the dtype of ``values``
    """
    out = np.zeros(len(X), dtype=values.dtype)
    work = _worker(trees, values, len(X), kernel)
    run_blocks(len(X), threads, _block(len(X), threads), lambda s: work(X[s], out[s]))
    return out


def run_blocks(n: int, threads: int, block: int, work: Callable[[slice], None]) -> None:
    """Call ``work`` on consecutive slices of ``n`` rows, on one or more threads."""
    slices = [slice(at, min(at + block, n)) for at in range(0, n, block)]
    if threads <= 1 or len(slices) <= 1:
        for part in slices:
            work(part)
        return
    with ThreadPoolExecutor(max_workers=threads) as pool:
        for done in pool.map(work, slices):
            assert done is None  # noqa: S101  # re-raises what a worker raised


def _block(n: int, threads: int) -> int:
    return max(1, min(BLOCK, -(-n // max(1, threads))))


def _worker(
    trees: Trees, values: Values, n: int, kernel: Kernel
) -> Callable[[Float32, Values], None]:
    sweep = trees.most_leaves <= SWEEP_LEAVES
    if use_numba(kernel, n * trees.count):
        from models.forest import kernel_numba

        return kernel_numba.adder(trees, values, sweep=sweep and n > 1)
    if sweep and n > SWEEP_ROWS:
        return lambda X, out: _sweep_add(trees, X, values, out)
    return lambda X, out: _walk_add(trees, X, values, out)


def use_numba(kernel: Kernel, work: int) -> bool:
    """Tell whether ``work`` row-trees should run compiled.

    Raises
    ------
    ValueError
        For an unknown kernel name.
    ImportError
        If "numba" is asked for and not installed.
    """
    if kernel not in ("auto", "numpy", "numba"):
        raise ValueError(f"kernel must be auto, numpy or numba, found {kernel!r}")
    there = find_spec("numba") is not None
    if kernel == "numba" and not there:
        raise ImportError("kernel='numba' needs numba; install it with: pip install numba")
    compiled = "models.forest.kernel_numba" in sys.modules  # an earlier call has paid for it
    return kernel == "numba" or (kernel == "auto" and there and (compiled or work >= NUMBA_WORK))


def swept_leaves(trees: Trees, X: Float32) -> Iterator[tuple[int, NDArray[Any]]]:
    """Yield (tree, leaf of each row within the tree); the leaf array is reused."""
    n, small = len(X), trees.most_leaves <= 256
    dtype: type[np.unsignedinteger] = np.uint8 if small else np.uint16
    columns = np.ascontiguousarray(X.T)
    current, step = np.empty(n, dtype=dtype), np.empty(n, dtype=dtype)
    here, goes = np.empty(n, dtype=bool), np.empty(n, dtype=bool)
    flags = goes.view(np.uint8)
    missing = np.atleast_1d(np.isnan(columns).any(axis=1))
    for tree in range(trees.count):
        current[:] = 0
        for k in range(trees.node_start[tree], trees.node_start[tree + 1]):
            column = columns[trees.feature[k]]
            if trees.missing_right[k] and missing[trees.feature[k]]:
                np.logical_not(np.less_equal(column, trees.threshold[k], out=goes), out=goes)
            else:
                np.greater(column, trees.threshold[k], out=goes)
            np.equal(current, dtype(trees.first_leaf[k]), out=here)
            np.logical_and(goes, here, out=goes)
            np.multiply(flags, dtype(trees.left[k]), out=step, casting="unsafe")
            np.add(current, step, out=current)
        yield tree, current


def _sweep_add(trees: Trees, X: Float32, values: Values, out: Values) -> None:
    for tree, leaf in swept_leaves(trees, X):
        out += values[trees.leaf_start[tree] : trees.leaf_start[tree + 1]][leaf]


def walked_leaves(trees: Trees, X: Float32) -> NDArray[np.int64]:
    """Return (n, T) leaves counted over the whole forest, following all trees at once."""
    n, t = len(X), trees.count
    row = np.repeat(np.arange(n), t)
    leaf = np.tile(trees.leaf_start[:-1], n)
    node = np.tile(trees.node_start[:-1], n)
    size = np.tile(np.diff(trees.leaf_start), n)
    open_ = np.flatnonzero(size > 1)
    while len(open_):
        k = node[open_]
        value, cut = X[row[open_], trees.feature[k]], trees.left[k]
        above = np.greater(value, trees.threshold[k])
        right = np.where(np.isnan(value), trees.missing_right[k], above)
        leaf[open_] += np.where(right, cut, 0)
        size[open_] = np.where(right, size[open_] - cut, cut)
        node[open_] += np.where(right, cut, 1)
        open_ = open_[size[open_] > 1]
    return leaf.reshape(n, t)


def _walk_add(trees: Trees, X: Float32, values: Values, out: Values) -> None:
    rows = max(1, WALK_CELLS // trees.count)
    for at in range(0, len(X), rows):
        leaves = walked_leaves(trees, X[at : at + rows])
        if values.dtype == np.int64:
            out[at : at + rows] = values[leaves].sum(axis=1)
        else:  # cumsum adds one tree after the other; sum would add pairwise
            out[at : at + rows] = np.cumsum(values[leaves], axis=1)[:, -1]
