"""Why a name scores what it does, in one line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

_AGAINST: Final = {
    "contradicts": "{mine} is not {theirs}",
    "form": "legal form {mine}, not {theirs}",
    "numbers": "numbers differ",
    "common words": "no word of its own agrees",
    "floor": "no less than 0",
}


def sentence(
    parts: Iterable[Mapping[str, Any]], country: bool | None = None, address: bool | None = None
) -> str:
    """One line: what agrees, what speaks against and what that costs.

    Examples
    --------
    >>> sentence([
    ...     {"kind": "agrees", "mine": "yunda", "theirs": "yunda", "points": 910},
    ...     {"kind": "omitted", "mine": "", "theirs": "group", "points": -36},
    ... ])
    'agrees: yunda; without group −36'
    """
    agreed = []
    against = []
    for part in parts:
        mine, theirs = part["mine"], part["theirs"]
        if part["kind"] in ("agrees", "misspelt"):
            agreed.append(mine if mine == theirs else f"{mine} for {theirs}")
        else:
            against.append(f"{_words(part['kind'], mine, theirs)} {_signed(part['points'])}")
    told = [f"agrees: {', '.join(agreed)}"] if agreed else []
    for what, agrees in (("country", country), ("address", address)):
        if agrees is not None:
            told.append(f"{what} {'agrees' if agrees else 'differs'}")
    return "; ".join([*told, *against])


def _words(kind: str, mine: str, theirs: str) -> str:
    if kind == "omitted":
        told = [f"without {theirs}"] if theirs else []
        return ", ".join([*told, f"with {mine} beside"] if mine else told)
    if kind == "slip":
        return f"misspelt {mine} for {theirs}"
    # A kind of another version is told too, in fewer words.
    return _AGAINST.get(kind, "{mine} beside {theirs}").format(
        mine=mine or "nothing", theirs=theirs or "nothing"
    )


def _signed(points: int) -> str:
    return f"−{-points}" if points < 0 else f"+{points}"
