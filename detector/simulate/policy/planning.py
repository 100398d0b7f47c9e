"""Plan what lane L reads of a world: the innocent parts first, then the cases."""

from __future__ import annotations

from detector.simulate.plan import Plan
from detector.simulate.policy.chains import add_chains
from detector.simulate.policy.channel import add_channel, plant_end_customer
from detector.simulate.policy.facts import Policy
from detector.simulate.policy.headquarters import draw_known, with_seats
from detector.simulate.policy.holders import plant_listed, plant_unlisted
from detector.simulate.policy.listed import Words, strangers
from detector.simulate.policy.owned import Owners, plant_owned
from detector.simulate.policy.places import add_seated, plant_places, plant_served
from detector.simulate.policy.pool import innocents
from detector.simulate.records import holders, owner_rows
from detector.simulate.world import World


def plan_policy(world: World, plan: Plan) -> Policy:
    """Plan it from streams of its own: nothing that was drawn before moves."""
    names = holders(world)
    rows = owner_rows(world)
    pool = innocents(world, plan, names, rows)
    words = Words(world.streams.of("listed parties"))
    policy = Policy(draw_known(world, names), with_seats(world, rows))
    policy.entries += strangers(words)
    owners = Owners(world, policy, pool, words)
    if world.spec.policy:
        # The scarcest accounts are given away first.
        plant_places(world, owners)
        plant_owned(owners)
        plant_listed(world, policy, pool, words)
        plant_end_customer(world, policy, pool, words.organisation("EL", "CN"))
    plant_served(world, owners)
    plant_unlisted(policy, pool, words)
    add_chains(world, policy, pool)
    add_channel(world, policy, pool)
    add_seated(world, policy, pool.controlled)
    return policy
