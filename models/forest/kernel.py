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
from models.forest.machine import Run, address, functions
from models.forest.sizes import SIDE, TILE
from models.forest.trees import Trees, Values

Float32 = NDArray[np.float32]
Leaves = NDArray[np.int32]
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
#: What adds a table of each kind, and the kind of its sums.
_ADDERS: Final[dict[type[np.generic], tuple[str, type[np.generic]]]] = {
    np.int64: ("add_whole", np.int64),
    np.int32: ("add_narrow", np.int64),
    np.float64: ("add_float", np.float64),
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
    kind = table.dtype.type
    name, summed = _ADDERS[kind]
    add, find, start = functions()[name], _finder(trees, n), trees.leaf_start
    table = np.ascontiguousarray(table)
    rows_of, width = address(table, kind), table.shape[1]

    def work(rows: slice) -> None:
        held = np.empty(min(_CELLS, n * t), dtype=np.int32)
        for at in range(rows.start, rows.stop, _BLOCK):
            block = slice(at, min(at + _BLOCK, rows.stop))
            into, count = address(out[block], summed), block.stop - block.start
            for first, leaves in find(X[block], held):
                here, begin = address(leaves, np.int32), address(start[first:], np.int64)
                add(count, width, len(leaves), here, begin, rows_of, into)

    blocks = -(-n // (_BLOCK * max(1, threads)))
    run_blocks(n, threads, min(SHARE, _BLOCK * blocks) or 1, work)


def tree_leaves(trees: Trees, X: Float32) -> Iterator[tuple[int, Leaves]]:
    """Yield (tree, leaf of each row within the tree), in tree order; the leaves are reused."""
    held = np.empty(max(len(X), min(_HELD, len(X) * trees.count)), dtype=np.int32)
    for first, leaves in _finder(trees, len(X))(X, held):
        yield from enumerate(leaves, first)


def _finder(trees: Trees, n: int) -> Finder:
    """Return what yields (first tree, leaves in it and some more), as many as are ``held``."""
    if n < _SWEEP_ROWS or trees.most_leaves > SWEEP_LEAVES:
        return partial(_walked, functions()["walk"], trees.paths)
    return partial(_swept, functions()["sweep"], trees.sweeps)


def _walked(run: Run, p: Paths, X: Float32, held: Leaves) -> Iterator[tuple[int, Leaves]]:
    most = max(1, len(held) // max(1, len(X)))
    rows, nodes = address(X, np.float32), address(p.node, np.int32)
    places = np.empty(2 * SIDE, dtype=np.uint32)
    whose = address(places, np.uint32)
    for first in range(0, len(p.root), most):
        root = p.root[first : first + most]
        leaves = held[: len(root) * len(X)].reshape(len(root), len(X))
        run(
            len(X), X.shape[1], len(p.node), len(root), rows, nodes, nodes,
            address(root, np.int32), address(leaves, np.int32), whose, whose + 4 * SIDE,
        )  # fmt: skip
        yield first, leaves


def _swept(
    run: Run, sweeps: tuple[Sweep, ...], X: Float32, held: Leaves
) -> Iterator[tuple[int, Leaves]]:
    most = len(held) // len(X)
    rows = address(X, np.float32)
    value, place = np.empty(TILE, dtype=np.float32), np.empty(TILE, dtype=np.uint32)
    current = np.empty(TILE, dtype=np.uint8)
    tile = address(value, np.float32), address(place, np.uint32), address(current, np.uint8)
    for s in sweeps:
        cuts, nodes = s.addresses()
        ranks = np.empty((2 * len(s.column), TILE), dtype=np.uint8)
        source = np.empty(2 * len(s.column), dtype=np.int64)
        work = tile[0], tile[1], address(ranks, np.uint8), address(source, np.int64), tile[2]
        for at in range(0, s.last - s.first, most):
            start = s.start[at : at + most + 1]
            leaves = held[: (len(start) - 1) * len(X)].reshape(-1, len(X))
            run(
                len(X), X.shape[1], len(s.column), len(start) - 1, rows, *cuts,
                address(start, np.int64), *nodes, address(leaves, np.int32), *work,
            )  # fmt: skip
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
