"""Seeded subsamples for the trees: distinct rows, one vote for each linked component.

Every tree has its own random order of the rows and takes the first that may be drawn. The
order depends on seed, tree and row number alone (`models.forest.keys`), so accounts that are left
out, or join a linked component, change the samples they are in and no other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.forest.keys import Shuffle, Words, child_words, uniform

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

#: What a tree's word is asked for.
_ORDER, _MEMBER = 0, 1
#: Trees x places looked at together; they stay in the cache.
_CELLS = 1 << 14


class Stream:
    """Uniform numbers from a seed, the same on every platform and NumPy version.

    Only raw 64-bit words of PCG64 are used. NumPy promises that stream for ever, while the
    streams of `Generator` methods may change with a release.
    """

    def __init__(self, *seed: int) -> None:
        self._bits = np.random.PCG64(np.random.SeedSequence(seed))

    def uniform(self, size: int) -> FloatArray:
        """Return ``size`` numbers in [0, 1) with 53 random bits each."""
        raw = np.asarray(self._bits.random_raw(size), dtype=np.uint64)
        return (raw >> np.uint64(11)).astype(np.float64) * 2.0**-53


@dataclass(frozen=True)
class Units:
    """What is drawn: single rows, or linked components that share one vote.

    ``members`` lists rows unit by unit; unit u owns ``members[start[u]:start[u + 1]]``, and
    the first of them is the row by which it is drawn. ``weight`` is the weight of each unit,
    or None when all weigh the same; ``member_weight`` the cumulative weight along
    ``members``, or None. ``rows`` is the number of rows, drawn or not.
    """

    members: IntArray
    start: IntArray
    weight: FloatArray | None
    member_weight: FloatArray | None
    rows: int

    @property
    def count(self) -> int:
        """Number of units that can be drawn."""
        return len(self.start) - 1

    @property
    def first(self) -> IntArray:
        """First row of each unit."""
        return self.members[self.start[:-1]]


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
    weight = None if sample_weight is None else sample_weight[rows]
    if weight is None or (weight == weight[0]).all():
        return Units(rows, start, None, None, n_rows)
    mean = np.add.reduceat(weight, start[:-1]) / np.diff(start)
    return Units(rows, start, mean, np.cumsum(weight), n_rows)


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


def draw_samples(units: Units, trees: Words, size: int) -> IntArray:
    """Draw ``size`` distinct units for each tree, and one member row of each.

    Parameters
    ----------
    units : Units
        What is drawn.
    trees : (T,) uint64
        The word of each tree; see `models.forest.keys.child_words`.
    size : int
        At most ``units.count``.

    Returns
    -------
    (T, size) int64
        Row numbers, in the tree's order.
    """
    unit_at = np.full(1 << Shuffle.of(trees[:1], units.rows).bits, -1, dtype=np.int64)
    unit_at[units.first] = np.arange(units.count)
    length = _first_length(units, size, len(unit_at))
    step = max(1, _CELLS // min(length, units.count))
    picked = [
        _draw(units, unit_at, trees[at : at + step], size, length)
        for at in range(0, len(trees), step)
    ]
    return _one_member(units, np.concatenate(picked), trees)


def _first_length(units: Units, size: int, domain: int) -> int:
    """Places to look at so that most trees find enough units at once."""
    chance = units.count / domain
    if units.weight is not None:
        chance *= float(units.weight.mean() / units.weight.max())
    return int((size + 5.0 * size**0.5 + 8.0) / chance)


def _draw(units: Units, unit_at: IntArray, trees: Words, size: int, length: int) -> IntArray:
    """Return (T, size) units: the first by order, or by exponential keys if they have weights.

    Looking at the first places and looking at every unit give the same; the cheaper is done.
    """
    order = Shuffle.of(child_words(trees, _ORDER), units.rows)
    if length >= units.count:
        place = order.places(units.first)
        if units.weight is None:
            place = np.partition(place, size - 1, axis=1)[:, :size]
        return _first(units, unit_at, order, np.sort(place, axis=1), size)[0]
    place = np.broadcast_to(np.arange(length), (len(trees), length))
    picked, enough = _first(units, unit_at, order, place, size)
    if not enough.all():
        picked[~enough] = _draw(units, unit_at, trees[~enough], size, 2 * length)
    return picked


def _first(
    units: Units, unit_at: IntArray, order: Shuffle, place: IntArray, size: int
) -> tuple[IntArray, NDArray[np.bool_]]:
    """Return the units to draw from some places in order, and which trees had enough places.

    Weighted: the smallest of -log(u) / weight (Efraimidis and Spirakis 2006,
    doi:10.1016/j.ipl.2005.11.003), with a place's share of all places as u's complement.
    """
    found = unit_at[order.rows(place)]
    if units.weight is None:
        rank = np.cumsum(found >= 0, axis=1)
        enough = rank[:, -1] >= size
        keep = (found >= 0) & (rank <= size)
        keep[~enough] = False
        picked = np.full((len(found), size), -1, dtype=np.int64)
        picked[enough] = found[keep].reshape(-1, size)
        return picked, enough
    key = -np.log1p(-(place + 0.5) / len(unit_at))
    beyond = key[:, -1] / units.weight.max()
    key = np.where(found >= 0, key / units.weight[found], np.inf)
    first = np.argsort(key, axis=1, kind="stable")[:, :size]
    last = np.take_along_axis(key, first[:, -1:], axis=1)[:, 0]
    whole = place.shape[1] >= units.count and bool((found >= 0).all())
    return np.take_along_axis(found, first, axis=1), whole | (last <= beyond)


def _one_member(units: Units, picked: IntArray, trees: Words) -> IntArray:
    """Return one row of each unit drawn, by its weight among the unit's."""
    first, last = units.start[picked], units.start[picked + 1]
    if len(units.members) == units.count:
        return units.members[first]
    word = child_words(trees, _MEMBER)[:, None]
    u = uniform(word, units.members[first])
    if units.member_weight is None:
        found = first + (u * (last - first)).astype(np.int64)
    else:
        below = np.concatenate(([0.0], units.member_weight))
        at = below[first] + u * (below[last] - below[first])
        found = np.searchsorted(units.member_weight, at, side="right")
    result: IntArray = units.members[np.clip(found, first, last - 1)]
    return result
