"""From the tails of the views to the evidence about one account.

The question is not whether anything is odd but whether *several* things are. With m families
at hand and p(k) the k-th smallest of their tail p-values, the chance that k of m ordinary
families reach p(k) is a binomial tail; the strongest of these for k = 2, 3 and 4 is the
families' part (the order-statistic form of rank-truncated products, Dudbridge and Koeleman
2003). A missing family lowers m and so asks no more and no less of the others. The joint
forest's level is added. No single family can make an account evident.
"""

from __future__ import annotations

from math import comb

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

#: A family speaks at this tail p-value or below.
SPEAKS = 0.05
#: Where an account is used from: it raises ranks, and is none of two families that speak.
PLACE_FAMILY = "F06"
#: Most families that are counted together.
_MOST = 4
#: Level (-log10 p) at which evidence is one half: p = 0.01.
_HALF_LEVEL = 2.0
#: Evidence from which accounts without two speaking families are squeezed below one half.
_KNEE = 0.4
_DEEPEST = 30.0


def statistic(joint: FloatArray, family: FloatArray) -> FloatArray:
    """Return (n,) combined levels from joint (n,) and family (n, F) levels -log10 p.

    NaN in ``family`` is a family whose tables are absent.
    """
    return joint + _families_together(family)


def _families_together(level: FloatArray) -> FloatArray:
    present = ~np.isnan(level)
    ordered = -np.sort(np.where(present, -np.minimum(level, _DEEPEST), np.inf), axis=1)
    many = present.sum(axis=1)
    best = np.zeros(len(level))
    for k in range(2, min(_MOST, level.shape[1]) + 1):
        p = 10.0 ** -np.where(many >= k, ordered[:, k - 1], 0.0)
        for m in np.unique(many[many >= k]):
            rows = many == m
            best[rows] = np.maximum(best[rows], -np.log10(at_least(k, int(m), p[rows])))
    return best


def at_least(k: int, m: int, p: FloatArray) -> FloatArray:
    """Return the chance that at least ``k`` of ``m`` uniform p-values are ``p`` or below.

    Examples
    --------
    >>> at_least(2, 2, np.array([0.1])).round(6).tolist()
    [0.01]
    """
    total = np.zeros(len(p))
    for j in range(k, m + 1):
        total += comb(m, j) * p**j * (1.0 - p) ** (m - j)
    return np.clip(total, 10.0 ** (-_MOST * _DEEPEST), 1.0)


def speaking(family_p: FloatArray) -> BoolArray:
    """Return (n, F): which families speak; a missing one never does."""
    return np.less_equal(family_p, SPEAKS)


def corroborated(speaks: BoolArray, families: tuple[str, ...]) -> BoolArray:
    """Return (n,): whether at least two families speak that are not about place.

    Examples
    --------
    >>> corroborated(np.array([[True, True, False]]), ("F01", "F06", "F09")).tolist()
    [False]
    >>> corroborated(np.array([[True, False, True]]), ("F01", "F06", "F09")).tolist()
    [True]
    """
    other = np.array([family != PLACE_FAMILY for family in families], dtype=bool)
    result: BoolArray = (speaks & other).sum(axis=1) >= 2
    return result


def evidence(level: FloatArray, agreed: BoolArray) -> FloatArray:
    """Return (n,) evidence in [0, 1): L / (L + 2), so that p = 0.01 gives one half.

    Where fewer than two families speak, what lies above 0.4 is squeezed below one half: the
    order is kept, and such an account stays below every corroborated one at p = 0.01.
    """
    full = level / (level + _HALF_LEVEL)
    squeezed = _KNEE + (full - _KNEE) * (0.5 - _KNEE) / (1.0 - _KNEE)
    return np.where(agreed, full, np.minimum(full, squeezed))
