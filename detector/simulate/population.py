"""The innocent population: everybody's ordinary traits, then the archetypes on top."""

from __future__ import annotations

from typing import Final

import numpy as np

from detector.simulate import habits
from detector.simulate.archetypes import ARCHETYPES
from detector.simulate.catalogue import CLOUD_WEIGHTS
from detector.simulate.everyday import scatter_single_signs
from detector.simulate.registry import Archetype
from detector.simulate.rng import Ints, pick_weighted
from detector.simulate.world import World

PLACES: Final = 24
_ZONES: Final = 24


def populate(world: World) -> None:
    """Give every account the traits of an innocent customer."""
    everyone = np.arange(world.accounts)
    _draw_people(world, everyone)
    _draw_rhythm(world, everyone)
    _draw_money(world, everyone)
    _draw_tools(world, everyone)
    habits.give_operators(world, world.streams.of("operators"), everyone)
    habits.give_networks(world, world.streams.of("networks"), everyone)
    habits.give_keys(world, world.streams.of("keys"), _programs(world, everyone), 4)
    habits.give_instruments(world, world.streams.of("instruments"), everyone)
    kinds = [a for a in ARCHETYPES.values() if world.ranges.name in a.sets]
    _assign(world, kinds)
    habits.give_contacts(world, world.streams.of("contacts"), everyone)
    scatter_single_signs(world, everyone)


def _draw_people(world: World, index: Ints) -> None:
    rng, size, t = world.streams.of("people"), len(index), world.traits
    place = rng.integers(0, PLACES, size)
    t.put(
        index,
        cloud=pick_weighted(rng, np.array(CLOUD_WEIGHTS), size),
        place=place,
        billing_place=np.where(rng.random(size) < 0.94, place, rng.integers(0, PLACES, size)),
        phone_place=np.where(rng.random(size) < 0.95, place, rng.integers(0, PLACES, size)),
        tz=place % _ZONES,
        created=np.where(
            rng.random(size) < 0.78,
            -rng.exponential(420, size),
            rng.uniform(-30, world.days * 0.9, size),
        ),
        kyc=pick_weighted(rng, np.array([0.2, 0.08, 0.62, 0.02, 0.08]), size),
        kyc_delay=rng.exponential(4.0, size),
        entity_age=np.exp(rng.normal(7.0, 1.1, size)),
        use_class=np.where(rng.random(size) < 0.3, -1, rng.integers(0, 10, size)),
        use_text=np.where(rng.random(size) < 0.4, -1, rng.integers(0, 12, size)),
        customer_class=pick_weighted(rng, np.array([0.3, 0.15, 0.38, 0.1, 0.04, 0.03]), size),
        name_id=world.new_ids(size),
        region=rng.integers(0, 6, size),
        turn=rng.uniform(0.12, 0.85, size) * world.days,
        owner_opaque=rng.beta(1.2, 6, size),
    )


def _draw_rhythm(world: World, index: Ints) -> None:
    rng, size, t = world.streams.of("rhythm"), len(index), world.traits
    t.put(
        index,
        act_p=rng.beta(1.2, 2.2, size),
        weekend=np.clip(np.exp(rng.normal(-0.15, 0.3, size)), 0.2, 1.3),
        spend=np.exp(rng.normal(1.5, 2.0, size)),
        trend=rng.normal(0, 0.005, size),
        ev_rate=np.exp(rng.normal(-0.15, 0.85, size)),
        mfa=rng.beta(2, 1.2, size),
        api_share=rng.beta(1.5, 2.5, size),
        llm_weekend=np.clip(np.exp(rng.normal(-0.3, 0.4, size)), 0.15, 1.3),
        telemetry=rng.random(size) < 0.35,
        meter=rng.random(size) < 0.85,
    )
    world.mix[:] = rng.dirichlet(np.array([1.0, 0.8, 0.5, 0.4, 0.3, 0.2, 0.3, 0.1]), size)
    world.mix[world.mix < 0.05] = 0
    left = rng.random(size) < 0.03
    t.put(
        index,
        closed=np.where(left, t["created"] + 5 + rng.exponential(300, size), 1.0e6),
        close_reason=np.where(rng.random(size) < 0.9, 0, 4),
    )
    quiet = rng.random(size) < 0.06
    begin = rng.uniform(0, world.days, size)
    t.put(
        index,
        quiet_from=np.where(quiet, begin, 1.0e6),
        quiet_until=np.where(quiet, begin + rng.uniform(8, 40, size), 1.0e6),
    )


def _draw_money(world: World, index: Ints) -> None:
    rng, size = world.streams.of("money"), len(index)
    mode = pick_weighted(rng, np.array([0.7, 0.22, 0.08]), size)
    world.traits.put(
        index,
        pay_mode=mode,
        pay_round=np.where(mode == 1, rng.beta(1.2, 1.5, size), 0.02),
        pay_days=np.exp(rng.normal(2.8, 0.7, size)),
        pay_match=np.where(rng.random(size) < 0.9, 1.0, rng.beta(1, 1, size)),
        refund=rng.beta(0.4, 30, size),
        chargeback=rng.beta(0.1, 60, size),
        credits=np.where(mode == 2, rng.beta(3, 2, size), 0),
        currency=rng.integers(0, 6, size),
    )


def _programs(world: World, index: Ints) -> Ints:
    """Half of the accounts have access keys for programs of their own."""
    return index[world.streams.of("programs").random(len(index)) < 0.5]


def _draw_tools(world: World, index: Ints) -> None:
    """Give most people one or two devices; a proxy that opens TLS adds a fingerprint."""
    rng, size = world.streams.of("tools"), len(index)
    world.traits.put(
        index,
        team=rng.beta(0.7, 0.9, size),
        devices=1 + pick_weighted(rng, np.array([0.58, 0.28, 0.1, 0.04]), size),
        tls_kinds=1 + pick_weighted(rng, np.array([0.88, 0.1, 0.02]), size),
    )


def _assign(world: World, kinds: list[Archetype]) -> None:
    """Cut the population into archetypes and those into groups; shape each group."""
    rng = world.streams.of("archetypes")
    order = rng.permutation(world.accounts)
    shares = np.array([kind.share * world.variety.of(kind.name) for kind in kinds])
    edges = np.floor(np.cumsum(shares) / shares.sum() * world.accounts + 1e-9).astype(int)
    names = sorted(ARCHETYPES)
    for kind, first, last in zip(kinds, [0, *edges[:-1]], edges, strict=True):
        members = np.sort(order[first:last])
        world.archetype[members] = names.index(kind.name)
        stream = world.streams.of(f"archetype {kind.name}")
        for group in _groups(stream, members, kind):
            kind.shape(world, stream, group)


def _groups(rng: np.random.Generator, members: Ints, kind: Archetype) -> list[Ints]:
    """Cut members into groups of heavy-tailed size within the archetype's bounds."""
    low, high = kind.group
    if high == 1 or len(members) == 0:
        return [members] if len(members) else []
    groups, start = [], 0
    while start < len(members):
        size = int(low * (high / low) ** (rng.random() ** 1.6))
        groups.append(members[start : start + size])
        start += size
    return groups
