"""Volume matching: members' spend and GPU-hours drawn from the innocents' own distribution."""

from __future__ import annotations

import numpy as np

from detector.simulate.plan import Plan, spend_of
from detector.simulate.rng import Floats
from detector.simulate.world import BENIGN, PROXY, World


def match_volume(world: World, plan: Plan) -> None:
    """Scale each member's work so that its spend is an innocent's, drawn by even quantiles."""
    rng = world.streams.of("matching")
    spend = spend_of(world, plan)
    innocent = np.sort(spend[(world.role == BENIGN) & (spend > 0)])
    idle = float((spend[world.role == BENIGN] <= 0).mean())
    members = np.flatnonzero((world.role == PROXY) & (spend > 0))
    quantile = (rng.permutation(len(members)) + rng.random(len(members))) / max(len(members), 1)
    shifted = np.clip((quantile * (1 - idle / 2) + idle / 4), 0, 0.9995)
    target = innocent[(shifted * len(innocent)).astype(int)] if len(innocent) else spend[members]
    for _ in range(4):
        factor = np.ones(world.accounts)
        factor[members] = target / np.maximum(spend_of(world, plan)[members], 1e-9)
        _scale(plan, factor)


def _scale(plan: Plan, factor: Floats) -> None:
    plan.services.amount *= factor[plan.services.account]
    plan.calls.amount = np.maximum(1, np.round(plan.calls.amount * factor[plan.calls.account]))
    gpu = plan.gpu
    moved = factor[gpu.account] != 1
    work = gpu.amount * gpu.hours * np.where(moved, factor[gpu.account], 1)
    machines = np.where(moved, np.maximum(1, np.ceil(work / 24)), gpu.amount)
    gpu.hours = np.where(
        moved, np.clip(np.round(work / machines), 1, 24), gpu.hours
    ).astype(np.int64)
    gpu.amount = machines
