"""Cases of lists: holders that are listed, and innocents that only seem so."""

from __future__ import annotations

from typing import Final

import numpy as np

from detector.simulate.policy.facts import Case, Entry, Policy
from detector.simulate.policy.headquarters import CHINESE
from detector.simulate.policy.listed import Words
from detector.simulate.policy.pool import Innocents
from detector.simulate.policy.words import chinese, companies_of
from detector.simulate.rng import Bools
from detector.simulate.world import World

_ELSEWHERE: Final = ("PK", "BY", "KP", "IR")


def plant_listed(world: World, policy: Policy, pool: Innocents, words: Words) -> None:
    """Plant holders whom a list means."""
    _same(policy, pool, words, "EL", "list match", pool.controlled)
    _same(policy, pool, words, "SDN", "list match", ~pool.controlled)
    _same(policy, pool, words, "UVL", "unverified list", ~pool.controlled)
    _chinese_alias(policy, pool, words)
    _parent(world, policy, pool, words)
    for _ in range(2 + world.accounts // 1000):
        _homonym(policy, pool, words)
        _namesake(policy, pool, words)


def plant_unlisted(policy: Policy, pool: Innocents, words: Words) -> None:
    """Plant holders that share a name with what is over, or only a word that says nothing."""
    row = pool.take(pool.firm)
    if row is not None:
        entry = Entry("EL", pool.names[row], pool.place[row], start=-2000, end=-30,
                      city=words.word())  # fmt: skip
        policy.list_party(entry)
        _expect(policy, row, "expired entry", entry, "holder", ("not_met", "clear", False))
    generic = np.array([name.endswith((" Group", " Institute")) for name in pool.names])
    row = pool.take(pool.firm, generic)
    if row is not None:
        policy.expect(Case(row, "generic word", "CSL-EL", "holder", pool.names[row],
                           "not_met", "clear", False))  # fmt: skip


def _expect(
    policy: Policy, row: int, shape: str, entry: Entry, role: str,
    result: tuple[str, str, bool | None],
) -> None:  # fmt: skip
    policy.expect(Case(row, shape, f"CSL-{entry.source}", role, entry.name, *result))


def _same(
    policy: Policy, pool: Innocents, words: Words, source: str, shape: str, wish: Bools
) -> None:
    """A holder with the name and the place of an entry."""
    row = pool.take(pool.firm, wish)
    if row is None:
        return
    entry = policy.list_party(
        Entry(source, pool.names[row], pool.place[row], start=words.start(), city=words.word())
    )
    sure = ("met", "inquire", None) if source == "UVL" else ("met", "match", True)
    _expect(policy, row, shape, entry, "holder", sure)


def _chinese_alias(policy: Policy, pool: Innocents, words: Words) -> None:
    """A holder whose name at home is an alias of a party with another name."""
    row = pool.take(pool.firm, pool.at(*CHINESE))
    if row is None:
        return
    alias = chinese(words.rng, listed=True)
    policy.known.local[row] = alias
    entry = policy.list_party(words.organisation("EL", pool.place[row], (alias,)))
    _expect(policy, row, "Chinese alias", entry, "local name", ("met", "match", True))


def _parent(world: World, policy: Policy, pool: Innocents, words: Words) -> None:
    """The ultimate parent is listed: what it owns is for the rules on ownership."""
    row = pool.take(pool.firm)
    if row is None:
        return
    name = companies_of(np.array([row], dtype=np.int64), world.seed + 91)[0]
    entry = policy.list_party(Entry("EL", name, "RU", start=words.start(), city=words.word()))
    policy.known.parent[row], policy.known.parent_hq[row] = name, "RU"
    _expect(policy, row, "listed parent", entry, "parent", ("possible", "inquire", None))


def _homonym(policy: Policy, pool: Innocents, words: Words) -> None:
    """A firm of the same name, elsewhere."""
    row = pool.take(pool.firm, ~pool.at(*_ELSEWHERE))
    if row is None:
        return
    place = _ELSEWHERE[int(words.rng.integers(len(_ELSEWHERE)))]
    entry = policy.list_party(
        Entry("SDN", pool.names[row], place, start=words.start(), city=words.word())
    )
    _expect(policy, row, "homonym elsewhere", entry, "holder", ("possible", "inquire", None))


def _namesake(policy: Policy, pool: Innocents, words: Words) -> None:
    """A person with the name of a listed person: asked about at most, never queued."""
    row = pool.take(pool.person)
    if row is None:
        return
    entry = policy.list_party(Entry("SDN", pool.names[row], pool.place[row], person=True,
                                    start=words.start(), city=words.word()))  # fmt: skip
    _expect(policy, row, "namesake of a person", entry, "holder", ("possible", "inquire", False))
