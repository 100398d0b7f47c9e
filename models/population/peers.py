"""Peer groups, and what is ordinary within them.

Groups are nested: workload, workload x scale, workload x scale x age. An account belongs to
the finest group that had enough members in the reference population, else to a coarser one,
else to everybody. Codes only say which accounts are alike; their values decide nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from models.arrays import ArrayReader
from models.errors import ModelFormatError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_LEVELS = 3
_CODE_LIMIT = 1 << 20

#: Mean absolute and median absolute deviation of a normal variable, as parts of its sd.
_MEAN_DEVIATION, _MEDIAN_DEVIATION = 0.7978845608028654, 0.6744897501960817

#: A spread below the least is rounding; nobody stands farther out than the most.
_LEAST_SCALE, _MOST_SCALES = 1e-12, 1e15


@dataclass(frozen=True)
class PeerGroups:
    """Which combinations of codes are peer groups of their own.

    Group 0 is everybody; then the groups of level 1, 2 and 3 in the order of their keys.
    ``keys`` holds one sorted int64 array a level.
    """

    keys: tuple[IntArray, IntArray, IntArray]

    @classmethod
    def fit(cls, codes: IntArray, *, min_members: int = 50) -> PeerGroups:
        """Find the groups with at least ``min_members`` in (n, 3) reference codes.

        Negative codes mean "not known": such an account stays at the level before.
        """
        keys = []
        for level in range(1, _LEVELS + 1):
            key, count = np.unique(_keys(codes, level), return_counts=True)
            keys.append(key[(count >= min_members) & (key >= 0)])
        return cls((keys[0], keys[1], keys[2]))

    @property
    def count(self) -> int:
        """Number of groups, everybody included."""
        return 1 + sum(len(key) for key in self.keys)

    def at_level(self, codes: IntArray, level: int) -> IntArray:
        """Return each row's group number at one level (1 to 3), -1 where there is none."""
        known, key = self.keys[level - 1], _keys(codes, level)
        if not len(known):
            return np.full(len(codes), -1, dtype=np.int64)
        found = np.minimum(np.searchsorted(known, key), len(known) - 1)
        first = 1 + sum(len(k) for k in self.keys[: level - 1])
        return np.where(known[found] == key, first + found, -1).astype(np.int64)

    def assign(self, codes: IntArray) -> IntArray:
        """Return each row's finest group number, (n,)."""
        group = np.zeros(len(codes), dtype=np.int64)
        for level in range(1, _LEVELS + 1):
            finer = self.at_level(codes, level)
            group = np.where(finer >= 0, finer, group)
        return group

    def members(self, codes: IntArray) -> list[IntArray]:
        """Return the rows of every group; a row is a member at each level."""
        groups = [np.arange(len(codes), dtype=np.int64)]
        for level, keys in enumerate(self.keys, start=1):
            at = self.at_level(codes, level)
            order = np.argsort(at, kind="stable")
            first = len(groups)
            ends = np.searchsorted(at[order], np.arange(first, first + len(keys) + 1))
            groups.extend(order[a:b] for a, b in pairwise(ends))
        return groups

    def parents(self) -> IntArray:
        """Return the next coarser group of every group, (G,); everybody is its own parent."""
        parent = [np.zeros(1 + len(self.keys[0]), dtype=np.int64)]
        for level in (2, 3):
            coarse = self.keys[level - 1] // _CODE_LIMIT
            known, above = self.keys[level - 2], 1 + sum(len(k) for k in self.keys[: level - 2])
            found = np.searchsorted(known, coarse)
            parent.append((above + found).astype(np.int64))
        return np.concatenate(parent)

    def to_arrays(self, prefix: str) -> dict[str, NDArray[np.generic]]:
        """Return the arrays for `models.files.store`."""
        return {f"{prefix}level{i}": key for i, key in enumerate(self.keys, start=1)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]], prefix: str) -> PeerGroups:
        """Check and assemble stored groups.

        Raises
        ------
        ModelFormatError
            If keys are not sorted, or a fine group has no coarse one.
        """
        get = ArrayReader(arrays, prefix)
        keys = [get(f"level{i}", np.int64) for i in range(1, _LEVELS + 1)]
        for level, key in enumerate(keys):
            rising = (key >= 0).all() and (key[1:] > key[:-1]).all()
            if not rising or (level and not np.isin(key // _CODE_LIMIT, keys[level - 1]).all()):
                raise ModelFormatError(f"{prefix}level{level + 1} does not hold nested groups")
        return cls((keys[0], keys[1], keys[2]))


def _keys(codes: IntArray, level: int) -> IntArray:
    """Pack the first ``level`` codes into one number; -1 if one of them is negative."""
    part = check_codes(codes)[:, :level]
    key = np.zeros(len(part), dtype=np.int64)
    for column in part.T:
        key = key * _CODE_LIMIT + column
    return np.where((part < 0).any(axis=1), -1, key)


def check_codes(codes: IntArray) -> IntArray:
    """Return codes as (n, 3) int64.

    Raises
    ------
    ValueError
        If the shape or type is another, or a code is 2**20 or more.
    """
    array = np.asarray(codes)
    if array.ndim != 2 or array.shape[1] != _LEVELS or array.dtype.kind not in "iu":
        raise ValueError(f"peers must be (n, 3) integer codes, found {array.dtype} {array.shape}")
    if (array >= _CODE_LIMIT).any():
        raise ValueError(f"a peer code is {int(array.max())}; codes must be below {_CODE_LIMIT}")
    return array.astype(np.int64)


@dataclass(frozen=True)
class Baseline:
    """What is ordinary: median and scale of every feature in every group, both (G, d)."""

    median: FloatArray
    scale: FloatArray

    @classmethod
    def fit(
        cls,
        values: FloatArray,
        members: Sequence[IntArray],
        parents: IntArray,
        least: FloatArray | None = None,
    ) -> Baseline:
        """Estimate from (n, d) reference values; NaN is left out.

        The scale is the median absolute deviation; where it is zero (half the peers are equal
        but for rounding) the mean absolute deviation; where that is zero too, the scale of the
        coarser group; 1 at last. Both are scaled to the standard deviation of a normal variable.
        Where ``least`` (d,) is above zero, it stands for 1, and no scale is below it.
        """
        pairs = [_median_and_scale(values[rows]) for rows in members]
        median = np.array([pair[0] for pair in pairs])
        scale = np.array([pair[1] for pair in pairs])
        median[0] = np.where(np.isnan(median[0]), 0.0, median[0])
        scale = np.where(scale > _LEAST_SCALE, scale, 0.0)
        floor = np.zeros(values.shape[1]) if least is None else least
        scale[0] = np.where(scale[0] > 0.0, scale[0], np.where(floor > 0.0, floor, 1.0))
        for group in range(1, len(members)):  # parents come first
            above = parents[group]
            median[group] = np.where(np.isnan(median[group]), median[above], median[group])
            scale[group] = np.where(scale[group] > 0.0, scale[group], scale[above])
        return cls(median, np.maximum(scale, floor))

    def directed(
        self, values: FloatArray, group: IntArray, direction: FloatArray
    ) -> NDArray[np.float32]:
        """Return log1p of how many scales each value lies on the suspicious side of its peers.

        ``direction`` is +1 or -1 for each feature. The innocent side is 0, so that it cannot
        isolate an account; NaN stays NaN. Shape (n, d), float32.
        """
        with np.errstate(over="ignore"):
            beyond = (values - self.median[group]) * direction / self.scale[group]
        return np.log1p(np.clip(beyond, 0.0, _MOST_SCALES)).astype(np.float32)

    def to_arrays(self, prefix: str) -> dict[str, NDArray[np.generic]]:
        """Return the arrays for `models.files.store`."""
        return {f"{prefix}median": self.median.ravel(), f"{prefix}scale": self.scale.ravel()}

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, NDArray[np.generic]], prefix: str, groups: int, columns: int
    ) -> Baseline:
        """Check and assemble a stored baseline.

        Raises
        ------
        ModelFormatError
            If sizes do not fit, or a scale is not positive.
        """
        get = ArrayReader(arrays, prefix)
        median, scale = get("median", np.float64), get("scale", np.float64)
        if not len(median) == len(scale) == groups * columns:
            raise ModelFormatError(f"{prefix}baseline is not {groups} groups x {columns} features")
        if not (np.isfinite(median).all() and np.isfinite(scale).all() and (scale > 0.0).all()):
            raise ModelFormatError(f"{prefix}baseline holds a scale that is not positive")
        return cls(median.reshape(groups, columns), scale.reshape(groups, columns))


def _median_and_scale(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return median and scale of each column; NaN and 0 where there is no value."""
    median = _median(values)
    away = np.abs(values - median)
    robust = np.nan_to_num(_median(away)) / _MEDIAN_DEVIATION
    ordered = np.sort(away, axis=0)  # sums in sorted order do not depend on the rows' order
    many = np.maximum((~np.isnan(away)).sum(axis=0), 1)
    mean = np.nansum(ordered, axis=0) / many / _MEAN_DEVIATION
    return median, np.where(robust > _LEAST_SCALE, robust, mean)


def _median(values: FloatArray) -> FloatArray:
    """Median of the present values of each column, NaN where there is none."""
    ordered = np.sort(values, axis=0)  # NaN last
    many = (~np.isnan(values)).sum(axis=0)
    if not len(values):
        return np.full(values.shape[1], np.nan)
    column = np.arange(values.shape[1])
    low, high = np.maximum(many - 1, 0) // 2, many // 2
    high = np.minimum(high, len(values) - 1)
    middle = ordered[low, column] / 2.0 + ordered[high, column] / 2.0
    return np.where(many > 0, middle, np.nan)
