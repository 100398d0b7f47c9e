"""Tail p-values, smooth and empirical, and false-discovery control where it is earned.

By default a p-value here is an *empirical tail p-value*: (1 + reference members at or beyond)
/ (members + 1), as in split-conformal outlier detection (Bates et al. 2023, "Testing for
outliers with conformal p-values", doi:10.1214/22-AOS2244), but against an unreviewed reference
population. It ranks; it does not promise an error rate. False-discovery control needs a
calibration set that was held out of training and reviewed as clean: one in a thousand bad
accounts in it destroys the guarantee, so without a reviewed set it is refused.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.errors import CalibrationRefused
from models.population.peers import PeerGroups
from models.population.tails import Tails, by_group

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: Share of a table beyond which the tail is extrapolated, and the least members it rests on.
_TAIL_SHARE, _TAIL_LEAST = 0.02, 10
_PER_DECADE = 0.4342944819032518  # log10(e)
#: Members a calibration group needs: fewer cannot make any discovery.
MIN_CALIBRATION = 1000


@dataclass(frozen=True)
class SmoothTails:
    """Minus log10 of tail p-values, strictly increasing beyond the reference as well.

    Inside a table the empirical tail is interpolated between its values. Beyond the k-th
    largest (k = 2 % of the members, at least 10) an exponential tail with their mean excess
    goes on, so that the accounts at the top of the queue do not tie.
    """

    tails: Tails

    def levels(self, values: FloatArray, group: IntArray) -> FloatArray:
        """Return (n, C) levels -log10 p, at least 0; NaN stays NaN."""
        out = np.full(values.shape, np.nan)
        for g, rows in by_group(group):
            for column in range(self.tails.columns):
                table = g * self.tails.columns + column
                out[rows, column] = self._level(table, values[rows, column])
        return out

    def _level(self, table: int, x: FloatArray) -> FloatArray:
        t = self.tails
        part = slice(t.start[table], t.start[table + 1])
        value, count, total = t.value[part], t.at_least[part], int(t.total[table])
        if not total:
            return np.where(np.isnan(x), np.nan, 0.0)
        level = np.log10(total + 1.0) - np.log10(np.minimum(1.0 + count, total + 1.0))
        knot, excess = _tail_start(value, count, total)
        inside = np.interp(x, value, level)
        outside = level[knot] + np.maximum(x - value[knot], 0.0) / excess * _PER_DECADE
        return np.where(x > value[knot], outside, np.where(x < value[0], 0.0, inside))


def _tail_start(value: FloatArray, at_least: IntArray, total: int) -> tuple[int, float]:
    """Return the kept value where the tail begins and the mean excess of what is above it."""
    wanted = max(_TAIL_LEAST, int(np.ceil(total * _TAIL_SHARE)))
    knot = int(np.searchsorted(-at_least, -wanted, side="right")) - 1
    knot = max(knot, 0)
    weight = at_least - np.append(at_least[1:], 0)
    above = weight[knot + 1 :]
    spread = float(np.sum(above * (value[knot + 1 :] - value[knot])))
    if spread > 0.0:
        return knot, spread / float(above.sum())
    wide = float(value[-1] - value[0])
    return knot, wide if wide > 0.0 else 1.0


@dataclass(frozen=True)
class Calibration:
    """A held-out calibration set: scores by peer group, larger = more suspicious.

    Groups with fewer than `MIN_CALIBRATION` members use the next coarser one.
    """

    groups: PeerGroups
    tails: Tails

    @classmethod
    def fit(cls, scores: FloatArray, codes: IntArray) -> Calibration:
        """Keep the (n,) scores of calibration accounts with their (n, 3) peer codes.

        Whoever calls states that people reviewed every one of them and found it clean, and
        that none of them was used in training.

        Raises
        ------
        CalibrationRefused
            With fewer than `MIN_CALIBRATION` accounts.
        """
        if len(scores) < MIN_CALIBRATION:
            raise CalibrationRefused(
                f"{len(scores)} calibration accounts are too few; false-discovery control needs "
                f"{MIN_CALIBRATION} or more, held out of training and reviewed as clean"
            )
        groups = PeerGroups.fit(codes, min_members=MIN_CALIBRATION)
        return cls(groups, Tails.build(scores[:, None], groups.members(codes), keep=len(scores)))

    def p_values(self, scores: FloatArray, codes: IntArray) -> FloatArray:
        """Return (n,) split-conformal p-values (1 + scores >= own) / (n + 1).

        Valid when the calibration accounts are exchangeable with the clean ones that are
        scored: Bates et al. 2023, doi:10.1214/22-AOS2244, equation 2.
        """
        return self.tails.p_values(scores[:, None], self.groups.assign(codes))[:, 0]

    def q_values(self, scores: FloatArray, codes: IntArray) -> FloatArray:
        """Return (n,) q-values: the least false-discovery rate at which each is selected.

        Benjamini and Hochberg 1995; valid for conformal p-values by Bates et al. 2023,
        theorem 2.
        """
        from scipy.stats import false_discovery_control

        found: FloatArray = false_discovery_control(self.p_values(scores, codes), method="bh")
        return found
