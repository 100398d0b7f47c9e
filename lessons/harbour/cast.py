"""Who is in the world: kinds, roles, rings and groups, and when each account lives."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from lessons.harbour.kinds import BENIGN, HOBBY, OTHERS, PROXIES, VICTIM, Kind
from lessons.harbour.stage import Stage, uniform


@dataclass
class Account:
    """One account. Times are hours of the world, below 0 before it; -1 in ``turn`` is never."""

    kind: Kind
    role: str = "benign"
    typology: str | None = None
    ring: int = -1
    group: int = -1
    place: int = 0  # among the members of its ring or group
    created: float = 0.0
    begin: float = 0.0
    end: float = 0.0
    closed: float | None = None
    close_reason: str | None = None
    appeal: float | None = None
    turn: float = -1.0
    pay: str = "card"
    currency: str = "USD"
    plan: int = 0
    account_id: str = ""
    payer: int = -1  # who pays, as an index; -1: itself

    @property
    def proxy(self) -> bool:
        """Whether the account is a proxy."""
        return self.role == "proxy"


def cast(stage: Stage) -> list[Account]:
    """Draw all accounts of a world, in the order of their ids."""
    draw = stage.rng("cast")
    people = _wrongs(stage, draw)
    people += _innocents(stage.accounts - len(people), draw)
    anchors: dict[tuple[int, int], float] = {}
    for one in people:
        _live(one, stage, draw, anchors)
    people = [people[i] for i in draw.permutation(len(people))]
    numbers = draw.choice(10**9, size=len(people), replace=False)
    for one, number in zip(people, np.sort(numbers), strict=True):
        one.account_id = f"hb-{int(number):09d}"
        one.plan = int(draw.choice([20, 100, 200]))
        one.pay = str(draw.choice(one.kind.pay))
        one.currency = "EUR" if draw.random() < 0.35 else "USD"
    _one_payer(people)
    return people


def _wrongs(stage: Stage, draw: np.random.Generator) -> list[Account]:
    """Draw proxies in rings and alone, victims and other wrongs; none in a clean world."""
    if stage.preset == "clean":
        return []
    left = max(2, round(stage.accounts * draw.uniform(0.014, 0.028)))
    weights = np.array([row[1] for row in PROXIES.values()])
    found: list[Account] = []
    ring = 0
    # Every typology once, the frequent first; then as frequent as they are.
    order = np.argsort(draw.exponential(1 / weights)).tolist()
    while left:
        pick = order.pop(0) if order else int(draw.choice(len(weights), p=weights / weights.sum()))
        typology, (kind, _, sizes) = list(PROXIES.items())[pick]
        size = int(draw.choice(sizes))
        if size > left:
            continue
        kind = _tame(kind) if stage.preset == "no_access" else kind
        found += [Account(kind, "proxy", typology, ring, place=i) for i in range(size)]
        ring, left = ring + 1, left - size
    few = max(1, round(stage.accounts * 0.003))
    first = int(draw.integers(len(OTHERS)))
    for i in range(few):
        kind, other = OTHERS[(first + i) % len(OTHERS)]
        found.append(Account(kind, "other", other))
        found.append(Account(VICTIM, "victim", "T07"))
    return found


def _tame(kind: Kind) -> Kind:
    """Keep a proxy's manner and take away what is controlled."""
    return replace(
        kind, tiers=(1.0, 0.0, 0.0), adopt=-1.0, machines=HOBBY, requests=kind.requests / 3
    )


def _innocents(count: int, draw: np.random.Generator) -> list[Account]:
    """Draw innocent accounts by the shares of their kinds, groups whole."""
    found: list[Account] = []
    group = 0
    total = sum(kind.share for kind in BENIGN)
    for kind in BENIGN[1:]:
        wanted = max(1, round(count * kind.share / total))
        while wanted > 0:
            size = int(draw.integers(kind.group[0], kind.group[1] + 1))
            mark = group if kind.group[1] > 1 else -1
            found += [Account(kind, group=mark, place=i) for i in range(size)]
            group, wanted = group + 1, wanted - size
    return found + [Account(BENIGN[0]) for _ in range(count - len(found))]


