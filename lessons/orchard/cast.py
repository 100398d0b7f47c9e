"""Who is in the world: roles, rings, groups of innocents, and when each account lives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lessons.orchard.archetypes import ALONE, ARCHETYPES, GROUPS, INDEX, RINGS, Plan, numbers
from lessons.orchard.setting import DAY, HOUR, NEVER, Array, Setting

ROLES = ("benign", "proxy", "victim", "other")
WRONGS = ("mining", "trial_farm", "payment_fraud")


@dataclass
class Cast:
    """One entry an account, in an order that the logs do not keep."""

    role: Array  # index into ROLES
    typology: Array  # text, empty for none
    front: Array  # archetype that it says it is
    look: Array  # archetype whose work it does
    wants: Array  # 0 nothing more, 1 GPUs, 2 models
    ring: Array  # -1 for none
    seat: Array  # place among the members of its ring or group
    group: Array  # linked accounts, rings among them; -1 for none
    turns: Array  # size of a ring whose members work by turns, else 0
    wrong: Array  # index into WRONGS, -1 for none
    created: Array
    closed: Array

    @property
    def ready(self) -> Array:
        """Return the first full hour of each account, from which on it can cost something."""
        full: Array = -(-(self.created + 900) // HOUR) * HOUR
        return full

    def __len__(self) -> int:
        """Return the number of accounts."""
        return len(self.role)


def _empty(n: int) -> Cast:
    def minus() -> Array:
        return np.full(n, -1, dtype=np.int64)

    def zero() -> Array:
        return np.zeros(n, dtype=np.int64)

    return Cast(
        role=zero(),
        typology=np.full(n, "", dtype="U3"),
        front=zero(),
        look=zero(),
        wants=zero(),
        ring=minus(),
        seat=zero(),
        group=minus(),
        turns=zero(),
        wrong=minus(),
        created=zero(),
        closed=np.full(n, NEVER, dtype=np.int64),
    )


def draw_cast(setting: Setting) -> Cast:
    """Draw who there is."""
    rng = setting.rng("cast")
    cast = _empty(setting.accounts)
    spots = rng.permutation(len(cast))
    if setting.preset != "clean":
        spots = spots[_wrongs(setting, rng, cast, spots) :]
    _innocents(rng, cast, np.sort(spots))
    _births(setting, rng, cast)
    _closings(setting, rng, cast)
    return cast


def _plan(rng: np.random.Generator, cast: Cast, who: Array, plan: Plan) -> None:
    """Give accounts the life that a plan lays down; a ring has one kind of work."""
    cast.role[who] = 1
    cast.typology[who] = plan.typology
    cast.front[who] = [INDEX[name] for name in rng.choice(plan.fronts, len(who))]
    cast.look[who] = INDEX[str(rng.choice(plan.looks))]
    cast.wants[who] = 1 + int(plan.wants == "models")
    cast.turns[who] = len(who) if plan.turns else 0


def _wrongs(setting: Setting, rng: np.random.Generator, cast: Cast, spots: Array) -> int:
    """Plant proxies, victims and other wrongs; return how many spots are taken."""
    knobs, n = setting.knobs, len(cast)
    proxies = max(3, round(n * knobs.proxy_share))
    ringed, taken, ring = (proxies + 1) // 2, 0, 0
    order, alone = rng.permutation(len(RINGS)), rng.permutation(len(ALONE))
    while ringed - taken >= 2:
        size = min(int(rng.integers(2, round(knobs.largest_ring) + 1)), ringed - taken)
        size += int(ringed - taken - size == 1)
        who = spots[taken : taken + size]
        _plan(rng, cast, who, RINGS[order[ring % len(RINGS)]])
        cast.ring[who] = cast.group[who] = ring
        cast.seat[who] = np.arange(size)
        taken, ring = taken + size, ring + 1
    for number in range(proxies - taken):
        plan = ALONE[alone[number % len(ALONE)]]
        _plan(rng, cast, spots[taken + number : taken + number + 1], plan)
    taken = proxies
    for role, share in ((2, knobs.victim_share), (3, knobs.other_share)):
        count = max(1, round(n * share))
        who = spots[taken : taken + count]
        cast.role[who] = role
        names = ("web_shop", "ai_saas", "agency", "remote_team") if role == 2 else ("hobbyist",)
        cast.front[who] = cast.look[who] = [INDEX[name] for name in rng.choice(names, count)]
        if role == 2:
            cast.typology[who] = "T07"
        else:
            cast.wrong[who] = np.arange(count) % len(WRONGS)
            cast.typology[who] = np.where(cast.wrong[who] < 2, "T13", "")
            cast.group[who[cast.wrong[who] == 1]] = ring
        taken += count
    return taken


def _innocents(rng: np.random.Generator, cast: Cast, spots: Array) -> None:
    """Deal archetypes out, and tie those together that belong together."""
    shares = numbers("share")
    kinds = rng.choice(len(ARCHETYPES), len(spots), p=shares / shares.sum())
    cast.front[spots] = cast.look[spots] = kinds
    group = int(cast.group.max()) + 1
    for number, archetype in enumerate(ARCHETYPES):
        if not archetype.group:
            continue
        low, high, _ = GROUPS[archetype.group]
        members = spots[kinds == number]
        while len(members):
            size = int(rng.integers(low, high + 1))
            cast.group[members[:size]] = group
            cast.seat[members[:size]] = np.arange(len(members[:size]))
            members, group = members[size:], group + 1


def _births(setting: Setting, rng: np.random.Generator, cast: Cast) -> None:
    """Date the accounts: a third and more of them is younger than the logs are long."""
    n, last = len(cast), setting.days - 6
    young = rng.random(n) < numbers("young")[cast.front] * setting.knobs.young
    days = np.where(young, last - rng.exponential(45, n), -rng.gamma(1.3, 420, n))
    days = np.where(cast.wrong >= 0, rng.uniform(-15, last, n), days)
    days = np.minimum(days, last * rng.random(n) ** 0.4 * 0.999)
    for group in range(int(cast.group.max()) + 1):
        who = np.flatnonzero(cast.group == group)
        name = ARCHETYPES[cast.front[who[0]]].group
        if cast.wrong[who[0]] >= 0:
            gaps = rng.exponential(0.3, len(who))
        elif cast.ring[who[0]] >= 0:
            gaps = rng.exponential(setting.knobs.gap_days, len(who))
        elif name in ("hackathon", "accelerator"):
            gaps = rng.exponential(0.04 if name == "hackathon" else 3.0, len(who))
        elif name == "returning":
            gaps = rng.uniform(15, 60, len(who))
        else:
            gaps = rng.exponential(60, len(who))
        base = min(float(days[who[0]]), last - rng.random() - float(np.cumsum(gaps)[-1]))
        days[who] = base + np.cumsum(gaps)
    bought = cast.typology == "T02"
    days[bought] = -rng.uniform(60, 900, int(bought.sum()))
    cast.created = (days * DAY).astype(np.int64)


def _closings(setting: Setting, rng: np.random.Generator, cast: Cast) -> None:
    """Let some customers leave, and end what enforcement ended."""
    n = len(cast)
    leave = (rng.random(n) < 0.03) & (cast.role == 0)
    late = np.maximum(cast.created, 0) + (setting.end - np.maximum(cast.created, 0)) * rng.uniform(
        0.3, 0.95, n
    )
    returning = np.array([archetype.group == "returning" for archetype in ARCHETYPES])[cast.front]
    first = returning & (cast.seat == 0) & (cast.role == 0)
    enforced = (cast.typology == "T16") & (cast.seat == 0) & (setting.preset != "poison")
    cast.closed[leave] = late[leave].astype(np.int64)
    fraud = (cast.wrong == 2) & (cast.created > 0)
    cast.closed[fraud] = cast.created[fraud] + (rng.uniform(3, 12, int(fraud.sum())) * DAY).astype(
        np.int64
    )
    ended = np.flatnonzero(first | enforced)
    for one in ended:
        kin = (cast.group == cast.group[one]) & (cast.seat == 1) & (cast.group >= 0)
        following = cast.created[kin]
        life = following[0] - cast.created[one] if len(following) else 20 * DAY
        cast.closed[one] = cast.created[one] + int(life * 0.8)
    cast.closed = np.where(cast.closed < NEVER, cast.closed // HOUR * HOUR, NEVER)
