"""Cases, their places, and the chance that a place is reviewed.

A case is a predicted ring, or an account without one, placed by the best place of its
members; it is correct if more than half of its members are proxies. Where cases tie across
the end of the capacity, figures are expectations over every order of the tied cases, so
neither an id nor the order of rows decides anything.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detector.evaluate.reading import Bools, Ints, World

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Reviewed:
    """Which of ``n`` things are within a capacity: for certain, or by the luck of a tie."""

    chance: Floats
    tied: Bools
    left: int

    def any_of_tied(self, wanted: int) -> float:
        """Chance that at least one of ``wanted`` of the tied things is reviewed."""
        tied = int(self.tied.sum())
        missed = 1.0
        for step in range(min(wanted, tied)):
            missed *= max(tied - self.left - step, 0) / (tied - step)
        return 1.0 - missed


def review(place: Ints, capacity: int) -> Reviewed:
    """Give each thing its chance of being among the first ``capacity``.

    Parameters
    ----------
    place : (n,) int
        Smaller comes first; equal places are ordered at random.
    capacity : int
        How many are reviewed.

    Examples
    --------
    >>> review(np.array([1, 2, 2, 9]), capacity=2).chance.tolist()
    [1.0, 0.5, 0.5, 0.0]
    """
    if capacity >= place.size:
        return Reviewed(np.ones(place.size), np.zeros(place.size, dtype=bool), 0)
    edge = np.partition(place, capacity - 1)[capacity - 1]
    before, tied = place < edge, place == edge
    left = capacity - int(before.sum())
    return Reviewed(np.where(tied, left / tied.sum(), before * 1.0), tied, left)


@dataclass(frozen=True)
class Cases:
    """The cases of one world; every array has one entry per case."""

    place: Ints
    correct: Bools
    reviewed: Reviewed

    @classmethod
    def of(cls, world: World, capacity: int) -> Cases:
        """Group a world's accounts into cases and place them."""
        count = int(world.case.max()) + 1 if world.case.size else 0
        place = np.full(count, np.iinfo(np.int64).max)
        np.minimum.at(place, world.case, world.place)
        size = np.bincount(world.case, minlength=count)
        proxies = np.bincount(world.case[world.proxy], minlength=count)
        return cls(place, 2 * proxies > size, review(place, capacity))

    def found(self, cases: Ints) -> float:
        """Chance that one of these cases is correct and among those reviewed."""
        correct = np.unique(cases[self.correct[cases]])
        if (self.reviewed.chance[correct] == 1.0).any():
            return 1.0
        return self.reviewed.any_of_tied(int(self.reviewed.tied[correct].sum()))
