"""A finding: a sentence with its value, its peers and the time it is about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from detector.findings.subjects import Subject
from detector.words import percent, plural, quantity

Rows = Callable[[], pl.Expr]
Words = Callable[[float], str]


@dataclass(frozen=True)
class Finding:
    """The words of a feature, and how to find the rows behind a value of it.

    Attributes
    ----------
    said
        A clause without a full stop. ``{share}`` becomes "All 3 payments", "72 % of its 25
        payments" or "None of its 25 payments" of the subject, and "72 %" without one;
        ``{value}`` the value with its unit ("2 fingerprints", "3 days"); ``{percent}`` the value
        as a percentage, where ``reads`` makes something else of it.
    subject
        What it counts; None where the sentence is about the account itself.
    rows
        Which rows of the subject's log table show it, over the table's own typed columns and,
        with the prefix ``own_``, those of the account's record in ``accounts``; None where all
        of the account's rows of the table do.
    shows
        Columns of these rows that show it, beside the time and the ids.
    reads
        The value in words, where its unit does not give them.
    none
        What there is at 0, such as "no top-up": of the account, or of half of its peers.
    beside
        The peers' middle in words, where it is not "at most" or "at least" such a value.
    """

    said: str
    subject: Subject | None = None
    rows: Rows | None = None
    shows: tuple[str, ...] = ()
    reads: Words | None = None
    none: str | None = None
    beside: Words | None = None


@dataclass(frozen=True)
class Seen:
    """How much of a subject an account has, and from when to when (days)."""

    count: int
    first: date | None
    last: date | None


#: Differences below this are none: what is shown as 0 % is none.
_LEAST: Final = 5e-5


def sentence(
    finding: Finding,
    unit: str,
    direction: int,
    value: float,
    peers: float | None,
    seen: Seen | None = None,
) -> str:
    """The finding in one sentence: value first, then the peers' middle, then its time."""
    if finding.none and abs(value) < _LEAST:
        clause = finding.none
    else:
        clause = finding.said.format(
            share=_share(finding.subject, value, seen),
            value=_read(finding, unit, value),
            percent=percent(value),
        )
    clause = clause[:1].upper() + clause[1:]
    return f"{clause}{_beside(finding, unit, direction, value, peers)}{_when(seen)}."


def _read(finding: Finding, unit: str, value: float) -> str:
    return finding.reads(value) if finding.reads else quantity(value, unit)


def _share(subject: Subject | None, value: float, seen: Seen | None) -> str:
    """How much of a subject: all, none or a part of a known number of them."""
    if subject is None:
        return percent(value)
    count = seen.count if seen and not subject.mass else 0
    of_many = f"of its {plural(count, subject.one, subject.many) if count > 1 else subject.many}"
    if value >= 1 and count:
        return _whole(subject, count)
    if value >= 1 or value < _LEAST:
        return f"all {of_many}" if value >= 1 else f"none {of_many}"
    return f"{percent(value)} {of_many}"


def _whole(subject: Subject, count: int) -> str:
    if count == 1:
        return f"its only {subject.one}"
    return f"both {subject.many}" if count == 2 else f"all {count:,} {subject.many}"


def _beside(finding: Finding, unit: str, direction: int, value: float, peers: float | None) -> str:
    if peers is None:
        return ""
    if abs(peers) < _LEAST:
        # Said once: of the account it stands at the head of the sentence.
        nothing = finding.none if finding.none and abs(value) >= _LEAST else "none"
        return f"; half of its peers: {nothing}"
    if finding.beside:
        return f"; half of its peers: {finding.beside(peers)}"
    return f"; half of its peers: {_bound(unit, direction, peers)}{_read(finding, unit, peers)}"


def _bound(unit: str, direction: int, peers: float) -> str:
    """Which way half of the peers lie from their middle; nowhere where there is no more."""
    if peers >= 1 and direction > 0 and unit.startswith("share"):
        return ""
    # What is read the other way round is bounded the other way round: 1/(1+days) as days.
    return "at most " if (direction > 0) != unit.startswith("1/") else "at least "


def _when(seen: Seen | None) -> str:
    """The days it is about; the year once where it is the same."""
    if seen is None or seen.first is None or seen.last is None:
        return ""
    if seen.first == seen.last:
        return f" ({seen.first:%Y-%m-%d})"
    later = f"{seen.last:%m-%d}" if seen.first.year == seen.last.year else f"{seen.last:%Y-%m-%d}"
    return f" ({seen.first:%Y-%m-%d} to {later})"
