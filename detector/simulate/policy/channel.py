"""Partners, the end customers they name, and exceptions granted to them.

Most partners and representatives have exceptions for about a tenth of their customers. One
partner has them for nine of ten; one representative has many, as many customers come through it.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from detector.simulate.frame import hexes
from detector.simulate.names import PLACES, USE_TEXTS
from detector.simulate.policy.facts import Case, Entry, Policy
from detector.simulate.policy.pool import Innocents
from detector.simulate.policy.words import partners_of
from detector.simulate.rng import Ints
from detector.simulate.world import World

_FEWEST: Final = 48
_REPS: Final = 24
_BUSY: Final = 8
"""Partners of the busy representative."""
_RATE: Final = 0.1
_KINDS: Final = ("kyc_override", "quota", "discount", "region", "policy")


def add_channel(world: World, policy: Policy, pool: Innocents) -> None:
    """Draw all partners, and plant the partner that stands out and the one that only seems to."""
    rng = world.streams.of("channel")
    known = np.unique(world.traits["partner"])
    known = known[known > 0]
    spare = max(_FEWEST - len(known), 2 + _BUSY + world.accounts // 500)
    ids = np.concatenate([known, 10**12 + np.arange(spare, dtype=np.int64)])
    shown = hexes(ids, world.seed + 41).to_list()
    names = partners_of(ids, world.seed + 96)
    reps = _reps(world, len(ids), len(known))
    for number, (partner, name) in enumerate(zip(shown, names, strict=True)):
        policy.partners.append(_partner(rng, partner, name, reps[number]))
        place = number - len(known)
        if place < 0:
            members = np.flatnonzero(world.traits["partner"] == ids[number])
            _members(policy, pool, rng, (partner, reps[number]), members)
        else:
            size = 10 if place == 0 else int(rng.integers(20, 26)) if place <= _BUSY else None
            _strangers(world, policy, rng, (partner, reps[number]), size, ids[number])
    _expect(policy, shown[len(known)], reps[len(known) + 1])


def _expect(policy: Policy, partner: str, rep: str) -> None:
    stands_out = Case(None, "nine exceptions of ten customers", "CHANNEL", "partner", partner,
                      "met", "inquire", None)  # fmt: skip
    policy.expect(stands_out)
    policy.expect(stands_out, shape="busy, at the median rate", role="representative", party=rep,
                  condition="not_met", outcome="clear")  # fmt: skip


def _reps(world: World, partners: int, known: int) -> list[str]:
    """Each partner's representative: the first is busy, the others have a few partners each."""
    shown = hexes(10**13 + np.arange(_REPS, dtype=np.int64), world.seed + 42).to_list()
    number = 1 + np.arange(partners) % (_REPS - 1)
    number[known + 1 : known + 1 + _BUSY] = 0
    return [shown[i] for i in number.tolist()]


def _partner(rng: np.random.Generator, partner: str, name: str, rep: str) -> dict[str, Any]:
    place = PLACES[int(rng.integers(len(PLACES)))]
    authorised = (True, False, None)[int(rng.choice(3, p=[0.86, 0.06, 0.08]))]
    return {
        "partner_id": partner, "name": name, "country": place,
        "hq_country": place if rng.random() < 0.8 else None, "authorised": authorised,
        "rep_id": rep,
    }  # fmt: skip


def _members(
    policy: Policy, pool: Innocents, rng: np.random.Generator, who: tuple[str, str], members: Ints
) -> None:
    """A partner whose customers hold accounts; of some it names nobody."""
    named = [row for row in members.tolist() if rng.random() < 0.8]
    for row in named:
        _customer(policy, rng, who[0], pool.names[row], pool.place[row], row)
    for row in named[: round(_RATE * len(named))]:
        _exception(policy, rng, who, row)


def _strangers(
    world: World, policy: Policy, rng: np.random.Generator, who: tuple[str, str],
    size: int | None, number: int,
) -> None:  # fmt: skip
    """A partner whose customers the provider knows by name alone."""
    count = size or int(rng.integers(8, 20))
    names = partners_of(number * 64 + np.arange(count, dtype=np.int64), world.seed + 97)
    for name in names:
        _customer(policy, rng, who[0], name, PLACES[int(rng.integers(len(PLACES)))], None)
    for _ in range(9 if size == 10 else round(_RATE * count)):
        _exception(policy, rng, who, None)


def _customer(
    policy: Policy, rng: np.random.Generator, partner: str, name: str, place: str,
    row: int | None,
) -> None:  # fmt: skip
    use = USE_TEXTS[int(rng.integers(len(USE_TEXTS)))] if rng.random() < 0.7 else None
    policy.customers.append(
        {"partner_id": partner, "end_customer_name": name, "account": row, "country": place,
         "stated_use": use, "recorded_at": -float(rng.uniform(1, 500))}
    )  # fmt: skip


def _exception(
    policy: Policy, rng: np.random.Generator, who: tuple[str, str], row: int | None
) -> None:
    partner, rep = who
    kind = _KINDS[int(rng.choice(len(_KINDS), p=[0.2, 0.35, 0.3, 0.1, 0.05]))]
    policy.exceptions.append(
        {"time": -float(rng.uniform(1, 200)), "kind": kind, "account": row, "partner_id": partner,
         "rep_id": rep}
    )  # fmt: skip


def plant_end_customer(world: World, policy: Policy, pool: Innocents, entry: Entry) -> None:
    """A partner names a listed party as the end customer of one of its accounts."""
    rng = world.streams.of("end customer")
    partner = world.traits["partner"]
    open_ = (partner > 0) & (world.role == 0) & (world.traits["closed"] >= world.days)
    row = pool.take(open_)
    if row is None:
        return
    shown = hexes(partner[row : row + 1], world.seed + 41).to_list()[0]
    policy.list_party(entry)
    _customer(policy, rng, shown, entry.name, entry.country, row)
    policy.expect(Case(row, "listed end customer", f"CSL-{entry.source}", "end customer",
                       entry.name, "met", "match", True))  # fmt: skip
