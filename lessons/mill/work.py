"""When machines are rented: programs of innocents, and the desk that deals out a ring's jobs."""

from dataclasses import dataclass

import numpy as np

from lessons.mill.archetypes import Kind
from lessons.mill.cast import NEVER, Cast, Cell
from lessons.mill.catalogue import price, sku_index
from lessons.mill.ranges import DAY, HOUR, Flags, Floats, Ints, Plan

__all__ = ["Launches", "plan_work"]


@dataclass
class Launches:
    """Starts of machines, as columns; ``vain`` ones never ran, ``foreign`` ones are a thief's."""

    account: Ints
    start: Ints
    end: Ints
    sku: Ints
    nodes: Ints
    spot: Ints
    vain: Ints
    foreign: Ints
    ringed: Ints

    def pick(self, keep: Ints) -> "Launches":
        """Those launches at the places given."""
        return Launches(*(column[keep] for column in vars(self).values()))


Rows = list[tuple[int, Floats, Floats, Ints, int, bool, bool]]  # machine, foreign, ringed last


def plan_work(rng: np.random.Generator, cast: Cast, plan: Plan) -> Launches:
    """All launches that customers plan, before any budget ends them, by account and time."""
    rows: Rows = []
    for cell in cast.cells:
        if cell.kind.role == "proxy":
            _wrong(rng, rows, cast, cell, plan)
        else:
            _innocent(rng, rows, cast, cell, cell.kind, plan)
        if cell.kind.role == "victim":
            _theft(rng, rows, cell, plan)
    parts = [_columns(rng, cast, plan, *row) for row in rows]
    found = Launches(*(np.concatenate(column) for column in zip(*parts, strict=True)))
    first = np.maximum(-(-cast.created[found.account] // HOUR) * HOUR, 0)
    last = np.minimum(cast.closed[found.account], plan.end)
    found.end = np.minimum(found.end, last)
    order = np.lexsort((found.sku, found.start, found.account))
    runs = (found.start >= first) & (found.end > found.start + 5)
    return found.pick(order[runs[order]])


def _columns(
    rng: np.random.Generator,
    cast: Cast,
    plan: Plan,
    account: int,
    start: Floats,
    length: Floats,
    nodes: Ints,
    sku: int,
    foreign: bool,
    ringed: bool,
) -> tuple[Ints, ...]:
    """Columns of one account's launches of one program."""
    n = len(start)
    whole = start.astype(np.int64)
    small = np.array([sku, sku_index("g4dn.xlarge")])[(rng.random(n) < 0.12).astype(np.int64)]
    kind = cast.kind(account)
    machine = small if kind.role == "benign" and not foreign else np.full(n, sku)
    vain = np.zeros(n, np.int64)
    if ringed and plan.preset == "no_access":
        vain = (rng.random(n) < 0.4).astype(np.int64)
        lesser = sku_index(("g5.12xlarge", "p3.2xlarge", "g5.xlarge")[int(rng.integers(3))])
        machine = np.where(vain == 1, sku, lesser)
    can_spot = kind.signal in ("train", "render") and not foreign
    spot = (rng.random(n) < 0.15).astype(np.int64) * int(can_spot)
    end = whole + np.maximum(length.astype(np.int64), 6)
    flag = np.full(n, int(foreign)), np.full(n, int(ringed))
    return np.full(n, account), whole, end, machine, nodes.astype(np.int64), spot, vain, *flag


def _innocent(
    rng: np.random.Generator, rows: Rows, cast: Cast, cell: Cell, kind: Kind, plan: Plan
) -> None:
    """Plan the work of a cell whose members each go their way, or follow a common timetable."""
    table = _timetable(rng, cell, kind, plan)
    house = int(rng.integers(len(kind.skus)))
    for account in cell.members.tolist():
        busy = float(np.exp(rng.normal(0, 0.55))) * rng.uniform(*plan.ranges.pace)
        for program in kind.programs:
            own = house if rng.random() < 0.5 else int(rng.integers(len(kind.skus)))
            first = max(0, int(cast.created[account]) + int(rng.exponential(1.2) * DAY))
            start, length = _program(
                rng, program, kind, cell, table, first, plan.end, busy, int(cast.seat[account])
            )
            nodes = rng.integers(kind.nodes[0], kind.nodes[1] + 1, len(start))
            rows.append((account, start, length, nodes, sku_index(kind.skus[own]), False, False))


def _timetable(
    rng: np.random.Generator, cell: Cell, kind: Kind, plan: Plan
) -> tuple[Floats, Floats]:
    """Common starts and lengths of a cell: lessons, an event's days, a scheduler's runs."""
    base = max(0, cell.born)
    if "class" in kind.programs:
        week = np.arange(plan.days // 7 + 1) * 7 * DAY + rng.integers(7) * DAY
        slots = (week + (cell.clock * HOUR + 10 * HOUR) % DAY).astype(np.float64)
        return slots[slots > base], np.full(int((slots > base).sum()), 2.0 * HOUR)
    if "event" in kind.programs:
        begin = (base or rng.uniform(0, 0.6) * plan.end) + rng.uniform(2, 5) * DAY
        starts: Floats = begin + np.sort(rng.uniform(0, 2.2, 7)) * DAY
        return starts, rng.uniform(1.5, 5, 7) * HOUR
    count = 1 + rng.poisson(kind.rate * 1.2 * plan.days)
    runs: Floats = np.sort(rng.uniform(0, plan.end, count))
    return runs, rng.lognormal(np.log(kind.hours), 0.5, count) * HOUR


def _program(
    rng: np.random.Generator,
    program: str,
    kind: Kind,
    cell: Cell,
    table: tuple[Floats, Floats],
    first: int,
    end: int,
    busy: float,
    seat: int,
) -> tuple[Floats, Floats]:
    """Starts and lengths, in ticks, of one account's launches under one program."""
    days = max(0.0, (end - first) / DAY)
    if program in ("class", "event", "sweep"):
        here = rng.random(len(table[0])) < 0.75
        late = rng.exponential(15 if program != "event" else 120, int(here.sum()))
        return table[0][here] + late, table[1][here] * rng.lognormal(0, 0.25, int(here.sum()))
    if program in ("steady", "drain"):
        calm = 1.0 if program == "steady" else rng.uniform(1.0, 2.2)
        hours = rng.lognormal(np.log(max(kind.hours, 30) * 2), 0.6, 1 + int(days * 2))
        starts = first + np.cumsum(hours * calm * HOUR) - hours[0] * calm * HOUR
        here = starts < end
        return starts[here], hours[here] * HOUR * 0.995
    if program in ("office", "autoscale"):
        whole = np.arange(first // DAY, end // DAY, dtype=np.int64)
        chance = np.where(whole % 7 < 5, 1.0, 0.3 if program == "office" else 0.7)
        whole = np.repeat(whole, rng.poisson(np.minimum(chance * kind.rate * busy, 6)))
        clock: Floats = (rng.normal(13, 2.5, len(whole)) + cell.clock) * HOUR
        return whole * DAY + clock, rng.lognormal(np.log(kind.hours), 0.5, len(whole)) * HOUR
    if program == "film":
        begin = max(first, 0) + rng.uniform(0, 4) * DAY
        days = min(days, rng.uniform(6, 20)) if seat else days * 0.4
    else:
        begin = first
    count = rng.poisson(kind.rate * busy * days)
    starts = begin + np.sort(rng.uniform(0, 1, count)) * days * DAY
    return starts, rng.lognormal(np.log(kind.hours), 0.7, count) * HOUR


def _wrong(rng: np.random.Generator, rows: Rows, cast: Cast, cell: Cell, plan: Plan) -> None:
    """Plan what proxies do: a little cover, and the work of those whom they front."""
    kind = cell.kind
    for account in cell.members.tolist():
        cover = {"T02": 0.35, "T14": 0.2}.get(kind.typology, 0.1)
        busy = cover if plan.preset != "poison" else 1.2
        early = max(0, int(cast.created[account]))
        till = plan.end if kind.typology != "T02" else cell.turn
        start, length = _program(
            rng, "office", kind, cell, (np.zeros(0), np.zeros(0)), early, till, busy, 0
        )
        sku = sku_index(("g5.xlarge", "g4dn.xlarge", "m6i.xlarge")[int(rng.integers(3))])
        ones = np.ones(len(start), np.int64)
        rows.append((account, start, np.minimum(length, 5 * HOUR), ones, sku, False, False))
    machine = sku_index(kind.skus[int(rng.integers(len(kind.skus)))])
    opens = cast.created[cell.members] + rng.uniform(*plan.ranges.idle, len(cell.members)) * DAY
    opens = np.maximum(opens, max(0, plan.drift_from))
    if kind.typology == "T02":
        opens = np.maximum(opens, cell.turn + 6 * HOUR)
    if "deal" in kind.programs:
        _deal(rng, rows, cast, cell, machine, opens, plan)
        return
    for account, first in zip(cell.members.tolist(), opens.astype(np.int64).tolist(), strict=True):
        for program in kind.programs:
            table = (np.zeros(0), np.zeros(0))
            found = _program(rng, program, kind, cell, table, first, plan.end, 1.0, 0)
            keep = _drifted(rng, found[0], plan)
            nodes = rng.integers(kind.nodes[0], kind.nodes[1] + 1, int(keep.sum()))
            rows.append((account, found[0][keep], found[1][keep], nodes, machine, False, True))


def _drifted(rng: np.random.Generator, start: Floats, plan: Plan) -> Flags:
    """Which starts happen: all, but in preset poison ever more of them towards the end."""
    if plan.preset != "poison":
        return np.full(len(start), True)
    ramp = (start - plan.drift_from) / (plan.end - plan.drift_from)
    return rng.random(len(start)) < np.maximum(ramp, 0) * 0.9 + 0.1 * (ramp > 0)


def _deal(
    rng: np.random.Generator,
    rows: Rows,
    cast: Cast,
    cell: Cell,
    machine: int,
    opens: Floats,
    plan: Plan,
) -> None:
    """Deal a ring's jobs out: each to those open accounts that have most of their budget left."""
    kind, n = cell.kind, len(cell.members)
    one = np.array([machine], np.int64)
    hourly = float(price(one, cast.euro[cell.members[:1]])[0]) / 10_000
    cap = cast.cap[cell.members].astype(float) / 1_000_000
    cap = np.where(cap * 1_000_000 >= NEVER, 5 * cast.top[cell.members] / 1_000_000, cap)
    left = cap / hourly * 1.05
    rate = rng.uniform(*plan.ranges.jobs)
    begin, days = float(opens.min()), max(1.0, (plan.end - float(opens.min())) / DAY)
    jobs = np.sort(rng.uniform(begin, plan.end, 1 + rng.poisson(rate * days)))
    jobs = jobs[_drifted(rng, jobs, plan)]
    if plan.preset == "volume_matched":
        left = left * 3
    high = min(kind.shards[1], n)
    typical = min(left.sum() * 1.3 / max(len(jobs), 1) / (sum(kind.shards) / 2), 60.0)
    busy = max(high, round(kind.active * n)) if kind.active < 1 else n
    until = np.zeros(n)
    for job in jobs.tolist():
        ready = np.flatnonzero((opens <= job) & (left > 0.2) & (until <= job))[:busy]
        ready = ready[cast.closed[cell.members[ready]] > job]
        if not len(ready):
            continue
        k = min(len(ready), int(rng.integers(kind.shards[0], high + 1)) if high > 1 else 1)
        chosen = ready[np.argsort(-left[ready], kind="stable")][:k]
        length = rng.lognormal(np.log(max(typical, 0.7)), 0.4)
        lengths = np.minimum(length * rng.normal(1, 0.02, k), left[chosen])
        starts = job + rng.uniform(0, rng.uniform(*plan.ranges.jitter), k)
        left[chosen] -= lengths
        until[chosen] = starts + lengths * HOUR
        gone = chosen[left[chosen] <= 0.2]
        opens[gone] = NEVER
        if len(gone) and kind.joins == "relay":
            fresh = (opens < NEVER) & (until == 0)
            wait = until[gone].max() + rng.uniform(*plan.ranges.gap) * DAY * 0.3
            opens[fresh] = np.maximum(opens[fresh], wait)
        for seat, start, hours in zip(chosen.tolist(), starts, lengths, strict=True):
            whose = int(cell.members[seat])
            span = np.array([max(hours, 0.3) * HOUR])
            rows.append((whose, np.array([start]), span, np.ones(1, int), machine, False, True))


def _theft(rng: np.random.Generator, rows: Rows, cell: Cell, plan: Plan) -> None:
    """A victim's key is used by thieves for a few days, for machines that its holder never had."""
    length = rng.uniform(1.5, 5) * DAY
    count = int(rng.integers(3, 9))
    start = cell.turn + np.sort(rng.uniform(0, length, count))
    span = np.minimum(rng.lognormal(np.log(9), 0.5, count) * HOUR, plan.end - start)
    machine = sku_index(("p4d.24xlarge", "g6e.12xlarge", "p5.48xlarge")[int(rng.integers(3))])
    account = int(cell.members[0])
    keep = span > 10
    rows.append(
        (account, start[keep], span[keep], np.ones(int(keep.sum()), int), machine, True, False)
    )
