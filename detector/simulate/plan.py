"""What every account does on every day: services, GPU hours, model calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from detector.simulate.catalogue import DISCOUNTS, MACHINES, MODELS
from detector.simulate.rng import Bools, Floats, Ints
from detector.simulate.world import World

Grid: TypeAlias = NDArray[np.float32]


@dataclass(slots=True)
class Rows:
    """One row per account and day with some activity, by day and then by account.

    ``amount`` is USD list price for services, machines for GPU work, calls for model use;
    ``hours`` whole hours a day and ``machine`` the machine, for GPU work.
    """

    account: Ints
    day: Ints
    amount: Floats
    hours: Ints
    machine: Ints

    def take(self, rows: Ints | Bools) -> Rows:
        """Return some rows."""
        return Rows(*(getattr(self, name)[rows] for name in self.__slots__))

    def between(self, first: int, last: int) -> Rows:
        """Return the rows of days first to last (excluded)."""
        begin, end = np.searchsorted(self.day, [first, last])
        return Rows(*(getattr(self, name)[begin:end] for name in self.__slots__))


@dataclass(slots=True)
class Plan:
    """All rows of a world, and the days on which an account acts at all."""

    services: Rows
    gpu: Rows
    calls: Rows
    active: Bools
    release_day: float


def make_plan(world: World) -> Plan:
    """Draw every account's days."""
    alive = _alive(world)
    services = _services(world, alive)
    gpu = _gpu(world, alive)
    calls = _calls(world, alive)
    active = np.zeros((world.accounts, world.days), dtype=bool)
    for rows in (services, gpu, calls):
        active[rows.account, rows.day] = True
    release = MODELS[-1].released * world.days
    return Plan(services, gpu, calls, active, release)


def spend_of(world: World, plan: Plan) -> Floats:
    """Return each account's expected spend in USD, after discounts: services, GPU work, tokens.

    Reserved machines that stand idle cost what the `usage` writer charges for them on average.
    """
    t, gpu = world.traits, plan.gpu
    pricing, idle = t["gpu_pricing"][gpu.account], t["reserved_idle"][gpu.account]
    price = np.array([machine.price for machine in MACHINES])[gpu.machine]
    price = price * np.array(DISCOUNTS)[pricing]
    standing = np.minimum(0.08 + idle, 1) * 12 * np.maximum(idle, 0.2) * (pricing == 1)
    cost = gpu.amount * price * (gpu.hours + standing) * np.where(pricing == 1, 1.17, 1.0)
    total = np.zeros(world.accounts)
    np.add.at(total, plan.services.account, plan.services.amount)
    np.add.at(total, gpu.account, cost)
    np.add.at(total, plan.calls.account, plan.calls.amount * call_price(world)[plan.calls.account])
    return total


def call_price(world: World) -> Floats:
    """Return the expected USD of one model call, by account."""
    t = world.traits
    price_in = np.array([model.price_in for model in MODELS])[t["llm_model"]]
    price_out = np.array([model.price_out for model in MODELS])[t["llm_model"]]
    spread = np.exp(t["llm_spread"] ** 2 / 2)
    return np.asarray(
        (price_in * np.exp(t["llm_in"]) + price_out * np.exp(t["llm_out"])) * spread / 1e6
    )


