"""The way from the base to the raw score: one bar a reason, each starting where the last ended.

Places across are percentages and heights are pixels, so that a row may grow with its text
without stretching its bar, and the threads between rows stay joined.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from detector.report import svg

MARGIN: Final = 2.0
TOP: Final = 9.0
TALL: Final = 11.0


@dataclass(frozen=True)
class Step:
    """From and to on the raw score's axis."""

    start: float
    end: float


def cumulate(base: float, contributions: Sequence[float]) -> list[Step]:
    """Return one step a contribution, chained from `base`.

    Examples
    --------
    >>> cumulate(1.0, [0.5, -0.25])
    [Step(start=1.0, end=1.5), Step(start=1.5, end=1.25)]
    """
    steps, at = [], base
    for contribution in contributions:
        steps.append(Step(at, at + contribution))
        at += contribution
    return steps


def bars(base: float, contributions: Sequence[float]) -> list[Markup]:
    """Return the drawings of the rows: the base, every contribution, the raw score.

    The drawings say nothing that the figures beside them do not, and are hidden from screen
    readers.
    """
    steps = cumulate(base, contributions)
    final = steps[-1].end if steps else base
    marks = [base, final, *(step.end for step in steps)]
    low, high = min(marks), max(marks)
    scale = (100 - 2 * MARGIN) / (high - low) if high > low else 0.0

    def place(mark: float) -> float:
        return MARGIN + (mark - low) * scale

    middle = [_bar(place(step.start), place(step.end)) for step in steps]
    return [_base(place(base)), *middle, _total(place(base), place(final))]


def _row(*parts: Markup) -> Markup:
    return svg.element("svg", *parts, aria_hidden="true", class_="wf")


def _base(at: float) -> Markup:
    return _row(_box(at, at, "total"), _thread(at, TOP + TALL, "100%"))


def _total(base: float, at: float) -> Markup:
    return _row(_thread(at, 0, TOP), _box(base, at, "total"))


def _bar(start: float, end: float) -> Markup:
    return _row(
        _thread(start, 0, TOP),
        _thread(end, TOP + TALL, "100%"),
        _box(start, end, "up" if end >= start else "down"),
    )


def _box(start: float, end: float, style: str) -> Markup:
    width = max(abs(end - start), 0.5)
    left = f"{min(start, end):.2f}%"
    return svg.element("rect", x=left, y=TOP, width=f"{width:.2f}%", height=TALL, class_=style)


def _thread(at: float, top: float, bottom: float | str) -> Markup:
    where = f"{at:.2f}%"
    return svg.element("line", x1=where, x2=where, y1=top, y2=bottom, class_="thread")
