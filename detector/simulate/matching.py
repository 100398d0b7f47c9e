"""Volume matching: members' spend drawn from the innocents' own distribution."""

from __future__ import annotations

from typing import Final

import numpy as np

from detector.simulate.plan import Plan, Rows, spend_of
from detector.simulate.rng import Floats
from detector.simulate.world import PROXY, World

_ROUNDS: Final = 6


def match_volume(world: World, plan: Plan) -> None:
    """Scale members' work so that ranking accounts by spend does no better than chance.

    Each member's target is a quantile of the innocents' spend; the quantiles are evenly
    spread, so that the AUROC of spend is 0.5 but for what whole machines and hours allow.
    """
    rng = world.streams.of("matching")
    spend = spend_of(world, plan)
    proxy = world.role == PROXY
    members = np.flatnonzero(proxy & (spend > 0))
    innocent = np.sort(spend[~proxy & (spend > 0)])
    if not len(members) or not len(innocent):
        return
    middle = _middle(float((spend[~proxy] <= 0).mean()), float((spend[proxy] <= 0).mean()))
    even = (rng.permutation(len(members)) + 0.5) / len(members)
    half = min(middle, 1 - middle)
    target = innocent[((middle + (2 * even - 1) * half) * len(innocent)).astype(int)]
    for _ in range(_ROUNDS):
        factor = np.ones(world.accounts)
        factor[members] = target / np.maximum(spend_of(world, plan)[members], 1e-9)
        _scale(plan, factor, rng)


def _middle(idle: float, idle_members: float) -> float:
    """Return the mean quantile at which members' AUROC is 0.5, given who spends nothing."""
    working = (0.5 - idle_members * idle / 2) / (1 - idle_members)
    return float(np.clip((working - idle) / (1 - idle), 0.05, 0.95))


def _scale(plan: Plan, factor: Floats, rng: np.random.Generator) -> None:
    """Scale the amounts; where less than one call or hour a day is left, keep fewer days."""
    plan.services.amount *= factor[plan.services.account]
    plan.calls = _fewer(rng, plan.calls, plan.calls.amount * factor[plan.calls.account])
    moved = factor[plan.calls.account] != 1
    calls = np.round(plan.calls.amount * factor[plan.calls.account])
    plan.calls.amount = np.where(moved, np.maximum(1, calls), plan.calls.amount)
    work = plan.gpu.amount * plan.gpu.hours * factor[plan.gpu.account]
    plan.gpu = gpu = _fewer(rng, plan.gpu, work)
    work = gpu.amount * gpu.hours * factor[gpu.account]
    moved = factor[gpu.account] != 1
    machines = np.where(moved, np.maximum(1, np.ceil(work / 24)), gpu.amount)
    hours = np.where(moved, np.clip(np.round(work / machines), 1, 24), gpu.hours)
    gpu.amount, gpu.hours = machines, hours.astype(np.int64)


def _fewer(rng: np.random.Generator, rows: Rows, work: Floats) -> Rows:
    return rows.take(rng.random(len(work)) < np.maximum(work, 1e-3))
