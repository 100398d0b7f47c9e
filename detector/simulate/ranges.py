"""Three disjoint sets of parameter values: *dev* to look and tune, *valid* to choose, *test*.

Every range that a ring or a group draws from is cut into nine strips, and each set owns three
of them with the same middle: the sets are as hard as one another, but have no value in common.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import numpy as np

from detector.simulate.rng import Floats

RangeSet: TypeAlias = Literal["dev", "valid", "test"]
RANGE_SETS: Final[tuple[RangeSet, ...]] = ("dev", "valid", "test")
_STRIPS: Final[dict[RangeSet, tuple[int, ...]]] = {
    "dev": (0, 4, 8), "valid": (1, 5, 6), "test": (2, 3, 7),
}  # fmt: skip
_COUNT: Final = 9


class Ranges:
    """Draws from the strips of one set.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> values = Ranges("dev").uniform(rng, 0.0, 9.0, 100)
    >>> sorted({int(value) for value in values})
    [0, 4, 8]
    """

    def __init__(self, name: RangeSet) -> None:
        self.name = name
        self._strips = np.array(_STRIPS[name])

    def uniform(self, rng: np.random.Generator, low: float, high: float, size: int = 1) -> Floats:
        """Draw from this set's strips of [low, high)."""
        strip = self._strips[rng.integers(0, len(self._strips), size)]
        return np.asarray(low + (high - low) * (strip + rng.random(size)) / _COUNT)

    def one(self, rng: np.random.Generator, low: float, high: float) -> float:
        """Draw one value."""
        return float(self.uniform(rng, low, high, 1)[0])

    def whole(self, rng: np.random.Generator, low: int, high: int) -> int:
        """Draw one whole number from low to high, both included."""
        return min(high, int(self.uniform(rng, low, high + 1, 1)[0]))
