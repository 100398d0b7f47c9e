"""Trees laid out for the compiled functions: sweeps for many rows, paths for few.

A *sweep* first ranks each value of a row among the thresholds of its column, a byte each, and
then visits the trees' nodes in pre-order for a tile of rows: ``leaf += left`` where
``leaf == first_leaf`` and the row goes right. It follows no pointer, takes as long whatever the
rows hold, and one instruction works on 32 or 64 rows. *Pairs* are for a few rows: nodes of eight
bytes, children side by side, which a row descends in all trees at once. *Paths* are followed from
node to node, in trees whose leaves have no number in a byte.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from models.forest.machine import address
from models.forest.sizes import STEP_BITS

if TYPE_CHECKING:
    from models.forest.trees import Trees

Ints = NDArray[np.int32]
Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

#: Leaves that a byte can number; a tree with more is walked.
SWEEP_LEAVES: Final = 256
#: Columns that a node of pairs can number.
PAIR_COLUMNS: Final = 1 << (31 - STEP_BITS)
#: Thresholds that a byte can rank a value among; a column with more has several ranks.
_CUTS: Final = 255
#: Nodes and trees of a sweep: ranks are worth their making, and leaves stay in the cache.
_NODES, _TREES = 1 << 13, 256


@dataclass(frozen=True)
class Paths:
    """Nodes with their children.

    Attributes
    ----------
    node : (M, 4) int32
        Column x 2 + whether a missing value goes right, threshold (see below), left child,
        right child; a leaf is the complement of its number in the tree.
    threshold : (M, 4) float32
        The same bytes: ``threshold[:, 1]`` are the thresholds.
    root : (T,) int32
        Where each tree begins.
    """

    node: Ints
    threshold: Floats
    root: Ints


@dataclass(frozen=True)
class Pairs:
    """Nodes and leaves of trees of up to 256 leaves; the two children of a node are neighbours.

    Attributes
    ----------
    node : (N, 2) uint32
        What is read, shifted, + how far the left child stands; threshold (see below). What is
        read: column x 2 + whether a missing value goes right. A leaf stays where it is, as its
        threshold is infinite, and "reads" its number in the tree.
    threshold : (N, 2) float32
        The same bytes: ``threshold[:, 1]`` are the thresholds.
    root : (T,) uint32
        Where each tree begins.
    levels : int
        Steps after which every row is at a leaf.
    """

    node: NDArray[np.uint32]
    threshold: Floats
    root: NDArray[np.uint32]
    levels: int


@dataclass(frozen=True)
class Sweep:
    """Trees ``first`` to ``last`` (exclusive) and the ranks that they compare.

    Attributes
    ----------
    column, wide : (R,) int32, bool
        Column of each rank, and whether it has more than fifteen thresholds.
    cuts : (R, 256) float32
        Thresholds of each rank, ascending; infinite where there are fewer.
    start : (t + 1,) int64
        Where each tree's nodes begin.
    rank : (m,) int32
        Rank that a node reads; + R where a missing value goes right.
    bound, first_leaf, left : (m,) uint8
        A rank above ``bound`` goes right; the other two are those of `Trees`.
    """

    first: int
    last: int
    column: Ints
    wide: NDArray[np.bool_]
    cuts: Floats
    start: NDArray[np.int64]
    rank: Ints
    bound: Bytes
    first_leaf: Bytes
    left: Bytes

    def addresses(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Where column, wide and cuts lie, and rank, bound, first_leaf and left."""
        cuts = address(self.column, np.int32), address(self.wide, np.bool_)
        nodes = (address(array, np.uint8) for array in (self.bound, self.first_leaf, self.left))
        return (*cuts, address(self.cuts, np.float32)), (address(self.rank, np.int32), *nodes)


def lay_paths(trees: Trees) -> Paths:
    """Return the nodes of a forest with their children."""
    k = np.arange(len(trees.left))
    first, cut = trees.first_leaf, trees.left
    far = trees.leaves - cut
    node = np.empty((len(k), 4), dtype=np.int32)
    node[:, 0] = 2 * trees.feature + trees.missing_right
    node[:, 2] = np.where(cut > 1, k + 1, ~first)
    node[:, 3] = np.where(far > 1, k + cut, ~(first + cut))
    threshold = node.view(np.float32)
    threshold[:, 1] = trees.threshold
    root = np.where(np.diff(trees.leaf_start) > 1, trees.node_start[:-1], -1)
    return Paths(node, threshold, root.astype(np.int32))


