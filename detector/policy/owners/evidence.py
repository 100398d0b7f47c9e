"""Why a party is restricted, or may be: the chain of its owners in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import polars as pl

from detector.policy.owners import words
from detector.policy.owners.fixpoint import Reached
from detector.policy.owners.graph import Graph, Holder

STEPS: Final = 5
"""Most links of a chain that are told; the listed owner at its beginning always is."""
OWNERS: Final = 4
"""Most owners of one party that are told by name."""


class _Link(NamedTuple):
    """A member that holds a share, in the order in which they are told."""

    level: int
    share: int
    owner: int
    holder: Holder


class Chains:
    """The chains of one way of reaching parties.

    Parameters
    ----------
    graph
        The links.
    reached
        Who is a member, and of which level.
    names
        What parties are called, in the order of their numbers.
    """

    def __init__(self, graph: Graph, reached: Reached, names: Sequence[str] | pl.Series) -> None:
        self._graph = graph
        self._level = reached.level.data
        self._names = names
        self._sources: dict[int, int] = {}

    def words(self, party: int) -> str:
        """The steps that lead to a party, from the listed on.

        Long chains lose their middle, and say how many steps it had.
        """
        steps: list[str] = []
        told, coming = set[int](), [party]
        while coming and len(steps) < STEPS:
            below = coming.pop()
            told.add(below)
            links = self._owners(below)
            steps.append(self._step(below, links))
            found = {*coming, *(link.owner for link in links if link.level > 0)} - told
            coming = sorted(found, key=lambda p: (self._level[p], -p))
        begun = [self._cut(coming[-1])] if coming else []
        return "; ".join([*begun, *reversed(steps)])

    def root(self, party: int) -> int:
        """The listed party from which the chain of an owned one comes."""
        return self._source(self._owners(party)[0].owner)

    def _owners(self, party: int) -> list[_Link]:
        """The members that hold shares of a party; first those nearest to the listed."""
        holders = self._graph.holders(party)
        levels = (self._level[holder.owner] for holder in holders)
        links = [
            _Link(level, -holder.high, holder.owner, holder)
            for level, holder in zip(levels, holders, strict=True)
            if level >= 0 and holder.high > 0
        ]
        return sorted(links)

    def _step(self, party: int, links: Sequence[_Link]) -> str:
        parts = [self._holding(link.holder) for link in links[:OWNERS]]
        if len(links) > OWNERS:
            parts.append(f"{len(links) - OWNERS} more")
        return f"{' + '.join(parts)} -> {words.name(self._names[party])}"

    def _holding(self, held: Holder) -> str:
        share = words.share(held.low, held.high, low_open=held.low_open, high_open=held.high_open)
        return f"{words.name(self._names[held.owner])} {share}"

    def _cut(self, party: int) -> str:
        source, end = (words.name(self._names[p]) for p in (self._source(party), party))
        return f"{source} -> ... ({self._level[party]} steps) -> {end}"

    def _source(self, party: int) -> int:
        """The listed party from which a member's first owners come; remembered on the way."""
        way = [party]
        while self._level[way[-1]] > 0 and way[-1] not in self._sources:
            way.append(self._owners(way[-1])[0].owner)
        found = self._sources.get(way[-1], way[-1])
        self._sources.update(dict.fromkeys(way, found))
        return found
