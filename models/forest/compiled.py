"""What `models.forest.machine` runs, as numba reads it: leaves, their sums, and trees that grow.

`tools/forest_kernel.py` makes of this the file that machines compile, `kernel.ll`; a process that
scores loads no numba. Functions take addresses, which numba makes arrays of, and places to write
into: none makes an array or raises. Nothing here uses fast-math and whole numbers are added
exactly, so the results are those of one row after the other, on every machine.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import numba as nb
import numpy as np
from numba import carray as carray  # type: ignore[attr-defined]  # it is public

from models.forest.sizes import SIDE, STEP_BITS, TILE

inner: Callable[..., Any] = partial(nb.njit, error_model="numpy", nogil=True)
#: Numba's types of the arguments of each function, by its name.
SIGNATURES: Final[dict[str, Any]] = {}
#: The functions, by name.
FUNCTIONS: Final[dict[str, Callable[..., None]]] = {}


def kernel(*arguments: Any) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """List a function with its arguments; a type in brackets is the address of such values."""

    def listed(function: Callable[..., None]) -> Callable[..., None]:
        of: Any = nb.types.CPointer
        types = [of(a[0]) if isinstance(a, list) else a for a in arguments]
        SIGNATURES[function.__name__] = nb.void(*types)
        FUNCTIONS[function.__name__] = function
        return function

    return listed


@inner
def _rank(X, first, rows, column, wide, cuts, value, place, ranks):  # type: ignore[no-untyped-def]
    """Write how many of the ``cuts`` each row is above; tell whether a value was missing.

    First the sixteenths are counted, then one is searched. Steps are added, never chosen, so
    that no branch waits for a value.
    """
    lost = False
    for r in range(rows):
        value[r] = X[nb.uint64(first + r), nb.uint64(column)]
        lost |= value[r] != value[r]
    for r in range(TILE):
        place[r] = 0
    if wide:
        for r in range(TILE):
            at = nb.uint32(0)
            for k in range(15, 255, 16):
                at += nb.uint32(cuts[nb.uint64(k)] < value[r])
            place[r] = at << 4
    for r in range(TILE):
        at, v = place[r], value[r]
        at += nb.uint32(8) if cuts[nb.uint64(at + nb.uint32(7))] < v else nb.uint32(0)
        at += nb.uint32(4) if cuts[nb.uint64(at + nb.uint32(3))] < v else nb.uint32(0)
        at += nb.uint32(2) if cuts[nb.uint64(at + nb.uint32(1))] < v else nb.uint32(0)
        at += nb.uint32(1) if cuts[nb.uint64(at)] < v else nb.uint32(0)
        ranks[r] = nb.uint8(at)
    return lost


@kernel(
    nb.int64, nb.int64, nb.int64, nb.int64, [nb.float32], [nb.int32], [nb.boolean], [nb.float32],
    [nb.int64], [nb.int32], [nb.uint8], [nb.uint8], [nb.uint8], [nb.int32],
    [nb.float32], [nb.uint32], [nb.uint8], [nb.int64], [nb.uint8],
)  # fmt: skip
def sweep(  # type: ignore[no-untyped-def]
    n, width, count, trees, X_, column_, wide_, cuts_, start_, rank_, bound_, first_, step_, leaf_,
    value_, place_, ranks_, source_, current_,
):  # fmt: skip
    """Write (trees, n) leaves, visiting each node once for a tile of rows: see `Sweep`.

    Beside what is read, places for a tile: value, place, ranks (2 * count, TILE), source
    (2 * count) and current.
    """
    X, leaf = carray(X_, (n, width)), carray(leaf_, (trees, n))
    column, wide = carray(column_, (count,)), carray(wide_, (count,))
    cuts, start = carray(cuts_, (count, 256)), carray(start_, (trees + 1,))
    nodes = (start[nb.uint64(trees)],)
    rank, bound = carray(rank_, nodes), carray(bound_, nodes)
    first, step = carray(first_, nodes), carray(step_, nodes)
    value, place = carray(value_, (TILE,)), carray(place_, (TILE,))
    ranks, source = carray(ranks_, (2 * count, TILE)), carray(source_, (2 * count,))
    current = carray(current_, (TILE,))
    for at in range(0, n, TILE):
        rows = min(TILE, n - at)
        for i in range(count):
            lost = _rank(X, at, rows, column[i], wide[i], cuts[i], value, place, ranks[i])
            source[i], source[count + i] = i, count + i if lost else i
            if lost:  # a missing value is above no cut, and above all where it goes right
                for r in range(TILE):
                    ranks[count + i, r] = nb.uint8(255) if value[r] != value[r] else ranks[i, r]
        for tree in range(trees):
            for r in range(TILE):
                current[r] = 0
            for k in range(start[tree], start[tree + 1]):
                held, cut, here, right = ranks[source[rank[k]]], bound[k], first[k], step[k]
                for r in range(TILE):
                    goes = (current[r] == here) & (held[r] > cut)
                    current[r] = nb.uint8(current[r] + (right if goes else nb.uint8(0)))
            for r in range(rows):
                leaf[tree, at + r] = current[r]


@kernel(
    nb.int64, nb.int64, nb.int64, nb.int64, nb.int64, [nb.float32], [nb.uint32], [nb.float32],
    [nb.uint32], [nb.int32], [nb.uint32], [nb.float32],
)  # fmt: skip
def descend(  # type: ignore[no-untyped-def]
    n, width, nodes, trees, levels, X_, node_, threshold_, root_, leaf_, here_, value_
):  # fmt: skip
    """Write (trees, n) leaves, one row after the other down all trees at once: see `Pairs`.

    Beside what is read, places for a node of each tree and for max(2 * width, 256) values.
    """
    X, leaf = carray(X_, (n, width)), carray(leaf_, (trees, n))
    node, threshold = carray(node_, (nodes, 2)), carray(threshold_, (nodes, 2))
    root, here = carray(root_, (trees,)), carray(here_, (trees,))
    value = carray(value_, (max(2 * width, 256),))
    far, bits = nb.uint32((1 << STEP_BITS) - 1), nb.uint32(STEP_BITS)
    for r in range(n):
        for c in range(width):  # as it is, and above everything where it is missing
            v = X[nb.uint64(r), nb.uint64(c)]
            value[nb.uint64(2 * c)] = v
            value[nb.uint64(2 * c + 1)] = nb.float32(np.inf) if v != v else v
        for tree in range(trees):
            here[tree] = root[tree]
        for _ in range(levels):
            for tree in range(trees):  # none waits for another, and no branch for a value
                k = nb.uint64(here[tree])
                word = node[k, 0]
                goes = value[nb.uint64(word >> bits)] > threshold[k, 1]
                here[tree] = nb.uint32(nb.uint32(k) + (word & far) + nb.uint32(goes))
        for tree in range(trees):
            leaf[tree, r] = nb.int32(node[nb.uint64(here[tree]), 0] >> bits)


@kernel(
    nb.int64, nb.int64, nb.int64, nb.int64, [nb.float32], [nb.int32], [nb.float32], [nb.int32],
    [nb.int32], [nb.uint32], [nb.uint32],
)  # fmt: skip
def walk(  # type: ignore[no-untyped-def]
    n, width, nodes, trees, X_, node_, threshold_, root_, leaf_, whose_, going_
):  # fmt: skip
    """Write (trees, n) leaves, following rows down trees side by side: see `Paths`.

    Beside what is read, places for SIDE paths: whose and going.
    """
    X, root, cells = (
        carray(X_, (n, width)),
        carray(root_, (trees,)),
        carray(leaf_, (trees * n,)),
    )
    node, threshold = carray(node_, (nodes, 4)), carray(threshold_, (nodes, 4))
    whose, going = carray(whose_, (SIDE,)), carray(going_, (SIDE,))
    tree, row = 0, 0
    for at in range(0, len(cells), SIDE):
        here, left = cells[at : at + SIDE], 0
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


@inner
def _add(n, width, trees, leaf_, start_, table_, out_):  # type: ignore[no-untyped-def]
    """Add the table's row of each leaf, one tree after the other."""
    leaf, start = carray(leaf_, (trees, n)), carray(start_, (trees + 1,))
    out, table = carray(out_, (n, width)), carray(table_, (start[nb.uint64(trees)], width))
    for tree in range(trees):
        held = table[start[tree] :]
        if width == 1:
            for r in range(n):
                out[r, 0] += held[nb.uint64(leaf[tree, r]), 0]
        else:
            for r in range(n):
                chosen = held[nb.uint64(leaf[tree, r])]
                for j in range(width):
                    out[r, j] += chosen[j]


@kernel(nb.int64, nb.int64, nb.int64, [nb.int32], [nb.int64], [nb.int64], [nb.int64])
def add_whole(n, width, trees, leaf, start, table, out):  # type: ignore[no-untyped-def]
    """Add whole numbers."""
    _add(n, width, trees, leaf, start, table, out)


@kernel(nb.int64, nb.int64, nb.int64, [nb.int32], [nb.int64], [nb.int32], [nb.int64])
def add_narrow(n, width, trees, leaf, start, table, out):  # type: ignore[no-untyped-def]
    """Add whole numbers that are held in 32 bits."""
    _add(n, width, trees, leaf, start, table, out)


@kernel(nb.int64, nb.int64, nb.int64, [nb.int32], [nb.int64], [nb.float64], [nb.float64])
def add_float(n, width, trees, leaf, start, table, out):  # type: ignore[no-untyped-def]
    """Add numbers in the order of the trees."""
    _add(n, width, trees, leaf, start, table, out)
