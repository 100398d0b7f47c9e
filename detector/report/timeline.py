"""Use by day: a row an account and measure, each on its own scale, so that taking turns shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from markupsafe import Markup

from detector.dossier import Series
from detector.report import svg
from detector.words import number, plural

#: Accounts with rows of their own; what the others used is added up.
ACCOUNTS: Final = 12
TALL: Final = 24.0
UNITS: Final = {"tpp_hours": "TPP-h", "tokens": "tokens"}
#: What is measured, as a row names it.
NAMES: Final = {"tpp_hours": "GPU, TPP-hours", "tokens": "models, tokens"}


@dataclass(frozen=True)
class UseRow:
    """One measure of one account, or of the accounts that have no row of their own."""

    account: str
    measure: str
    most: str
    total: str
    days: str
    drawing: Markup


@dataclass(frozen=True)
class UseTable:
    """Use of a case by day: rows, the days they are drawn over, and who has no row."""

    rows: tuple[UseRow, ...]
    axis: Markup
    without: int


def measures(series: Sequence[Series]) -> list[str]:
    """The measures worth drawing: those with any use, TPP-hours first."""
    return [name for name in UNITS if any(any(getattr(s, name)) for s in series)]


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


def table(series: Sequence[Series], first_day: date) -> UseTable:
    """Rows of the accounts that used most, in the order given, then the others added up."""
    found = measures(series)
    used = [one for one in series if any(any(getattr(one, name)) for name in found)]
    shown, rest = _busiest(used, found)
    rows = [_row(one.label, name, getattr(one, name), first_day)
            for one in shown for name in found if any(getattr(one, name))]  # fmt: skip
    for name in found if rest else ():
        days = [sum(day) for day in zip(*(getattr(one, name) for one in rest), strict=True)]
        if any(days):
            rows.append(_row(f"{len(rest):,} others together", name, days, first_day))
    width = len(series[0].tpp_hours) if series else 0
    return UseTable(tuple(rows), _axis(first_day, width), len(series) - len(used))


def _busiest(
    used: Sequence[Series], found: Sequence[str]
) -> tuple[Sequence[Series], Sequence[Series]]:
    """The accounts with the largest parts of all use, and the others; each in their order."""
    if len(used) <= ACCOUNTS:
        return used, ()
    whole = {name: sum(sum(getattr(one, name)) for one in used) for name in found}
    part = [sum(sum(getattr(one, name)) / whole[name] for name in found) for one in used]
    most = set(sorted(range(len(used)), key=lambda at: (-part[at], at))[: ACCOUNTS - 1])
    return (
        [one for at, one in enumerate(used) if at in most],
        [one for at, one in enumerate(used) if at not in most],
    )


def _row(account: str, measure: str, values: Sequence[float], first_day: date) -> UseRow:
    high = max(values)
    on = [index for index, value in enumerate(values) if value]
    busy = f"{number(high)} on {_short(first_day, list(values).index(high))}"
    days = f"{len(on):,}, {_short(first_day, on[0])} to {_short(first_day, on[-1])}"
    total = number(sum(values))
    return UseRow(account, NAMES[measure], busy, total, days, _draw(values, first_day))


def _draw(values: Sequence[float], first_day: date) -> Markup:
    """The days of one row, as wide as its cell: the busiest is as tall as the row."""
    high = max(values)
    months = "".join(f"M{index} 0V{svg.short(TALL)}" for index in _months(first_day, len(values)))
    path = svg.steps(values, 0.0, TALL - 1, 1.0, (TALL - 2) / high if high else 0.0)
    return svg.element(
        "svg",
        svg.element("path", d=months, class_="grid") if months else Markup(""),
        svg.element("path", d=f"M0 {svg.short(TALL - 1)}H{len(values)}", class_="axis"),
        svg.element("path", d=path, class_="use"),
        aria_hidden="true", viewBox=f"0 0 {len(values)} {svg.short(TALL)}",
        preserveAspectRatio="none", class_="days",
    )  # fmt: skip


def _axis(first_day: date, days: int) -> Markup:
    """The months over the drawings."""
    labels = [
        svg.element("text", f"{first_day + timedelta(days=at):%-d %b}", x=f"{100 * at / days:.2f}%",
                    y=11.0, class_="t q")
        for at in _months(first_day, days)
        if at < 0.94 * days
    ]  # fmt: skip
    return svg.element("svg", *labels, aria_hidden="true", class_="axis-days")


def _months(first_day: date, days: int) -> list[int]:
    """Days on which a month begins."""
    return [at for at in range(days) if (first_day + timedelta(days=at)).day == 1]


def _short(first: date, index: int) -> str:
    return f"{first + timedelta(days=index):%-d %b}"


def _day(first: date, index: int) -> str:
    return f"{first + timedelta(days=index):%Y-%m-%d}"
