"""Who is there: cells of accounts, when they sign up, how they pay, what they may spend."""

from dataclasses import dataclass, field

import numpy as np

from lessons.mill.archetypes import BENIGN, OTHERS, RINGS, SINGLES, VICTIM, Kind
from lessons.mill.ranges import DAY, HOUR, Ints, Plan

__all__ = ["CREDITS", "INVOICE", "MICRO", "NEVER", "PREPAID", "Cast", "Cell", "cast_accounts"]

NEVER = 10**12
MICRO = 1_000_000
PREPAID, INVOICE, CREDITS = 0, 1, 2


@dataclass
class Cell:
    """Accounts that belong together, innocent or not: a family, a course, a ring.

    ``born`` is its first sign-up, ``clock`` the hour at which its working day begins,
    ``country`` where most of its people are, ``turn`` when something changes for it: a hand-over,
    a closure, a theft.
    """

    kind: Kind
    members: Ints
    born: int
    clock: int
    country: int
    turn: int
    ring: str = ""


@dataclass
class Cast:
    """All accounts, as columns: ``cell`` and ``seat`` say which cell an account is in and where."""

    cells: list[Cell] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    cell: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    seat: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    created: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    closed: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    pay: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    euro: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    top: Ints = field(default_factory=lambda: np.zeros(0, np.int64))  # micro-units of money
    cap: Ints = field(default_factory=lambda: np.zeros(0, np.int64))  # micro-units, NEVER if none
    payer: Ints = field(default_factory=lambda: np.zeros(0, np.int64))

    @property
    def size(self) -> int:
        """How many accounts there are."""
        return len(self.ids)

    def kind(self, account: int) -> Kind:
        """Kind of an account."""
        return self.cells[int(self.cell[account])].kind


def cast_accounts(rng: np.random.Generator, plan: Plan) -> Cast:
    """All accounts of a world, with their places shuffled so that no order tells of roles."""
    kinds = _wrongs(rng, plan) if plan.preset != "clean" else []
    left = plan.accounts - sum(size for _, size in kinds)
    small = 1.0 if plan.accounts >= 1000 else max(0.25, plan.accounts / 1000)
    weights = np.array([kind.share / max(1.0, sum(kind.size) / 2 * small) for kind in BENIGN])
    while left > 0:
        kind = BENIGN[int(rng.choice(len(BENIGN), p=weights / weights.sum()))]
        size = min(left, max(1, round(int(rng.integers(kind.size[0], kind.size[1] + 1)) * small)))
        kinds.append((kind, max(size, min(left, min(2, kind.size[0])))))
        left -= kinds[-1][1]
    places = rng.permutation(plan.accounts)
    cast = Cast()
    cast.ids = [str(number) for number in _numbers(rng, plan.accounts)]
    for name in ("cell", "seat", "created", "closed", "pay", "euro", "top", "cap", "payer"):
        setattr(cast, name, np.zeros(plan.accounts, np.int64))
    done = 0
    for kind, size in kinds:
        _found(rng, cast, kind, places[done : done + size], plan)
        done += size
    _name_rings(rng, cast)
    return cast


def _numbers(rng: np.random.Generator, count: int) -> Ints:
    """Different account numbers of ten digits, in no order."""
    numbers = np.unique(rng.integers(10**9, 10**10, 2 * count + 16))
    return rng.permutation(numbers)[:count]


