"""A log of what reviewers decided, and of how each account looked at the time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Decisions:
    """Decisions in any order; nothing that is learnt depends on it.

    Attributes
    ----------
    keys : tuple of str
        What was decided about (case or account pseudonym); unique.
    rows : (n, d) float32
        The directed rows at the time of the decision: see `ProxyModel.joint_rows`.
    levels : (n, F) float64
        The families' levels at that time: see `ProxyModel.family_levels`.
    labels : (n,) int64
        +1 confirmed, -1 cleared.
    """

    keys: tuple[str, ...]
    rows: Float32
    levels: FloatArray
    labels: IntArray

    def __post_init__(self) -> None:
        if not len(self.keys) == len(self.rows) == len(self.levels) == len(self.labels):
            raise ValueError("keys, rows, levels and labels of decisions differ in number")
        if len(set(self.keys)) != len(self.keys):
            raise ValueError("a key was decided twice; take back the first decision")
        if not np.isin(self.labels, (-1, 1)).all():
            raise ValueError("a label must be +1 (confirmed) or -1 (cleared)")

    @classmethod
    def none(cls, d: int, families: int) -> Decisions:
        """Return an empty log for rows of ``d`` columns and levels of some families."""
        empty = np.empty(0, dtype=np.int64)
        return cls((), np.empty((0, d), dtype=np.float32), np.empty((0, families)), empty)

    def add(self, key: str, row: Float32, levels: FloatArray, label: int) -> Decisions:
        """Return the log with one more decision."""
        rows = np.concatenate((self.rows, row.reshape(1, -1).astype(np.float32)))
        above = np.concatenate((self.levels, levels.reshape(1, -1)))
        return Decisions((*self.keys, key), rows, above, np.append(self.labels, label))

    def take_back(self, key: str) -> Decisions:
        """Return the log without one decision.

        Raises
        ------
        KeyError
            If there is no decision about ``key``.
        """
        if key not in self.keys:
            raise KeyError(f"there is no decision about {key!r} to take back")
        return self.take(np.flatnonzero([other != key for other in self.keys]))

    def take(self, at: IntArray) -> Decisions:
        """Return some of the decisions, in the order of ``at``."""
        keys = tuple(self.keys[i] for i in at.tolist())
        return Decisions(keys, self.rows[at], self.levels[at], self.labels[at])

    def by_key(self) -> IntArray:
        """Return the (n,) places of the decisions in the order of their keys."""
        return np.array(sorted(range(len(self.keys)), key=self.keys.__getitem__), dtype=np.int64)
