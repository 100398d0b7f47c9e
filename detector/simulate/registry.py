"""Decorators that register innocent archetypes and typologies: one function each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from detector.simulate.ranges import RANGE_SETS, RangeSet

if TYPE_CHECKING:
    import numpy as np

    from detector.simulate.rng import Ints
    from detector.simulate.world import World

Shape: TypeAlias = "Callable[[World, np.random.Generator, Ints], None]"
Signs: TypeAlias = "list[Shape]"


@dataclass(frozen=True, slots=True)
class Archetype:
    """An innocent kind of customer.

    ``share`` is its part of all accounts; ``group`` the range of sizes in which its accounts
    come (1, 1 for single ones); ``look_alike`` says that it carries signs of a typology.
    """

    name: str
    share: float
    group: tuple[int, int]
    look_alike: bool
    sets: tuple[RangeSet, ...]
    shape: Shape


@dataclass(frozen=True, slots=True)
class Typology:
    """A kind of proxy access: a function that lists its signs."""

    id: str
    name: str
    weight: float
    sizes: tuple[int, int]
    gpu: float
    role: int
    signs: Callable[[], Signs]
    only: dict[str, Callable[[], Signs]] = field(default_factory=dict)


ARCHETYPES: Final[dict[str, Archetype]] = {}
TYPOLOGIES: Final[dict[str, Typology]] = {}


def archetype(
    share: float,
    *,
    group: tuple[int, int] = (1, 1),
    look_alike: bool = True,
    sets: tuple[RangeSet, ...] = RANGE_SETS,
) -> Callable[[Shape], Shape]:
    """Register a function that gives accounts of one group the traits of an archetype."""

    def register(shape: Shape) -> Shape:
        name = shape.__name__
        ARCHETYPES[name] = Archetype(name, share, group, look_alike, sets, shape)
        return shape

    return register


def typology(
    id: str,
    *,
    weight: float,
    sizes: tuple[int, int],
    gpu: float,
    role: int = 1,
    only: dict[str, Callable[[], Signs]] | None = None,
) -> Callable[[Callable[[], Signs]], Callable[[], Signs]]:
    """Register a function that lists the signs of a typology.

    Parameters
    ----------
    id : stable id of the domain, T01 to T21.
    weight : how often rings are of it, relative to the others.
    sizes : smallest and largest ring.
    gpu : share of rings that want GPUs; the others want model tokens.
    role : proxy (1), victim (2) or other (3).
    only : by range set, a function that lists signs seen only in that set.
    """

    def register(signs: Callable[[], Signs]) -> Callable[[], Signs]:
        TYPOLOGIES[id] = Typology(
            id, signs.__name__, weight, sizes, gpu, role, signs, dict(only or {})
        )
        return signs

    return register