def lay_pairs(trees: Trees) -> Pairs:
    """Return the nodes and leaves of a forest; each tree begins with its root and a gap."""
    k = np.arange(len(trees.left))
    root = 2 * trees.leaf_start[:-1]
    sizes = np.diff(trees.leaf_start)
    first, cut = trees.first_leaf, trees.left
    far = trees.leaves - cut
    children = np.repeat(root + 2 - 2 * trees.node_start[:-1], sizes - 1) + 2 * k
    place = np.empty(len(k), dtype=np.int64)
    place[trees.node_start[:-1][sizes > 1]] = root[sizes > 1]
    place[k[cut > 1] + 1] = children[cut > 1]
    place[(k + cut)[far > 1]] = children[far > 1] + 1
    node = np.zeros((2 * len(trees.cover), 2), dtype=np.uint32)
    threshold = node.view(np.float32)
    threshold[:, 1] = np.inf
    node[children[cut == 1], 0] = first[cut == 1] << STEP_BITS
    node[children[far == 1] + 1, 0] = (first + cut)[far == 1] << STEP_BITS
    read = (2 * trees.feature.astype(np.int64) + trees.missing_right) << STEP_BITS
    node[place, 0], threshold[place, 1] = read + (children - place), trees.threshold
    return Pairs(node, threshold, root.astype(np.uint32), int(leaf_depths(trees).max(initial=0)))


def leaf_depths(trees: Trees) -> NDArray[np.int64]:
    """Return (L,) depths in edges: how many subtrees each leaf lies in."""
    tree = np.repeat(np.arange(trees.count), np.diff(trees.node_start))
    first = trees.leaf_start[tree] + trees.first_leaf
    edge = np.zeros(len(trees.cover) + 1, dtype=np.int64)
    np.add.at(edge, first, 1)
    np.add.at(edge, first + trees.leaves, -1)
    return np.cumsum(edge)[:-1]


def lay_sweeps(trees: Trees) -> tuple[Sweep, ...]:
    """Return the forest cut into sweeps, in the order of its trees."""
    most = max(_NODES, _CUTS * len(np.unique(trees.feature)))
    sweeps, first = [], 0
    while first < trees.count:
        fits = np.searchsorted(trees.node_start, trees.node_start[first] + most, side="right") - 1
        last = int(np.clip(fits, first + 1, min(first + _TREES, trees.count)))
        sweeps.append(_lay_sweep(trees, first, last))
        first = last
    return tuple(sweeps)


def _lay_sweep(trees: Trees, first: int, last: int) -> Sweep:
    part = trees.part(first, last)
    pair = np.stack((part.feature.astype(np.float64), part.threshold.astype(np.float64)))
    order = np.lexsort(pair[::-1])
    column, value = pair[0, order], pair[1, order]
    new_column = np.diff(column, prepend=-1.0) != 0.0
    new = new_column | (np.diff(value, prepend=0.0) != 0.0)
    number = np.cumsum(new) - 1  # of distinct thresholds
    begins = number[new_column][np.cumsum(new_column) - 1]
    rank = np.cumsum(new & ((number - begins) % _CUTS == 0)) - 1
    bound = (number - begins) % _CUTS
    ranks = int(rank[-1]) + 1 if len(rank) else 0
    cuts = np.full((ranks, _CUTS + 1), np.inf, dtype=np.float32)
    cuts[rank, bound] = value
    read, held = np.empty((2, len(order)), dtype=np.int32)
    read[order], held[order] = rank, bound
    whose = np.zeros(ranks, dtype=np.int32)
    whose[rank] = column
    return Sweep(
        first, last, whose, np.isfinite(cuts[:, 15]), cuts, part.node_start,
        read + ranks * part.missing_right.astype(np.int32), held.astype(np.uint8),
        part.first_leaf.astype(np.uint8), part.left.astype(np.uint8),
    )  # fmt: skip
