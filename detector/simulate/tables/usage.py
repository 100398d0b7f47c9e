"""The `usage` table: FOCUS rows in the shapes of four kinds of provider."""

from __future__ import annotations

from typing import Final

import numpy as np

from detector.simulate.books import Books
from detector.simulate.catalogue import AWS, CLOUDS, DISCOUNTS, MACHINES, NEO, SERVICES
from detector.simulate.frame import repeat_rows
from detector.simulate.plan import Plan
from detector.simulate.rng import Floats, Ints
from detector.simulate.tables.charges import GPU, SERVICE, Charges, monthly
from detector.simulate.tables.folder import Folder
from detector.simulate.tables.shapes import shape
from detector.simulate.world import World

_UNIT_PRICE: Final = np.array([service[3] for service in SERVICES], dtype=np.float64)
_GPU_PRICE: Final = np.array([machine.price for machine in MACHINES])
_DISCOUNT: Final = np.array(DISCOUNTS)


def write_week(
    world: World, plan: Plan, folder: Folder, books: Books, tokens: Charges, first: int, last: int
) -> None:
    """Write the usage rows of some days with their token charges, a part for each provider."""
    rng = world.streams.of("usage", first)
    pieces = [
        _services(world, plan, rng, first, last),
        _machines(world, plan, rng, first, last),
        _idle(world, plan, rng, first, last),
    ]
    charges = Charges.concat([*pieces, tokens, _corrections(rng, pieces[1])])
    gpu = (charges.kind == GPU) & ~charges.idle
    books.add_gpu(charges.account[gpu], charges.item[gpu], charges.quantity[gpu])
    books.add_cost(charges.account, charges.day(), charges.billed)
    charges = Charges.concat([charges, monthly(world, rng, books, first, last)])
    for cloud, name in enumerate(CLOUDS):
        part = charges.take(np.flatnonzero(world.traits["cloud"][charges.account] == cloud))
        folder.part("usage", first, shape(world, part.sorted(), cloud), source=name)


def _services(world: World, plan: Plan, rng: np.random.Generator, first: int, last: int) -> Charges:
    """Spread a day's spend over the services an account uses."""
    rows = plan.services.between(first, last)
    mix = world.mix[rows.account] * (rng.random((len(rows.account), 8)) < 0.7)
    row, item = np.nonzero(mix)
    share = mix[row, item] / mix.sum(axis=1)[row]
    usd = rows.amount[row] * share * np.exp(rng.normal(0, 0.3, len(row)))
    quantity = np.maximum(1, np.round(usd * 1e12 / _UNIT_PRICE[item])).astype(np.int64)
    account, day = rows.account[row], rows.day[row]
    cloud = world.traits["cloud"][account]
    hourly = (cloud == AWS) & (rng.random(len(row)) < 0.6)
    begin = day * 24 + np.where(hourly, _local_hour(world, rng, account), 0)
    cost = quantity * _UNIT_PRICE[item] / 1e12
    return Charges.of(
        account, begin * 3600, np.where(hourly, 3600, 86_400), SERVICE, item, quantity, cost, cost
    )


def _local_hour(world: World, rng: np.random.Generator, account: Ints, flat: float = 0.2) -> Ints:
    """Draw an hour (UTC) around the middle of the account's own day."""
    middle = 13 - world.traits["tz"][account] + rng.normal(0, 3.2, len(account))
    anywhere = rng.random(len(account)) < flat
    hour = np.where(anywhere, rng.integers(0, 24, len(account)), np.round(middle))
    return np.asarray(hour % 24, dtype=np.int64)


def _machines(world: World, plan: Plan, rng: np.random.Generator, first: int, last: int) -> Charges:
    """GPU machines: an hour a row on AWS, a session a row on neoclouds, a day a row elsewhere."""
    rows = plan.gpu.between(first, last)
    cloud = world.traits["cloud"][rows.account]
    start = _local_hour(world, rng, rows.account) - rows.hours // 2
    start = np.clip(start, 0, 24 - rows.hours)
    per_row = np.where(cloud == AWS, rows.hours, 1)
    row = repeat_rows(per_row)
    step = np.arange(len(row)) - np.repeat(np.cumsum(per_row) - per_row, per_row)
    by_hour, session = cloud[row] == AWS, cloud[row] == NEO
    begin = rows.day[row] * 24 + np.where(by_hour, start[row] + step, 0)
    begin = np.where(session, rows.day[row] * 24 + start[row], begin)
    length = np.where(by_hour, 1, np.where(session, rows.hours[row], 24)) * 3600
    hours = np.where(by_hour, 1.0, rows.hours[row]) * rows.amount[row]
    last_hour = step == per_row[row] - 1
    hours -= np.where(last_hour, np.floor(rng.random(len(row)) * 60) / 60, 0)
    quantity = np.maximum(1, np.round(hours * 1e6)).astype(np.int64)
    return _gpu_charges(world, rows.account[row], begin * 3600, length, rows.machine[row], quantity)


def _gpu_charges(
    world: World, account: Ints, begin: Ints, length: Ints, machine: Ints, quantity: Ints
) -> Charges:
    listed = quantity / 1e6 * _GPU_PRICE[machine]
    pricing = world.traits["gpu_pricing"][account].astype(np.int64)
    effective: Floats = listed * _DISCOUNT[pricing]
    charges = Charges.of(account, begin, length, GPU, machine, quantity, listed, effective)
    charges.pricing[:] = pricing
    return charges


def _idle(world: World, plan: Plan, rng: np.random.Generator, first: int, last: int) -> Charges:
    """Reserved machines that stood idle: a row a day, no usage."""
    rows = plan.gpu.between(first, last)
    t = world.traits
    idle = t["reserved_idle"][rows.account]
    some = (t["gpu_pricing"][rows.account] == 1) & (rng.random(len(idle)) < 0.08 + idle)
    account, day = rows.account[some], rows.day[some]
    hours = np.minimum(rows.amount, 1e4)[some] * np.round(24 * rng.random(len(account)), 2)
    quantity = np.maximum(1, np.round(hours * np.maximum(idle[some], 0.2) * 1e6)).astype(np.int64)
    length = np.full(len(account), 86_400)
    charges = _gpu_charges(world, account, day * 86_400, length, rows.machine[some], quantity)
    charges.idle[:] = True
    return charges


def _corrections(rng: np.random.Generator, charges: Charges) -> Charges:
    """A few rows are corrected afterwards by a part of their quantity."""
    some = np.flatnonzero(rng.random(len(charges.account)) < 0.003)
    fixed = charges.take(some)
    fixed.quantity = -np.maximum(1, fixed.quantity * rng.integers(5, 100, len(some)) // 100)
    share = fixed.quantity / np.maximum(charges.quantity[some], 1)
    fixed.listed, fixed.billed = fixed.listed * share, fixed.billed * share
    fixed.effective = fixed.effective * share
    fixed.correction[:] = True
    return fixed
