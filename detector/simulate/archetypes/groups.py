"""Innocents who come in groups: families, classes, hackathons, resellers, landing zones."""

from __future__ import annotations

import numpy as np

from detector.simulate import habits, work
from detector.simulate.archetypes.ordinary import (
    BUSINESS,
    EDUCATION,
    ENTERPRISE,
    INDIVIDUAL,
    STARTUP,
    TEACHING,
    declares,
    part,
)  # fmt: skip
from detector.simulate.registry import archetype
from detector.simulate.rng import Ints
from detector.simulate.signs import access, compute, linkage, models, money, records
from detector.simulate.world import World


@archetype(0.02, group=(2, 5))
def family(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Relatives or friends who share a card, a home address and a computer."""
    world.traits.put(index, customer_class=INDIVIDUAL)
    for sign in (linkage.share_payment, linkage.share_address, linkage.share_device,
                 linkage.share_network, linkage.share_phone):  # fmt: skip
        if rng.random() < 0.55:
            sign(world, rng, index)
    work.give_gpu(world, rng, part(rng, index, 0.15), level=-0.4)
    work.give_models(world, rng, part(rng, index, 0.35), rate=2.6)
    if rng.random() < 0.25:
        money.same_odd_amounts(world, rng, index)


@archetype(0.02, group=(8, 60))
def hackathon(world: World, rng: np.random.Generator, index: Ints) -> None:
    """An event: sign-ups within days, vouchers, one hall's network, then decay."""
    day = float(rng.uniform(0.05, 0.8) * world.days)
    size = len(index)
    world.traits.put(
        index, created=day - rng.exponential(2, size), turn=day, customer_class=INDIVIDUAL,
        act_p=0.8, from_day=day - 2, until_day=day + 2 + rng.exponential(9, size),
        pay_mode=2, credits=0.97,
    )  # fmt: skip
    linkage.share_network(world, rng, index)
    linkage.share_referral(world, rng, index)
    if rng.random() < 0.5:
        linkage.share_form_text(world, rng, index)
    if rng.random() < 0.3:
        linkage.share_payment(world, rng, index)
    callers = part(rng, index, 0.75)
    work.give_models(world, rng, callers, rate=3.2)
    world.traits.put(callers, llm_from=day, llm_until=day + 3 + rng.exponential(6, len(callers)))
    if rng.random() < 0.25 and len(callers):
        linkage.share_templates(world, rng, callers)
    users = part(rng, index, 0.3)
    work.give_gpu(world, rng, users, level=-0.5)
    world.traits.put(users, gpu_from=day, gpu_until=day + 3 + rng.exponential(4, len(users)))


@archetype(0.025, group=(10, 80))
def university_class(world: World, rng: np.random.Generator, index: Ints) -> None:
    """A course: students with grants, one campus network, weekly exercises."""
    size = len(index)
    day = float(rng.uniform(-40, 0.6 * world.days))
    world.traits.put(
        index, created=day + rng.exponential(4, size), customer_class=EDUCATION,
        pay_mode=rng.choice([1, 2], size), pay_round=rng.uniform(0.6, 1, size),
        credits=rng.uniform(0.7, 1, size), kyc=rng.choice([0, 2], size),
    )  # fmt: skip
    declares(world, rng, index, TEACHING, 0.6)
    linkage.share_network(world, rng, index)
    if rng.random() < 0.4:
        linkage.share_form_text(world, rng, index)
    users = part(rng, index, 0.4)
    work.give_gpu(world, rng, users, tiers=(0.55, 0.1, 0.3, 0.05), level=-0.5)
    if rng.random() < 0.5:
        compute.same_machine(world, rng, users)
    callers = part(rng, index, 0.5)
    work.give_models(world, rng, callers, rate=2.4)
    if rng.random() < 0.25 and len(callers):
        linkage.share_templates(world, rng, callers)


@archetype(0.012, group=(4, 16))
def accelerator_cohort(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Young firms behind one virtual-office address, on credits from one programme."""
    linkage.share_address(world, rng, index)
    linkage.share_referral(world, rng, index)
    records.young_entity(world, rng, index)
    world.traits.put(index, customer_class=STARTUP)
    if rng.random() < 0.6:
        linkage.batch_sign_up(world, rng, index)
    money.on_credits(world, rng, part(rng, index, 0.8))
    work.give_gpu(world, rng, part(rng, index, 0.5), tiers=(0.3, 0.2, 0.3, 0.2))
    work.give_models(world, rng, part(rng, index, 0.6), rate=3.5)


@archetype(0.025, group=(6, 200))
def landing_zone(world: World, rng: np.random.Generator, index: Ints) -> None:
    """One firm with an account for each team: one payer, one organisation."""
    rng_place = int(rng.integers(0, 24))
    world.traits.put(
        index, organisation=world.new_id(), payer=index[0], customer_class=ENTERPRISE,
        place=rng_place, billing_place=rng_place, phone_place=rng_place,
        kyc=2, pay_mode=0, name_id=world.new_id(), cloud=world.traits["cloud"][index[0]],
    )  # fmt: skip
    for sign in (linkage.share_payment, linkage.share_tax_id, linkage.share_address,
                 linkage.share_network, linkage.share_device, linkage.share_image):  # fmt: skip
        if rng.random() < 0.75:
            sign(world, rng, index)
    if rng.random() < 0.4:
        linkage.batch_sign_up(world, rng, index)
    work.give_gpu(world, rng, part(rng, index, 0.2))
    work.give_models(world, rng, part(rng, index, 0.3))


@archetype(0.02, group=(5, 60))
def licensed_reseller(world: World, rng: np.random.Generator, index: Ints) -> None:
    """A declared reseller and its clients, who work differently from one another."""
    partner = world.new_id()
    world.traits.put(index, partner=partner, payer=index[0])
    world.traits.put(index[:1], reseller=1, customer_class=6)
    if rng.random() < 0.6:
        linkage.share_payment(world, rng, index)
    if rng.random() < 0.5:
        linkage.share_device(world, rng, index)
    money.third_party_payer(world, rng, part(rng, index, 0.7))
    money.round_top_ups(world, rng, part(rng, index, 0.3))
    work.give_gpu(world, rng, part(rng, index, 0.25))
    work.give_models(world, rng, part(rng, index, 0.35))


@archetype(0.018, group=(4, 25))
def agency(world: World, rng: np.random.Generator, index: Ints) -> None:
    """An agency that looks after clients' accounts: its devices act in all of them."""
    world.traits.put(index, customer_class=BUSINESS)
    linkage.share_device(world, rng, index)
    linkage.share_network(world, rng, index)
    if rng.random() < 0.4:
        linkage.share_ssh_key(world, rng, index)
    if rng.random() < 0.3:
        world.traits.put(index, partner=world.new_id())
    moved = part(rng, index, 0.2)
    access.staged_change(world, rng, moved)
    access.added_operators(world, rng, moved)
    work.give_gpu(world, rng, part(rng, index, 0.1))
    callers = part(rng, index, 0.35)
    work.give_models(world, rng, callers)
    if rng.random() < 0.25 and len(callers):
        linkage.share_templates(world, rng, callers)
    if rng.random() < 0.45:
        linkage.under_one_payer(world, rng, index)


@archetype(0.012, group=(3, 12))
def distributor_university(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Institutes that buy through a distributor: third-party payer, round budgets."""
    world.traits.put(index, customer_class=EDUCATION, partner=world.new_id())
    declares(world, rng, index, 3, 0.8)
    linkage.share_payment(world, rng, index)
    money.third_party_payer(world, rng, index)
    money.round_top_ups(world, rng, index)
    some = part(rng, index, 0.7)
    work.give_gpu(world, rng, some, tiers=(0.15, 0.15, 0.3, 0.4), job=work.TRAIN)
    money.one_budget(world, rng, part(rng, index, 0.4))
    access.added_operators(world, rng, part(rng, index, 0.4))
    if rng.random() < 0.5:
        linkage.under_one_payer(world, rng, index)
    if rng.random() < 0.3:
        money.same_odd_amounts(world, rng, index)


@archetype(0.012, group=(2, 8))
def take_over(world: World, rng: np.random.Generator, index: Ints) -> None:
    """A firm bought by another: contacts, people, networks and payer change in stages."""
    world.traits.put(index, customer_class=BUSINESS)
    access.staged_change(world, rng, index)
    for sign in (access.new_operators, access.new_networks, money.new_instrument):
        if rng.random() < 0.7:
            sign(world, rng, index)
    if rng.random() < 0.45:
        access.hand_over(world, rng, index)
    if rng.random() < 0.35:
        linkage.under_one_payer(world, rng, index)
    if rng.random() < 0.5:
        linkage.share_payment(world, rng, index)
    work.give_gpu(world, rng, part(rng, index, 0.3))
    work.give_models(world, rng, part(rng, index, 0.35))


@archetype(0.012, group=(1, 6))
def ci_farm(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Build machines: started and stopped all day, no human, every hour alike."""
    access.automated(world, rng, index)
    linkage.share_image(world, rng, index)
    some = part(rng, index, 0.6)
    work.give_gpu(world, rng, some, tiers=(0.6, 0.2, 0.2, 0.0))
    compute.churn(world, rng, some)
    access.disguised_agents(world, rng, part(rng, index, 0.3))
    callers = part(rng, index, 0.5)
    work.give_models(world, rng, callers)
    models.flat_hours(world, rng, callers)
    models.few_templates(world, rng, callers)
    habits.give_keys(world, rng, callers, 4)
