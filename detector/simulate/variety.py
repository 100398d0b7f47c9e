"""How worlds of one preset differ: who is there, how much of a ring shows, what it shares.

Lessons of one make teach a prior of that make. With ``variety`` each world draws its own
shares of archetypes and typologies, its own rate of stray signs, and how openly rings work.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from detector.simulate.rng import Floats

# What every world without variety has.
SIGNS: Final = (0.4, 0.8)
LINKS: Final = (0.42, 0.24, 0.24, 0.1)
SINGLES: Final = 0.12
STRAY: Final = 0.4


@dataclass(frozen=True, slots=True)
class Variety:
    """The circumstances of one world.

    Attributes
    ----------
    weights : factor on the share of an archetype or a typology, by its name or id; else 1.
    signs : least and largest share of a typology's signs that a ring shows.
    links : chances that a ring shares 0, 1, 2 or 3 rare things beside its signs.
    singles : share of single accounts among rings that may be single.
    stray : factor on the rates of signs that innocents carry for no special reason.
    """

    weights: dict[str, float]
    signs: tuple[float, float]
    links: Floats
    singles: float
    stray: float

    def of(self, name: str) -> float:
        """The factor on the share of an archetype or a typology."""
        return self.weights.get(name, 1.0)


def draw(rng: np.random.Generator, spread: float, names: Iterable[str]) -> Variety:
    """Draw a world's circumstances; a spread of 0 gives the same to every world.

    Parameters
    ----------
    rng : of the world's own stream.
    spread : standard deviation of the logarithm of the factors on shares.
    names : archetypes and typologies.

    Examples
    --------
    >>> draw(np.random.default_rng(0), 0.0, ["T01"]).of("T01")
    1.0
    >>> draw(np.random.default_rng(0), 0.8, ["T01"]).of("T01") == 1.0
    False
    """
    if spread == 0:
        return Variety({}, SIGNS, np.array(LINKS), SINGLES, STRAY)
    middle = rng.uniform(0.45, 0.8)
    return Variety(
        weights={name: float(np.exp(spread * rng.normal())) for name in sorted(names)},
        signs=(middle - 0.2, middle + 0.2),
        links=rng.dirichlet(4.0 * np.array(LINKS)),
        singles=float(rng.uniform(0.1, 0.45)),
        stray=float(STRAY * np.exp(0.5 * spread * rng.normal())),
    )
