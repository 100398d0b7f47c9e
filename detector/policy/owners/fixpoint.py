"""Ownership by cascade: a party that is owned enough counts in full for what it owns.

The set of restricted parties is the least one that holds the listed and every party of which
its members hold enough; loops add nothing by themselves. It is found twice: what is restricted
for certain (least shares), and what may be (greatest shares, of which those of one party's
owners never sum to more than the whole). Sums are integers: no order of rows matters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from detector.policy.owners.graph import Flags, Graph, Ints
from detector.policy.owners.shares import WHOLE


@dataclass(frozen=True)
class Reached:
    """What a set of listed parties reaches.

    Attributes
    ----------
    level
        Of each party: 0 where it is listed, n where owners of levels below n make it a member,
        -1 where it is no member.
    share
        What members hold of each party: the least, or the greatest that there is room for.
    excluded
        Whether that share itself is excluded (open bounds).
    """

    level: Ints
    share: Ints
    excluded: Flags

    @property
    def members(self) -> Flags:
        """Whether each party is a member."""
        return self.level >= 0


def certain(graph: Graph, listed: Ints, threshold: int, *, strict: bool) -> Reached:
    """What is restricted whatever the shares are within their bounds."""
    sums = _Sums(graph, graph.low, graph.low_open)

    def enough(party: int) -> bool:
        share = sums.share[party]
        return share > threshold or (
            share == threshold and (not strict or sums.excluded[party] > 0)
        )

    level = sums.spread(listed, enough)
    return Reached(level, np.array(sums.share), np.array(sums.excluded) > 0)


def conceivable(graph: Graph, listed: Ints, threshold: int, *, strict: bool) -> Reached:
    """What is restricted for some shares within their bounds."""
    sums = _Sums(graph, graph.high, graph.high_open)

    def enough(party: int) -> bool:
        share, room = sums.share[party], WHOLE - sums.rest[party]
        if share < threshold or room < threshold:
            return False
        if share > threshold and room > threshold:
            return True
        shut = (share == threshold and sums.excluded[party] > 0) or (
            room == threshold and sums.rest_excluded[party] > 0
        )
        return not strict and not shut

    level = sums.spread(listed, enough)
    share, room = np.array(sums.share), WHOLE - np.array(sums.rest)
    excluded = ((share <= room) & (np.array(sums.excluded) > 0)) | (
        (room <= share) & (np.array(sums.rest_excluded) > 0)
    )
    return Reached(level, np.minimum(share, room), excluded)


class _Sums:
    """What members hold of each party, kept up to date as members come.

    ``share`` sums a bound of the members' shares and ``excluded`` counts the open ones;
    ``rest`` and ``rest_excluded`` do so for the least shares of everybody else. Views of
    arrays, as a loop reads and writes them many times faster one by one.
    """

    def __init__(self, graph: Graph, bound: Ints, excluded: Flags) -> None:
        size = len(graph.parties)
        self._links = [
            np.ascontiguousarray(a).data
            for a in (
                graph.owned, bound, excluded.astype(np.int64), graph.low,
                graph.low_open.astype(np.int64),
            )
        ]  # fmt: skip
        self._starts = graph.starts.data
        self.share = np.zeros(size, dtype=np.int64).data
        self.excluded = np.zeros(size, dtype=np.int64).data
        self.rest = graph.least.copy().data
        self.rest_excluded = graph.least_open.copy().data

    def spread(self, listed: Ints, enough: Callable[[int], bool]) -> Ints:
        """Add members level by level until nobody comes; the level of each party."""
        level = np.full(len(self.share), -1, dtype=np.int64)
        level[listed] = 0
        levels = level.data
        coming: list[int] = listed.tolist()
        reached = 0
        while coming:
            reached += 1
            touched = self._joined(coming)
            coming = sorted(p for p in touched if levels[p] < 0 and enough(p))
            for party in coming:
                levels[party] = reached
        return level

    def _joined(self, coming: Iterable[int]) -> set[int]:
        """Count new members in; the parties that they hold shares of."""
        owned, bound, excluded, low, low_excluded = self._links
        touched = set()
        for owner in coming:
            for link in range(self._starts[owner], self._starts[owner + 1]):
                party = owned[link]
                self.share[party] += bound[link]
                self.excluded[party] += excluded[link]
                self.rest[party] -= low[link]
                self.rest_excluded[party] -= low_excluded[link]
                touched.add(party)
        return touched
