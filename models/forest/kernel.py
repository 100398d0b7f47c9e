"""Find the leaf of every row in every tree, and add up what the leaves hold.

Rows are worked in blocks that bound memory. Threads split rows only, and every row is worked
alone, so the number of threads never changes a bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.forest.layout import SWEEP_LEAVES, Paths, Sweep
from models.forest.trees import Trees, Values

Float32 = NDArray[np.float32]
Leaves = NDArray[np.int32]
Run = Callable[..., None]
Finder = Callable[[Float32, Leaves], Iterator[tuple[int, Leaves]]]

#: Fewer rows are walked.
_SWEEP_ROWS: Final = 128
#: Rows that a thread takes, rows worked at once, and rows x trees whose leaves are held then:
#: they stay in the cache.
SHARE: Final = 1 << 13
_BLOCK: Final = 1 << 9
_CELLS: Final = 1 << 17
#: Rows x trees whose leaves are held where a caller wants them tree by tree.
_HELD: Final = 1 << 24
_ADDERS: Final = {
    np.dtype(np.int64): "add_whole",
    np.dtype(np.int32): "add_narrow",
    np.dtype(np.float64): "add_float",
}


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
    n, t = len(X), trees.count
    add, find, start = _compiled(_ADDERS[table.dtype]), _finder(trees, n), trees.leaf_start

    def work(rows: slice) -> None:
        held = np.empty(min(_CELLS, n * t), dtype=np.int32)
        for at in range(rows.start, rows.stop, _BLOCK):
            block = slice(at, min(at + _BLOCK, rows.stop))
            for first, leaves in find(X[block], held):
                add(leaves, start[first:], table, out[block])

    blocks = -(-n // (_BLOCK * max(1, threads)))
    run_blocks(n, threads, min(SHARE, _BLOCK * blocks) or 1, work)


def tree_leaves(trees: Trees, X: Float32) -> Iterator[tuple[int, Leaves]]:
    """Yield (tree, leaf of each row within the tree), in tree order; the leaves are reused."""
    held = np.empty(max(len(X), min(_HELD, len(X) * trees.count)), dtype=np.int32)
    for first, leaves in _finder(trees, len(X))(X, held):
        yield from enumerate(leaves, first)


@cache
def _compiled(name: str) -> Run:
    """Return a function of `models.forest.compiled`; numba is loaded with the first."""
    from models.forest import compiled

    run: Run = getattr(compiled, name)()
    return run


def _finder(trees: Trees, n: int) -> Finder:
    """Return what yields (first tree, leaves in it and some more), as many as are ``held``."""
    if n < _SWEEP_ROWS or trees.most_leaves > SWEEP_LEAVES:
        return partial(_walked, _compiled("walk"), trees.paths)
    return partial(_swept, _compiled("sweep"), trees.sweeps)


def _walked(run: Run, p: Paths, X: Float32, held: Leaves) -> Iterator[tuple[int, Leaves]]:
    most = max(1, len(held) // max(1, len(X)))
    for first in range(0, len(p.root), most):
        root = p.root[first : first + most]
        leaves = held[: len(root) * len(X)].reshape(len(root), len(X))
        run(X, p.node, p.threshold, root, leaves)
        yield first, leaves


def _swept(
    run: Run, sweeps: tuple[Sweep, ...], X: Float32, held: Leaves
) -> Iterator[tuple[int, Leaves]]:
    most = len(held) // len(X)
    for s in sweeps:
        for at in range(0, s.last - s.first, most):
            start = s.start[at : at + most + 1]
            leaves = held[: (len(start) - 1) * len(X)].reshape(-1, len(X))
            run(X, s.column, s.wide, s.cuts, start, s.rank, s.bound, s.first_leaf, s.left, leaves)
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
