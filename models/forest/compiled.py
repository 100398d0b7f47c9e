"""The compiled functions: which leaf of every tree a row falls into, and sums of what leaves hold.

Each has one signature and is kept on disk for the next process, beside this file or else in
the user's cache folder (``NUMBA_CACHE_DIR`` names another); where neither can be written it is
compiled anew. Nothing here uses fast-math and whole numbers are added exactly, so the results
are those of one row after the other, on every machine.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numba as nb
import numpy as np

#: Rows swept at once: the ranks of forty columns fit into the first-level cache.
_TILE = 512
#: Paths followed side by side: the processor works on some while it waits for others.
_SIDE = 2048

_build: Callable[..., Any] = partial(nb.njit, nogil=True)

Run = Callable[..., None]


def _compiled(*arguments: Any) -> Callable[[Run], Callable[[], Run]]:
    """Make of a function one that compiles it for these arguments, or takes what is kept."""
    signature = nb.void(*arguments)

    def get(function: Run) -> Callable[[], Run]:
        def built() -> Run:
            try:
                run: Run = _build(signature, cache=True)(function)
            # No folder can be written, the disk is full, or what is kept is damaged in any way;
            # what is wrong with the function itself is raised again here.
            except Exception:  # noqa: BLE001
                run = _build(signature)(function)
            return run

        return built

    return get


def _read(kind: Any, dimensions: int) -> Any:
    return nb.types.Array(kind, dimensions, "C", readonly=True)


@_build
def _rank(X, first, rows, column, wide, cuts, value, place, ranks):  # type: ignore[no-untyped-def]
    """Write how many of the ``cuts`` each row is above; tell whether a value was missing.

    First the sixteenths are counted, then one is searched. Steps are added, never chosen, so
    that no branch waits for a value.
    """
    lost = False
    for r in range(rows):
        value[r] = X[nb.uint64(first + r), nb.uint64(column)]
        lost |= value[r] != value[r]
    for r in range(_TILE):
        place[r] = 0
    if wide:
        for r in range(_TILE):
            at = nb.uint32(0)
            for k in range(15, 255, 16):
                at += nb.uint32(cuts[nb.uint64(k)] < value[r])
            place[r] = at << 4
    for r in range(_TILE):
        at, v = place[r], value[r]
        at += nb.uint32(8) if cuts[nb.uint64(at + nb.uint32(7))] < v else nb.uint32(0)
        at += nb.uint32(4) if cuts[nb.uint64(at + nb.uint32(3))] < v else nb.uint32(0)
        at += nb.uint32(2) if cuts[nb.uint64(at + nb.uint32(1))] < v else nb.uint32(0)
        at += nb.uint32(1) if cuts[nb.uint64(at)] < v else nb.uint32(0)
        ranks[r] = nb.uint8(at)
    return lost


_ROWS, _WHOLE, _NODES = _read(nb.float32, 2), _read(nb.int64, 1), _read(nb.int32, 1)
_BYTES, _LEAVES = _read(nb.uint8, 1), nb.int32[:, ::1]


@_compiled(
    _ROWS, _NODES, _read(nb.boolean, 1), _read(nb.float32, 2),
    _WHOLE, _NODES, _BYTES, _BYTES, _BYTES, _LEAVES,
)  # fmt: skip
def sweep(X, column, wide, cuts, start, rank, bound, first, step, leaf):  # type: ignore[no-untyped-def]
    """Write (trees, n) leaves, visiting each node once for a tile of rows: see `Sweep`."""
    n, count = len(X), len(column)
    value, place = np.zeros(_TILE, dtype=np.float32), np.zeros(_TILE, dtype=np.uint32)
    ranks = np.zeros((2 * count, _TILE), dtype=np.uint8)
    source, current = np.zeros(2 * count, dtype=np.int64), np.zeros(_TILE, dtype=np.uint8)
    for at in range(0, n, _TILE):
        rows = min(_TILE, n - at)
        for i in range(count):
            lost = _rank(X, at, rows, column[i], wide[i], cuts[i], value, place, ranks[i])
            source[i], source[count + i] = i, count + i if lost else i
            if lost:  # a missing value is above no cut, and above all where it goes right
                for r in range(_TILE):
                    ranks[count + i, r] = nb.uint8(255) if value[r] != value[r] else ranks[i, r]
        for tree in range(len(start) - 1):
            for r in range(_TILE):
                current[r] = 0
            for k in range(start[tree], start[tree + 1]):
                held, cut, here, right = ranks[source[rank[k]]], bound[k], first[k], step[k]
                for r in range(_TILE):
                    goes = (current[r] == here) & (held[r] > cut)
                    current[r] = nb.uint8(current[r] + (right if goes else nb.uint8(0)))
            for r in range(rows):
                leaf[tree, at + r] = current[r]


@_compiled(_ROWS, _read(nb.int32, 2), _ROWS, _NODES, _LEAVES)
def walk(X, node, threshold, root, leaf):  # type: ignore[no-untyped-def]
    """Write (trees, n) leaves, following rows down trees side by side: see `Paths`."""
    n, tree, row = len(X), 0, 0
    cells = leaf.reshape(-1)
    whose, going = np.zeros(_SIDE, dtype=np.uint32), np.zeros(_SIDE, dtype=np.uint32)
    for at in range(0, len(cells), _SIDE):
        here, left = cells[at : at + _SIDE], 0
        for i in range(len(here)):
            here[i], whose[i], going[nb.uint64(left)] = root[tree], row, i
            left += root[tree] >= 0
            row += 1
            if row == n:
                row, tree = 0, tree + 1
        while left:
            still = 0
            for j in range(left):  # no branch waits for a value
                i = nb.uint64(going[j])
                k = nb.uint64(here[i])
                test = node[k, 0]
                value = X[nb.uint64(whose[i]), nb.uint64(test >> 1)]
                lost = nb.uint64(value != value) & nb.uint64(test & 1)
                child = node[k, nb.uint64(2) + (nb.uint64(value > threshold[k, 1]) | lost)]
                here[i], going[nb.uint64(still)] = child, i
                still += child >= 0
            left = still
        for i in range(len(here)):
            here[i] = ~here[i]


@_build
def _add(leaf, start, table, out):  # type: ignore[no-untyped-def]
    """Add the table's row of each leaf, one tree after the other."""
    n, width = out.shape
    for tree in range(len(leaf)):
        held = table[start[tree] :]
        if width == 1:
            for r in range(n):
                out[r, 0] += held[nb.uint64(leaf[tree, r]), 0]
        else:
            for r in range(n):
                chosen = held[nb.uint64(leaf[tree, r])]
                for j in range(width):
                    out[r, j] += chosen[j]


@_compiled(_read(nb.int32, 2), _WHOLE, _read(nb.int64, 2), nb.int64[:, ::1])
def add_whole(leaf, start, table, out):  # type: ignore[no-untyped-def]
    """Add whole numbers."""
    _add(leaf, start, table, out)


@_compiled(_read(nb.int32, 2), _WHOLE, _read(nb.int32, 2), nb.int64[:, ::1])
def add_narrow(leaf, start, table, out):  # type: ignore[no-untyped-def]
    """Add whole numbers that are held in 32 bits."""
    _add(leaf, start, table, out)


@_compiled(_read(nb.int32, 2), _WHOLE, _read(nb.float64, 2), nb.float64[:, ::1])
def add_float(leaf, start, table, out):  # type: ignore[no-untyped-def]
    """Add numbers in the order of the trees."""
    _add(leaf, start, table, out)
