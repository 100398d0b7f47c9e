"""The graph of a case: tables of ties, lines and accounts, and a drawing of them beside.

The tables are the page; the drawing is made of the same rows by a script.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlencode

from markupsafe import Markup, escape
from werkzeug.wrappers import Response

from detector.cases.errors import Unknown
from detector.cases.showing import reading
from detector.cases.showing.graphing import Graph, Line, Node, Square, Tie, graph_of
from detector.console.kept import case_now
from detector.console.routes import Asked, Route
from detector.dossier import Case
from detector.words import NONE, fixed, listing, visible
from features.links.kinds import WORDS

#: Rows of a table on one page.
PAGE: Final = 100
_NAMES: Final = 8
_ID: Final = 28
_VALUE: Final = 40
_NARROWING: Final = ("account", "tie", "square")
#: What the drawing's worker loads, each after what it needs.
LIBRARIES: Final = (
    "d3-dispatch.min.js", "d3-quadtree.min.js", "d3-timer.min.js", "d3-force.min.js",
)  # fmt: skip

_Row = TypeVar("_Row")


@dataclass(frozen=True)
class Section:
    """A table: its rows on this page, how many there are in all, and where others stand."""

    rows: list[dict[str, Any]]
    total: int
    first: int
    back: Markup | None
    on: Markup | None


def graph_page(case: Case, case_id: str, asked: Mapping[str, str]) -> dict[str, Any]:
    """What the template ``graph.html.j2`` needs.

    Parameters
    ----------
    case
        As the snapshot holds it; nothing sealed is read.
    case_id
        Its number, as it stands in addresses.
    asked
        The query: ``account``, ``tie`` or ``square`` narrow the tables; ``ties``, ``lines``,
        ``accounts`` and ``squares`` are the number of each table's first row.

    Raises
    ------
    Unknown
        Where there is no such account, tie or square in the case.
    """
    graph = graph_of(case)
    page = _Page(graph, case_id, {name: text for name, text in asked.items() if text})
    return {
        "case_id": case_id, "graph": graph, "data_place": page.data, "page_place": page.own(),
        "narrowed": page.narrowed(), "chosen": page.account or "", "libraries": LIBRARIES,
        "ties": page.section("ties", graph.ties, page.tie_row, page.tie_fits),
        "lines": page.section("lines", graph.lines, page.line_row, page.line_fits),
        "accounts": page.section("accounts", graph.nodes, page.node_row, page.node_fits),
        "squares": page.section("squares", graph.squares, page.square_row, page.square_fits),
    }  # fmt: skip


class _Page:
    """One request for the page: what it is narrowed to, and the rows of its tables."""

    def __init__(self, graph: Graph, case_id: str, asked: Mapping[str, str]) -> None:
        self._graph, self._asked = graph, asked
        self._own = f"/cases/{quote(case_id, safe='')}/graph"
        self.data = escape(f"/api/v1{self._own}")
        self.account = asked.get("account")
        self._tie = self._number("tie", len(graph.ties))
        self._square = self._number("square", len(graph.squares))
        self._among = self._chosen()
        self._held = self._holdings()

    def own(self, **given: str | int) -> Markup:
        """The address of this page with a query; whole, however long."""
        return escape(f"{self._own}?{urlencode(given)}" if given else self._own)

    def narrowed(self) -> str | None:
        """What the tables are narrowed to, in words."""
        if self._tie is not None:
            tie = self._graph.ties[self._tie]
            return f"{tie.words} {visible(tie.value, _VALUE)}"
        if self._square is not None:
            return f"square {self._square + 1}"
        return None if self.account is None else f"account {visible(self.account, _ID)}"

    def section(
        self, name: str, rows: Sequence[_Row], tell: Callable[[int, _Row], dict[str, Any]],
        fits: Callable[[int, _Row], bool],
    ) -> Section:  # fmt: skip
        """The rows of a table that are on this page."""
        wanted = [number for number, row in enumerate(rows) if fits(number, row)]
        first = self._first(name, len(wanted))
        kept = {key: text for key, text in self._asked.items() if key in _NARROWING}
        shown = [tell(number, rows[number]) for number in wanted[first : first + PAGE]]
        back, on = max(0, first - PAGE), first + PAGE
        return Section(
            shown, len(wanted), first + 1,
            self.own(**kept, **{name: back}) + f"#{name}" if first else None,
            self.own(**kept, **{name: on}) + f"#{name}" if on < len(wanted) else None,
        )  # fmt: skip

    def _first(self, name: str, count: int) -> int:
        text = self._asked.get(name, "0")
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0
        return number if number < count else 0

    def _chosen(self) -> frozenset[int] | None:
        """The accounts that tables are narrowed to; None where they are not."""
        if self._square is not None:
            return frozenset(self._graph.squares[self._square].members)
        if self.account is None:
            return None
        for number, node in enumerate(self._graph.nodes):
            if node.account == self.account:
                return frozenset({number})
        raise Unknown(f"there is no account {visible(self.account, _ID)} in this case")

    def _number(self, name: str, count: int) -> int | None:
        text = self._asked.get(name)
        if text is None:
            return None
        if text.isascii() and text.isdigit() and len(text) < 8 and int(text) < count:
            return int(text)
        raise Unknown(f"there is no {name} {visible(text, _ID)} in this case of {count}")

    def _holdings(self) -> list[int]:
        held = [0] * len(self._graph.nodes)
        for tie in self._graph.ties:
            for member in tie.members:
                held[member] += 1
        return held

    def tie_fits(self, number: int, tie: Tie) -> bool:
        """Whether an identifier is of what is asked for."""
        return self._tie in (None, number) and self._has(*tie.members)

    def line_fits(self, _number: int, line: Line) -> bool:
        """The same of a line."""
        return self._tie in (None, *line.ties) and self._has(line.a, line.b)

    def node_fits(self, number: int, _node: Node) -> bool:
        """The same of an account."""
        return self._ties(number) and self._has(number)

    def square_fits(self, _number: int, square: Square) -> bool:
        """The same of a square."""
        return self._ties(*square.members) and self._has(*square.members)

    def _has(self, *members: int) -> bool:
        return self._among is None or not self._among.isdisjoint(members)

    def _ties(self, *members: int) -> bool:
        return self._tie is None or not set(members).isdisjoint(self._graph.ties[self._tie].members)

    def tie_row(self, number: int, tie: Tie) -> dict[str, Any]:
        """An identifier in words."""
        return {
            "number": number, "kind": tie.words, "value": visible(tie.value, _VALUE),
            "holders": tie.holders, "rare": tie.rare, "seen": _seen(tie.first, tie.last),
            "members": self._names(tie.members), "count": len(tie.members),
            "place": self.own(tie=number),
        }  # fmt: skip

    def line_row(self, number: int, line: Line) -> dict[str, Any]:
        """A line in words."""
        ends = (self._graph.nodes[line.a].account, self._graph.nodes[line.b].account)
        return {
            "number": number, "ends": [visible(end, _ID) for end in ends],
            "places": [self.own(account=end) for end in ends],
            "by": [self._by(line, kind) for kind in line.kinds],
            "weight": fixed(line.weight, 1), "seen": _seen(line.first, line.last),
        }  # fmt: skip

    def _by(self, line: Line, kind: str) -> str:
        weight = f" {fixed(line.weights[kind], 1)}" if kind in line.weights else ""
        ties = [self._graph.ties[number] for number in line.ties]
        values = [visible(tie.value, _VALUE) for tie in ties if tie.kind == kind]
        return f"{_word(kind)}{weight}{f' ({listing(values, _NAMES)})' if values else ''}"

    def node_row(self, number: int, node: Node) -> dict[str, Any]:
        """An account in words."""
        return {
            "number": number, "account": visible(node.account, _ID), "queue": node.queue,
            "score": fixed(node.score), "part": "core" if node.core else "fringe",
            "kinds": _kinds(node.kinds), "ties": self._held[number],
            "square": NONE if node.square is None else node.square + 1,
            "place": self.own(account=node.account),
        }  # fmt: skip

    def square_row(self, number: int, square: Square) -> dict[str, Any]:
        """A square in words."""
        return {
            "name": number + 1, "size": len(square.members), "kinds": _kinds(square.kinds),
            "ties": square.ties, "members": self._names(square.members),
            "place": self.own(square=number),
            "near": listing([str(near + 1) for near in square.near], _NAMES) or NONE,
        }  # fmt: skip

    def _names(self, members: Iterable[int]) -> str:
        return listing([visible(self._graph.nodes[at].account, _ID) for at in members], _NAMES)


def _kinds(kinds: Iterable[str]) -> str:
    return ", ".join(map(_word, kinds)) or NONE


def _seen(first: str | None, last: str | None) -> list[str]:
    """The first day and the last, once where they are the same."""
    return list(dict.fromkeys((first or NONE, last or NONE)))


def _word(kind: str) -> str:
    return WORDS.get(kind) or visible(kind, 24)


def _page_of(asked: Asked) -> Response:
    case_id = asked.parts["case_id"]
    with asked.house.store.reading() as connection:
        case = case_now(connection, case_id, asked.actor)
    return asked.page("graph.html.j2", **graph_page(case, case_id, asked.request.args.to_dict()))


_PLACE: Final = "/cases/<case_id>/graph"
ROUTES: Final = (Route(_PLACE, "graph", _page_of, frozenset(reading.READERS)),)
