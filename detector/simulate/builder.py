"""Build a world and write it: the run behind ``simulate``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from detector.errors import UsageError
from detector.simulate.archetypes import ARCHETYPES
from detector.simulate.drift import drift
from detector.simulate.population import populate
from detector.simulate.presets import preset_of
from detector.simulate.ranges import RANGE_SETS, Ranges
from detector.simulate.rings import plant
from detector.simulate.tables import write_world
from detector.simulate.traits import NEVER
from detector.simulate.typologies import TYPOLOGIES
from detector.simulate.variety import draw
from detector.simulate.world import World

MOST_ACCOUNTS: Final = 2_000_000
FEWEST_ACCOUNTS: Final = 40


def run(
    preset: str,
    accounts: int,
    days: int,
    seed: int,
    out: Path,
    *,
    ranges: str,
    settings: Mapping[str, Any] | None,
    layout: str,
    progress: Callable[[str, float], None] | None,
) -> Path:
    """Build a world and write it; see ``detector.simulate.simulate``."""
    # Sketches do not compress: a small mixed folder carries few of them.
    small = {"sketches": 0.035} if layout == "mixed" else {}
    spec = preset_of(preset, {**small, **(settings or {})})
    _check(accounts, days, ranges, layout)
    report = progress or (lambda _stage, _done: None)
    report("population", 0.0)
    chosen = next(name for name in RANGE_SETS if name == ranges)
    world = build(World(spec, accounts, days, seed, Ranges(chosen)))
    return write_world(world, out, layout, report)


def build(world: World) -> World:
    """Fill a world: innocents first, then the other wrongs and the rings."""
    names = [*ARCHETYPES, *TYPOLOGIES]
    world.variety = draw(world.streams.of("variety"), world.spec.variety, names)
    populate(world)
    plant(world)
    if world.spec.drift:
        drift(world)
    closed_too_soon = world.traits["closed"] <= world.traits["created"]
    world.traits.put(np.flatnonzero(closed_too_soon), closed=NEVER)
    return world


def _check(accounts: int, days: int, ranges: str, layout: str) -> None:
    if not FEWEST_ACCOUNTS <= accounts <= MOST_ACCOUNTS:
        raise UsageError(
            f"{accounts} accounts asked for; a world has {FEWEST_ACCOUNTS} to {MOST_ACCOUNTS}."
        )
    if not 7 <= days <= 730:
        raise UsageError(f"{days} days asked for; a world has 7 to 730.")
    if ranges not in RANGE_SETS:
        raise UsageError(f"There are no ranges {ranges!r}; choose one of {', '.join(RANGE_SETS)}.")
    if layout not in ("parts", "mixed"):
        raise UsageError(f"There is no layout {layout!r}; choose parts or mixed.")
