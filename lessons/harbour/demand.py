"""When accounts call models, and through which keys: rates by the hour, and streams."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lessons.harbour.cast import Account, rings
from lessons.harbour.kinds import BENIGN
from lessons.harbour.stage import Floats, Ints, Stage, hexes, uniform

#: Model, tier, and dollars for a million tokens: input, output, cached input.
MODELS: tuple[tuple[str, int, float, float, float], ...] = (
    ("claude-haiku-4.5", 0, 1.0, 5.0, 0.1),
    ("gpt-4o-mini", 0, 0.15, 0.6, 0.075),
    ("llama-3.3-70b", 0, 0.72, 0.72, 0.18),
    ("claude-sonnet-4.5", 1, 3.0, 15.0, 0.3),
    ("gpt-4.1", 1, 2.0, 8.0, 0.5),
    ("mistral-large", 1, 2.0, 6.0, 0.5),
    ("claude-opus-4.1", 2, 15.0, 75.0, 1.5),
    ("gpt-5", 2, 1.25, 10.0, 0.125),
    ("claude-opus-4.5", 2, 5.0, 25.0, 0.5),  # the first release
    ("gpt-5.1", 2, 1.25, 10.0, 0.125),  # the second
)
FIRST_NEW = len(MODELS) - 2
NEVER = 10**9


@dataclass
class Stream:
    """One key of one account with one program behind it."""

    account: int
    row: int  # of the rates
    share: float
    model: int
    adopt: tuple[int, int]
    pivot: float
    key: str
    client: str
    region: str
    tokens: tuple[float, float]
    words: tuple[int, int]  # templates; -1: none
    noise: float
    users: int
    cover: bool = False


def rates(stage: Stage, people: list[Account]) -> Floats:
    """Draw expected requests by account and hour.

    In a poisoned world, rows past the accounts are what proxies do to look like others.
    """
    draw = stage.rng("demand")
    table = np.zeros((len(people), stage.hours))
    for i, one in enumerate(people):
        if draw.random() < one.kind.api or one.kind.turn == "handover":
            table[i] = _rate(stage, draw, one)
    _share_out(stage, draw, people, table)
    if stage.preset != "poison":
        return table
    cover = np.zeros((len(people), stage.hours))
    usual = next(kind for kind in BENIGN if kind.name == "product_startup")
    ramp = np.clip((np.arange(stage.hours) - stage.drift) / (stage.hours - stage.drift), 0, 1)
    for i, one in enumerate(people):
        if one.proxy:
            guise = Account(usual, created=one.created, end=one.closed or stage.hours)
            cover[i] = _rate(stage, draw, guise) * (1 - ramp)
            table[i] *= ramp
    return np.vstack([table, cover])


def _rate(stage: Stage, draw: np.random.Generator, one: Account) -> Floats:
    """Draw one account's rate by the hour over its life."""
    kind, dials, days = one.kind, stage.dials, stage.days
    level = kind.requests * draw.lognormal(0, 0.6) * uniform(draw, dials.demand)
    if one.proxy and stage.preset != "volume_matched":
        level *= uniform(draw, dials.boost)
    flat = uniform(draw, dials.steady) if kind.steady else draw.uniform(0, 0.12)
    clock = (np.arange(24) + int(draw.integers(-9, 10))) % 24
    hump = np.exp(-(((clock - draw.uniform(12, 16)) / draw.uniform(2.6, 4.2)) ** 2))
    shape = (1 - flat) * hump / hump.sum() + flat / 24
    weekday = (np.arange(days) + stage.start.weekday()) % 7
    chance = np.clip(kind.active * np.where(weekday >= 5, kind.weekend, 1.0), 0, 1)
    day = (draw.random(days) < chance) * draw.lognormal(0, 0.15 if kind.steady else 0.5, days)
    day *= np.exp(kind.growth * draw.uniform(0, 2) * np.arange(days))
    if kind.burst:
        since = np.arange(days)[:, None] - np.array(stage.releases)[None, :] / 24
        day *= np.where(((since > -1) & (since < 5)).any(axis=1), 6.0, 0.25)
    rate: Floats = (level * day[:, None] * shape[None, :]).ravel()
    if not kind.steady and not kind.users:
        keep = draw.uniform(0.2, 0.4)  # people work in sessions
        rate *= (draw.random(stage.hours) < keep) / keep
    return np.where(_alive(stage, one), rate, 0.0)


def _alive(stage: Stage, one: Account) -> Ints:
    """Mark the hours that lie wholly in an account's active life."""
    hour = np.arange(stage.hours)
    alive: Ints = ((hour >= np.ceil(one.begin)) & (hour + 1 <= one.end)).astype(np.int64)
    return alive


