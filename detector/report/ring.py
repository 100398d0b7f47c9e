"""A ring as accounts on the left, what ties them on the right, and a line for each tie.

Pairwise links of one kind that hang together (everyone with the same card) are drawn as one
node of evidence instead of a tangle of n·(n−1)/2 lines; the table beside it keeps every link.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup

from detector.report import svg
from detector.report.glossary import LINK_KINDS
from detector.words import ID_LIMIT, number, plural, visible

WIDTH: Final = 820.0
LEFT: Final = 220.0
RIGHT: Final = 480.0
ROW: Final = 22.0
SHOWN_MEMBERS: Final = 20
SHOWN_TIES: Final = 14

Edge = dict[str, Any]


@dataclass(frozen=True)
class Tie:
    """Accounts that hang together by links of one kind; `weight` is that of the strongest."""

    kind: str
    accounts: tuple[str, ...]
    links: int
    weight: float

    @property
    def words(self) -> str:
        """The kind in a reviewer's words."""
        return LINK_KINDS.get(self.kind, visible(self.kind, 24).replace("_", " "))


def ties(edges: Sequence[Edge]) -> list[Tie]:
    """Group links by kind and connection, strongest and widest first.

    Examples
    --------
    >>> links = [("a", "b"), ("b", "c"), ("x", "y")]
    >>> [tie.accounts for tie in ties([dict(a=a, b=b, kind="phone", weight=2.0) for a, b in links])]
    [('a', 'b', 'c'), ('x', 'y')]
    """
    found = []
    for kind in sorted({edge["kind"] for edge in edges}):
        found += _components(kind, [edge for edge in edges if edge["kind"] == kind])
    return sorted(found, key=lambda t: (-len(t.accounts), -t.weight, t.kind, t.accounts))


def _components(kind: str, edges: Sequence[Edge]) -> list[Tie]:
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for edge in edges:
        low, high = sorted((root(edge["a"]), root(edge["b"])))
        parent[high] = low
    groups: dict[str, list[Edge]] = {}
    for edge in edges:
        groups.setdefault(root(edge["a"]), []).append(edge)
    return [_tie(kind, group) for group in groups.values()]


def _tie(kind: str, edges: Sequence[Edge]) -> Tie:
    names = {edge["a"] for edge in edges} | {edge["b"] for edge in edges}
    return Tie(kind, tuple(sorted(names)), len(edges), max(e["weight"] or 0.0 for e in edges))


def draw(ident: str, members: Sequence[str], found: Sequence[Tie], core: Collection[str]) -> Markup:
    """Return the drawing: `members` on the left, filled where of the core, ties on the right."""
    left = list(members[:SHOWN_MEMBERS])
    right = _ordered([tie for tie in found if set(tie.accounts) & set(left)][:SHOWN_TIES], left)
    height = 22 + ROW * max(len(left), len(right)) + 6
    heights = _spread(len(left), height), _spread(len(right), height)
    place = dict(zip(left, heights[0], strict=True))
    strongest = max((tie.weight for tie in right), default=0.0)
    parts = [svg.label(LEFT, 12, "account", anchor="end", style="t q")]
    parts.append(svg.label(RIGHT, 12, "tied by", style="t q"))
    for tie, y in zip(right, heights[1], strict=True):
        parts.append(_links(tie, y, place, strongest))
    parts += [_member(name, place[name], name in core) for name in left]
    parts += [_evidence(tie, y) for tie, y in zip(right, heights[1], strict=True)]
    return svg.drawing(
        ident, WIDTH, height, "What ties the accounts", in_words(members, found), *parts
    )


def in_words(members: Sequence[str], found: Sequence[Tie]) -> str:
    """Say what the drawing shows."""
    kinds = sorted({tie.words for tie in found})
    return (
        f"{plural(len(members), 'account')} tied by {plural(len(kinds), 'kind')} of evidence: "
        f"{', '.join(kinds)}. The table of ties gives the same."
    )


def shown_words(members: Sequence[str], found: Sequence[Tie]) -> str:
    """Say how much of a ring is drawn; empty where all of it is."""
    left = set(members[:SHOWN_MEMBERS])
    near = [tie for tie in found if left & set(tie.accounts)][:SHOWN_TIES]
    if len(left) == len(members) and len(near) == len(found):
        return ""
    return (
        f"Drawn are {len(left):,} of {plural(len(members), 'account')} and "
        f"{len(near):,} of {plural(len(found), 'group')} of ties. "
    )


def _spread(count: int, height: float) -> list[float]:
    """Places of `count` rows in the middle of the height, up to three rows apart."""
    middle = 22 + (height - 28) / 2
    apart = min(3 * ROW, (height - 28) / max(count, 1))
    return [middle + (index - (count - 1) / 2) * apart for index in range(count)]


def _ordered(found: Sequence[Tie], members: Sequence[str]) -> list[Tie]:
    """Order ties by the mean place of their accounts: fewer lines cross."""
    place = {name: index for index, name in enumerate(members)}

    def mean(tie: Tie) -> float:
        rows = [place[name] for name in tie.accounts if name in place]
        return sum(rows) / len(rows)

    return sorted(found, key=mean)


def _links(tie: Tie, y: float, place: dict[str, float], strongest: float) -> Markup:
    """Lines from the accounts of a tie to its square, as one path."""
    bend, to = svg.short((LEFT + RIGHT) / 2), svg.short(y)
    lines = [
        f"M{svg.short(LEFT + 8)} {at}C{bend} {at} {bend} {to} {svg.short(RIGHT - 8)} {to}"
        for at in (svg.short(place[name]) for name in tie.accounts if name in place)
    ]
    width = 0.8 + 1.6 * (tie.weight / strongest if strongest > 0 else 0.0)
    return svg.element("path", d="".join(lines), class_="tie", stroke_width=width)


def _member(name: str, y: float, core: bool) -> Markup:
    words = svg.name(LEFT - 4, y + 4, name, ID_LIMIT)
    style = "who" if core else "who fringe"
    return words + svg.element("circle", cx=LEFT + 5, cy=y, r=4.0, class_=style)


def _evidence(tie: Tie, y: float) -> Markup:
    words = f"{tie.words} · {plural(len(tie.accounts), 'account')} · {number(tie.weight)} bits"
    square = svg.element("rect", x=RIGHT - 9, y=y - 4, width=8.0, height=8.0, class_="what")
    return square + svg.label(RIGHT + 5, y + 4, words)
