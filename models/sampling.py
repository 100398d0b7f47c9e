"""Seeded subsamples for the trees: distinct rows, one vote for each linked component.

Only raw 64-bit words of PCG64 are used. NumPy promises that stream for ever, while the
streams of `Generator` methods may change with a release.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


class Stream:
    """Uniform numbers from a seed, the same on every platform and NumPy version."""

    def __init__(self, *seed: int) -> None:
        self._bits = np.random.PCG64(np.random.SeedSequence(seed))

    def uniform(self, size: int) -> FloatArray:
        """Return ``size`` numbers in [0, 1) with 53 random bits each."""
        raw = np.asarray(self._bits.random_raw(size), dtype=np.uint64)
        return (raw >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def below(self, bound: IntArray | int, size: int) -> IntArray:
        """Return ``size`` integers in [0, bound); ``bound`` may differ by element."""
        return (self.uniform(size) * bound).astype(np.int64)


@dataclass(frozen=True)
class Units:
    """What is drawn: single rows, or linked components that share one vote.

    ``members`` lists rows unit by unit; unit u owns ``members[start[u]:start[u + 1]]``.
    ``weight`` is the weight of each unit, or None when all weigh the same;
    ``member_weight`` the cumulative weight along ``members``, or None.
    """

    members: IntArray
    start: IntArray
    weight: FloatArray | None
    member_weight: FloatArray | None

    @property
    def count(self) -> int:
        """Number of units that can be drawn."""
        return len(self.start) - 1


def make_units(
    n_rows: int, groups: NDArray[np.generic] | None, sample_weight: FloatArray | None
) -> Units:
    """Gather rows into units; rows of weight 0 can never be drawn.

    Parameters
    ----------
    n_rows : int
        Rows of the training matrix.
    groups : (n_rows,) array or None
        Linked component of each row; a component has one vote however many rows it has.
    sample_weight : (n_rows,) float64 or None
        Non-negative chance weights. A unit weighs the mean of its members.

    Raises
    ------
    ValueError
        For negative or non-finite weights, or when no row has weight.
    """
    rows = np.arange(n_rows, dtype=np.int64)
    if sample_weight is not None:
        _check_weight(sample_weight)
        rows = rows[sample_weight > 0.0]
    if groups is None:
        start = np.arange(len(rows) + 1, dtype=np.int64)
    else:
        codes = _codes_in_row_order(np.asarray(groups)[rows])
        rows = rows[np.argsort(codes, kind="stable")]
        start = np.concatenate(([0], np.cumsum(np.bincount(codes)))).astype(np.int64)
    if sample_weight is None:
        return Units(rows, start, None, None)
    weight = sample_weight[rows]
    mean = np.add.reduceat(weight, start[:-1]) / np.diff(start)
    return Units(rows, start, mean, np.cumsum(weight))


def _codes_in_row_order(labels: NDArray[np.generic]) -> IntArray:
    """Number the labels by first appearance, so that their values decide nothing."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    result: IntArray = rank[np.asarray(inverse)]
    return result


def _check_weight(weight: FloatArray) -> None:
    if not np.isfinite(weight).all() or (weight < 0.0).any():
        raise ValueError("sample_weight must be finite and not negative")
    if not (weight > 0.0).any():
        raise ValueError("sample_weight is zero for every row; at least one must be positive")


def draw_samples(units: Units, n_trees: int, size: int, stream: Stream) -> IntArray:
    """Draw ``size`` distinct units for each tree, and one member row of each.

    Returns
    -------
    (n_trees, size) int64
        Row numbers; ``size`` must not exceed ``units.count``.
    """
    if units.count <= 2 * size:
        picked = _by_random_keys(units, n_trees, size, stream)
    else:
        picked = _by_rejection(units, n_trees, size, stream)
    return _one_member(units, picked.ravel(), stream).reshape(n_trees, size)


def _by_random_keys(units: Units, n_trees: int, size: int, stream: Stream) -> IntArray:
    """Order units by exponential keys (Efraimidis and Spirakis 2006) and keep the first."""
    keys = stream.uniform(n_trees * units.count).reshape(n_trees, units.count)
    if units.weight is not None:
        keys = -np.log1p(-keys) / units.weight
    return np.argsort(keys, axis=1, kind="stable")[:, :size].astype(np.int64)


def _by_rejection(units: Units, n_trees: int, size: int, stream: Stream) -> IntArray:
    """Draw with replacement and draw repeated units again until all are distinct."""
    picked = _draw_units(units, n_trees * size, stream).reshape(n_trees, size)
    trees = np.arange(n_trees)
    while len(trees):
        block = np.sort(picked[trees], axis=1)
        repeated = np.zeros(block.shape, dtype=bool)
        repeated[:, 1:] = block[:, 1:] == block[:, :-1]
        block[repeated] = _draw_units(units, int(repeated.sum()), stream)
        picked[trees] = block
        trees = trees[repeated.any(axis=1)]
    return picked


def _draw_units(units: Units, size: int, stream: Stream) -> IntArray:
    if units.weight is None:
        return stream.below(units.count, size)
    total = np.cumsum(units.weight)
    at = stream.uniform(size) * total[-1]
    found = np.searchsorted(total, at, side="right")
    result: IntArray = np.minimum(found, units.count - 1).astype(np.int64)
    return result


def _one_member(units: Units, picked: IntArray, stream: Stream) -> IntArray:
    first, last = units.start[picked], units.start[picked + 1]
    if len(units.members) == units.count:
        return units.members[first]
    u = stream.uniform(len(picked))
    if units.member_weight is None:
        found = first + (u * (last - first)).astype(np.int64)
    else:
        below = np.concatenate(([0.0], units.member_weight))
        at = below[first] + u * (below[last] - below[first])
        found = np.searchsorted(units.member_weight, at, side="right")
    result: IntArray = units.members[np.clip(found, first, last - 1)]
    return result
