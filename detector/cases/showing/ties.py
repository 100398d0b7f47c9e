"""Which kinds of rare identifier tie the accounts of a case, and how many of them are independent.

What comes from one thing (device and network address from one machine) is one witness, so a kind
stands for its thing; coincidences such as signing up together are no identifiers and never count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from detector.terminal import safe_text
from features.links.kinds import COINCIDENCES, KINDS, SECONDING_KINDS, WORDS

#: With so many independent rare kinds, or a queue of its own, an account is of the core.
CORE_KINDS: Final = 2
_THING: Final[Mapping[str, str]] = {kind.name: kind.comes_from or kind.name for kind in KINDS}
_PLACE: Final[Mapping[str, int]] = {kind.name: place for place, kind in enumerate(KINDS)}
_SHOWN: Final = 3
_BRIEF: Final = 220

Row = Mapping[str, Any]


def thing_of(kind: str) -> str:
    """The thing that a kind comes from; its own name where it comes from none."""
    return _THING.get(kind, kind)


def witnesses(kinds: Iterable[str]) -> list[str]:
    """One kind for each independent thing among kinds, in one order.

    Examples
    --------
    >>> witnesses(["payment", "ip", "device", "signup"])
    ['payment', 'device']
    >>> witnesses(["client"])
    []
    """
    found: dict[str, str] = {}
    for kind in sorted(set(kinds) - COINCIDENCES.keys(), key=lambda name: (_place(name), name)):
        found.setdefault(thing_of(kind), kind)
    return [] if set(found.values()) <= set(SECONDING_KINDS) else list(found.values())


def of_core(queue: str, independent: Sequence[str]) -> bool:
    """Whether an account is of a case's core by its queue and the independent kinds that tie it.

    Whoever is not is fringe: tied by one kind alone.

    Examples
    --------
    >>> of_core("none", ["payment", "device"]), of_core("proxy", []), of_core("none", ["payment"])
    (True, True, False)
    """
    return queue != "none" or len(independent) >= CORE_KINDS


def _place(kind: str) -> int:
    return _PLACE.get(kind, len(_PLACE))


def new_things(before: Iterable[str], after: Iterable[str]) -> list[str]:
    """Kinds of things that tie now and did not before.

    Examples
    --------
    >>> new_things(["ip", "phone"], ["device", "payment"])
    ['payment']
    """
    known = set(map(thing_of, before))
    return [kind for kind in after if thing_of(kind) not in known]


def kinds_of(edges: Iterable[Row]) -> dict[str, set[str]]:
    """By account, the kinds of its links."""
    found: dict[str, set[str]] = {}
    for edge in edges:
        for end in (edge["a"], edge["b"]):
            found.setdefault(end, set()).add(edge["kind"])
    return found


def tied(edges: Sequence[Row]) -> str:
    """How many accounts the commonest kinds tie: ``tied by payment (12), device (4)``."""
    reach: dict[str, set[str]] = {}
    for edge in edges:
        reach.setdefault(edge["kind"], set()).update((edge["a"], edge["b"]))
    reach = {kind: who for kind, who in reach.items() if kind not in COINCIDENCES}
    first = sorted(reach, key=lambda kind: (-len(reach[kind]), _place(kind), kind))[:_SHOWN]
    words = [f"{WORDS.get(kind, kind)} ({len(reach[kind])})" for kind in first]
    return f"tied by {', '.join(words)}" if words else ""


def brief(edges: Sequence[Row], lead: Row) -> str:
    """A case in one line: what ties it, and the strongest reason for its lead."""
    raising = [r for r in lead["reasons"] or () if r["feature"] and (r["contribution"] or 0.0) > 0]
    # What many peers share stands after the others, however strong.
    texts = [tied(edges), *((r["text"] or r["code"] or "").rstrip(".") for r in raising[:1])]
    return safe_text(" · ".join(filter(None, texts)), limit=_BRIEF)
