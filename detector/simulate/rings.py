"""Rings: who is in them, which of a typology's signs show, and what they work on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from detector.simulate import work
from detector.simulate.adversary import finish, prepare
from detector.simulate.archetypes import ARCHETYPES
from detector.simulate.cases import plant_cases
from detector.simulate.enforced import plant_enforced
from detector.simulate.registry import Shape, Typology
from detector.simulate.rng import Ints, pick_weighted
from detector.simulate.signs import linkage
from detector.simulate.traits import NEVER
from detector.simulate.typologies import TYPOLOGIES
from detector.simulate.world import OTHER, PROXY, VICTIM, World

_FEWEST_RINGS: Final = 4


@dataclass(frozen=True, slots=True)
class Ring:
    """One planted ring: its number, typology and members (row numbers of accounts)."""

    number: int
    kind: Typology
    members: Ints


def plant(world: World) -> None:
    """Plant the other wrongs and the rings of a world."""
    spec = world.spec
    free = list(world.streams.of("ring members").permutation(_covers(world)))
    if spec.cases:
        plant_cases(world, free)
    if spec.prevalence > 0:
        plant_enforced(world, free)
    shares = {VICTIM: spec.wrongs / 3, OTHER: spec.wrongs * 2 / 3, PROXY: spec.prevalence}
    for role, share in shares.items():
        if share > 0:
            kinds = [kind for kind in TYPOLOGIES.values() if kind.role == role]
            _plant_share(world, kinds, share, free)
    if spec.poison > 0:
        _plant_poison(world, [k for k in TYPOLOGIES.values() if k.role == PROXY], free)


def _covers(world: World) -> Ints:
    """Ring members start as ordinary customers."""
    names = sorted(ARCHETYPES)
    ordinary = [i for i, name in enumerate(names) if not ARCHETYPES[name].look_alike]
    return np.flatnonzero(np.isin(world.archetype, ordinary))


def _plant_share(world: World, kinds: list[Typology], share: float, free: list[int]) -> None:
    """Plant rings until they hold the asked share of accounts; every typology in turn."""
    rng = world.streams.of(f"rings of role {kinds[0].role}")
    budget = max(_FEWEST_RINGS, round(share * world.accounts))
    order = _shuffled(world, rng, kinds)
    while budget > 0 and free:
        kind = next(order)
        size = min(_size(world, rng, kind), max(budget, 1) + 3, len(free))
        ring = Ring(world.rings, kind, np.sort(np.array([free.pop() for _ in range(size)])))
        world.rings += 1
        shape_ring(world, ring)
        budget -= size


def _shuffled(world: World, rng: np.random.Generator, kinds: list[Typology]) -> Iterator[Typology]:
    """Yield typologies without end, each in proportion to its weight, well mixed."""
    weights = np.array([kind.weight * world.variety.of(kind.id) for kind in kinds])
    while True:
        keys = rng.random(len(kinds)) ** (1 / weights)
        for i in np.argsort(-keys):
            if rng.random() < weights[i] / weights.max():
                yield kinds[i]


def _size(world: World, rng: np.random.Generator, kind: Typology) -> int:
    """Heavy-tailed within the typology's bounds; many single accounts where allowed."""
    if world.spec.split > 1 and kind.role == PROXY:
        return world.spec.split * int(rng.integers(1, 3 if world.spec.split < 100 else 2))
    low, high = kind.sizes
    if low == 1 and rng.random() < world.variety.singles:
        return 1
    return int(max(low, 2) * (high / max(low, 2)) ** (rng.random() ** 1.35) + 0.5)


