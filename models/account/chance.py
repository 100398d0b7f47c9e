"""How rare it is that an account or its ring is this odd: two p-values made one.

An account is put before a reviewer for what it does or for what its ring does. The smaller of two
tails is no tail: it is small more often than it says, and a ring's tail, which is one of cases, is
that of each of its members. So the smaller one is measured again: the p-value of an account is the
share of the reference population's accounts whose own smaller tail is as small. Over that
population, at most ``alpha`` of the accounts have a p-value of ``alpha`` or less, whatever rings
there are and however own and ring hang together.

Members of a ring that leads share its tail. Among equals the odder account is the rarer, so that a
large ring does not hide itself: its oddest member stands where a single account would. A ring that
the reference population does not hold brings its own members along: its tenth member is no rarer
than ten accounts make it, or one new ring would be as many rare accounts as it has members.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Bools = NDArray[np.bool_]

# What the account's own level adds: it decides among equals, and nothing else.
_HAIR: Final = 1e-6


def statistic(own: Floats, ring: Floats, level: Floats) -> Floats:
    """Decimal digits of the smaller of two tails, (n,); larger is more suspicious.

    Parameters
    ----------
    own, ring
        (n,) tail of each account and of its ring, 1 where no ring speaks.
    level
        (n,) -log10 of the account's own smooth tail, which decides among equals.
    """
    digits: Floats = -np.log10(np.minimum(own, ring)) + _HAIR * level
    return digits


@dataclass(frozen=True)
class Chance:
    """What a reference population's accounts reach.

    Attributes
    ----------
    reached : (m,) float64
        Their statistics, increasing.
    first : (m,) bool
        Which of them are the oddest of their case: a ring, or an account without one.
    """

    reached: Floats
    first: Bools

    @classmethod
    def fit(cls, reached: Floats, case_of: Integers) -> Chance:
        """Take accounts (m,) and the number of each one's case as the reference population."""
        order = np.lexsort((case_of, reached))
        # Last of its case from the lowest up; among equals of one case either will do.
        oddest = len(order) - 1 - np.unique(case_of[order][::-1], return_index=True)[1]
        first = np.zeros(len(order), dtype=np.bool_)
        first[oddest] = True
        # How accounts and cases are numbered decides nothing.
        again = np.lexsort((first, reached[order]))
        return cls(reached[order][again], first[again])

    def p_values(self, reached: Floats, case_of: Integers, counted: Bools) -> Floats:
        """Return the p-value of each account of a population, (n,) in (0, 1].

        Parameters
        ----------
        reached
            (n,) statistics.
        case_of
            (n,) number of each account's case.
        counted
            (n,) whether it would count in a reference population.
        """
        place, lead = _places(reached, case_of, counted)
        with_case = place + self._beyond(lead, "right")
        above = np.maximum(1.0 + self._beyond(reached, "left"), with_case)
        return np.asarray(np.minimum(above / (len(self.reached) + 1.0), 1.0), dtype=np.float64)

    def cases(self, alpha: float) -> float:
        """Cases for each account whose p-value is ``alpha`` or less; 1 where there is none."""
        most = alpha * (len(self.reached) + 1.0)
        inside = 1.0 + self._beyond(self.reached, "left") <= most
        return float(self.first[inside].mean()) if inside.any() else 1.0

    def _beyond(self, reached: Floats, side: Literal["left", "right"]) -> Floats:
        """Members at or above each value; with ``right`` those above."""
        below = np.searchsorted(self.reached, reached, side=side)
        return np.asarray(len(self.reached) - below, dtype=np.float64)


def _places(reached: Floats, case_of: Integers, counted: Bools) -> tuple[Floats, Floats]:
    """Each account's place in its case (equals share the last), and what its lead reaches."""
    order = np.lexsort((-reached, case_of))
    case, value = case_of[order], reached[order]
    n = np.arange(len(order))
    fresh = np.append(True, case[1:] != case[:-1])[: len(order)]
    start = np.maximum.accumulate(np.where(fresh, n, 0))
    ends = np.flatnonzero(np.append(fresh[1:] | (value[1:] != value[:-1]), True)[: len(order)])
    end = ends[np.searchsorted(ends, n)]
    count = np.concatenate(([0], np.cumsum(counted[order])))
    place, lead = np.empty(len(order)), np.empty(len(order))
    place[order] = count[end + 1] - count[start]
    lead[order] = value[start]
    return place, lead
