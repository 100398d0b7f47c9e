"""Grow isolation trees for a whole forest at once, one level at a time.

Each node splits on a column drawn at random among those that vary in its sample, at a point
drawn uniformly between that column's least and largest value: Liu, Ting and Zhou, "Isolation
Forest", ICDM 2008, doi:10.1109/ICDM.2008.17. A missing value follows the child that holds
more of the node's samples (the left one, the innocent side of directed features, in a tie),
so that absence of a table cannot isolate an account.

Every draw is keyed by seed, tree and node (`models.forest.keys`): a forest grown again after a few
rows have changed differs where these rows were looked at, and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.forest.keys import Words, child_words, seed_word, uniform
from models.forest.sampling import Units, draw_samples
from models.forest.trees import Trees, check_trees

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
Float32 = NDArray[np.float32]

#: Blind draws of a column before a node's columns are all looked at.
_BLIND_DRAWS = 4
#: What a node's word is asked for: its children (0 and 1), its threshold, its column.
_THRESHOLD, _COLUMNS, _BLIND = 2, 3, 4
#: What a tree's word is asked for beside its sample: the word of its root.
_ROOT = 2
#: What the seed's word is asked for: the word of each tree, and the shifts of even draws.
_TREES, _SHIFTS = 0, 1
#: Nodes whose draws are even over the trees: those of the first three depths.
_EVEN_NODES = 7
#: Values of the samples of trees that grow together (trees x samples x columns).
_CHUNK_VALUES = 1 << 24


@dataclass
class Split:
    """Splits of one depth; nodes have ids in order of birth, the roots first."""

    node: IntArray
    feature: IntArray
    threshold: Float32
    missing_right: NDArray[np.bool_]
    left: IntArray  # ids of the children
    right: IntArray


@dataclass
class _Open:
    """Nodes that may still split: segments of ``order``, which holds training rows.

    ``word`` is the key of a node's draws: it tells seed, tree and the way from the root.
    ``path`` numbers the first nodes of a ``tree``, level by level.
    """

    node: IntArray
    word: Words
    tree: IntArray
    path: IntArray
    start: IntArray
    size: IntArray
    order: IntArray


@dataclass(frozen=True)
class _Even:
    """Draws for the first nodes of each tree that leave no gaps over the trees of a forest.

    Node p (the root is 0, its children 1 and 2) of tree t draws shift + t sqrt(prime) modulo
    1, with a shift and a prime for each p and purpose. One draw is uniform, as the shift is;
    all together are spread evenly (Kronecker sequences: Niederreiter 1992,
    doi:10.1137/1.9781611970081). So two seeds differ less: a quarter less variance of scores
    among the top, as from a third more trees.
    """

    shift: FloatArray
    step: FloatArray

    @classmethod
    def of(cls, seed: Words) -> _Even:
        primes = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43]
        step = np.sqrt(np.array(primes, dtype=np.float64)) % 1.0
        return cls(uniform(child_words(seed, _SHIFTS), np.arange(len(primes))), step)

    def column(self, own: FloatArray, nodes: _Open) -> FloatArray:
        """Return ``own`` draws of a column, those of first nodes replaced."""
        return self._replaced(own, nodes, 0)

    def threshold(self, own: FloatArray, nodes: _Open) -> FloatArray:
        """Return ``own`` draws of a threshold, those of first nodes replaced."""
        return self._replaced(own, nodes, _EVEN_NODES)

    def _replaced(self, own: FloatArray, nodes: _Open, which: int) -> FloatArray:
        first = nodes.path < _EVEN_NODES
        of = nodes.path[first] + which
        own[first] = (self.shift[of] + nodes.tree[first] * self.step[of]) % 1.0
        return own


def grow(X: Float32, units: Units, n_trees: int, size: int, seed: int) -> Trees:
    """Grow ``n_trees`` trees on ``size`` distinct units each, to depth ceil(log2(size)).

    Parameters
    ----------
    X : (n, d) float32
        Training rows; NaN is missing, infinities are not allowed.
    units : Units
        What is drawn: see `models.forest.sampling.make_units`.
    n_trees, size, seed : int
        Number of trees, samples a tree, and the seed of every draw.

    Returns
    -------
    Trees
        The same arrays for the same input and seed on every platform.
    """
    chunk = max(1, _CHUNK_VALUES // (size * max(1, X.shape[1])))
    seeded = seed_word(seed)
    words, even = child_words(child_words(seeded, _TREES), np.arange(n_trees)), _Even.of(seeded)
    parts = []
    for first in range(0, n_trees, chunk):
        trees = words[first : first + chunk]
        rows = draw_samples(units, trees, size)
        numbers = np.arange(first, first + len(trees))
        roots = _roots(child_words(trees, _ROOT), numbers, rows)
        parts.append(_grow_chunk(X, roots, size, even))
    return join_parts(X.shape[1], parts)


#: Leaves of each tree; feature, threshold, missing_right and left of nodes; cover of leaves.
Part = tuple[IntArray, IntArray, Float32, NDArray[np.bool_], IntArray, IntArray]


def join_parts(n_features: int, parts: list[Part]) -> Trees:
    """Put parts of a forest one after the other, and check them."""
    sizes = np.concatenate([part[0] for part in parts])
    leaf_start = np.concatenate(([0], np.cumsum(sizes)))
    feature, threshold, missing_right, left, cover = (
        np.concatenate([part[i] for part in parts]) for i in range(1, 6)
    )
    return check_trees(
        n_features, leaf_start, feature.astype(np.int32), threshold.astype(np.float32),
        missing_right.astype(np.bool_), left.astype(np.int32), cover.astype(np.int64),
    )  # fmt: skip


def _roots(words: Words, trees: IntArray, rows: IntArray) -> _Open:
    """Return the roots of some trees, each with its sample (T, size)."""
    nodes, size = np.arange(len(words), dtype=np.int64), rows.shape[1]
    sizes = np.full(len(words), size)
    return _Open(nodes, words, trees, np.zeros_like(nodes), nodes * size, sizes, rows.ravel())


def _grow_chunk(X: Float32, current: _Open, size: int, even: _Even) -> Part:
    limit = int(np.ceil(np.log2(max(size, 2))))
    n_trees = len(current.node)
    levels: list[Split] = []
    counts = [current.size]
    born = n_trees
    for _ in range(limit):
        current = _some(current, current.size > 1)  # one sample is a leaf
        if not len(current.node):
            break
        level, current, children = _split_level(X, current, born, even)
        if not len(level.node):
            break
        levels.append(level)
        counts.append(children)
        born += len(children)
    return to_preorder(n_trees, born, levels, np.concatenate(counts))


def _some(current: _Open, keep: NDArray[np.bool_]) -> _Open:
    """Return some of the nodes."""
    if keep.all():
        return current
    order = current.order[np.repeat(keep, current.size)]
    size = current.size[keep]
    node, word, tree = current.node[keep], current.word[keep], current.tree[keep]
    return _Open(node, word, tree, current.path[keep], np.cumsum(size) - size, size, order)


def _split_level(
    X: Float32, current: _Open, born: int, even: _Even
) -> tuple[Split, _Open, IntArray]:
    """Split every node that can be split; return the level, the children and their sizes."""
    feature, low, high = _choose_columns(X, current, even)
    keep = feature >= 0
    feature, low, high = feature[keep], low[keep], high[keep]
    current = _some(current, keep)
    node, start, size, order = current.node, current.start, current.size, current.order
    u = even.threshold(uniform(current.word, _THRESHOLD), current)
    threshold = _between(low, high, u)
    value = X[order, np.repeat(feature, size)]
    right, missing_right = _sides(value, threshold, start, size)
    order, n_left = _partition(order, right, start, size)
    children = born + 2 * np.arange(len(node), dtype=np.int64)
    level = Split(node, feature, threshold, missing_right, children, children + 1)
    sizes = np.stack((n_left, size - n_left), axis=1).ravel()
    return level, _children(current, born, sizes, order), sizes


def _children(parents: _Open, born: int, sizes: IntArray, order: IntArray) -> _Open:
    """Return both children of every node, with ids from ``born`` on."""
    ids = np.arange(born, born + len(sizes), dtype=np.int64)
    words = child_words(parents.word[:, None], np.arange(2)).ravel()
    path = np.minimum(2 * parents.path[:, None] + np.array([1, 2]), _EVEN_NODES).ravel()
    trees = np.repeat(parents.tree, 2)
    return _Open(ids, words, trees, path, np.cumsum(sizes) - sizes, sizes, order)


def _choose_columns(X: Float32, current: _Open, even: _Even) -> tuple[IntArray, Float32, Float32]:
    """Draw for each node a column uniformly among those that vary in it; -1 if none does.

    Drawing blindly and rejecting constant columns is uniform over the others; what is still
    open after a few rounds is settled by looking at all columns.
    """
    n, d = len(current.node), X.shape[1]
    feature = np.full(n, -1, dtype=np.int64)
    low, high = np.zeros(n, dtype=np.float32), np.zeros(n, dtype=np.float32)
    todo = np.arange(n)
    part = current
    for attempt in range(_BLIND_DRAWS):
        u = uniform(part.word, _BLIND + attempt)
        draw = ((even.column(u, part) if not attempt else u) * d).astype(np.int64)
        value = X[part.order, np.repeat(draw, part.size)]
        least, most = _range(value, part.start)
        found = least < most
        at = todo[found]
        feature[at], low[at], high[at] = draw[found], least[found], most[found]
        part, todo = _some(part, ~found), todo[~found]
        if not len(todo):
            return feature, low, high
    drawn, least, most = _look_at_all(X, part)
    feature[todo], low[todo], high[todo] = drawn, least, most
    return feature, low, high


def _range(value: Float32, start: IntArray) -> tuple[Float32, Float32]:
    """Least and largest present value of each segment; least > largest if all are missing."""
    least = np.fmin.reduceat(value, start, axis=0)
    most = np.fmax.reduceat(value, start, axis=0)
    return least, most


def _look_at_all(X: Float32, part: _Open) -> tuple[IntArray, Float32, Float32]:
    """Choose among the varying columns of each node the one that comes first in its order."""
    least, most = _range(X[part.order], part.start)
    varies = least < most
    columns = child_words(part.word, _COLUMNS)
    order = child_words(columns[:, None], np.arange(X.shape[1]))
    column = np.argmax(np.where(varies, order | np.uint64(1), np.uint64(0)), axis=1)
    at = np.arange(len(column))
    return np.where(varies.any(axis=1), column, -1), least[at, column], most[at, column]


def _between(low: Float32, high: Float32, u: NDArray[np.float64]) -> Float32:
    """Return float32 thresholds in [low, high): uniform, rounded down, never the maximum."""
    exact = low.astype(np.float64) + u * (high.astype(np.float64) - low.astype(np.float64))
    near = round_down(exact)
    return np.where(near >= high, low, near).astype(np.float32)


def round_down(exact: NDArray[np.float64]) -> Float32:
    """Return the largest float32 not above each float64, so that x <= t decides the same.

    For a float32 x, ``x <= t`` and ``x <= round_down(t)`` are the same test; a plain cast
    may round up and send values to the wrong side.
    """
    near = exact.astype(np.float32)
    below = np.nextafter(near, np.float32(-np.inf))
    return np.where(near.astype(np.float64) > exact, below, near).astype(np.float32)


def _sides(
    value: Float32, threshold: Float32, start: IntArray, size: IntArray
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Decide which samples go right, and where the missing ones of each node go."""
    right, missing = value > np.repeat(threshold, size), np.isnan(value)
    n_right = np.add.reduceat(right, start, dtype=np.int64)
    present = size - np.add.reduceat(missing, start, dtype=np.int64)
    more_right = 2 * n_right > present
    right[missing] = np.repeat(more_right, size)[missing]
    return right, more_right


