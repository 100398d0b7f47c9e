"""Accounts put together until there are few enough to draw."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from typing import Final

#: Squares grow at most to so many times the even share before larger ones are allowed.
_GROWTH: Final = 4


class _Parts:
    """Nodes put together; the first node of a part is its name."""

    def __init__(self, count: int) -> None:
        self._above = list(range(count))
        self._size = [1] * count
        self.count = count

    def of(self, node: int) -> int:
        """The name of a node's part."""
        while self._above[node] != node:
            self._above[node] = node = self._above[self._above[node]]
        return node

    def join(self, nodes: Sequence[int], most: int) -> None:
        """Put nodes together, each unless the part would grow beyond `most`."""
        for node in nodes[1:]:
            first, other = sorted((self.of(nodes[0]), self.of(node)))
            if first != other and self._size[first] + self._size[other] <= most:
                self._above[other] = first
                self._size[first] += self._size[other]
                self.count -= 1


def put_together(
    marks: Sequence[Hashable], tied: Sequence[Sequence[int]], limit: int
) -> list[tuple[int, ...]]:
    """At most `limit` parts of the nodes, in the order of their first nodes.

    Parameters
    ----------
    marks
        By node; those of one mark go together whatever their number.
    tied
        Nodes that belong together, the closest first: joined until there are few enough parts.
        Small parts are made first, so that no part holds nearly everybody without need.

    Examples
    --------
    >>> put_together("aabcd", [(2, 3), (3, 4)], limit=3)
    [(0, 1), (2, 3), (4,)]
    """
    parts = _Parts(len(marks))
    alike: dict[Hashable, list[int]] = defaultdict(list)
    for node, mark in enumerate(marks):
        alike[mark].append(node)
    for nodes in alike.values():
        parts.join(nodes, len(marks))
    most = _GROWTH * -(-len(marks) // limit)
    while parts.count > limit:
        _join_until(parts, tied, most, limit)
        if most >= len(marks):
            break
        most *= _GROWTH
    return _few(parts, len(marks), limit)


def _join_until(parts: _Parts, tied: Iterable[Sequence[int]], most: int, limit: int) -> None:
    for nodes in tied:
        if parts.count <= limit:
            return
        parts.join(nodes, most)


def _few(parts: _Parts, count: int, limit: int) -> list[tuple[int, ...]]:
    """The parts; where nothing ties them further, the smallest of too many become one."""
    found: dict[int, list[int]] = defaultdict(list)
    for node in range(count):
        found[parts.of(node)].append(node)
    ranked = sorted(found.values(), key=lambda part: (-len(part), part[0]))
    if len(ranked) > limit:
        ranked[limit - 1 :] = [sorted(node for part in ranked[limit - 1 :] for node in part)]
    return sorted(tuple(part) for part in ranked)