def shape_ring(world: World, ring: Ring) -> None:
    """Give members work, a part of the signs, links or none, and a disguise."""
    rng = world.streams.of("ring", ring.number)
    members, kind = ring.members, ring.kind
    world.role[members] = kind.role
    for member in members:
        world.typology[member] = None if kind.id == "fraud" else kind.id
    if kind.role == PROXY:
        world.ring[members] = ring.number
    world.traits.put(members, closed=NEVER)
    _common_turn(world, rng, members)
    gpu = bool(rng.random() < kind.gpu)
    _give_work(world, rng, members, gpu=gpu)
    if kind.role == PROXY:
        prepare(world, rng, members)
    for sign in _chosen(world, rng, kind, gpu=gpu):
        some = members[rng.random(len(members)) < world.ranges.one(rng, 0.9, 1.0)]
        if len(some):
            sign(world, rng, some)
    if kind.role in (PROXY, OTHER):
        _link_up(world, rng, members, gpu=gpu)
    if kind.role == PROXY:
        finish(world, rng, members)


def _common_turn(world: World, rng: np.random.Generator, members: Ints) -> None:
    """Members turn near one day, each with an offset of its own."""
    spread = world.ranges.one(rng, 1, 18)
    day = float(rng.uniform(0.1, 0.75) * world.days)
    turn = np.clip(day + rng.normal(0, spread, len(members)), 1, world.days - 5)
    late = world.traits["created"][members] > turn - 1
    turn[late] = np.minimum(world.traits["created"][members][late] + 2, world.days - 4)
    world.traits.put(members, turn=turn)


def _give_work(world: World, rng: np.random.Generator, members: Ints, *, gpu: bool) -> None:
    """Most members do the ring's work beside their cover's own, in ordinary amounts."""
    busy = members[rng.random(len(members)) < world.ranges.one(rng, 0.85, 1.0)]
    busy = busy if len(busy) else members
    if gpu:
        tiers = (0.05, 0.15, 0.4, 0.4)
        work.give_gpu(world, rng, busy, tiers=tiers, level=world.ranges.one(rng, -0.4, 0.5))
    else:
        work.give_models(world, rng, busy, rate=world.ranges.one(rng, 2.6, 4.2))
    world.traits.put(busy, gpu_until=1.0e6, llm_until=1.0e6)
    world.traits.scale(members, ev_rate=world.ranges.one(rng, 0.9, 2.0))


def _chosen(world: World, rng: np.random.Generator, kind: Typology, *, gpu: bool) -> list[Shape]:
    """Choose the signs that show: a random part, usually 40 to 80 %, of those that fit."""
    signs = [*kind.signs(), *kind.only.get(world.ranges.name, list)()]
    other = "signs.models" if gpu else "signs.compute"
    signs = [sign for sign in signs if not sign.__module__.endswith(other)]
    count = max(4, round(world.ranges.one(rng, *world.variety.signs) * len(signs)))
    picked = sorted(rng.choice(len(signs), min(count, len(signs)), replace=False))
    return [signs[i] for i in picked]


def _link_up(world: World, rng: np.random.Generator, members: Ints, *, gpu: bool) -> None:
    """Some rings share no more than their signs say; others two or three rare things."""
    if len(members) < 2:
        return
    count = int(pick_weighted(rng, world.variety.links, 1)[0])
    usable = [
        sign for sign in linkage.RARE
        if gpu or sign not in (linkage.share_ssh_key, linkage.share_image)
    ]  # fmt: skip
    for i in rng.choice(len(usable), count, replace=False):
        usable[int(i)](world, rng, members)


def _plant_poison(world: World, kinds: list[Typology], free: list[int]) -> None:
    """Decoys: accounts with signs of rings and no business, to make them look ordinary."""
    rng = world.streams.of("poison")
    weights = np.array([kind.weight for kind in kinds])
    left = round(world.spec.poison * world.accounts)
    while left > 0 and free:
        kind = kinds[int(pick_weighted(rng, weights, 1)[0])]
        size = min(int(rng.integers(1, 4)), left, len(free))
        members = np.sort(np.array([free.pop() for _ in range(size)]))
        gpu = bool(rng.random() < kind.gpu)
        _give_work(world, rng, members, gpu=gpu)
        for sign in _chosen(world, rng, kind, gpu=gpu):
            sign(world, rng, members)
        world.role[members] = OTHER
        world.decoys.extend(int(member) for member in members)
        left -= size