def _wrongs(rng: np.random.Generator, plan: Plan) -> list[tuple[Kind, int]]:
    """Kinds and sizes of the cells that are no innocents."""
    proxies = max(2, round(plan.accounts * rng.uniform(*plan.ranges.prevalence)))
    cells: list[tuple[Kind, int]] = []
    alone = [SINGLES[i] for i in rng.permutation(len(SINGLES))]
    alone = alone[: max(1 if proxies > 3 else 0, min(len(alone), round(proxies * 0.15)))]
    cells += [(kind, 1) for kind in alone]
    left, turn = proxies - len(alone), 0
    order = [RINGS[i] for i in rng.permutation(len(RINGS))]
    least = min(low for low, _ in plan.ranges.sizes) if proxies >= 30 else 1
    while left >= least:
        spare = left - least * max(0, 2 - turn) if least > 1 else left
        fit = [band for band in plan.ranges.sizes if band[0] <= max(spare, least)]
        size = left  # a small world holds one ring, or a part of one
        if fit and least > 1:
            low, high = fit[int(rng.integers(len(fit)))]
            size = int(rng.integers(low, max(low, min(high, spare)) + 1))
        cells.append((order[turn % len(order)], size))
        left, turn = left - size, turn + 1
    third = max(1, round(plan.accounts * 0.003))
    cells += [(VICTIM, 1)] * third
    while third > 0:
        kind = OTHERS[int(rng.integers(len(OTHERS)))]
        size = min(third, int(rng.integers(kind.size[0], kind.size[1] + 1)))
        cells.append((kind, size))
        third -= size
    return cells


