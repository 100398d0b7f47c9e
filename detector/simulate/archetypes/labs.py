"""Innocents whose machines or model calls look odd: labs, studios, funds, centres."""

from __future__ import annotations

import numpy as np

from detector.simulate import work
from detector.simulate.archetypes.ordinary import (
    BUSINESS,
    EDUCATION,
    ENTERPRISE,
    FINANCE,
    INDIVIDUAL,
    RENDERING,
    SCIENTIFIC,
    STARTUP,
    declares,
    part,
)  # fmt: skip
from detector.simulate.registry import archetype
from detector.simulate.rng import Ints
from detector.simulate.signs import access, compute, linkage, models, money, records
from detector.simulate.world import World


@archetype(0.012)
def research_centre(world: World, rng: np.random.Generator, index: Ints) -> None:
    """A computing centre for many declared users: keys and images of many people."""
    world.traits.put(index, customer_class=EDUCATION, kyc=2)
    declares(world, rng, index, SCIENTIFIC, 0.85)
    work.give_gpu(world, rng, index, tiers=(0.1, 0.2, 0.3, 0.4), level=0.5, job=work.SCIENCE)
    compute.steady_tenants(world, rng, index)
    compute.idle_reserve(world, rng, part(rng, index, 0.3))


@archetype(0.012)
def evaluation_lab(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Benchmarks models: new ones at once, narrow templates, top tier, bursts."""
    world.traits.put(index, customer_class=rng.choice([STARTUP, EDUCATION], len(index)))
    declares(world, rng, index, 5, 0.7)
    work.give_models(world, rng, index, rate=3.8)
    models.new_model_at_once(world, rng, part(rng, index, 0.8))
    models.few_templates(world, rng, part(rng, index, 0.7))
    models.top_tier(world, rng, part(rng, index, 0.6))
    models.at_the_limit(world, rng, part(rng, index, 0.35))
    models.narrow_lengths(world, rng, part(rng, index, 0.4))


@archetype(0.012)
def synthetic_data_team(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Writes data with models: long outputs, few templates, round the clock."""
    work.give_models(world, rng, index, rate=4.2)
    declares(world, rng, index, 4, 0.6)
    models.long_outputs(world, rng, index)
    models.few_templates(world, rng, part(rng, index, 0.8))
    models.flat_hours(world, rng, part(rng, index, 0.6))
    models.at_the_limit(world, rng, part(rng, index, 0.3))
    work.give_gpu(world, rng, part(rng, index, 0.3), job=work.TRAIN)


@archetype(0.012)
def model_gateway(world: World, rng: np.random.Generator, index: Ints) -> None:
    """A firm's gateway: every employee through one client, in business hours."""
    world.traits.put(index, customer_class=ENTERPRISE, kyc=2)
    work.give_models(world, rng, index, rate=4.8)
    models.many_templates(world, rng, index)
    models.steady_rate(world, rng, index)
    models.split_keys(world, rng, part(rng, index, 0.4))
    world.traits.put(index, llm_flat=rng.uniform(0, 0.25, len(index)), llm_weekend=0.2)
    world.traits.put(part(rng, index, 0.5), end_users=300)


@archetype(0.014)
def wrapper_product(world: World, rng: np.random.Generator, index: Ints) -> None:
    """A published product on a model: many end users, all hours, steady growth."""
    world.traits.put(index, customer_class=STARTUP, trend=0.01)
    work.give_models(world, rng, index, rate=5.0, end_users=(200, 3000))
    models.flat_hours(world, rng, part(rng, index, 0.7))
    models.no_weekend(world, rng, part(rng, index, 0.6))
    some = part(rng, index, 0.5)
    models.many_templates(world, rng, some)
    world.traits.put(some[rng.random(len(some)) < 0.8], end_users=1200)
    models.at_the_limit(world, rng, part(rng, index, 0.2))
    models.split_keys(world, rng, part(rng, index, 0.3))


@archetype(0.01)
def agent_user(world: World, rng: np.random.Generator, index: Ints) -> None:
    """One person with agents that work day and night."""
    world.traits.put(index, customer_class=INDIVIDUAL)
    work.give_models(world, rng, index, rate=4.5)
    models.at_the_limit(world, rng, part(rng, index, 0.6))
    models.flat_hours(world, rng, part(rng, index, 0.5))
    models.top_tier(world, rng, part(rng, index, 0.4))
    access.many_devices(world, rng, part(rng, index, 0.4))


@archetype(0.012)
def render_studio(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Bursts of GPUs at full load before a deadline; big imports."""
    world.traits.put(index, customer_class=BUSINESS)
    declares(world, rng, index, RENDERING, 0.8)
    work.give_gpu(world, rng, index, tiers=(0.3, 0.3, 0.3, 0.1), level=0.6, job=work.RENDER)
    compute.short_leases(world, rng, part(rng, index, 0.4))
    compute.churn(world, rng, part(rng, index, 0.5))
    compute.little_ingress(world, rng, part(rng, index, 0.25))


@archetype(0.01)
def quant_fund(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Trains day and night and says little about it."""
    world.traits.put(index, customer_class=BUSINESS)
    declares(world, rng, index, FINANCE, 0.5)
    work.give_gpu(world, rng, index, tiers=(0.05, 0.15, 0.4, 0.4), level=0.2)
    compute.training(world, rng, index)
    records.opaque_owners(world, rng, part(rng, index, 0.5))
    records.no_end_use(world, rng, part(rng, index, 0.4))


@archetype(0.01)
def genomics_import(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Data comes on disks, results leave once, in campaigns."""
    world.traits.put(index, customer_class=EDUCATION)
    declares(world, rng, index, SCIENTIFIC, 0.8)
    work.give_gpu(world, rng, index, tiers=(0.2, 0.3, 0.3, 0.2), job=work.SCIENCE)
    compute.little_ingress(world, rng, index)
    compute.egress_at_end(world, rng, part(rng, index, 0.5))


@archetype(0.012)
def pivoted_startup(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Declared a web product once; trains models today."""
    world.traits.put(index, customer_class=STARTUP)
    records.other_end_use(world, rng, index)
    work.give_gpu(world, rng, index, tiers=(0.1, 0.2, 0.4, 0.3))
    compute.training(world, rng, part(rng, index, 0.7))
    compute.sudden_gpu(world, rng, part(rng, index, 0.6))


@archetype(0.012)
def credit_startup(world: World, rng: np.random.Generator, index: Ints) -> None:
    """A real start-up on credits that goes on after them."""
    world.traits.put(index, customer_class=STARTUP)
    money.on_credits(world, rng, index)
    records.young_entity(world, rng, part(rng, index, 0.6))
    world.traits.put(index, customer_class=STARTUP)
    work.give_gpu(world, rng, part(rng, index, 0.6), tiers=(0.2, 0.2, 0.3, 0.3))
    work.give_models(world, rng, part(rng, index, 0.6))
    compute.early_gpu(world, rng, part(rng, index, 0.3))


@archetype(0.006, sets=("dev",))
def teaching_lab(world: World, rng: np.random.Generator, index: Ints) -> None:
    """A lab server that a circle of students shares."""
    work.give_gpu(world, rng, index, tiers=(0.3, 0.3, 0.3, 0.1))
    compute.many_ssh_keys(world, rng, index)
    access.many_devices(world, rng, part(rng, index, 0.5))


@archetype(0.006, sets=("valid",))
def contest_team(world: World, rng: np.random.Generator, index: Ints) -> None:
    """A team in a modelling contest: shared machine, deadline, silence."""
    work.give_gpu(world, rng, index, tiers=(0.2, 0.2, 0.4, 0.2), job=work.TRAIN)
    compute.many_ssh_keys(world, rng, index)
    money.stop_work(world, rng, index)


@archetype(0.006, sets=("test",))
def red_team(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Tests the safety of models: refusals, new models at once, narrow prompts."""
    work.give_models(world, rng, index, rate=3.6)
    models.refused(world, rng, index)
    models.few_templates(world, rng, part(rng, index, 0.7))
    models.new_model_at_once(world, rng, part(rng, index, 0.7))
    linkage.share_templates(world, rng, index[:3])
