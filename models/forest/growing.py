"""Trees that grow, as numba reads it: see `models.forest.builder` for how nodes split.

A tree grows in pre-order, the left child of a node before its right one, so that nodes and leaves
get their numbers as they are made.
"""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np

from models.forest.compiled import carray, inner, kernel
from models.forest.sizes import BLIND, BLIND_DRAWS, COLUMNS, EVEN_NODES, THRESHOLD, WAITING


@inner
def _child(word, number):  # type: ignore[no-untyped-def]
    """The same as `models.forest.keys.child_words`."""
    z = word + (nb.uint64(number) + nb.uint64(1)) * nb.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> nb.uint64(30))) * nb.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> nb.uint64(27))) * nb.uint64(0x94D049BB133111EB)
    return z ^ (z >> nb.uint64(31))


@inner
def _uniform(word, number):  # type: ignore[no-untyped-def]
    """The same as `models.forest.keys.uniform`."""
    return nb.float64(nb.int64(_child(word, number) >> nb.uint64(11))) * 2.0**-53


@inner
def _even(own, shift, step, tree, path, which):  # type: ignore[no-untyped-def]
    """A draw, or the one that is even over the trees where a node is among a tree's first."""
    if path >= EVEN_NODES:
        return own
    at = shift[nb.uint64(path + which)] + nb.float64(tree) * step[nb.uint64(path + which)]
    return at - nb.float64(nb.int64(at))


@inner
def _range(X, order, start, size, column):  # type: ignore[no-untyped-def]
    """Least and largest present value of a column; least > largest if all are missing."""
    least, most = nb.float32(np.inf), nb.float32(-np.inf)
    for i in range(start, start + size):
        value = X[nb.uint64(order[nb.uint64(i)]), nb.uint64(column)]
        least = value if value < least else least
        most = value if value > most else most
    return least, most


@inner
def _choose(X, order, start, size, word, tree, path, shift, step):  # type: ignore[no-untyped-def]
    """A column drawn among those that vary, with its range; -1 if none does."""
    width = X.shape[1]
    for attempt in range(BLIND_DRAWS):
        u = _uniform(word, BLIND + attempt)
        if attempt == 0:
            u = _even(u, shift, step, tree, path, 0)
        column: Any = nb.int64(u * width)
        least, most = _range(X, order, start, size, column)
        if least < most:
            return column, least, most
    chosen: Any = nb.int64(-1)
    key, best = _child(word, COLUMNS), nb.uint64(0)
    low, high = nb.float32(0), nb.float32(0)
    for other in range(width):
        rank = _child(key, other) | nb.uint64(1)
        if rank > best:
            least, most = _range(X, order, start, size, other)
            if least < most:
                best, chosen, low, high = rank, other, least, most
    return chosen, low, high


@inner
def _between(low, high, u):  # type: ignore[no-untyped-def]
    """A float32 in [low, high): uniform, rounded down, never the largest value."""
    exact = nb.float64(low) + u * (nb.float64(high) - nb.float64(low))
    near = nb.float32(exact)
    if nb.float64(near) > exact:  # the next float32 below
        bits = np.float32(near).view(np.int32)
        if near == 0:
            bits = nb.int32(-2147483647)
        else:
            bits = nb.int32(bits - 1) if near > 0 else nb.int32(bits + 1)
        near = np.int32(bits).view(np.float32)
    return low if near >= high else near


@inner
def _part(X, order, spare, start, size, column, threshold):  # type: ignore[no-untyped-def]
    """Put the samples that go left before the others; return their number and where missing go."""
    right, missing = 0, 0
    for i in range(start, start + size):
        value = X[nb.uint64(order[nb.uint64(i)]), nb.uint64(column)]
        right += value > threshold
        missing += value != value
    lost = 2 * right > size - missing
    left, moved = start, 0
    for i in range(start, start + size):
        row = order[nb.uint64(i)]
        value = X[nb.uint64(row), nb.uint64(column)]
        goes = (value > threshold) | (lost & (value != value))
        order[nb.uint64(left)], spare[nb.uint64(moved)] = row, row
        left += not goes
        moved += goes
    for i in range(moved):
        order[nb.uint64(left + i)] = spare[nb.uint64(i)]
    return left - start, lost


