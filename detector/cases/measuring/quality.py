"""How people judge: figures over what they said, and when a figure raises an alarm.

=============== ===============================================================================
agreement       outcome fits the queue (``FITS``): of first judgements in those queues; what is
                left unresolved does not fit
override        the rest of agreement
pairs, kappa    the first judgement beside the second of another person who did not see it
median_seconds  active seconds of first judgements; open seconds where a page sent no sign
golden          first judgements of cases settled long ago by others, beside that settlement
changed         of first judgements made blind, those whose person says otherwise after what was
                sealed opened: amended, or taken back and judged anew
overturned      of a person's settled judgements that were appealed, those that did not hold
=============== ===============================================================================

Each is over the last 100 of what it counts or over those of the last 28 days, whichever are more:
so somebody who judges little has a figure at all, and the figure of a busy month is of that month.
A first judgement counts as it was first said; what was taken back counts only as a change.
Queues ``policy``, ``other`` and ``sample`` have no outcome that fits: counsel has words of its
own, none of the four says "other abuse", and of a sample the tool said nothing to its reviewer.
Second judgements are mostly of adverse first ones, so kappa is of those cases and not of all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import median
from typing import Any, Final, Protocol, TypeVar

from detector.cases.measuring.ratios import Kappa, Ratio, kappa, ratio
from detector.cases.record.moments import later

FITS: Final = {"proxy": "confirmed_proxy", "victim": "confirmed_victim"}
LAST: Final = 100
DAYS: Final = timedelta(days=28)
#: Below this, a figure says "too few" and raises no alarm.
ENOUGH: Final = 30
_RUBBER_STAMP: Final = (0.03, 0.97)
_FAST: Final = 60.0
_KAPPA: Final = 0.4
_GOLDEN: Final = 0.8


class Dated(Protocol):
    """Something that happened at a time."""

    @property
    def at(self) -> str:
        """When, as text."""


_Row = TypeVar("_Row", bound=Dated)


@dataclass(frozen=True)
class First:
    """A first judgement that stands, as it was first said."""

    at: str
    queue: str
    outcome: str
    seconds: float | None


@dataclass(frozen=True)
class Two:
    """Two words of one case: first and second, said and true, before and after."""

    at: str
    one: str
    other: str


@dataclass(frozen=True)
class Said:
    """What is counted of a person or of all, each newest first; undated ends do not matter."""

    firsts: Iterable[First] = ()
    pairs: Iterable[Two] = ()
    golden: Iterable[Two] = ()
    opened: Iterable[Two] = ()
    appealed: Iterable[Two] = ()


@dataclass(frozen=True)
class Quality:
    """The figures of a person, or of all (``person`` is None).

    ``too_few`` names the figures of fewer than 30; ``alarms`` those that are to be looked at.
    """

    person: str | None
    judgements: int
    agreement: Ratio
    override: Ratio
    pairs: Ratio
    kappa: Kappa | None
    timed: int
    median_seconds: float | None
    golden: Ratio
    changed: Ratio
    overturned: Ratio
    too_few: tuple[str, ...] = field(default=())
    alarms: tuple[str, ...] = field(default=())


def windowed(rows: Iterable[_Row], now: str) -> list[_Row]:
    """The last 100, or those of the last 28 days if they are more, of rows newest first."""
    since = later(now, -DAYS)
    found: list[_Row] = []
    for row in rows:
        if len(found) >= LAST and row.at < since:
            break
        found.append(row)
    return found


def quality(said: Said, now: str, person: str | None = None) -> Quality:
    """The figures of what was said up to now."""
    firsts = windowed(said.firsts, now)
    asked = [one for one in firsts if one.queue in FITS]
    agreement = ratio(sum(one.outcome == FITS[one.queue] for one in asked), len(asked))
    pairs = windowed(said.pairs, now)
    seconds = [one.seconds for one in firsts if one.seconds is not None]
    held: dict[str, Any] = {
        "judgements": len(firsts), "agreement": agreement, "override": agreement.rest,
        "pairs": _same(pairs), "kappa": kappa((two.one, two.other) for two in pairs),
        "timed": len(seconds), "median_seconds": median(seconds) if seconds else None,
        "golden": _same(windowed(said.golden, now)),
        "changed": _same(windowed(said.opened, now)).rest,
        "overturned": _same(windowed(said.appealed, now)).rest,
    }  # fmt: skip
    found = Quality(person, **held)
    return Quality(person, **held, too_few=too_few(found), alarms=alarms(found))


def _same(rows: Sequence[Two]) -> Ratio:
    return ratio(sum(two.one == two.other for two in rows), len(rows))


def too_few(found: Quality) -> tuple[str, ...]:
    """Figures that so few judgements stand behind that they say little."""
    sizes = {
        "agreement": found.agreement.n, "kappa": found.pairs.n, "median_seconds": found.timed,
        "golden": found.golden.n, "changed": found.changed.n, "overturned": found.overturned.n,
    }  # fmt: skip
    return tuple(name for name, size in sizes.items() if size < ENOUGH)


def alarms(found: Quality) -> tuple[str, ...]:
    """Figures that are to be looked at; none of fewer than 30 judgements.

    Golden cases are 1 in 20, so 30 of them would take most people a year: their figure counts
    from 30 judgements in all on, and its interval says how few it is of.
    """
    low, high = _RUBBER_STAMP
    share, golden = found.agreement.share, found.golden.high
    rings = {
        "agreement_high": found.agreement.n >= ENOUGH and share is not None and share > high,
        "agreement_low": found.agreement.n >= ENOUGH and share is not None and share < low,
        "fast": found.timed >= ENOUGH and (found.median_seconds or 0.0) < _FAST,
        "kappa": (
            found.pairs.n >= ENOUGH and found.kappa is not None and found.kappa.high < _KAPPA
        ),
        "golden": found.judgements >= ENOUGH and golden is not None and golden < _GOLDEN,
    }  # fmt: skip
    return tuple(name for name, ring in rings.items() if ring)


#: What an alarm means, for whoever reads it.
ALARMS: Final = {
    "agreement_high": "more than 97 of 100 judgements follow the queue: is anybody looking?",
    "agreement_low": "fewer than 3 of 100 judgements follow the queue",
    "fast": "half of the judgements took less than a minute",
    "kappa": "two people agree little more than chance would",
    "golden": "of cases settled before, fewer than 8 in 10 are judged as they were settled",
}