def _partition(
    order: IntArray, right: NDArray[np.bool_], start: IntArray, size: IntArray
) -> tuple[IntArray, IntArray]:
    """Put the left samples of each segment before its right ones, keeping their order."""
    left = ~right
    n_left = np.add.reduceat(left, start, dtype=np.int64)
    before = np.arange(len(order)) < np.repeat(start + n_left, size)
    moved = np.empty_like(order)
    moved[before], moved[~before] = order[left], order[right]
    return moved, n_left


def to_preorder(n_trees: int, born: int, levels: list[Split], count: IntArray) -> Part:
    """Renumber nodes to leaves left to right and internal nodes in pre-order.

    Parameters
    ----------
    n_trees, born : int
        Trees, whose roots have the ids 0 to n_trees - 1, and nodes in all.
    levels : list of Split
        The internal nodes of each depth, from the roots down.
    count : (born,) int64
        Training samples of each node.
    """
    leaves, first, place = _numbers(n_trees, born, levels)
    sizes = leaves[:n_trees]
    nodes = int((sizes - 1).sum())
    feature, left = np.zeros(nodes, dtype=np.int64), np.zeros(nodes, dtype=np.int64)
    threshold = np.zeros(nodes, dtype=np.float32)
    missing_right = np.zeros(nodes, dtype=np.bool_)
    leaf = np.ones(born, dtype=np.bool_)
    for level in levels:
        at = place[level.node]
        leaf[level.node] = False
        feature[at], threshold[at] = level.feature, level.threshold
        missing_right[at], left[at] = level.missing_right, leaves[level.left]
    cover = np.zeros(int(sizes.sum()), dtype=np.int64)
    cover[first[leaf]] = count[leaf]
    return sizes, feature, threshold, missing_right, left, cover


def _numbers(n_trees: int, born: int, levels: list[Split]) -> tuple[IntArray, IntArray, IntArray]:
    """Return for each id its subtree's leaves, first leaf, and place in pre-order."""
    leaves = np.ones(born, dtype=np.int64)
    for level in reversed(levels):
        leaves[level.node] = leaves[level.left] + leaves[level.right]
    first, place = np.zeros(born, dtype=np.int64), np.zeros(born, dtype=np.int64)
    first[:n_trees] = np.cumsum(leaves[:n_trees]) - leaves[:n_trees]
    place[:n_trees] = first[:n_trees] - np.arange(n_trees)
    for level in levels:
        at, cut = place[level.node], leaves[level.left]
        first[level.left], place[level.left] = first[level.node], at + 1
        first[level.right], place[level.right] = first[level.node] + cut, at + cut
    return leaves, first, place
