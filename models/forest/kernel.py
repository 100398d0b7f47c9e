"""Find the leaf of every row in every tree, and add up what the leaves hold.

Rows are worked in blocks that bound memory. Threads split rows only, and every row is worked
alone, so the number of threads never changes a bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.forest.layout import SWEEP_LEAVES, Paths, Sweep
from models.forest.trees import Trees, Values

Float32 = NDArray[np.float32]
Leaves = NDArray[np.int32]
Run = Callable[..., None]
Finder = Callable[[Float32, int], Iterator[tuple[int, Leaves]]]

#: Fewer rows are walked.
_SWEEP_ROWS: Final = 48
#: Rows worked at once, and rows x trees whose leaves are held: they stay in the cache.
_BLOCK: Final = 1 << 10
_CELLS: Final = 1 << 18
#: Rows x trees whose leaves are held where a caller wants them tree by tree.
_HELD: Final = 1 << 24


def leaf_sums(trees: Trees, X: Float32, values: Values, *, threads: int = 1) -> Values:
    """Return (n,) the summed ``values``, int64 or float64, of the leaves each row falls into."""
    out = np.zeros((len(X), 1), dtype=values.dtype)
    add_leaves(trees, X, values[:, None], out, threads=threads)
    return out[:, 0]


def add_leaves(trees: Trees, X: Float32, table: Values, out: Values, *, threads: int = 1) -> None:
    """Add to ``out`` the table's row of every leaf that a row of ``X`` falls into.

    Parameters
    ----------
    trees : Trees
        The forest's splits.
    X : (n, d) float32
        Rows; NaN is missing.
    table : (L, w) int32, int64 or float64
        A row for each leaf. Sums of whole numbers are exact; float64 sums are in tree order.
    out : (n, w) float64 for a float64 table, else int64
        What is added to.
    threads : int
        Threads over blocks of rows.
    """
    add, find, start = _adder(table), _finder(trees, len(X)), trees.leaf_start

    def work(rows: slice) -> None:
        for first, leaves in find(X[rows], _CELLS):
            add(leaves, start[first:], table, out[rows])

    run_blocks(len(X), threads, _BLOCK, work)


def tree_leaves(trees: Trees, X: Float32) -> Iterator[tuple[int, Leaves]]:
    """Yield (tree, leaf of each row within the tree), in the order of the trees."""
    for first, leaves in _finder(trees, len(X))(X, _HELD):
        yield from enumerate(leaves, first)


def _adder(table: Values) -> Run:
    from models.forest import compiled

    return {
        "int64": compiled.add_whole, "int32": compiled.add_narrow, "float64": compiled.add_float,
    }[table.dtype.name]()  # fmt: skip


def _finder(trees: Trees, n: int) -> Finder:
    """Return what yields (first tree, leaves in it and some more), so many leaves at a time."""
    from models.forest import compiled

    if n < _SWEEP_ROWS or trees.most_leaves > SWEEP_LEAVES:
        return partial(_walked, compiled.walk(), trees.paths)
    return partial(_swept, compiled.sweep(), trees.sweeps)


def _walked(walk: Run, p: Paths, X: Float32, cells: int) -> Iterator[tuple[int, Leaves]]:
    most = max(1, cells // max(1, len(X)))
    for first in range(0, len(p.root), most):
        root = p.root[first : first + most]
        leaves = np.empty((len(root), len(X)), dtype=np.int32)
        walk(X, p.node, p.threshold, root, leaves)
        yield first, leaves


def _swept(
    sweep: Run, sweeps: tuple[Sweep, ...], X: Float32, cells: int
) -> Iterator[tuple[int, Leaves]]:
    most = max(1, cells // len(X))
    for s in sweeps:
        for at in range(0, s.last - s.first, most):
            start = s.start[at : at + most + 1]
            leaves = np.empty((len(start) - 1, len(X)), dtype=np.int32)
            sweep(X, s.column, s.wide, s.cuts, start, s.rank, s.bound, s.first_leaf, s.left, leaves)
            yield s.first + at, leaves


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
