"""How a figure went, week by week: a small drawing that needs no script, and its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from markupsafe import Markup

from detector.report.svg import drawing, element, label, line, short

_WIDTH: Final = 300.0
_HEIGHT: Final = 92.0
_LEFT: Final = 40.0
_TOP: Final = 10.0
_BOTTOM: Final = 70.0


@dataclass(frozen=True)
class Trend:
    """A figure by week: its name, the weeks, and what it was; None where nothing is known.

    Attributes
    ----------
    low, high
        Ends of the scale, and the words for them.
    few
        Weeks whose figure is of too few.
    """

    ident: str
    title: str
    weeks: Sequence[str]
    values: Sequence[float | None]
    low: tuple[float, str]
    high: tuple[float, str]
    words: Sequence[str]
    few: Sequence[bool]


def trend(one: Trend) -> Markup:
    """The drawing: a dot a week, hollow where it is of too few, joined where weeks follow."""
    places = [_place(one, index) for index in range(len(one.weeks))]
    joined = [
        line(*before, *after, "tie") for before, after in pairwise(places)
        if before is not None and after is not None
    ]  # fmt: skip
    dots = [
        element("circle", cx=place[0], cy=place[1], r=3.0, class_="total" if few else "rare")
        for place, few in zip(places, one.few, strict=True) if place is not None
    ]  # fmt: skip
    said = "; ".join(
        f"week of {week}: {words}" for week, words in zip(one.weeks, one.words, strict=True)
    )
    return drawing(
        one.ident, _WIDTH, _HEIGHT, one.title, said or "no week yet",
        line(_LEFT, _TOP, _WIDTH - 6, _TOP, "grid"),
        line(_LEFT, _BOTTOM, _WIDTH - 6, _BOTTOM, "axis"),
        label(_LEFT - 5, _TOP + 4, one.high[1], anchor="end", style="q"),
        label(_LEFT - 5, _BOTTOM + 4, one.low[1], anchor="end", style="q"),
        label(_LEFT, _HEIGHT - 5, one.weeks[0] if one.weeks else "", style="q"),
        label(_WIDTH - 6, _HEIGHT - 5, one.weeks[-1] if one.weeks else "", anchor="end", style="q"),
        *joined, *dots,
    )  # fmt: skip


def _place(one: Trend, index: int) -> tuple[float, float] | None:
    value = one.values[index]
    if value is None:
        return None
    low, high = one.low[0], one.high[0]
    share = min(1.0, max(0.0, (value - low) / (high - low)))
    step = (_WIDTH - _LEFT - 16) / max(1, len(one.weeks) - 1)
    return float(short(_LEFT + 5 + step * index)), float(short(_BOTTOM - share * (_BOTTOM - _TOP)))