def _share_out(
    stage: Stage, draw: np.random.Generator, people: list[Account], table: Floats
) -> None:
    """Let siblings of a ring carry each other's load, and harvesters work the same tasks."""
    for a, b in rings(people):
        both = (_alive(stage, people[a]) & _alive(stage, people[b])).astype(bool)
        name = people[a].kind.name
        if name == "key_relay":
            # A limit is met, and for some hours the sibling takes it all.
            spell = np.repeat(draw.choice(3, stage.hours // 4 + 1, p=[0.3, 0.3, 0.4]), 4)[
                : stage.hours
            ]
            total = table[a] + table[b]
            table[a][both] = (total * np.array([1.0, 0.0, 0.5])[spell])[both]
            table[b][both] = (total * np.array([0.0, 1.0, 0.5])[spell])[both]
        if name in ("harvester", "split_budget", "small_farm"):
            mean = np.clip(draw.normal(1, 0.05, stage.hours), 0.8, 1.2) * table[a]
            table[b][both] = mean[both]


def streams(stage: Stage, people: list[Account], table: Floats) -> list[Stream]:
    """Deal every account's calls out to keys, programs, models and templates."""
    draw = stage.rng("streams")
    clients = hexes(draw, 45)
    counter = iter(range(12, NEVER))  # templates 0 to 11 are published ones
    common: dict[tuple[int, int], tuple[int, int]] = {}
    found: list[Stream] = []
    for i in range(len(table)):
        one = people[i % len(people)]
        if not table[i].any():
            continue
        own = (next(counter), next(counter))
        mark = (one.ring, one.group)
        if one.kind.words in ("ring", "group") and i < len(people):
            own = common.setdefault(mark, own)
        found += _keys(stage, draw, one, i, own, clients, i >= len(people))
    for one_stream in found:
        one_stream.account %= len(people)
    return found


def _keys(
    stage: Stage, draw: np.random.Generator, one: Account, row: int, own: tuple[int, int],
    clients: list[str], cover: bool,
) -> list[Stream]:  # fmt: skip
    """Make the keys of one account."""
    kind, dials = one.kind, stage.dials
    low, high = (
        kind.keys if kind.keys[1] else (int(dials.pooled_keys[0]), int(dials.pooled_keys[1]))
    )
    if cover:
        low, high = 1, 2
    count = int(draw.integers(low, high + 1))
    shares = draw.dirichlet(np.full(count, kind.even))
    tool = int(45 * draw.random() ** 2)
    length = uniform(draw, dials.length)
    adopt = _adoption(stage, draw, one)
    pivot = uniform(draw, dials.pivot) if kind.pivot < 0 else kind.pivot * draw.uniform(0.6, 1.4)
    noise = (
        uniform(draw, dials.ring_noise) if kind.noise < 0 else kind.noise * draw.uniform(0.6, 1.5)
    )
    users = int(uniform(draw, dials.relay_users)) if kind.users < 0 else kind.users
    if kind.name == "ai_saas":
        users = int(users * draw.uniform(0.2, 1.8))
    found = []
    for share, key in zip(shares, hexes(draw, count), strict=True):
        tier = int(draw.choice(3, p=(0.45, 0.4, 0.15) if cover else kind.tiers))
        model = int(draw.choice([m for m in range(FIRST_NEW) if MODELS[m][1] == tier]))
        # Those who share a plan come with programs of their own.
        client = (
            int(draw.integers(45)) if kind.name == "shared_plan" or draw.random() < 0.1 else tool
        )
        words = own
        if not cover and kind.words == "public":
            words = (int(draw.integers(12)), -1)
        if not cover and kind.words == "many":
            words = (-1, -1)
        size = (
            kind.tokens[0] * length * draw.lognormal(0, 0.3),
            kind.tokens[1] * length * draw.lognormal(0, 0.3),
        )
        found.append(
            Stream(
                row, row, float(share), model, adopt, min(pivot, 0.95), key, clients[client],
                str(draw.choice(["eu-west", "us-east", "ap-south"])), size, words,
                3.0 if cover else noise, 0 if cover else users, cover,
            )
        )  # fmt: skip
    return found


def _adoption(stage: Stage, draw: np.random.Generator, one: Account) -> tuple[int, int]:
    """Draw the hours at which an account starts to call the two new models."""
    kind, dials = one.kind, stage.dials
    found = []
    for release in stage.releases:
        wait = 24 * draw.exponential(max(kind.adopt, 0.01) * uniform(draw, dials.adopt_days))
        if kind.adopt == 0:
            wait = uniform(draw, dials.pivot_hours)
        found.append(release + 1 + int(wait) if kind.adopt >= 0 else NEVER)
    return found[0], found[1]
