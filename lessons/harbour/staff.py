"""The people who sign in: whom they work for, from when to when, with which machines and places."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from lessons.harbour.cast import Account
from lessons.harbour.places import CLASSES, COUNTRIES, country
from lessons.harbour.stage import Floats, Ints, Stage, hexes


@dataclass(frozen=True)
class Person:
    """One person of one account, there from one hour to another."""

    account: int
    begin: float
    end: float
    rate: float  # sign-ins a day
    name: str
    role: str = "user"


def staff(stage: Stage, people: list[Account]) -> list[Person]:
    """Draw the people of every account; the first of an account is its founder."""
    draw = stage.rng("staff")
    found: list[Person] = []
    for i, one in enumerate(people):
        end = one.closed if one.closed is not None else float(stage.hours)
        start = max(one.created, 0.0)
        low, high = one.kind.people
        for k in range(int(draw.integers(low, high + 1))):
            begin = (
                start if k == 0 else start + (end - start) * 0.8 * max(0.0, draw.uniform(-1.5, 1))
            )
            found.append(Person(i, begin, end, draw.gamma(1.2, 0.25), hexes(draw, 1)[0][:12]))
        if one.kind.turn in ("handover", "operators"):
            # Others take over, and those who were there are seen no more.
            mine = [p for p in found if p.account == i]
            found = found[: -len(mine)]
            found += [
                Person(i, p.begin, max(p.begin + 0.2, one.turn), 0.05, p.name)
                for p in mine if p.begin < one.turn
            ]  # fmt: skip
            found += [Person(i, one.turn, end, draw.gamma(2, 0.25), hexes(draw, 1)[0][:12])]
        if one.kind.turn == "takeover":
            found += [Person(i, one.turn, end, 0.5, hexes(draw, 1)[0][:12])]
        if one.kind.turn == "theft":
            found += [Person(i, one.turn, min(one.turn + 200, end), 0.0, found[-1].name, "thief")]
    return found


def resolve(stage: Stage, staffed: list[Person], at: Ints) -> pl.DataFrame:
    """Give every event of a person the machine and the place that it comes from."""
    draw = stage.rng("machines of people")
    people, count = len(staffed), len(at)
    family = draw.integers(1, 4, people)
    device = hexes(draw, people * 3)
    agents, prints = hexes(draw, 40), hexes(draw, 12)
    agent_of = (40 * draw.random(people * 3) ** 1.5).astype(np.int64)
    own, shared = hexes(draw, people * 3), hexes(draw, 50)
    classes = draw.choice(4, people * 3, p=[0.5, 0.2, 0.2, 0.1])
    vpn = draw.beta(0.5, 0.9, people)  # company policy for some, habit for others
    homes = np.array([[COUNTRIES.index(country(draw)) for _ in range(4)] for _ in range(people)])
    travels = draw.integers(1, 5, people)
    thief = np.array([p.role == "thief" for p in staffed])
    which = at * 3 + (draw.random(count) * family[at]).astype(np.int64)
    through = draw.random(count) < vpn[at]
    line = at * 3 + (3 * draw.random(count) ** 2).astype(np.int64)
    exit_ = (50 * draw.random(count)).astype(np.int64)
    ips = pl.Series(own + shared + hexes(draw, count))
    ip = np.where(through, len(own) + exit_, line)
    # A stolen key is called from a new address each time, from anywhere.
    ip = np.where(thief[at], len(own) + 50 + np.arange(count), ip)
    place = (draw.random(count) * travels[at]).astype(np.int64)
    where = np.where(through | thief[at], draw.choice(16, count), homes[at, place])
    kind = np.where(through | thief[at], np.where(exit_ % 3 == 0, 4, 5), classes[line])
    known = pl.Series(~thief[at])
    frame = pl.DataFrame(
        {
            "actor_uid": pl.Series([p.name for p in staffed]).gather(at),
            "src_ip_hash": ips.gather(ip),
            "src_asn_class": pl.Series(CLASSES).gather(kind),
            "src_country": pl.Series(COUNTRIES).gather(where),
            "user_agent_hash": pl.Series(agents).gather(agent_of[which]),
            "tls_fingerprint": pl.Series(prints).gather(agent_of[which] % 12),
            "device_hash": pl.Series(device).gather(which),
        }
    )
    return frame.with_columns(device_hash=pl.when(known).then("device_hash"))


def sign_ins(draw: np.random.Generator, staffed: list[Person]) -> tuple[Floats, Ints]:
    """Draw the hours of sign-ins, and whose they are."""
    # Whoever would come after an account's end never does.
    length = np.maximum(np.array([p.end - p.begin for p in staffed]), 0)
    count = draw.poisson(np.array([p.rate for p in staffed]) * length / 24)
    at = np.repeat(np.arange(len(staffed)), count)
    hour = np.array([p.begin for p in staffed])[at] + draw.random(len(at)) * length[at]
    # Most of it in working hours of one's own.
    clock = draw.uniform(0, 24, len(staffed))
    wanted = np.mod(clock[at] + draw.normal(0, 3, len(at)), 24)
    moved = np.floor(hour / 24) * 24 + wanted
    fits = (moved >= np.array([p.begin for p in staffed])[at]) & (
        moved < np.array([p.end for p in staffed])[at]
    )
    return np.where(fits, moved, hour), at.astype(np.int64)
