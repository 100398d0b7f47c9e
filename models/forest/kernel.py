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

from models.forest.layout import SWEEP_LEAVES, Pairs, Paths, Sweep
from models.forest.machine import Run, address, functions
from models.forest.sizes import SIDE, TILE
from models.forest.trees import Trees, Values

Float32 = NDArray[np.float32]
Leaves = NDArray[np.int32]
Finder = Callable[[Float32, Leaves], Iterator[tuple[int, int]]]

#: Fewer rows descend all trees at once.
_SWEEP_ROWS: Final = 128
#: Rows that a thread takes, and rows x trees whose leaves are held at once: they stay in the cache.
SHARE: Final = 1 << 13
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
    add, find = functions()[name], _finder(trees, n)
    table = np.ascontiguousarray(table)
    rows_of, width = address(table, kind), table.shape[1]
    begin, into = address(trees.leaf_start, np.int64), address(out, summed)
    block = _rows_at_once(t)

    def work(rows: slice) -> None:
        held = np.empty(min(_CELLS, n * t), dtype=np.int32)
        here = address(held, np.int32)
        for at in range(rows.start, rows.stop, block):
            some = X[at : min(at + block, rows.stop)]
            for first, count in find(some, held):
                add(
                    len(some), width, count, here, begin + 8 * first, rows_of,
                    into + 8 * width * at,
                )  # fmt: skip

    blocks = -(-n // (block * max(1, threads)))
    run_blocks(n, threads, min(SHARE, block * blocks) or 1, work)


def _rows_at_once(trees: int) -> int:
    """Whole tiles, so many that the leaves of all trees that are swept at once are held."""
    return min(SHARE, max(1, _CELLS // (TILE * max(1, trees))) * TILE)


def tree_leaves(trees: Trees, X: Float32) -> Iterator[tuple[int, Leaves]]:
    """Yield (tree, leaf of each row within the tree), in tree order; the leaves are reused."""
    n = len(X)
    held = np.empty(max(n, min(_HELD, n * trees.count)), dtype=np.int32)
    for first, count in _finder(trees, n)(X, held):
        yield from enumerate(held[: count * n].reshape(count, n), first)


def _finder(trees: Trees, n: int) -> Finder:
    """Return what writes leaves into ``held`` and yields of which trees: the first, how many."""
    if not trees.narrow:
        return partial(_walked, functions()["walk"], trees.paths)
    if n < _SWEEP_ROWS:
        return partial(_descended, functions()["descend"], trees.pairs)
    return partial(_swept, functions()["sweep"], trees.sweeps)


def _descended(run: Run, p: Pairs, X: Float32, held: Leaves) -> Iterator[tuple[int, int]]:
    (n, width), trees = X.shape, len(p.root)
    most = min(max(1, len(held) // max(1, n)), trees)
    places = np.empty(most + max(2 * width, SWEEP_LEAVES), dtype=np.uint32)
    rows, leaves, here = address(X, np.float32), address(held, np.int32), address(places, np.uint32)
    node, root = address(p.node, np.uint32), address(p.root, np.uint32)
    for first in range(0, trees, most):
        count = min(most, trees - first)
        run(
            n, width, len(p.node), count, p.levels, rows, node, node, root + 4 * first, leaves,
            here, here + 4 * most,
        )  # fmt: skip
        yield first, count


def _walked(run: Run, p: Paths, X: Float32, held: Leaves) -> Iterator[tuple[int, int]]:
    most = max(1, len(held) // max(1, len(X)))
    rows, node, leaves = address(X, np.float32), address(p.node, np.int32), address(held, np.int32)
    places = np.empty(2 * SIDE, dtype=np.uint32)
    whose, roots = address(places, np.uint32), address(p.root, np.int32)
    for first in range(0, len(p.root), most):
        count = min(most, len(p.root) - first)
        run(
            len(X), X.shape[1], len(p.node), count, rows, node, node, roots + 4 * first, leaves,
            whose, whose + 4 * SIDE,
        )  # fmt: skip
        yield first, count


def _swept(
    run: Run, sweeps: tuple[Sweep, ...], X: Float32, held: Leaves
) -> Iterator[tuple[int, int]]:
    most = len(held) // len(X)
    rows, leaves = address(X, np.float32), address(held, np.int32)
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
            count = len(start) - 1
            run(
                len(X), X.shape[1], len(s.column), count, rows, *cuts, address(start, np.int64),
                *nodes, leaves, *work,
            )  # fmt: skip
            yield s.first + at, count


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
