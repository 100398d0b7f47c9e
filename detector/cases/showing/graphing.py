"""A case's accounts and what ties them, as a table of ties and as a graph to draw.

The table of ties is the whole story: every identifier that two accounts of the case share. The
graph is a drawing of it, bounded in accounts and in lines; where an identifier is on many accounts
not each pair of them gets a line. Above ``MOST_SINGLE`` accounts are put into squares: first those
of the same identifiers, then those whom the rarest identifiers tie, until there are few enough;
who would be alone in a square is drawn by himself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Any, Final

from detector.cases.showing.squares import put_together
from detector.cases.showing.ties import of_core, witnesses
from detector.dossier import Case
from features.evidence import MAX_DEGREE
from features.links.kinds import KINDS, WORDS
from features.rings import MAX_EDGES

#: Above this accounts are put into squares; so many squares are left at most.
MOST_SINGLE: Final = 400
MOST_NODES: Final = 5_000
MOST_LINES: Final = 15_000
#: Up to so many accounts each pair that shares an identifier gets a line.
EACH_PAIR: Final = 5
_PLACE: Final[Mapping[str, int]] = {kind.name: place for place, kind in enumerate(KINDS)}

Pair = tuple[int, int]


@dataclass(frozen=True)
class Node:
    """An account: its own queue and score, the independent rare kinds that tie it, its square."""

    account: str
    queue: str
    score: float | None
    kinds: tuple[str, ...]
    core: bool
    square: int | None = None


@dataclass(frozen=True)
class Tie:
    """An identifier that several accounts of the case share; ``members`` are places of nodes.

    ``holders`` are the accounts of the whole population that have it; beyond ``MAX_DEGREE`` it
    is too common to tie anybody (``rare`` is false) and no line is drawn for it.
    """

    kind: str
    words: str
    value: str
    holders: int
    rare: bool
    first: str
    last: str
    members: tuple[int, ...]


@dataclass(frozen=True)
class Line:
    """A line between two accounts, by their places: what ties them.

    ``weights`` are bits of evidence by kind, as far as the run lists this pair; ``ties`` are
    places of the identifiers both have. A kind without an identifier is a coincidence, or one
    that the run does not tell.
    """

    a: int
    b: int
    kinds: tuple[str, ...]
    weights: Mapping[str, float]
    ties: tuple[int, ...]
    first: str | None
    last: str | None

    @property
    def weight(self) -> float | None:
        """All bits together; None where the run does not list the pair."""
        return sum(self.weights.values()) if self.weights else None


@dataclass(frozen=True)
class Square:
    """Accounts drawn as one until they are asked for; ``near`` are squares tied to this one."""

    members: tuple[int, ...]
    kinds: tuple[str, ...]
    ties: int
    near: tuple[int, ...]


@dataclass(frozen=True)
class Graph:
    """All that a page of the graph needs; ``squares`` is empty where each account is drawn.

    ``left_nodes`` and ``left_lines`` are how many there was no room for.
    """

    nodes: tuple[Node, ...]
    ties: tuple[Tie, ...]
    lines: tuple[Line, ...]
    squares: tuple[Square, ...]
    left_nodes: int
    left_lines: int


def graph_of(case: Case) -> Graph:
    """The graph of a case: the same case gives the same graph, whatever the order of its rows."""
    chosen = sorted(case.members, key=lambda row: (row["rank"], row["account_id"]))[:MOST_NODES]
    places = {row["account_id"]: place for place, row in enumerate(chosen)}
    ties = tuple(_ties(case.links, places))
    told = _told(case, places)
    held = _held(ties, len(chosen))
    pairs, left = _pairs(ties, told)
    lines = tuple(_line(pair, told.get(pair, {}), ties, held) for pair in pairs)
    squares = _of_squares(len(chosen), ties, held, lines)
    of = {node: number for number, square in enumerate(squares) for node in square.members}
    kinds = _kinds(len(chosen), ties, told)
    nodes = tuple(
        _node(row, kinds[place], of.get(place)) for place, row in enumerate(chosen)
    )  # fmt: skip
    return Graph(nodes, ties, lines, squares, len(case.members) - len(chosen), left)


def graph_json(graph: Graph) -> dict[str, Any]:
    """The graph in what JSON knows."""
    return {
        "nodes": [vars(node) for node in graph.nodes], "ties": [vars(tie) for tie in graph.ties],
        "lines": [{**vars(line), "weight": line.weight} for line in graph.lines],
        "squares": [vars(square) for square in graph.squares],
        "left_nodes": graph.left_nodes, "left_lines": graph.left_lines,
        "words": {kind: WORDS.get(kind, kind) for kind in _all_kinds(graph)},
    }  # fmt: skip


def _all_kinds(graph: Graph) -> list[str]:
    found = {kind for line in graph.lines for kind in line.kinds}
    return _in_order(found | {tie.kind for tie in graph.ties})


def _in_order(kinds: Iterable[str]) -> list[str]:
    return sorted(set(kinds), key=lambda kind: (_PLACE.get(kind, len(_PLACE)), kind))


def _ties(rows: Iterable[Mapping[str, Any]], places: Mapping[str, int]) -> Iterator[Tie]:
    """Identifiers that two of the accounts share, the rarest first."""
    shared: dict[tuple[int, str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        if row["account_id"] in places:
            shared[row["holders"], row["kind"], row["value"]].append(row)
    for (holders, kind, value), held in sorted(shared.items()):
        members = tuple(sorted({places[row["account_id"]] for row in held}))
        if len(members) > 1:
            yield Tie(
                kind, WORDS.get(kind, kind), value, holders, holders <= MAX_DEGREE,
                _day(min(row["first"] for row in held)), _day(max(row["last"] for row in held)),
                members,
            )  # fmt: skip


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"


def _told(case: Case, places: Mapping[str, int]) -> dict[Pair, dict[str, float]]:
    """Bits by kind of the pairs that the run lists: the strongest of a ring."""
    found: dict[Pair, dict[str, float]] = {}
    for edge in (case.ring or {}).get("edges") or ():
        if edge["a"] in places and edge["b"] in places:
            pair = _pair(places[edge["a"]], places[edge["b"]])
            found.setdefault(pair, {})[edge["kind"]] = edge["weight"]
    return found


def _pair(a: int, b: int) -> Pair:
    return (a, b) if a < b else (b, a)


def _held(ties: Sequence[Tie], nodes: int) -> list[frozenset[int]]:
    """By node, the rare identifiers it shares with others."""
    held: list[list[int]] = [[] for _ in range(nodes)]
    for number, tie in enumerate(ties):
        for member in tie.members if tie.rare else ():
            held[member].append(number)
    return [frozenset(numbers) for numbers in held]


def _pairs(ties: Sequence[Tie], told: Mapping[Pair, object]) -> tuple[list[Pair], int]:
    """Pairs that get a line, sorted: those listed, then by the rarest identifier; how many not."""
    found = dict.fromkeys(told)
    for tie in ties:
        if tie.rare:
            found.update(dict.fromkeys(_drawn(tie.members)))
    return sorted(list(found)[:MOST_LINES]), max(0, len(found) - MOST_LINES)


def _drawn(members: Sequence[int]) -> Iterator[Pair]:
    """Pairs drawn for an identifier: all of few; of many each with the next and one half round.

    Examples
    --------
    >>> list(_drawn([3, 4, 9]))
    [(3, 4), (3, 9), (4, 9)]
    >>> len(set(_drawn(range(64))))
    96
    """
    count = len(members)
    if count <= EACH_PAIR:
        yield from combinations(members, 2)
        return
    for place, member in enumerate(members):
        yield _pair(member, members[(place + 1) % count])
        yield _pair(member, members[(place + count // 2) % count])


def _line(
    pair: Pair, weights: Mapping[str, float], ties: Sequence[Tie], held: Sequence[frozenset[int]]
) -> Line:
    both = tuple(sorted(held[pair[0]] & held[pair[1]]))
    kinds = _in_order([*weights, *(ties[number].kind for number in both)])
    return Line(
        *pair, tuple(kinds), {kind: weights[kind] for kind in kinds if kind in weights}, both,
        min((ties[number].first for number in both), default=None),
        max((ties[number].last for number in both), default=None),
    )  # fmt: skip


def _kinds(
    nodes: int, ties: Sequence[Tie], told: Mapping[Pair, Mapping[str, float]]
) -> list[list[str]]:
    """By node the kinds that tie it, coincidences too.

    A run lists its strongest pairs only; where that list is full, what two accounts share counts
    as well.
    """
    found: list[list[str]] = [[] for _ in range(nodes)]
    for pair, weights in told.items():
        for member in pair:
            found[member] += weights
    if sum(map(len, told.values())) >= MAX_EDGES:
        for tie in ties:
            for member in tie.members if tie.rare else ():
                found[member].append(tie.kind)
    return found


def _node(row: Mapping[str, Any], kinds: Iterable[str], square: int | None) -> Node:
    independent, queue = tuple(witnesses(kinds)), str(row["queue"])
    core = of_core(queue, independent)
    return Node(row["account_id"], queue, row["score"], independent, core, square)


def _of_squares(
    count: int, ties: Sequence[Tie], held: Sequence[frozenset[int]], lines: Sequence[Line]
) -> tuple[Square, ...]:
    """The squares; none where each account can be drawn."""
    if count <= MOST_SINGLE:
        return ()
    # Whoever shares no identifier but has lines is not like those who have none.
    lined = {end: (line.a, line.b) for line in lines for end in (line.a, line.b)}
    marks = [held[node] or lined.get(node) for node in range(count)]
    tied = [*(tie.members for tie in ties if tie.rare), *((line.a, line.b) for line in lines)]
    parts = [part for part in put_together(marks, tied, MOST_SINGLE) if len(part) > 1]
    of = {node: number for number, part in enumerate(parts) for node in part}
    near: list[set[int]] = [set() for _ in parts]
    kinds: list[set[str]] = [set() for _ in parts]
    for line in lines:
        ends = {of[end] for end in (line.a, line.b) if end in of}
        for number in ends:
            near[number] |= ends - {number}
            kinds[number].update(line.kinds)
    shared = [{tie for node in part for tie in held[node]} for part in parts]
    return tuple(
        Square(part, tuple(_in_order(kinds[at])), len(shared[at]), tuple(sorted(near[at])))
        for at, part in enumerate(parts)
    )
