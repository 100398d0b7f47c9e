"""Members of a ring for the page: its core first, then its fringe, and what ties each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from features.links.kinds import WORDS

Member = Mapping[str, str]

#: Members that a case lists on the page of a run.
SHOWN: Final = 40
_CORE: Final = "Core: in a queue, or tied by two independent rare kinds"
_FRINGE: Final = "Fringe: tied by one kind alone"


@dataclass(frozen=True)
class Group:
    """Members of the core or of the fringe: how many, and those that are shown."""

    title: str
    size: int
    rows: tuple[Member, ...]


def groups(
    rows: Sequence[Member],
    core: Collection[str],
    kinds: Mapping[str, Sequence[str]],
    limit: int,
) -> list[Group]:
    """The core and the fringe, each in the order given; the first `limit` members are shown."""
    told = [{**row, "tied": ", ".join(WORDS.get(kind, kind) for kind in kinds[row["id"]])}
            for row in rows]  # fmt: skip
    parts = (
        (_CORE, [row for row in told if row["id"] in core]),
        (_FRINGE, [row for row in told if row["id"] not in core]),
    )
    found = []
    for title, mine in parts:
        if mine:
            found.append(Group(title, len(mine), tuple(mine[:limit])))
        limit -= min(limit, len(mine))
    return found
