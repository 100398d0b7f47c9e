"""ECOD on directed columns: how rare each value is, added up.

pyod's ECOD takes, for each column, the larger of minus log the left and the right empirical
tail and of the tail to which the column is skewed, and adds these up. A directed column has
one suspicious side, the right one, and its left end is "ordinary": so here the right tail
speaks whatever the skewness, which has nothing left to choose. On rows whose right tails are
the smaller ones, in columns skewed to the right, both are the same numbers.

Li, Zhao, Hu, Botta, Ionescu and Chen, "ECOD: unsupervised outlier detection using empirical
cumulative distribution functions", IEEE TKDE 2022, doi:10.1109/TKDE.2022.3159580.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from models.arrays import ArrayReader
from models.errors import ModelFormatError
from models.population.reference import reference_rows
from models.population.tails import Tails

Rows = NDArray[np.floating]
FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Ecod:
    """Tail levels of single columns, added up: quick, additive, blind to combinations.

    A row is measured as if it were one more of the training rows, so no level is infinite.
    ``base`` is the average training row's score, and a column contributes what it is above or
    below the average; a missing value contributes nothing, as if it were average.

    Attributes
    ----------
    tails : Tails
        Of each column, over the training rows that have a value.
    mean : (d,) float64
        Mean level of each column over these rows, 0 where there is none.
    """

    kind: ClassVar[str] = "ecod"

    tails: Tails
    mean: FloatArray

    @classmethod
    def fit(
        cls,
        X: Rows,
        *,
        groups: NDArray[np.generic] | None = None,
        sample_weight: FloatArray | None = None,
        seed: int = 0,
        **_settings: int,
    ) -> Ecod:
        """Keep the tails of the reference rows: see `models.account.view.View.fit`."""
        idle = None if sample_weight is None else sample_weight == 0.0
        known = np.asarray(X, dtype=np.float64)[reference_rows(len(X), idle, seed, groups)]
        tails = Tails.build(known, [np.arange(len(known))])
        levels = np.sort(_levels(tails, known), axis=0)  # so that the rows' order decides nothing
        many = np.maximum((~np.isnan(levels)).sum(axis=0), 1)
        return cls(tails, np.nansum(levels, axis=0) / many)

    @property
    def n_features(self) -> int:
        """Columns that are read."""
        return len(self.mean)

    @property
    def base(self) -> float:
        """Score of the average training row."""
        return float(self.mean.sum())

    def raw(self, X: Rows, **_how: object) -> FloatArray:
        """Return (n,) sums of levels: larger = more suspicious."""
        total = np.full(len(X), self.base)
        for column in self.attributions(X).T:  # one by one: the order of a sum is fixed
            total += column
        return total

    def attributions(self, X: Rows, **_how: object) -> FloatArray:
        """Return (n, d) levels above the average; each row sums with `base` to `raw`."""
        above = _levels(self.tails, np.asarray(X, dtype=np.float64)) - self.mean
        return np.where(np.isnan(above), 0.0, above)

    def exact_attributions(self, X: Rows) -> FloatArray:
        """Return `attributions`: of a sum of columns these are the Shapley values."""
        return self.attributions(X)

    def to_arrays(self, prefix: str) -> dict[str, NDArray[np.generic]]:
        """Return the arrays for `models.files.store`."""
        return {f"{prefix}mean": self.mean, **self.tails.to_arrays(f"{prefix}tails.")}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]], prefix: str) -> Ecod:
        """Check and assemble what was stored.

        Raises
        ------
        ModelFormatError
            If the tails are none, or a mean level is not a number.
        """
        mean = ArrayReader(arrays, prefix)("mean", np.float64)
        if not len(mean) or not np.isfinite(mean).all():
            raise ModelFormatError(f"{prefix}mean must hold one finite number for each column")
        return cls(Tails.from_arrays(arrays, f"{prefix}tails.", 1, len(mean)), mean)


def _levels(tails: Tails, X: FloatArray) -> FloatArray:
    """Minus log of the share of training rows at or beyond each value, the row's own counted."""
    everybody = np.zeros(len(X), dtype=np.int64)
    levels: FloatArray = -np.log(tails.p_values(X, everybody))
    return levels
