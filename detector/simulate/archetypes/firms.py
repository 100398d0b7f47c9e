"""Innocents whose place, people or papers look odd: remote firms, travellers, subsidiaries."""

from __future__ import annotations

import numpy as np

from detector.simulate import work
from detector.simulate.archetypes.ordinary import BUSINESS, INDIVIDUAL, STARTUP, declares, part
from detector.simulate.registry import archetype
from detector.simulate.rng import Ints
from detector.simulate.signs import access, compute, linkage, models, money, records
from detector.simulate.world import World


@archetype(0.014)
def remote_startup(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Staff in a dozen countries behind one egress service."""
    world.traits.put(index, customer_class=STARTUP)
    for _ in range(3):
        access.added_operators(world, rng, index)
    access.vpn_access(world, rng, part(rng, index, 0.5))
    access.many_places(world, rng, part(rng, index, 0.6))
    access.disguised_agents(world, rng, part(rng, index, 0.5))
    work.give_gpu(world, rng, part(rng, index, 0.35))
    work.give_models(world, rng, part(rng, index, 0.5))


@archetype(0.012)
def diaspora_founder(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Papers in one country, phone, card and travels in another: any pair."""
    world.traits.put(index, customer_class=STARTUP)
    records.phone_elsewhere(world, rng, index)
    for start in range(len(index)):
        if rng.random() < 0.7:
            access.place_mismatch(world, rng, index[start : start + 1])
    work.give_gpu(world, rng, part(rng, index, 0.3))
    work.give_models(world, rng, part(rng, index, 0.4))


@archetype(0.012, group=(2, 9))
def foreign_subsidiary(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Subsidiaries of one multinational: own papers, the parent's people and tax id."""
    world.traits.put(index, customer_class=BUSINESS, organisation=world.new_id(), kyc=2)
    linkage.share_tax_id(world, rng, index)
    linkage.share_device(world, rng, index)
    if rng.random() < 0.5:
        linkage.share_image(world, rng, index)
    if rng.random() < 0.4:
        records.young_entity(world, rng, index)
    records.phone_elsewhere(world, rng, part(rng, index, 0.5))
    work.give_gpu(world, rng, part(rng, index, 0.25))
    work.give_models(world, rng, part(rng, index, 0.35))


@archetype(0.02)
def vpn_hobbyist(world: World, rng: np.random.Generator, index: Ints) -> None:
    """A private person who always uses a VPN and pays by voucher or crypto at times."""
    world.traits.put(index, customer_class=INDIVIDUAL)
    access.vpn_access(world, rng, index)
    access.disguised_agents(world, rng, part(rng, index, 0.15))
    money.crypto(world, rng, part(rng, index, 0.3))
    records.unverified(world, rng, part(rng, index, 0.4))
    work.give_gpu(world, rng, part(rng, index, 0.3), tiers=(0.5, 0.2, 0.25, 0.05), level=-0.4)
    work.give_models(world, rng, part(rng, index, 0.4))


@archetype(0.012)
def virtual_office(world: World, rng: np.random.Generator, index: Ints) -> None:
    """A young firm at a formation agent's address."""
    records.formation_agent(world, rng, index)
    records.young_entity(world, rng, part(rng, index, 0.7))
    work.give_gpu(world, rng, part(rng, index, 0.2))
    work.give_models(world, rng, part(rng, index, 0.3))


@archetype(0.01)
def returning_customer(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Silent for months, then back with a new laptop and a new card."""
    records.dormant_before(world, rng, index)
    access.new_operators(world, rng, part(rng, index, 0.6))
    money.new_instrument(world, rng, part(rng, index, 0.5))
    work.give_gpu(world, rng, part(rng, index, 0.25))
    work.give_models(world, rng, part(rng, index, 0.3))


@archetype(0.008)
def new_administrator(world: World, rng: np.random.Generator, index: Ints) -> None:
    """A new technical lead: everything is changed in one day; the payer stays."""
    access.hand_over(world, rng, index)
    access.new_operators(world, rng, part(rng, index, 0.7))
    access.new_networks(world, rng, part(rng, index, 0.4))
    work.give_gpu(world, rng, part(rng, index, 0.25))
    work.give_models(world, rng, part(rng, index, 0.35))


@archetype(0.008)
def grant_project(world: World, rng: np.random.Generator, index: Ints) -> None:
    """A funded project: one round budget, run down by its deadline, then silence."""
    declares(world, rng, index, 3, 0.7)
    work.give_gpu(world, rng, part(rng, index, 0.6), tiers=(0.15, 0.25, 0.3, 0.3))
    work.give_models(world, rng, part(rng, index, 0.5))
    money.one_budget(world, rng, index)
    money.round_top_ups(world, rng, part(rng, index, 0.7))
    world.traits.put(index, pay_once=1)


@archetype(0.008)
def reserved_capacity(world: World, rng: np.random.Generator, index: Ints) -> None:
    """A lab that reserves ahead of a launch and uses it late."""
    work.give_gpu(world, rng, index, tiers=(0.0, 0.1, 0.3, 0.6), level=0.5)
    compute.idle_reserve(world, rng, index)
    access.quota_requests(world, rng, part(rng, index, 0.5))
    models.sudden_models(world, rng, part(rng, index, 0.1))


@archetype(0.008, group=(2, 3))
def closed_in_error(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Closed by mistake; the appeal was upheld and the customer came back with the old things."""
    day = float(rng.uniform(-40, 0.6 * world.days))
    appeal = day + float(rng.exponential(9))
    first, later = index[:1], index[1:]
    world.traits.put(first, created=day - rng.exponential(200) - 5, closed=day, close_reason=2)
    born = np.minimum(appeal + rng.exponential(6, len(later)), world.days - 4)
    world.traits.put(later, created=born)
    world.traits.put(index, appeal=appeal)
    for sign in (linkage.share_phone, linkage.share_device, linkage.share_payment):
        if rng.random() < 0.7:
            sign(world, rng, index)
    work.give_models(world, rng, part(rng, index, 0.6))
    money.prepaid_instruments(world, rng, part(rng, index, 0.3))
    world.labels.append(
        {"account": int(first[0]), "decision": "cleared", "day": appeal, "note": "Appeal upheld"}
    )
