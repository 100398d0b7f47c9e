"""The drift preset: halfway through, the whole population changes its ways."""

from __future__ import annotations

import numpy as np

from detector.simulate import work
from detector.simulate.rng import Ints
from detector.simulate.world import World


def drift(world: World) -> None:
    """Let newer machines and models, and programs that never sleep, become ordinary."""
    rng, t = world.streams.of("drift"), world.traits
    machines = np.flatnonzero((t["gpu"] == 1) & (rng.random(world.accounts) < 0.4))
    _newer_machines(world, rng, machines)
    callers = np.flatnonzero((t["llm"] == 1) & (rng.random(world.accounts) < 0.7))
    delay = rng.exponential(4.0, len(callers))
    t.put(callers, llm_adopt=np.minimum(t["llm_adopt"][callers], delay))
    t.put(callers, llm_flat=np.minimum(t["llm_flat"][callers] + 0.25, 1.0))
    t.put(callers, llm_trend=t["llm_trend"][callers] + np.log(2.5) / world.days)


def _newer_machines(world: World, rng: np.random.Generator, index: Ints) -> None:
    t = world.traits
    tiers = rng.choice([2, 3], len(index), p=[0.6, 0.4])
    newer = work.machines(rng, t["cloud"][index].astype(np.int64), tiers)
    t.put(index, machine_before=t["machine"][index], machine=newer, gpu_switch=world.days / 2)
    t.scale(index, gpu_count=0.6)
