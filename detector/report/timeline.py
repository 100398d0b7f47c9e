"""Use by day: one strip an account on one scale, so that taking turns shows, and marching too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from markupsafe import Markup

from detector.dossier import Series
from detector.report import svg
from detector.words import ID_LIMIT, number, plural

WIDTH: Final = 760.0
LEFT: Final = 176.0
RIGHT: Final = 84.0
STRIPS: Final = 10
UNITS: Final = {"tpp_hours": "TPP-h", "tokens": "tokens"}


@dataclass(frozen=True)
class Strip:
    """One row of the drawing."""

    label: str
    values: tuple[float, ...]


def measures(series: Sequence[Series]) -> list[str]:
    """The measures worth drawing: those with any use, TPP-hours first."""
    return [name for name in UNITS if any(any(getattr(s, name)) for s in series)]


def strips(series: Sequence[Series], measure: str) -> list[Strip]:
    """The busiest accounts in the order given, the mean of the others in a last strip."""
    used = [Strip(s.label, getattr(s, measure)) for s in series if any(getattr(s, measure))]
    if len(used) <= STRIPS:
        return used
    busiest = sorted(range(len(used)), key=lambda i: (-sum(used[i].values), i))[: STRIPS - 1]
    rest = [used[i].values for i in range(len(used)) if i not in busiest]
    mean = tuple(sum(day) / len(rest) for day in zip(*rest, strict=True))
    return [*(used[i] for i in sorted(busiest)), Strip(f"{len(rest)} others, mean", mean)]


def in_words(series: Sequence[Series], measure: str, first_day: date) -> str:
    """Say what the drawing shows: first and last day of use, the peak, days without use."""
    unit = UNITS[measure]
    total = [sum(day) for day in zip(*(getattr(s, measure) for s in series), strict=True)]
    active = [index for index, value in enumerate(total) if value]
    peak = max(range(len(total)), key=lambda index: (total[index], -index))
    first, last = active[0], active[-1]
    idle = last - first + 1 - len(active)
    without = sum(not any(getattr(s, measure)) for s in series)
    others = f" {plural(without, 'account')} without any." if without else ""
    gaps = f", with {plural(idle, 'idle day')} between" if idle else ", every day"
    return (
        f"Used from {_day(first_day, first)} to {_day(first_day, last)}{gaps}; "
        f"most on {_day(first_day, peak)}: {number(total[peak])} {unit}. "
        f"In all {number(sum(total))} {unit} in {len(total)} days.{others}"
    )


def draw(ident: str, rows: Sequence[Strip], first_day: date, unit: str, words: str) -> Markup:
    """Return the drawing of daily use; `words` describe it."""
    high = max((max(row.values) for row in rows), default=0.0)
    tall = 64.0 if len(rows) == 1 else 22.0
    gap = 5.0
    days = len(rows[0].values)
    step = (WIDTH - LEFT - RIGHT) / days
    parts = [_axis(first_day, days, step, 16.0, 16 + len(rows) * (tall + gap))]
    parts.append(svg.label(WIDTH - RIGHT + 6, 10, f"most, {unit}", style="t q"))
    for index, row in enumerate(rows):
        base = 16 + (index + 1) * (tall + gap)
        parts += _strip(row, base, step, tall / high if high else 0.0)
    return svg.drawing(
        ident,
        WIDTH,
        16 + len(rows) * (tall + gap) + 20,
        f"{unit} by day",
        words,
        *parts,
    )


def _strip(row: Strip, base: float, step: float, scale: float) -> list[Markup]:
    peak = max(row.values)
    name = svg.name(LEFT - 8, base - 3, row.label, ID_LIMIT - 4)
    return [
        name,
        svg.line(LEFT, base, WIDTH - RIGHT, base, "axis"),
        svg.element("path", d=svg.steps(row.values, LEFT, base, step, scale), class_="use"),
        svg.label(WIDTH - RIGHT + 6, base - 3, number(peak), style="t n"),
    ]


def _axis(first_day: date, days: int, step: float, top: float, bottom: float) -> Markup:
    parts = []
    for index in range(days):
        day = first_day + timedelta(days=index)
        if day.day == 1 or index == 0:
            x = LEFT + index * step
            parts.append(svg.line(x, top - 8, x, bottom, "grid"))
            if day.day == 1 or first_day.day < 22:
                parts.append(svg.label(x + 3, bottom + 15, f"{day:%-d %b}", style="t q"))
    return Markup("").join(parts)


def _day(first: date, index: int) -> str:
    return f"{first + timedelta(days=index):%Y-%m-%d}"
