"""Signs in the customer record: profile, end use, verification, age, owners."""

from __future__ import annotations

import numpy as np

from detector.simulate import habits
from detector.simulate.rng import Ints
from detector.simulate.world import World

BUSINESS, RESELLER = 2, 6
OTHER_USE = 9


def trader_profile(world: World, rng: np.random.Generator, index: Ints) -> None:
    """A small trading or IT-services firm that states no end use."""
    world.traits.put(
        index,
        customer_class=np.where(rng.random(len(index)) < 0.85, BUSINESS, RESELLER),
        use_class=np.where(rng.random(len(index)) < 0.5, OTHER_USE, -1),
        use_text=np.where(rng.random(len(index)) < 0.7, -1, 3),
    )


def no_end_use(world: World, rng: np.random.Generator, index: Ints) -> None:
    """The end use is left blank."""
    some = index[rng.random(len(index)) < 0.85]
    world.traits.put(some, use_class=-1, use_text=-1)


def other_end_use(world: World, rng: np.random.Generator, index: Ints) -> None:
    """The declared end use is web, gaming, rendering or analytics."""
    world.traits.put(index, use_class=rng.choice([0, 1, 2, 7], len(index)))


def young_entity(world: World, rng: np.random.Generator, index: Ints) -> None:
    """The firm was registered shortly before it signed up."""
    world.traits.put(
        index, entity_age=world.ranges.uniform(rng, 5, 330, len(index)), customer_class=BUSINESS
    )


def unverified(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Verification is missing, pending, failed or expired."""
    world.traits.put(index, kyc=rng.choice([0, 0, 1, 3, 4], len(index)))


def verified_late(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Verification came long after sign-up."""
    world.traits.put(index, kyc=2, kyc_delay=world.ranges.uniform(rng, 15, 90, len(index)))


def opaque_owners(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Large parts of the ownership are unknown or held by nominees."""
    world.traits.put(index, owner_opaque=world.ranges.uniform(rng, 0.4, 0.95, len(index)))


def formation_agent(world: World, rng: np.random.Generator, index: Ints) -> None:
    """The address is one that a formation agent gives to many firms."""
    agents = world.shared("agents")
    ids = agents[rng.integers(0, len(agents), len(index))]
    world.links.add(index, habits.ADDRESS, ids, world.traits["created"][index])


def phone_elsewhere(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Phone or billing place is not the declared one."""
    place = rng.integers(0, 24, len(index))
    if rng.random() < 0.5:
        world.traits.put(index, phone_place=place)
    else:
        world.traits.put(index, billing_place=place)


def dormant_before(world: World, rng: np.random.Generator, index: Ints) -> None:
    """An account of some age was silent before the turn."""
    turn = world.traits["turn"][index]
    created = world.traits["created"][index]
    age = world.ranges.uniform(rng, 120, 900, len(index))
    world.traits.put(
        index,
        created=np.minimum(created, -age),
        quiet_from=turn - world.ranges.uniform(rng, 20, 80, len(index)),
        quiet_until=turn,
    )


def changed_mix(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Ordinary services shrink from the turn on."""
    world.traits.put(index, spend_after=world.ranges.uniform(rng, 0.0, 0.35, len(index)))
