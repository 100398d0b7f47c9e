"""The work accounts do: GPU jobs and model calls, drawn alike for everybody."""

from __future__ import annotations

from typing import Final

import numpy as np

from detector.simulate import habits
from detector.simulate.catalogue import MACHINES, MODEL_WEIGHTS
from detector.simulate.rng import Floats, Ints, pick_weighted
from detector.simulate.world import World

NOTEBOOK, TRAIN, INFER, RENDER, MINE, SCIENCE = range(6)
_BY_CLOUD_TIER: Final = {
    (cloud, tier): np.array(
        [i for i, m in enumerate(MACHINES) if m.cloud == cloud and m.tier == tier], dtype=np.int64
    )
    for cloud in range(4)
    for tier in range(4)
}


def machines(rng: np.random.Generator, clouds: Ints, tiers: Ints) -> Ints:
    """Draw a machine of each asked cloud and tier."""
    chosen = np.zeros(len(clouds), dtype=np.int64)
    point = rng.random(len(clouds))
    for (cloud, tier), options in _BY_CLOUD_TIER.items():
        rows = (clouds == cloud) & (tiers == tier)
        chosen[rows] = options[(point[rows] * len(options)).astype(int)]
    return chosen


def give_gpu(
    world: World,
    rng: np.random.Generator,
    index: Ints,
    *,
    tiers: tuple[float, float, float, float] = (0.42, 0.22, 0.2, 0.16),
    job: int | None = None,
    level: float = 0.0,
) -> None:
    """Let accounts run GPU machines.

    Size is lognormal with a standard deviation of about 2 over machine, count, hours and
    active days, after the public traces. ``level`` shifts the log of the count.
    """
    size, t = len(index), world.traits
    tier = pick_weighted(rng, np.array(tiers), size)
    jobs = pick_weighted(rng, np.array([0.3, 0.24, 0.24, 0.08, 0.0, 0.14]), size)
    t.put(
        index,
        gpu=1,
        machine=machines(rng, t["cloud"][index], tier),
        gpu_count=np.exp(rng.normal(level, 1.3, size)),
        gpu_hours=np.clip(np.exp(rng.normal(1.6, 0.9, size)), 0.5, 24.0),
        gpu_p=np.clip(rng.beta(1.1, 1.9, size), 0.03, 1.0),
        gpu_weekend=np.clip(np.exp(rng.normal(-0.19, 0.25, size)), 0.3, 1.3),
        gpu_pricing=pick_weighted(rng, np.array([0.68, 0.17, 0.15]), size),
        gpu_trend=rng.normal(0.002, 0.008, size),
        churn=np.exp(rng.normal(-0.3, 0.6, size)),
        job=jobs if job is None else job,
        region_hop=rng.beta(0.6, 12, size),
        ingress=rng.normal(0, 0.7, size),
    )
    starts = np.where(rng.random(size) < 0.3, rng.uniform(0, world.days * 0.8, size), -1.0e6)
    t.put(index, gpu_from=np.maximum(starts, t["created"][index] + rng.exponential(6, size)))
    ends = np.where(rng.random(size) < 0.2, rng.uniform(0.2, 1, size) * world.days, 1.0e6)
    t.put(index, gpu_until=np.maximum(ends, t["gpu_from"][index] + 3))
    habits.give_tenants(world, rng, index, 3)


def give_models(
    world: World,
    rng: np.random.Generator,
    index: Ints,
    *,
    rate: float = 3.1,
    end_users: tuple[int, int] = (0, 0),
) -> None:
    """Let accounts call model endpoints.

    Requests a day are lognormal (sd 1.9); input over output tokens has its 10th, 50th and
    90th percentile near 2, 9 and 33, as ServeGen's clients have.
    """
    size, t = len(index), world.traits
    out = rng.normal(5.1, 0.8, size)
    t.put(
        index,
        llm=1,
        llm_rate=np.exp(rng.normal(rate, 1.9, size)),
        llm_p=np.clip(rng.beta(1.3, 1.8, size), 0.04, 1.0),
        llm_in=out + rng.normal(2.2, 1.0, size),
        llm_out=out,
        llm_spread=rng.uniform(0.3, 1.0, size),
        llm_flat=rng.beta(0.7, 3.5, size),
        llm_steady=rng.beta(1.2, 3, size),
        llm_model=pick_weighted(rng, np.array(MODEL_WEIGHTS), size),
        llm_second=rng.beta(1, 3, size),
        llm_adopt=np.where(rng.random(size) < 0.45, rng.exponential(9.0, size), 1.0e6),
        llm_limit=rng.beta(0.3, 18, size),
        llm_refuse=rng.beta(0.5, 60, size),
        llm_cached=rng.beta(1, 3, size),
        templates=1 + rng.geometric(0.12, size),
        template_pool=_libraries(world, rng, size),
        template_noise=rng.beta(1.5, 3, size),
        clients=1 + rng.poisson(0.7, size),
        client_pool=_common_clients(world, rng, size),
        end_users=rng.integers(end_users[0], end_users[1] + 1, size),
    )
    starts = np.where(rng.random(size) < 0.3, rng.uniform(0, world.days * 0.85, size), -1.0e6)
    t.put(index, llm_from=np.maximum(starts, t["created"][index] + rng.exponential(3, size)))
    habits.give_keys(world, rng, index, 3)


def _libraries(world: World, rng: np.random.Generator, size: int) -> Ints:
    """Most callers write templates of their own, some take those of a public library."""
    stock = world.shared("moulds")
    ids = world.new_ids(size)
    taken = np.flatnonzero(rng.random(size) < 0.08)
    ids[taken] = stock[(len(stock) * rng.random(len(taken)) ** 2).astype(int)]
    return ids


def _common_clients(world: World, rng: np.random.Generator, size: int) -> Ints:
    """Most callers use one of a few dozen client libraries, some their own."""
    stock = world.shared("clients")
    ids = stock[(len(stock) * rng.random(size) ** 2.5).astype(int)]
    own = rng.random(size) < 0.12
    ids[own] = world.new_ids(int(own.sum()))
    return np.asarray(ids, dtype=np.int64)


def window(world: World, index: Ints, start: Floats, end: Floats, *, gpu: bool, llm: bool) -> None:
    """Limit an account's GPU work or model use to days from start to end."""
    t = world.traits
    if gpu:
        t.put(index, gpu_from=start, gpu_until=end)
    if llm:
        t.put(index, llm_from=start, llm_until=end)
