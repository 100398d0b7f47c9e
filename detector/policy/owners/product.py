"""Look-through: shares multiplied along chains and added up over them.

For contract rules that mean a part of the whole, not control: half of a half is a quarter.
What is found are two bounds in units of 10^-20, the lower rounded down and the upper up, so
that both are certain. Loops are followed from below and from above, round by round until
nothing changes, or for as much work as there is room for: the bounds then stay apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from detector.policy.owners.graph import Graph, Holder, Ints
from detector.policy.owners.loops import loops
from detector.policy.owners.shares import WHOLE

FINE: Final = WHOLE**2
"""The whole of a company in the units of what is found."""
ROUNDS: Final = 200
"""Most rounds in which a loop is followed."""
WORK: Final = 500_000
"""Most parties that are looked at in the rounds of one loop, however many it has."""

Values = Mapping[int, int]
"""Of each party that the listed reach: the share of it that is theirs; of others it is none."""


def least(graph: Graph, listed: Ints) -> Values:
    """What the listed hold of each party at least, looked through."""

    def held(_party: int, holders: Sequence[Holder], values: Values) -> int:
        total = sum(h.low * values.get(h.owner, 0) for h in holders)
        return int(total // WHOLE)

    return _values(graph, listed, held, beginning=0)


def most(graph: Graph, listed: Ints) -> Values:
    """What the listed hold of each party at most, looked through.

    Beside their least shares, owners share what is left of the whole; those that the listed
    hold most of get as much as their bounds allow.
    """

    def held(party: int, holders: Sequence[Holder], values: Values) -> int:
        told = [(values.get(h.owner, 0), h.low, h.high) for h in holders]
        left = WHOLE - int(graph.least[party])
        total = 0
        for value, share, limit in sorted(told, reverse=True):
            more = min(limit - share, left)
            left -= more
            total += (share + more) * value
        return int(-(-total // WHOLE))

    return _values(graph, listed, held, beginning=FINE)


_Held = Callable[[int, Sequence[Holder], Values], int]


def _values(graph: Graph, listed: Ints, held: _Held, beginning: int) -> Values:
    """Owners before what they own; those in a loop together, round by round."""
    given = dict.fromkeys(listed.tolist(), FINE)
    values: dict[int, int] = dict(given)
    for loop in reversed(loops(graph, listed)):
        holders = {party: graph.holders(party) for party in loop if party not in given}
        rounds = 1
        if len(loop) > 1:
            values.update(dict.fromkeys(holders, beginning))
            rounds = max(1, min(ROUNDS, WORK // len(loop)))
        for _ in range(rounds):
            found = {party: held(party, those, values) for party, those in holders.items()}
            if all(values.get(party) == value for party, value in found.items()):
                break
            values.update(found)
    return values
