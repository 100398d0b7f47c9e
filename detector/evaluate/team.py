"""A team of reviewers who are right so often."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detector.errors import UsageError
from detector.evaluate.reading import Bools


@dataclass(frozen=True)
class Team:
    """Reviewers: ``accuracy`` is the chance that one decision of theirs is right.

    Examples
    --------
    >>> Team(accuracy=0.5, seed=7).confirms(np.array([True] * 6), sitting=1).tolist()
    [False, True, True, True, True, False]
    """

    accuracy: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0.0 <= self.accuracy <= 1.0:
            raise UsageError(f"accuracy is {self.accuracy}; expected a share from 0 to 1, say 0.9")

    def confirms(self, bad: Bools, sitting: int) -> Bools:
        """Which cases the team confirms; it clears the others.

        Parameters
        ----------
        bad : (n,) bool
            The truth of each case, in the order in which they are decided.
        sitting : int
            Each sitting draws its own errors, whatever was decided in the others.
        """
        draw = np.random.default_rng((self.seed, sitting))
        return np.asarray(bad == (draw.random(len(bad)) < self.accuracy))
