"""What presets let rings do to be overlooked: split, throttle, mimic, age, clean papers."""

from __future__ import annotations

from typing import Final

import numpy as np

from detector.simulate.archetypes import ARCHETYPES
from detector.simulate.rng import Ints
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
    spec, t = world.spec, world.traits
    factor = spec.volume / (spec.split if spec.split > 1 else 1)
    t.scale(members, llm_rate=factor, gpu_count=factor)
    if spec.throttle:
        t.put(members, llm_rate=np.minimum(t["llm_rate"][members], rng.uniform(4, 16, len(members))))
        t.put(members, gpu_count=np.minimum(t["gpu_count"][members], 0.6),
              gpu_hours=np.minimum(t["gpu_hours"][members], rng.uniform(1, 5, len(members))),
              gpu_p=np.minimum(t["gpu_p"][members], 0.3), llm_p=np.minimum(t["llm_p"][members], 0.4))  # fmt: skip
    if spec.mimic:
        _mimic(world, rng, members)
    if spec.aged:
        t.put(members, created=np.minimum(t["created"][members], -rng.uniform(200, 1500, len(members))))
    if spec.perfect_kyc:
        _clean_papers(world, rng, members)
    if spec.ramp:
        _ramp(world, rng, members)


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
        use_class=np.where(t["gpu"][members] == 1, 4, 5), use_text=np.where(t["gpu"][members], 4, 5),
    )  # fmt: skip


def _ramp(world: World, rng: np.random.Generator, members: Ints) -> None:
    """Grow slowly from the first day instead of at a turn."""
    t, size = world.traits, len(members)
    growth = np.log(world.ranges.uniform(rng, 8, 40, size)) / world.days
    t.put(members, gpu_trend=growth, gpu_from=-1.0e6, llm_from=-1.0e6, quiet_from=1.0e6,
          llm_trend=growth)  # fmt: skip
    t.scale(members, gpu_count=0.4, llm_rate=0.2)
