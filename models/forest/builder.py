"""Grow isolation trees.

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
from models.forest.machine import address, functions
from models.forest.sampling import Units, draw_samples
from models.forest.sizes import WAITING
from models.forest.trees import Trees, check_trees

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
Float32 = NDArray[np.float32]
Whole = NDArray[np.int32] | NDArray[np.int64]

#: What a tree's word is asked for beside its sample: the word of its root.
_ROOT = 2
#: What the seed's word is asked for: the word of each tree, and the shifts of even draws.
_TREES, _SHIFTS = 0, 1
#: Samples of trees that grow together.
_CHUNK = 1 << 20


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
    chunk = max(1, _CHUNK // size)
    seeded = seed_word(seed)
    words, even = child_words(child_words(seeded, _TREES), np.arange(n_trees)), _Even.of(seeded)
    parts = []
    for first in range(0, n_trees, chunk):
        trees = words[first : first + chunk]
        rows = draw_samples(units, trees, size)
        parts.append(_grow_chunk(X, rows, child_words(trees, _ROOT), first, even))
    return join_parts(X.shape[1], parts)


#: Leaves of each tree; feature, threshold, missing_right and left of nodes; cover of leaves.
Part = tuple[IntArray, Whole, Float32, NDArray[np.bool_], Whole, IntArray]


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


def _grow_chunk(X: Float32, rows: IntArray, roots: Words, first: int, even: _Even) -> Part:
    """Grow trees numbered from ``first`` on, each on a row of ``rows`` (T, size)."""
    trees, size = rows.shape
    order = rows.flatten()
    leaves, cover = np.empty(trees, dtype=np.int64), np.empty(rows.size, dtype=np.int64)
    feature, left = np.empty((2, rows.size), dtype=np.int32)
    threshold, missing = np.empty(rows.size, np.float32), np.empty(rows.size, np.bool_)
    spare, waiting = np.empty(size, dtype=np.int64), np.empty((WAITING, 6), dtype=np.int64)
    words = np.empty(WAITING, dtype=np.uint64)
    functions()["grow"](
        *X.shape, trees, first, size, int(np.ceil(np.log2(max(size, 2)))),
        address(X, np.float32), address(order, np.int64), address(roots, np.uint64),
        address(even.shift, np.float64), address(even.step, np.float64),
        address(leaves, np.int64), address(feature, np.int32), address(threshold, np.float32),
        address(missing, np.bool_), address(left, np.int32), address(cover, np.int64),
        address(spare, np.int64), address(waiting, np.int64), address(words, np.uint64),
    )  # fmt: skip
    ends = int(leaves.sum())
    nodes = slice(ends - trees)
    return leaves, feature[nodes], threshold[nodes], missing[nodes], left[nodes], cover[:ends]
