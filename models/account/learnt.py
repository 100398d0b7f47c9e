"""What a model keeps of reviewers' decisions beside the leaves of its joint forest.

Families' levels get weights: a family that reviewers keep confirming says more than the prior
thought. What a family adds is shared out over its columns as far as each stands out, so that
contributions and base still add up to the score. A level is 0 or more and a missing family adds
nothing, so the base stays that of the forest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.account.columns import FeatureSpec, columns_of, families_of
from models.arrays import ArrayReader
from models.errors import ModelFormatError

FloatArray = NDArray[np.float64]
Float32 = NDArray[np.float32]
BoolArray = NDArray[np.bool_]

PREFIX: Final = "learnt."
#: A family's level counts up to here: beyond, tails are extrapolated far.
MOST: Final = 6.0


#: Log odds that no account has: where nothing passes for sure.
NEVER: Final = float(np.finfo(np.float64).max)


@dataclass(frozen=True)
class Learnt:
    """Weights of the families' levels, and the odds from which no second family is asked for.

    Attributes
    ----------
    weights : (F,) float64
        In the order of the model's families.
    threshold : float
        Learnt log odds, with ordinary places, from which an account counts as corroborated.
    """

    weights: FloatArray
    threshold: float

    def added(self, levels: FloatArray) -> FloatArray:
        """Return (n,) what levels (n, F) add to log odds, family after family."""
        total = np.zeros(len(levels))
        for at, weight in enumerate(self.weights.tolist()):
            total += weight * levels[:, at]
        return total

    def sure(self, odds: FloatArray) -> BoolArray:
        """Return (n,) whether log odds with ordinary places pass the threshold."""
        return np.greater_equal(odds, self.threshold)

    def contributions(
        self, levels: FloatArray, directed: Float32, specs: Sequence[FeatureSpec]
    ) -> FloatArray:
        """Return (n, d) what each column carries of `added`.

        A family's part goes to its columns by how far each lies out among peers; evenly where
        none does.
        """
        out = np.zeros(directed.shape)
        for at, family in enumerate(families_of(specs)):
            columns = columns_of(specs, family)
            far = [np.nan_to_num(directed[:, j].astype(np.float64)) for j in columns]
            total = np.zeros(len(directed))
            for distance in far:
                total += distance
            part = self.weights[at] * levels[:, at]
            for j, distance in zip(columns, far, strict=True):
                out[:, j] = part * np.where(
                    total > 0.0, distance / np.maximum(total, 1e-30), 1.0 / len(columns)
                )
        return out

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return the arrays for `models.files.store`."""
        return {
            f"{PREFIX}weights": self.weights,
            f"{PREFIX}threshold": np.array([self.threshold]),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]], families: int) -> Learnt:
        """Check and assemble what `to_arrays` gave.

        Raises
        ------
        ModelFormatError
            If there is not one finite weight for each family, and one threshold.
        """
        get = ArrayReader(arrays, PREFIX)
        weights, threshold = get("weights", np.float64), get("threshold", np.float64)
        if len(weights) != families or len(threshold) != 1:
            raise ModelFormatError(
                f"{PREFIX}weights holds {len(weights)} for {families} families, and "
                f"{PREFIX}threshold {len(threshold)}; expected one"
            )
        if not (np.isfinite(weights).all() and np.isfinite(threshold).all()):
            raise ModelFormatError(f"{PREFIX}weights or {PREFIX}threshold is not finite")
        return cls(weights, float(threshold[0]))
