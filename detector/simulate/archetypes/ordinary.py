"""Customers with nothing special about them; ring members start from these as a cover."""

from __future__ import annotations

import numpy as np

from detector.simulate import work
from detector.simulate.registry import archetype
from detector.simulate.rng import Ints
from detector.simulate.world import World

INDIVIDUAL, STARTUP, BUSINESS, ENTERPRISE, EDUCATION, GOVERNMENT, RESELLER = range(7)
WEB, ANALYTICS, RENDERING, SCIENTIFIC, TRAINING, INFERENCE, FINANCE, GAMING, TEACHING, OTHER = (
    range(10)
)


def part(rng: np.random.Generator, index: Ints, share: float) -> Ints:
    """Return a random part of some accounts."""
    return index[rng.random(len(index)) < share]


def declares(world: World, rng: np.random.Generator, index: Ints, use: int, share: float) -> None:
    """Let a share of accounts declare an end use."""
    world.traits.put(part(rng, index, share), use_class=use, use_text=use)


@archetype(0.225, look_alike=False)
def hobbyist(world: World, rng: np.random.Generator, index: Ints) -> None:
    """A person who tries things."""
    world.traits.put(index, customer_class=INDIVIDUAL)
    world.traits.scale(index, spend=0.4)
    work.give_gpu(world, rng, part(rng, index, 0.14), tiers=(0.6, 0.14, 0.22, 0.04), level=-0.4)
    work.give_models(world, rng, part(rng, index, 0.3), rate=2.4)


@archetype(0.21, look_alike=False)
def web_shop(world: World, rng: np.random.Generator, index: Ints) -> None:
    """A small firm's site and its database."""
    world.traits.put(index, customer_class=BUSINESS)
    declares(world, rng, index, WEB, 0.6)
    work.give_gpu(world, rng, part(rng, index, 0.06), level=-0.3)
    work.give_models(world, rng, part(rng, index, 0.2))


@archetype(0.165, look_alike=False)
def software_firm(world: World, rng: np.random.Generator, index: Ints) -> None:
    """A firm that builds and sells software."""
    world.traits.put(index, customer_class=rng.choice([STARTUP, BUSINESS], len(index)))
    world.traits.scale(index, spend=2.0, ev_rate=1.5)
    declares(world, rng, index, WEB, 0.5)
    work.give_gpu(world, rng, part(rng, index, 0.18))
    work.give_models(world, rng, part(rng, index, 0.45))


@archetype(0.105, look_alike=False)
def analytics_team(world: World, rng: np.random.Generator, index: Ints) -> None:
    """A firm's data team."""
    world.traits.put(index, customer_class=rng.choice([BUSINESS, ENTERPRISE], len(index)))
    declares(world, rng, index, ANALYTICS, 0.6)
    work.give_gpu(world, rng, part(rng, index, 0.2))
    work.give_models(world, rng, part(rng, index, 0.3))


@archetype(0.105, look_alike=False)
def ml_startup(world: World, rng: np.random.Generator, index: Ints) -> None:
    """A young firm that trains and serves models of its own."""
    world.traits.put(index, customer_class=STARTUP)
    declares(world, rng, index, TRAINING, 0.6)
    work.give_gpu(world, rng, part(rng, index, 0.9), tiers=(0.2, 0.2, 0.3, 0.3), level=0.2)
    work.give_models(world, rng, part(rng, index, 0.4))


@archetype(0.105, look_alike=False)
def model_app(world: World, rng: np.random.Generator, index: Ints) -> None:
    """An app on top of a model endpoint."""
    world.traits.put(index, customer_class=rng.choice([INDIVIDUAL, STARTUP], len(index)))
    declares(world, rng, index, INFERENCE, 0.55)
    work.give_models(world, rng, index, rate=3.9, end_users=(0, 400))
    work.give_gpu(world, rng, part(rng, index, 0.12))


@archetype(0.075, look_alike=False)
def game_studio(world: World, rng: np.random.Generator, index: Ints) -> None:
    """A studio with game servers and build farms."""
    world.traits.put(index, customer_class=BUSINESS)
    declares(world, rng, index, GAMING, 0.7)
    work.give_gpu(world, rng, part(rng, index, 0.3), tiers=(0.5, 0.25, 0.2, 0.05))
    work.give_models(world, rng, part(rng, index, 0.2))


@archetype(0.06, look_alike=False)
def enterprise(world: World, rng: np.random.Generator, index: Ints) -> None:
    """A large firm's single account."""
    world.traits.put(index, customer_class=ENTERPRISE, kyc=2, pay_mode=0)
    world.traits.scale(index, spend=6.0, ev_rate=2.0)
    work.give_gpu(world, rng, part(rng, index, 0.3), level=0.4)
    work.give_models(world, rng, part(rng, index, 0.4), rate=4.0)
