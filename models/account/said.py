"""From the raw scores of all views to tails, levels and p-values of the statistic."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models import combine
from models.account.columns import BLOCK
from models.account.view import View
from models.population.conformal import SmoothTails
from models.population.tails import Tails

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class RawViews:
    """Raw scores (n, 1 + F) of the joint view and of each family's, and whose they are.

    ``calm`` are those with ordinary places, where families of nothing but places are missing.
    """

    scores: FloatArray
    calm: FloatArray
    joint: View
    families: tuple[View, ...]

    def rows(self, at: IntArray) -> RawViews:
        """Those of some accounts."""
        return replace(self, scores=self.scores[at], calm=self.calm[at])


@dataclass(frozen=True)
class Said:
    """What is said of n accounts: family_p (n, F), the rest (n,); see `AccountScores`."""

    family_p: FloatArray
    statistic: FloatArray
    level: FloatArray
    p_value: FloatArray


@dataclass(frozen=True)
class Reference:
    """How the views and their statistic are spread over the reference population.

    A ``taught`` joint view knows which families count: it is the statistic itself.
    """

    views: Tails
    statistic: Tails

    def levels(self, scores: FloatArray, group: IntArray) -> FloatArray:
        """Return (n, 1 + F) levels -log10 of the views' smooth tails; NaN stays NaN."""
        return SmoothTails(self.views).levels(scores, group)

    def combined(self, scores: FloatArray, group: IntArray, *, taught: bool) -> FloatArray:
        """Return (n,) what the evidence is the tail of, from raw scores (n, 1 + F)."""
        if taught:
            return scores[:, 0].copy()
        levels = self.levels(scores, group)
        return combine.statistic(levels[:, 0], levels[:, 1:])

    def said(self, scores: FloatArray, group: IntArray, *, taught: bool) -> Said:
        """How far out raw scores (n, 1 + F) of peer groups (n,) lie; of some at a time."""
        starts = range(0, max(len(scores), 1), BLOCK)
        parts = [
            self._said(scores[at : at + BLOCK], group[at : at + BLOCK], taught=taught)
            for at in starts
        ]
        columns = zip(*(vars(part).values() for part in parts), strict=True)
        return Said(*(np.concatenate(column) for column in columns))

    def _said(self, scores: FloatArray, group: IntArray, *, taught: bool) -> Said:
        view_p = self.views.p_values(scores, group)
        statistic = self.combined(scores, group, taught=taught)
        level = SmoothTails(self.statistic).levels(statistic[:, None], group)[:, 0]
        p_value = self.statistic.p_values(statistic[:, None], group)[:, 0]
        return Said(
            view_p[:, 1:].copy(), statistic, level, view_p[:, 0].copy() if taught else p_value
        )
