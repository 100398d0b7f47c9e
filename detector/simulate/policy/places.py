"""Cases of places: headquarters, owners seated elsewhere, and use from a place not served.

The shape of two public reports: a subsidiary in a place that is served, owned from one that is
not, calls a model whose terms ask who owns it. The models of worlds are invented; of these
accounts the main model goes by the id of a real family, as terms are about families.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from detector.simulate.policy.facts import Case, Policy
from detector.simulate.policy.owned import Owners
from detector.simulate.policy.pool import Innocents
from detector.simulate.policy.words import companies_of
from detector.simulate.rng import Bools
from detector.simulate.world import World

#: How sellers write the id of a model, by cloud; the last asks its maker directly.
CLAUDE: Final = (
    "anthropic.claude-{}-v1:0", "claude-{}", "claude-{}@20260101", "claude-{}",
)  # fmt: skip
DIRECT: Final = "claude-{}"
GPT: Final = "gpt-{}"
# What the rules on headquarters mean, of the places that occur here.
SEATS: Final = ("CN", "HK", "MO")


def plant_places(world: World, owners: Owners) -> None:
    """Plant subsidiaries, customers of places not served, and headquarters."""
    _subsidiary(world, owners, "owned from an unsupported place", ("CN",), "met", "match")
    _subsidiary(world, owners, "owned through a company of a supported place", ("SG", "HK"),
                "met", "match")  # fmt: skip
    _half(world, owners)
    _outside(owners, "ANT-REGION", DIRECT, "met", "match")
    _outside(owners, "OAI-REGION", GPT, "met", "match")
    _outside(owners, "BEDROCK-CLAUDE", CLAUDE[0], "met", "inquire")
    _seated(world, owners.policy, owners.pool)


def plant_served(world: World, owners: Owners) -> None:
    """Plant innocents beside them: owned by a person, or from a place that is served."""
    row = _caller(world, owners, owners.pool.unowned)
    if row is not None:
        person = f"{owners.words.word()} {owners.words.word()}"
        owners.own(owners.pool.names[row], person, 1.0, 1.0, owner_kind="person",
                   owner_country="CN")  # fmt: skip
        _case(owners, row, "owned by a person", "ANT-OWNERSHIP", person, ("not_met", "clear", None))
    _subsidiary(world, owners, "owned from a supported place", ("DE",), "not_met", "clear")
    row = owners.pool.take(owners.pool.firm, owners.pool.callers, ~owners.pool.at("CN"))
    if row is not None:
        owners.policy.sold_as[row] = DIRECT
        place = owners.pool.place[row]
        owners.policy.expect(Case(row, "served place", "ANT-REGION", "place", place,
                                  "not_met", "clear", None))  # fmt: skip


def add_seated(world: World, policy: Policy, controlled: Bools) -> None:
    """Write down everybody else whom the rule on headquarters means: place is drawn for all."""
    planted = {case.account for case in policy.cases if case.rule == "EAR-HQ"}
    closed = world.traits["closed"] < world.days
    for row in np.flatnonzero(
        controlled & ~closed & (world.traits["created"] < world.days)
    ).tolist():
        seats = [policy.known.hq[row], policy.known.parent_hq[row]]
        told = [seat for seat in seats if seat in SEATS]
        if told and row not in planted:
            policy.expect(Case(row, "seated there by chance", "EAR-HQ", "place", str(told[0]),
                               "met", "match", True))  # fmt: skip


def _case(owners: Owners, row: int, shape: str, rule: str, party: str, result: Any) -> None:
    owners.policy.expect(Case(row, shape, rule, "owner", party, *result))


def _caller(world: World, owners: Owners, *wishes: Bools) -> int | None:
    """Choose a caller in a place that is served, and sell it Claude by its own cloud."""
    pool = owners.pool
    row = pool.take(pool.firm, pool.callers, ~pool.at("CN"), *wishes)
    if row is not None:
        owners.policy.sold_as[row] = CLAUDE[int(world.traits["cloud"][row])]
    return row


def _subsidiary(
    world: World, owners: Owners, shape: str, seats: tuple[str, ...], condition: str, word: str
) -> None:
    """One company owns all of the holder; each seat is one step further up."""
    row = _caller(world, owners, owners.pool.unowned)
    if row is None:
        return
    owned = owners.pool.names[row]
    for seat in seats:
        owner = owners.company()
        owners.own(owned, owner, 1.0, 1.0, owner_country=seat, owner_hq_country=seat)
        owned = owner
    queues = True if word == "match" else None
    _case(owners, row, shape, "ANT-OWNERSHIP", owned, (condition, word, queues))


def _half(world: World, owners: Owners) -> None:
    """Exactly half is not more than half."""
    row = _caller(world, owners, owners.pool.unowned)
    if row is None:
        return
    there, here = owners.company(), owners.company()
    owned = owners.pool.names[row]
    owners.own(owned, there, 0.5, 0.5, owner_country="HK", owner_hq_country="HK")
    owners.own(owned, here, 0.5, 0.5, owner_country="DE", owner_hq_country="DE")
    _case(owners, row, "owned to exactly half", "ANT-OWNERSHIP", there,
          ("possible", "inquire", None))  # fmt: skip


def _outside(owners: Owners, rule: str, sold: str, condition: str, word: str) -> None:
    """A customer that declares a place which the seller's terms do not serve."""
    pool = owners.pool
    row = pool.take(pool.firm, pool.callers, pool.at("CN"))
    if row is None:
        return
    owners.policy.sold_as[row] = sold
    owners.policy.expect(Case(row, "place not served", rule, "place", pool.place[row],
                              condition, word, word == "match" or None))  # fmt: skip


def _seated(world: World, policy: Policy, pool: Innocents) -> None:
    """Subsidiaries in other places whose headquarters, or whose parent's, are in D:5 or Macau."""
    elsewhere = ~pool.at("CN")
    row = pool.take(pool.firm, pool.controlled, elsewhere)
    if row is not None:
        policy.known.hq[row] = "CN"
        policy.expect(Case(row, "headquarters elsewhere", "EAR-HQ", "place", "CN",
                           "met", "match", True))  # fmt: skip
    row = pool.take(pool.firm, pool.controlled, elsewhere)
    if row is not None:
        policy.known.hq[row] = pool.place[row]
        parent = companies_of(np.array([row], dtype=np.int64), world.seed + 93)[0]
        policy.known.parent[row], policy.known.parent_hq[row] = parent, "MO"
        policy.expect(Case(row, "parent's headquarters elsewhere", "EAR-HQ", "place", "MO",
                           "met", "match", True))  # fmt: skip
