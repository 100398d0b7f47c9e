"""Innocent chains of owners: companies above companies, bands, strangers and loops."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from detector.simulate.names import PLACES, words_of
from detector.simulate.policy.facts import Policy
from detector.simulate.policy.pool import Innocents
from detector.simulate.policy.words import companies_of
from detector.simulate.world import World

_SHARE: Final = 0.06
_FEWEST: Final = 16


def add_chains(world: World, policy: Policy, pool: Innocents) -> None:
    """Give some firms without other owners a chain of two to four companies above them."""
    rng = world.streams.of("owner chains")
    fits = pool.firm & pool.unowned
    rows = [row for row in pool.order[fits[pool.order]].tolist() if row not in pool.used]
    for number, row in enumerate(rows[: max(_FEWEST, int(_SHARE * world.accounts))]):
        _chain(world, policy, rng, pool.names[row], number)


def _chain(
    world: World, policy: Policy, rng: np.random.Generator, holder: str, number: int
) -> None:
    steps = int(rng.integers(2, 5))
    ids = number * 8 + np.arange(2 * steps, dtype=np.int64)
    companies = companies_of(ids, world.seed + 94)
    owned, major = holder, 1.0
    for step in range(steps):
        owner = companies[step]
        major = round(0.51 + 0.49 * float(rng.random()) ** 2, 2)
        policy.own(owned, owner, *_told(rng, major), **_company(rng))
        _minority(world, policy, rng, (owned, companies[steps + step]), major, int(ids[step]))
        owned = owner
    if rng.random() < 0.1:  # the top owns, and is owned by, the company below it
        policy.own(owned, companies[max(steps - 2, 0)], 0.1, 0.3, **_company(rng))


def _told(rng: np.random.Generator, share: float) -> tuple[float | None, float | None]:
    """The share itself, a band around it, or nothing."""
    how = rng.random()
    if how < 0.72:
        return share, share
    return (
        (0.5, 0.75) if how < 0.82 and share < 0.75 else (share, 1.0) if how < 0.94 else (None,) * 2
    )


def _company(rng: np.random.Generator) -> dict[str, Any]:
    place = PLACES[int(rng.integers(len(PLACES)))]
    told = rng.random() < 0.7
    return {
        "owner_kind": "entity", "owner_country": place,
        "owner_hq_country": place if told else None, "since": -int(rng.integers(60, 3000)),
        "source": ("register", "vendor", "customer")[int(rng.integers(3))],
    }  # fmt: skip


def _minority(
    world: World, policy: Policy, rng: np.random.Generator, names: tuple[str, str], major: float,
    number: int,
) -> None:  # fmt: skip
    """Somebody holds a part of the rest: a person, or another company."""
    owned, company = names
    rest = round((1 - major) * 0.9, 2)
    if rest < 0.02 or rng.random() < 0.4:
        return
    if rng.random() < 0.5:
        policy.own(owned, company, rest, rest, **_company(rng))
        return
    person = words_of(np.array([number], dtype=np.int64), world.seed + 95)[0]
    policy.own(owned, person, rest, rest, owner_kind="person",
               owner_country=PLACES[int(rng.integers(len(PLACES)))], source="register")  # fmt: skip
