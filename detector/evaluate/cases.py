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
from detector.evaluate.tables import HIDDEN

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
        """Group a world's accounts into cases and place them by rank."""
        place = _best(world.case, world.place)
        return cls(place, _correct(world), review(place, capacity))

    @classmethod
    def shown(cls, world: World, capacity: int) -> Cases | None:
        """Place the cases as the reviewer's page does; what is not on it is not reviewed.

        None where the scores name no queues.
        """
        if world.shown is None:
            return None
        place = _best(world.case, world.shown)
        first, here = review(place, capacity), place < HIDDEN
        reviewed = Reviewed(first.chance * here, first.tied & here, first.left)
        return cls(place, _correct(world), reviewed)

    def found(self, cases: Ints) -> float:
        """Chance that one of these cases is correct and among those reviewed."""
        correct = np.unique(cases[self.correct[cases]])
        if (self.reviewed.chance[correct] == 1.0).any():
            return 1.0
        return self.reviewed.any_of_tied(int(self.reviewed.tied[correct].sum()))


def _best(case: Ints, place: Ints) -> Ints:
    """The best place among the members of each case."""
    best = np.full(int(case.max(initial=-1)) + 1, np.iinfo(np.int64).max)
    np.minimum.at(best, case, place)
    return best


def _correct(world: World) -> Bools:
    """Whether more than half of the members of each case are proxies."""
    size = np.bincount(world.case)
    proxies = np.bincount(world.case[world.proxy], minlength=size.size)
    return 2 * proxies > size
