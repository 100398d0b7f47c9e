"""On which line of a pack something stands: the TOML reader tells values, not places."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_HEADER: Final = re.compile(r"^\s*(\[\[?)\s*([A-Za-z0-9_.\"' -]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY: Final = re.compile(r"^\s*[\"']?([A-Za-z0-9_-]+)[\"']?\s*(?:\.[^=]*)?=")

Place = tuple[str | int, ...]


def line_of(text: str, place: Sequence[str | int]) -> int:
    r"""Return the line (from 1) of the key at `place`, else of the nearest table that holds it.

    Parameters
    ----------
    text
        The whole file.
    place
        Keys and, for arrays of tables, numbers from 0: ``("interval", 2, "from")``.

    Examples
    --------
    >>> text = 'id = "x"\n[[interval]]\nfrom = 1\n[[interval]]\nfrom = 2\n'
    >>> line_of(text, ("interval", 1, "from")), line_of(text, ("interval", 1, "to"))
    (5, 4)
    """
    known = _lines(text)
    wanted = tuple(place)
    while wanted:
        # A table that stands once is at ("rule",) in the file and may be at ("rule", 0) outside.
        single = tuple(part for part in wanted if part != 0)
        for candidate in (wanted, single):
            if candidate in known:
                return known[candidate]
        wanted = wanted[:-1]
    return 1


def _lines(text: str) -> dict[Place, int]:
    """Every place that has a line of its own."""
    found: dict[Place, int] = {}
    counts: dict[str, int] = {}
    table: Place = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            name = header[2].strip("\"' ")
            if header[1] == "[[":
                index = counts.get(name, -1) + 1
                counts[name] = index
                table = (*name.split("."), index)
            else:
                table = tuple(name.split("."))
            for depth in range(1, len(table) + 1):
                found.setdefault(table[:depth], number)
        elif key := _KEY.match(line):
            found.setdefault((*table, key[1]), number)
    return found
