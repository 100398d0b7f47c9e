"""Signs of wrongs that are not proxy access."""

from __future__ import annotations

import numpy as np

from detector.simulate import work
from detector.simulate.rng import Ints
from detector.simulate.world import World


def stolen_calls(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Model use that the holder never had starts in the window and is large."""
    t = world.traits
    start = t["turn"][index]
    t.put(index, llm_from=start, llm_until=start + world.ranges.uniform(rng, 2, 25, len(index)))
    t.scale(index, llm_rate=world.ranges.uniform(rng, 2, 20, len(index)))


def mining(world: World, rng: np.random.Generator, index: Ints) -> None:
    """GPUs at a flat power draw, day and night, with no traffic between them."""
    t = world.traits
    t.put(
        index, job=work.MINE, telemetry=1, gpu_weekend=1.0,
        gpu_hours=world.ranges.uniform(rng, 18, 24, len(index)), gpu_pricing=2,
    )  # fmt: skip


def closed_for_fraud(world: World, rng: np.random.Generator, index: Ints) -> None:
    """The provider closes the account some weeks later."""
    later = world.traits["turn"][index] + rng.exponential(25, len(index))
    world.traits.put(index, closed=later, close_reason=1)


def chargebacks(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Payments are charged back."""
    world.traits.put(index, chargeback=world.ranges.uniform(rng, 0.25, 0.9, len(index)))
