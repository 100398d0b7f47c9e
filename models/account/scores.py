"""What a model says about accounts: one row of every array for each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Attributions:
    """What made the joint score of each row, all (n, d); NaN where the value is missing.

    ``contributions`` add up with ``base`` to ``raw`` (they are never NaN); ``peer_median`` is
    in the feature's own unit; ``tail`` is the share of peers beyond the value on the
    suspicious side. A feature without a say in the joint score has neither of these two.
    """

    contributions: FloatArray
    peer_median: FloatArray
    tail: FloatArray


@dataclass(frozen=True)
class AccountScores:
    """Scores of n accounts; larger raw and evidence, smaller p and tail = more suspicious.

    Attributes
    ----------
    raw : (n,) float64
        Joint view's score, ``base`` + sum of ``contributions``.
    contributions, peer_median, tail : (n, d) float64
        See `Attributions`; of shape (0, d) when they were not asked for.
    family_p : (n, F) float64
        Empirical tail p-value of each family within peers, NaN where it is wholly missing.
    families : tuple of str
        The F family ids, in the order of their first feature.
    statistic : (n,) float64
        What evidence is the tail of: the combined levels, or a taught model's ``raw``.
    p_value : (n,) float64
        Empirical tail p-value of the statistic within peers, with ordinary places in the stead
        of the account's own: see `models.account.placeless`.
    p_with_place : (n,) float64
        The same with its own places.
    q_value : (n,) float64
        False-discovery rate at which the account is selected; NaN without a calibration (see
        `models.account.case.CaseModel.with_q_values`).
    level : (n,) float64
        -log10 of the smooth tail that evidence is made of, before two families are asked for.
    placeless_raw, placeless_level : (n,) float64
        ``raw`` and ``level`` with ordinary places.
    evidence : (n,) float64
        In [0, 1); see `models.combine.evidence`.
    speaks : (n, F) bool
        Families whose p-value is at most 0.05, with ordinary places.
    agreed : (n,) bool
        Whether two families speak that are not about place, or the odds learnt from decisions
        pass the model's threshold with ordinary places.
    coverage : (n,) float64
        Share of the model's features that are not missing.
    """

    raw: FloatArray
    base: float
    contributions: FloatArray
    peer_median: FloatArray
    tail: FloatArray
    family_p: FloatArray
    families: tuple[str, ...]
    statistic: FloatArray
    p_value: FloatArray
    p_with_place: FloatArray
    q_value: FloatArray
    level: FloatArray
    placeless_raw: FloatArray
    placeless_level: FloatArray
    evidence: FloatArray
    speaks: BoolArray
    agreed: BoolArray
    coverage: FloatArray

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return every field that has a row for each account, by name."""
        return {name: value for name, value in vars(self).items() if isinstance(value, np.ndarray)}

    def rows(self, at: IntArray) -> AccountScores:
        """Return the scores of some accounts; what was not asked for stays empty."""
        taken: dict[str, Any] = {
            name: array[at] for name, array in self.arrays().items() if len(array) == len(self.raw)
        }
        return replace(self, **taken)

    def bare(self) -> AccountScores:
        """Return the scores without the three (n, d) arrays."""
        empty = {f: getattr(self, f)[:0].copy() for f in ("contributions", "peer_median", "tail")}
        return replace(self, **empty)


def joined(parts: Sequence[AccountScores]) -> AccountScores:
    """Return the scores of parts of a population, by one model, as those of the whole."""
    whole: dict[str, Any] = {
        name: np.ascontiguousarray(np.concatenate([getattr(part, name) for part in parts]))
        for name in parts[0].arrays()
    }
    return replace(parts[0], **whole)
