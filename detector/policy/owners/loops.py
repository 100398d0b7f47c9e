"""Loops of ownership: parties that own parts of each other, along whatever way."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from detector.policy.owners.graph import Graph, Ints


def loops(graph: Graph, roots: Ints) -> list[list[int]]:
    """Parties that the roots reach, in groups that own each other; one alone is a group too.

    A group owns parts only of groups before it. The parties of a group are in their order.
    """
    return list(_Search(graph).groups(roots.tolist()))


def circular(graph: Graph) -> list[list[int]]:
    """The groups of more than one party, in the order of their first ones."""
    every = np.arange(len(graph.parties), dtype=np.int64)
    return sorted(group for group in loops(graph, every) if len(group) > 1)


class _Search:
    """Tarjan's search without recursion: a chain of owners may be long."""

    def __init__(self, graph: Graph) -> None:
        self._starts = graph.starts.data
        self._owned = np.ascontiguousarray(graph.owned).data
        self._number: dict[int, int] = {}
        self._lowest: dict[int, int] = {}
        self._open: dict[int, None] = {}

    def groups(self, roots: list[int]) -> Iterator[list[int]]:
        """Yield groups, those that own nothing else first."""
        for root in roots:
            work = [] if root in self._number else [(root, self._begin(root))]
            while work:
                party, link = work.pop()
                if link == self._starts[party + 1]:
                    yield from self._finished(party)
                    continue
                below = self._owned[link]
                if below not in self._number:
                    # The link is looked at again once what lies below it is known.
                    work += [(party, link), (below, self._begin(below))]
                    continue
                if below in self._open:
                    self._lowest[party] = min(self._lowest[party], self._lowest[below])
                work.append((party, link + 1))

    def _begin(self, party: int) -> int:
        self._number[party] = self._lowest[party] = len(self._number)
        self._open[party] = None
        return int(self._starts[party])

    def _finished(self, party: int) -> Iterator[list[int]]:
        """The group of a party that no earlier one of its group reaches."""
        if self._lowest[party] == self._number[party]:
            group: list[int] = []
            while not group or group[-1] != party:
                group.append(self._open.popitem()[0])
            yield sorted(group)