@kernel(
    nb.int64, nb.int64, nb.int64, nb.int64, nb.int64, nb.int64,
    [nb.float32], [nb.int64], [nb.uint64], [nb.float64], [nb.float64],
    [nb.int64], [nb.int32], [nb.float32], [nb.boolean], [nb.int32], [nb.int64],
    [nb.int64], [nb.int64], [nb.uint64],
)  # fmt: skip
def grow(  # type: ignore[no-untyped-def]
    n, width, trees, numbered, size, limit, X_, order_, word_, shift_, step_,
    leaves_, feature_, threshold_, missing_, left_, cover_, spare_, waiting_, words_,
):  # fmt: skip
    """Write the trees of some samples, one after the other, and the leaves of each.

    Parameters
    ----------
    n, width : int
        Shape of X.
    trees, numbered, size, limit : int
        Trees, the number of the first of them, samples of each and their greatest depth.
    X_ : (n, width) float32; order_ : (trees * size,) int64
        Rows, and the rows that each tree is grown on; their order is lost.
    word_ : (trees,) uint64; shift_, step_ : (2 * EVEN_NODES,) float64
        Word of each root; see `models.forest.builder.Even`.
    leaves_ : (trees,) int64
        Leaves of each tree.
    feature_, threshold_, missing_, left_, cover_ : arrays of at least trees * size
        What `models.forest.trees.Trees` holds.
    spare_ : (size,) int64; waiting_ : (WAITING, 6) int64; words_ : (WAITING,) uint64
        Places to work in.
    """
    X, order = carray(X_, (n, width)), carray(order_, (trees * size,))
    word, leaves = carray(word_, (trees,)), carray(leaves_, (trees,))
    shift, step = carray(shift_, (2 * EVEN_NODES,)), carray(step_, (2 * EVEN_NODES,))
    feature, threshold = carray(feature_, (len(order),)), carray(threshold_, (len(order),))
    missing, left = carray(missing_, (len(order),)), carray(left_, (len(order),))
    cover, spare = carray(cover_, (len(order),)), carray(spare_, (size,))
    waiting, words = carray(waiting_, (WAITING, 6)), carray(words_, (WAITING,))
    node, leaf = nb.uint64(0), nb.uint64(0)
    for tree in range(trees):
        first = leaf
        start, count, depth, path, key = tree * size, size, 0, 0, word[tree]
        wait = nb.uint64(0)
        while True:
            column, low, high = nb.int64(-1), nb.float32(0), nb.float32(0)
            if count > 1 and depth < limit:
                column, low, high = _choose(
                    X, order, start, count, key, numbered + tree, path, shift, step
                )
            if column >= 0:
                u = _even(_uniform(key, THRESHOLD), shift, step, numbered + tree, path, EVEN_NODES)
                cut = _between(low, high, u)
                near, lost = _part(X, order, spare, start, count, column, cut)
                feature[node], threshold[node], missing[node] = column, cut, lost
                depth += 1
                w = waiting[wait]
                w[0], w[1], w[2] = start + near, count - near, depth
                w[3], w[4], w[5] = min(2 * path + 2, EVEN_NODES), node, leaf
                words[wait] = _child(key, 1)
                wait += nb.uint64(1)
                node += nb.uint64(1)
                count, path, key = near, min(2 * path + 1, EVEN_NODES), _child(key, 0)
                continue
            cover[leaf] = count
            leaf += nb.uint64(1)
            if wait == 0:
                break
            wait -= nb.uint64(1)
            w, key = waiting[wait], words[wait]
            start, count, depth, path = w[0], w[1], w[2], w[3]
            left[nb.uint64(w[4])] = nb.int64(leaf) - w[5]
        leaves[tree] = leaf - first