def _alive(world: World) -> Bools:
    """Say on which days an account is open, not silent, and on shift."""
    t, day = world.traits, np.arange(world.days)[None, :]
    start = np.maximum(t["created"], t["from_day"])[:, None]
    end = np.minimum(t["closed"], t["until_day"])[:, None]
    open_ = (np.floor(start) <= day) & (day < end)
    quiet = (t["quiet_from"][:, None] <= day) & (day < t["quiet_until"][:, None])
    rest = (t["shift"][:, None] >= 0) & ((day // 2) % t["shift_of"][:, None] != t["shift"][:, None])
    rng = world.streams.of("shifts")
    rest &= rng.random((world.accounts, world.days), dtype=np.float32) < 0.88
    return np.asarray(open_ & ~quiet & ~rest)


def _chance(world: World, share: str, weekend: str) -> Grid:
    """Return the chance of activity on each day."""
    t = world.traits
    weekday = np.where(np.arange(world.days) % 7 >= 5, 1, 0)[None, :]
    factor = np.where(weekday == 1, t[weekend][:, None], 1.0)
    return np.asarray(np.minimum(t[share][:, None] * factor, 0.99), dtype=np.float32)


def _noise(rng: np.random.Generator, rows: int, sd: Floats | float) -> Floats:
    return np.exp(rng.normal(0, 1, rows) * sd)


def _rows(mask: Bools) -> tuple[Ints, Ints]:
    day, account = np.nonzero(mask.T)
    return account.astype(np.int64), day.astype(np.int64)


def _services(world: World, alive: Bools) -> Rows:
    t, rng = world.traits, world.streams.of("service days")
    chance = rng.random(alive.shape, dtype=np.float32)
    account, day = _rows(alive & (chance < _chance(world, "act_p", "weekend")))
    amount = t["spend"][account] * np.exp(t["trend"][account] * day)
    amount *= _noise(rng, len(account), 0.45)
    amount *= np.where(day >= t["turn"][account], t["spend_after"][account], 1.0)
    keep = amount > 0.002
    none = np.zeros(int(keep.sum()), dtype=np.int64)
    return Rows(account[keep], day[keep], amount[keep], none, none)


def _gpu(world: World, alive: Bools) -> Rows:
    t, rng = world.traits, world.streams.of("gpu days")
    day = np.arange(world.days)[None, :]
    works = (np.floor(t["gpu_from"])[:, None] <= day) & (day < t["gpu_until"][:, None])
    chance = rng.random(alive.shape, dtype=np.float32)
    works &= alive & (t["gpu"] == 1)[:, None]
    account, days = _rows(works & (chance < _chance(world, "gpu_p", "gpu_weekend")))
    size = len(account)
    growth = np.exp(t["gpu_trend"][account] * days)
    count = t["gpu_count"][account] * growth * _noise(rng, size, 0.25)
    machines = np.maximum(1, np.round(count))
    hours = t["gpu_hours"][account] * _noise(rng, size, 0.25) * np.minimum(count / machines, 1)
    whole = np.clip(np.round(hours), 1, 24).astype(np.int64)
    before = (days < t["gpu_switch"][account]) & (t["machine_before"][account] >= 0)
    machine = np.where(before, t["machine_before"][account], t["machine"][account])
    return Rows(account, days, machines, whole, machine.astype(np.int64))


def _calls(world: World, alive: Bools) -> Rows:
    t, rng = world.traits, world.streams.of("model days")
    day = np.arange(world.days)[None, :]
    works = (np.floor(t["llm_from"])[:, None] <= day) & (day < t["llm_until"][:, None])
    chance = rng.random(alive.shape, dtype=np.float32)
    works &= alive & (t["llm"] == 1)[:, None]
    account, days = _rows(works & (chance < _chance(world, "llm_p", "llm_weekend")))
    wander = (1 - t["llm_steady"][account]) * 0.9
    calls = t["llm_rate"][account] * _noise(rng, len(account), wander)
    calls = np.clip(np.round(calls * np.exp(t["llm_trend"][account] * days)), 1, 4e6)
    keep = _under_cap(world, account, calls)
    none = np.zeros(int(keep.sum()), dtype=np.int64)
    return Rows(account[keep], days[keep], calls[keep], none, none)


def _under_cap(world: World, account: Ints, calls: Floats) -> Bools:
    """Keep days until an account's tokens pass its cap."""
    t = world.traits
    tokens = np.exp(t["llm_in"]) + np.exp(t["llm_out"])
    order = np.argsort(account, kind="stable")
    spent = np.cumsum((calls * tokens[account])[order])
    first = np.r_[0, np.flatnonzero(np.diff(account[order])) + 1]
    base = np.repeat(np.r_[0.0, spent[first[1:] - 1]], np.diff(np.r_[first, len(order)]))
    keep = np.ones(len(account), dtype=bool)
    if len(order):
        keep[order] = (spent - base) - (calls * tokens[account])[order] < t["llm_cap"][
            account[order]
        ]
    return keep