def _found(rng: np.random.Generator, cast: Cast, kind: Kind, members: Ints, plan: Plan) -> None:
    """Found one cell: sign-ups, money, what is to change."""
    end = plan.end
    old = plan.preset == "poison" and kind.role == "proxy"
    if rng.random() < kind.young and not old:
        born = int(rng.uniform(0, end * 0.7))
    else:
        born = -int(rng.exponential(260) * DAY + (45 if kind.role == "victim" else 3) * DAY)
    turn = int(rng.uniform(0.3, 0.75) * end) if plan.preset != "poison" else plan.drift_from + DAY
    cell = Cell(kind, members, born, int(rng.integers(24)), int(rng.integers(14)), turn)
    number = len(cast.cells)
    cast.cells.append(cell)
    cast.cell[members] = number
    cast.seat[members] = np.arange(len(members))
    cast.created[members] = _sign_ups(rng, cell, plan, old)
    cast.closed[members] = NEVER
    cast.euro[members] = int(rng.random() < 0.35)
    cast.payer[members] = members[0] if kind.payer else members
    if kind.payer:
        cast.created[members[0]] = cast.created[members].min()
    _close(rng, cast, cell, plan)
    cast.closed[members] = -(-cast.closed[members] // HOUR) * HOUR
    _money(rng, cast, cell, plan)


def _sign_ups(rng: np.random.Generator, cell: Cell, plan: Plan, old: bool) -> Ints:
    """When each member signs up, in ticks; never later than three days before the end."""
    n, kind = len(cell.members), cell.kind
    steps = np.arange(n)
    if kind.name in ("returning_ring", "returned") and n > 1 and not old:
        later = cell.turn + rng.uniform(*plan.ranges.gap) * DAY + rng.exponential(1.5, n) * DAY
        before = -rng.exponential(40, n) * DAY - 10 * DAY
        ticks = np.where(steps < max(1, n // 2), before, later)
    elif kind.joins == "burst":
        ticks = cell.born + rng.exponential(0.9, n) * DAY
    elif kind.joins == "waves":
        ticks = cell.born + (steps // rng.integers(3, 7)) * rng.uniform(1, 9) * DAY
        ticks = ticks + rng.exponential(0.35, n) * DAY
    elif kind.joins == "relay":
        ticks = cell.born + steps * rng.uniform(0.5, 1.1) * plan.end / max(n, 4)
        ticks = ticks + rng.uniform(0, 2, n) * DAY
    else:
        span = rng.uniform(8, 90) * DAY if cell.born < 0 else 0.5 * plan.end
        ticks = cell.born + rng.uniform(0, span, n)
    latest = -2 * DAY if old else plan.end - 3 * DAY
    return np.minimum(ticks, latest - rng.uniform(0, 2, n) * DAY).astype(np.int64)


def _close(rng: np.random.Generator, cast: Cast, cell: Cell, plan: Plan) -> None:
    """Close a few accounts: by choice, for fraud, or before a return."""
    kind, members = cell.kind, cell.members
    created = cast.created[members]
    if kind.name in ("returning_ring", "returned") and len(members) > 1:
        early = members[: max(1, len(members) // 2)]
        if plan.preset != "poison" or kind.role != "proxy":
            cast.closed[early] = cell.turn + rng.integers(0, 6 * HOUR, len(early))
    elif kind.name in ("card_fraud", "trial_farm"):
        ends = created + (rng.uniform(4, 14, len(members)) * DAY).astype(np.int64)
        cast.closed[members] = np.where(ends < plan.end - HOUR, ends, NEVER)
    elif not kind.payer and kind.role in ("benign", "proxy"):
        leaves = (rng.random(len(members)) < 0.05) & (created < plan.end - 12 * DAY)
        late = np.maximum(created, 0) + 8 * DAY
        ends = late + (rng.random(len(members)) * (plan.end - late - HOUR)).astype(np.int64)
        cast.closed[members] = np.where(leaves & (ends < plan.end), ends, NEVER)


def _money(rng: np.random.Generator, cast: Cast, cell: Cell, plan: Plan) -> None:
    """How members pay, what one top-up is, and what they may spend in all."""
    kind, members = cell.kind, cell.members
    n = len(members)
    way = rng.choice(3, size=n, p=np.array(kind.pay))
    cast.pay[members] = way[0] if kind.payer else way
    tops = np.array(kind.top, dtype=np.int64)
    top = tops[rng.integers(len(tops), size=n)]
    odd = rng.random(n) < 0.2  # a quote's exact sum, or what a finance department allows
    top = np.where(odd, (top * rng.uniform(0.7, 1.2, n)).astype(np.int64), top)
    times = rng.integers(1, 4, n)
    if kind.pay[2] >= 0.8 and kind.role != "proxy":
        times = np.where(rng.random(n) < 0.85, 1, times)
    if kind.role == "proxy":
        top, times = _pooled(rng, kind, n, plan)
    asked = plan.ranges.threshold
    shy = (kind.role == "benign") & (top > asked) & (rng.random(n) < 0.3)
    top = np.where(shy, asked - 50 * rng.integers(1, 5, n), top)
    cast.top[members] = top * MICRO
    drains = (rng.random(n) < kind.drains) & (cast.pay[members] != INVOICE)
    if kind.role == "proxy":
        drains = np.full(n, kind.drains > 0 and plan.preset != "poison")
    cast.cap[members] = np.where(drains, top * times * MICRO, NEVER)


def _pooled(rng: np.random.Generator, kind: Kind, n: int, plan: Plan) -> tuple[Ints, Ints]:
    """A ring's budget, split: what its clients paid, less the margin, over all accounts."""
    low, high = {
        "T01": (4000, 15000),
        "T02": (3000, 15000),
        "T03": (300, 1500),
        "T08": (5000, 14000),
        "T10": (6000, 18000),
        "T12": (1000, 4000),
        "T16": (900, 5000),
    }.get(kind.typology, (1500, 6000))
    each = np.exp(rng.uniform(np.log(low), np.log(high)))
    asked = plan.ranges.threshold
    if kind.typology == "T14" or (len(kind.programs) > 1 and kind.typology != "T12"):
        share = rng.uniform(*plan.ranges.hug, n)
        return (asked * share).astype(np.int64) // 10 * 10, rng.integers(1, 4, n)
    pooled = int(each * n / rng.uniform(1.08, 1.35))
    equal = np.full(n, max(100, pooled // n // 50 * 50))
    if kind.typology == "T01":
        sums = np.exp(rng.normal(np.log(each), 0.35, n)) // 500 * 500
        equal = np.maximum(sums, 1500).astype(np.int64)
    elif rng.random() < 0.5:
        equal = np.maximum(equal * rng.lognormal(0, 0.15, n) // 10 * 10, 100).astype(np.int64)
    times = np.ones(n, np.int64)
    if kind.typology in ("T01", "T02", "T08", "T10") and rng.random() < 0.6:
        times = -(-equal // int(asked * rng.uniform(*plan.ranges.hug)))
    return equal // times, times


def _name_rings(rng: np.random.Generator, cast: Cast) -> None:
    """Give each cell of proxies, and each larger one of other wrongs, a name without order."""
    wrong = [cell for cell in cast.cells if cell.kind.role == "proxy"]
    names = rng.permutation(9000)[: len(wrong)] + 1000
    for cell, name in zip(wrong, names, strict=True):
        cell.ring = f"mill-{name}"