def _live(
    one: Account, stage: Stage, draw: np.random.Generator, anchors: dict[tuple[int, int], float]
) -> None:
    """Date an account: made, first use, last use, turn and closing."""
    hours, kind = stage.hours, one.kind
    hidden = one.proxy and stage.preset == "poison"
    # Those who belong together do things in the same weeks; the rest as it comes.
    anchor = draw.uniform(0.05, 0.55) * hours
    if one.ring >= 0 or one.group >= 0:
        anchor = anchors.setdefault((one.ring, one.group), anchor)
    one.created = -24 * float(np.clip(draw.lognormal(5.6, 0.9), 8, 1600))
    if draw.random() < kind.fresh and not hidden:
        near = {"hackathon": 30.0, "small_farm": 40.0}.get(kind.name, 110.0)
        one.created = min(anchor + draw.uniform(0, near), hours * 0.72)
    one.begin = max(0.0, one.created + draw.uniform(1, 30))
    one.end = float(hours)
    if kind.stint:
        if one.created < 0:
            one.begin = max(stage.drift if hidden else 0, anchor * 0.8)
        one.end = min(hours, one.begin + 24 * uniform(draw, stage.dials.stint_days))
        if kind.name == "hackathon":
            one.end = min(hours, one.begin + 24 * draw.uniform(3, 6))
    if kind.turn:
        one.turn = draw.uniform(0.3, 0.65) * hours + (0.38 * hours if hidden else 0)
        if kind.turn == "operators":
            one.turn = one.begin + draw.uniform(2, 20)
        if kind.turn == "handover":
            one.begin = max(0.0, one.turn)
    _succeed(one, stage, draw, anchor)
    if one.role == "benign" and not kind.turn and one.closed is None and draw.random() < 0.02:
        one.closed, one.close_reason = draw.uniform(max(48, one.begin + 24), hours + 40), "customer"
        if one.closed >= hours:
            one.closed = one.close_reason = None
    if one.closed is not None:
        one.end = min(one.end, one.closed)
    if hidden:
        one.begin = 0.0


def _succeed(one: Account, stage: Stage, draw: np.random.Generator, anchor: float) -> None:
    """Let the second of two follow the first: after a closing, or as the contract's new party."""
    name, hours = one.kind.name, stage.hours
    hidden = one.proxy and stage.preset == "poison"
    middle = 0.8 * hours if hidden else 0.35 * hours + anchor * 0.3
    if name in ("comeback", "appeal_returner"):
        back = middle + draw.uniform(20, 150)
        if one.place == 0:
            one.created = min(one.created, -200.0)
            one.begin, one.closed, one.close_reason = 0.0, middle, "policy"
        elif not hidden:
            one.created, one.begin = back, back + draw.uniform(1, 20)
        if name == "appeal_returner":
            one.appeal = min(middle + draw.uniform(150, 300), hours - 2.0)
    if name in ("shell_swap", "reorganised"):
        if one.place == 0:
            one.created = min(one.created, -200.0)
            one.begin, one.end = 0.0, middle
        elif not hidden:
            one.created, one.begin = middle - draw.uniform(24, 140), middle + draw.uniform(0, 12)
    if name == "stolen_card":
        one.end = min(one.end, hours - 30.0)
        one.closed, one.close_reason = one.end + draw.uniform(1, 20), "fraud"


def _one_payer(people: list[Account]) -> None:
    """Give the accounts of a declared group one payer and one currency."""
    first: dict[int, int] = {}
    for i, one in enumerate(people):
        if one.kind.name in ("landing_zone", "reseller_client", "agency_client", "reorganised"):
            head = first.setdefault(one.group, i)
            one.payer = head
            one.currency, one.pay = people[head].currency, people[head].pay
            # A payer is there before those it pays for, and stays.
    for group, head in first.items():
        members = [one for one in people if one.group == group]
        people[head].created = min(one.created for one in members)
        if people[head].close_reason == "customer":
            people[head].closed = people[head].close_reason = None


def rings(people: list[Account]) -> list[tuple[int, int]]:
    """Name the neighbours in every ring, as indices of accounts."""
    order = sorted((one.ring, one.place, i) for i, one in enumerate(people) if one.ring >= 0)
    return [(a[2], b[2]) for a, b in pairwise(order) if a[0] == b[0]]
