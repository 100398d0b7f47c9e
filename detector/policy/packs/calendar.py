"""When a rule is what: dated intervals in the zone of the rule, and the state at an instant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal, Protocol, TypeVar
from zoneinfo import ZoneInfo

Named = Literal["in_force", "suspended", "not_enforced", "proposed", "ended"]
StateName = Literal["in_force", "suspended", "not_enforced", "proposed", "ended", "not_yet_made"]

#: What an interval of a pack may say.
STATES: Final[tuple[Named, ...]] = (
    "in_force", "suspended", "not_enforced", "proposed", "ended",
)  # fmt: skip
#: Before a rule's first interval. No pack writes it: nothing was made yet, and no row is due.
NOT_YET: Final[StateName] = "not_yet_made"
#: States in which a rule may speak about an account.
RULING: Final[frozenset[StateName]] = frozenset({"in_force", "suspended", "not_enforced"})


class Dated(Protocol):
    """Anything that holds on the days [start, end) and says from where that is known."""

    @property
    def start(self) -> date:
        """First day."""

    @property
    def end(self) -> date | None:
        """First day on which it no longer holds; None: no end is known."""


D = TypeVar("D", bound=Dated)


@dataclass(frozen=True)
class State:
    """What a rule is at an instant.

    Attributes
    ----------
    state : str
        One of ``STATES``, or ``NOT_YET``.
    verified : bool
        Whether somebody read the source that says so. A gap after an interval is ended by the
        interval's own end, so it is as sure as that interval.
    since, until : date or None
        First day of this state in the rule's zone, and first day after it as far as known.
    source : str
        Where it is written; empty before the first interval.
    checked : date or None
        The day on which the source was read.
    form : str or None
        Which wording of the rule holds, where a pack knows several.
    supposed : bool
        True for the answer to "what if", which no source says.
    """

    state: StateName
    verified: bool
    since: date | None
    until: date | None = None
    source: str = ""
    checked: date | None = None
    form: str | None = None
    note: str = ""
    supposed: bool = False

    @property
    def rules(self) -> bool:
        """Whether a rule in this state may speak about an account."""
        return self.state in RULING


def local_day(when: date | datetime, zone: ZoneInfo) -> date:
    """Return the civil day of an instant in `zone`; a date is that day already.

    Raises
    ------
    ValueError
        The time names no offset, so no instant is meant.

    Examples
    --------
    >>> from datetime import UTC
    >>> local_day(datetime(2026, 11, 10, 3, tzinfo=UTC), ZoneInfo("America/New_York"))
    datetime.date(2026, 11, 9)
    """
    if not isinstance(when, datetime):
        return when
    if when.tzinfo is None:
        raise ValueError(f"{when.isoformat()} names no offset; expected an aware time, as in UTC")
    try:
        return when.astimezone(zone).date()
    except OverflowError:  # a day beside the first or the last that the calendar knows
        return when.date()


def holding(facts: Iterable[D], day: date) -> D | None:
    """Return the one of `facts`, which do not overlap, that holds on `day`."""
    for fact in facts:
        if fact.start <= day and (fact.end is None or day < fact.end):
            return fact
    return None


def state_on(intervals: Sequence[Any], day: date) -> State:
    """Return the state on a civil day of the rule's zone.

    Parameters
    ----------
    intervals
        Intervals of one rule in the order of their days, without overlaps.
    day
        The day, as :func:`local_day` tells it.
    """
    found = holding(intervals, day)
    if found is not None:
        return State(
            found.state, found.status == "verified", found.start, found.end,
            found.source, found.checked, found.form, found.note,
        )  # fmt: skip
    before = [interval for interval in intervals if interval.start <= day]
    after = [interval.start for interval in intervals if interval.start > day]
    until = after[0] if after else None
    if not before:
        return State(NOT_YET, verified=True, since=None, until=until)
    last = before[-1]
    return State("ended", last.status == "verified", last.end, until, last.source, last.checked)


def boundaries(intervals: Sequence[Dated]) -> list[date]:
    """Return every day on which the state may change, in order."""
    ends = {interval.end for interval in intervals if interval.end is not None}
    return sorted(ends | {interval.start for interval in intervals})
