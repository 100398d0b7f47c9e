"""What presets let rings do to be overlooked: split, throttle, mimic, age, clean papers."""

from __future__ import annotations

from typing import Final

import numpy as np

from detector.simulate.archetypes import ARCHETYPES
from detector.simulate.rng import Floats, Ints
from detector.simulate.world import World

_SHAPE_TRAITS: Final = (
    "act_p", "weekend", "spend", "trend", "ev_rate", "mfa", "api_share", "gpu_count",
    "gpu_hours", "gpu_p", "gpu_weekend", "gpu_trend", "gpu_pricing", "churn", "region_hop",
    "llm_rate", "llm_p", "llm_weekend", "llm_flat", "llm_steady", "llm_in", "llm_out",
    "llm_spread", "llm_second", "llm_limit", "llm_refuse", "llm_cached", "clients", "templates",
    "template_noise", "end_users",
)  # fmt: skip


def prepare(world: World, rng: np.random.Generator, members: Ints) -> None:
    """Prepare members before their signs show."""
    if world.spec.aged:
        age = rng.uniform(200, 1500, len(members))
        world.traits.put(members, created=-age)


def finish(world: World, rng: np.random.Generator, members: Ints) -> None:
    """Change members after their signs, as the preset says."""
    spec = world.spec
    factor = spec.volume / (spec.split if spec.split > 1 else 1)
    world.traits.scale(members, llm_rate=factor, gpu_count=factor)
    for wanted, change in (
        (spec.throttle, _throttle),
        (spec.mimic, _mimic),
        (spec.aged, _age),
        (spec.perfect_kyc, _clean_papers),
        (spec.ramp, _ramp),
    ):
        if wanted:
            change(world, rng, members)


def _throttle(world: World, rng: np.random.Generator, members: Ints) -> None:
    """Stay below the middle of one's peers in every amount."""
    t, size = world.traits, len(members)
    limits: dict[str, Floats | float] = {
        "llm_rate": rng.uniform(4, 16, size), "llm_p": 0.4, "gpu_p": 0.3, "gpu_count": 0.6,
        "gpu_hours": rng.uniform(1, 5, size),
    }  # fmt: skip
    for name, limit in limits.items():
        t.put(members, **{name: np.minimum(t[name][members], limit)})


def _age(world: World, rng: np.random.Generator, members: Ints) -> None:
    """Use accounts opened long ago, each on another day."""
    old = -rng.uniform(200, 1500, len(members))
    world.traits.put(members, created=np.minimum(world.traits["created"][members], old))


def _mimic(world: World, rng: np.random.Generator, members: Ints) -> None:
    """Copy rates, hours and shapes from accounts of one ordinary archetype that do the same."""
    t = world.traits
    names = [n for n in sorted(ARCHETYPES) if not ARCHETYPES[n].look_alike]
    kinds = [i for i, n in enumerate(sorted(ARCHETYPES)) if n in names]
    gpu = bool(t["gpu"][members].mean() > 0.5)
    innocent = (world.role == 0) & np.isin(world.archetype, kinds)
    innocent &= (t["gpu"] == 1) if gpu else (t["llm"] == 1)
    kind = rng.choice(np.unique(world.archetype[innocent]))
    donors = np.flatnonzero(innocent & (world.archetype == kind))
    t.copy_from(members, rng.choice(donors, len(members)), _SHAPE_TRAITS)


def _clean_papers(world: World, rng: np.random.Generator, members: Ints) -> None:
    t, size = world.traits, len(members)
    t.put(
        members, kyc=2, kyc_delay=rng.exponential(3, size), pay_match=1.0,
        billing_place=t["place"][members], phone_place=t["place"][members],
        entity_age=rng.uniform(900, 5000, size), owner_opaque=rng.beta(1.2, 8, size),
        use_class=np.where(t["gpu"][members] == 1, 4, 5),
        use_text=np.where(t["gpu"][members] == 1, 4, 5),
    )  # fmt: skip


def _ramp(world: World, rng: np.random.Generator, members: Ints) -> None:
    """Grow slowly from the first day instead of at a turn."""
    t, size = world.traits, len(members)
    growth = np.log(world.ranges.uniform(rng, 8, 40, size)) / world.days
    t.put(members, gpu_trend=growth, gpu_from=-1.0e6, llm_from=-1.0e6, quiet_from=1.0e6,
          llm_trend=growth)  # fmt: skip
    t.scale(members, gpu_count=0.4, llm_rate=0.2)
