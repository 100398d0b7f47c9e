"""Signs in GPU work: sudden use, training under another name, tenants, idle reserves."""

from __future__ import annotations

import numpy as np

from detector.simulate import habits
from detector.simulate.operations import CREATE_RESERVATION, IMPORT_SNAPSHOT
from detector.simulate.rng import Ints
from detector.simulate.work import TRAIN, machines
from detector.simulate.world import World


def sudden_gpu(world: World, rng: np.random.Generator, index: Ints) -> None:
    """No GPU before the turn, then controlled ones at once."""
    turn = world.traits["turn"][index] + rng.uniform(0, 3, len(index))
    world.traits.put(index, gpu_from=turn, machine_before=-1)


def early_gpu(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Controlled GPUs follow sign-up within hours or days."""
    created = np.maximum(world.traits["created"][index], 0)
    world.traits.put(index, gpu_from=created + world.ranges.uniform(rng, 0.1, 6, len(index)))


def bigger_machines(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Small machines until the turn, controlled ones after it."""
    t = world.traits
    clouds = t["cloud"][index].astype(np.int64)
    t.put(
        index,
        machine_before=machines(rng, clouds, np.zeros(len(index), dtype=np.int64)),
        gpu_switch=t["turn"][index],
    )


def same_machine(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Members of one cloud run the same machine in the same region."""
    t = world.traits
    region = int(rng.integers(0, 6))
    for cloud in range(4):
        some = index[t["cloud"][index] == cloud]
        if len(some):
            t.put(some, machine=t["machine"][some[0]], region=region)


def training(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Telemetry shows training round the clock, whatever was declared."""
    t = world.traits
    t.put(
        index,
        job=TRAIN,
        telemetry=1,
        gpu_hours=np.maximum(t["gpu_hours"][index], world.ranges.uniform(rng, 10, 24, len(index))),
        gpu_weekend=world.ranges.uniform(rng, 0.85, 1.1, len(index)),
    )


def little_ingress(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Hardly a byte comes in per GPU-hour: the data came another way."""
    t = world.traits
    t.put(index, ingress=-world.ranges.uniform(rng, 1.5, 5.0, len(index)), telemetry=1)
    some = index[rng.random(len(index)) < 0.6]
    world.moments.add(some, t["turn"][some] + rng.uniform(-4, 0, len(some)), IMPORT_SNAPSHOT)


def egress_at_end(world: World, rng: np.random.Generator, index: Ints) -> None:
    """A checkpoint-sized transfer leaves at the end, then silence."""
    turn = world.traits["turn"][index]
    end = turn + world.ranges.uniform(rng, 5, 35, len(index))
    world.traits.put(index, egress_end=1, gpu_until=end, telemetry=1)


def idle_reserve(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Much more is reserved than used."""
    t = world.traits
    t.put(index, reserved_idle=world.ranges.uniform(rng, 0.5, 4.0, len(index)), gpu_pricing=1)
    world.moments.add(index, t["gpu_from"][index].clip(0) + 0.2, CREATE_RESERVATION)


def churn(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Machines are started and stopped all day."""
    world.traits.put(index, churn=world.ranges.uniform(rng, 3, 14, len(index)))


def tenants(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Many strangers work inside one account: keys, images and tools with no overlap."""
    count = world.ranges.whole(rng, 6, 12)
    world.tenants.clear(index)
    for _ in range(count):
        since = rng.uniform(-20, world.days * 0.8, len(index))
        until = since + rng.exponential(world.days * 0.6, len(index)) + 3
        ids, images = world.new_ids(len(index)), world.new_ids(len(index))
        weight = rng.uniform(0.3, 1, len(index))
        world.tenants.add(index, ids, since=since, until=until, weight=weight, code=images)
        world.operators.add(index, world.new_ids(len(index)), since=since, weight=0.5)


def steady_tenants(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Many users of one house share its images: a platform, a class, a centre."""
    count = world.ranges.whole(rng, 5, 12)
    world.tenants.clear(index)
    image = world.new_ids(len(index))
    for _ in range(count):
        weight = rng.uniform(0.3, 1, len(index))
        world.tenants.add(index, world.new_ids(len(index)), weight=weight, code=image)
        world.operators.add(index, world.new_ids(len(index)), weight=0.4)


def hops_regions(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Work moves between regions."""
    world.traits.put(index, region_hop=world.ranges.uniform(rng, 0.3, 0.9, len(index)))


def short_leases(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Spot machines for a few days at a time."""
    start = rng.uniform(0, world.days * 0.8, len(index))
    length = world.ranges.uniform(rng, 3, 18, len(index))
    world.traits.put(index, gpu_from=start, gpu_until=start + length, gpu_pricing=2)


def many_ssh_keys(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Keys of many people reach the machines."""
    habits.give_tenants(world, rng, index, 8)
