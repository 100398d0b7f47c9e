"""A finding: a sentence with its value, its peers and the time it is about."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

import polars as pl

from detector.findings.subjects import Subject
from detector.words import percent, plural, quantity

Rows = Callable[[], pl.Expr]
Reads = Callable[[float], str]


@dataclass(frozen=True)
class Finding:
    """The words of a feature, and how to find the rows behind a value of it.

    Attributes
    ----------
    said
        A clause without a full stop. ``{share}`` becomes "All 3 payments", "72 % of its 25
        payments" or "None of its 25 payments" of the subject; ``{value}`` the value with its
        unit ("2 fingerprints", "3 days"). Of links, ``{whom}`` is the linked account or accounts
        ("account 7 (by a shared device)"), ``{those}`` the same as an apposition or nothing, and
        ``{kinds}`` what is shared, in brackets, or nothing. ``{percent}`` is the value as a
        percentage where ``reads`` makes something else of it.
    subject
        What it counts; None where the sentence is about the account itself.
    rows
        Which rows of the subject's log table show it, over the table's own typed columns and,
        with the prefix ``own_``, those of the account's record in ``accounts``; None where all
        of the account's rows of the table do.
    shows
        Columns of these rows that show it, beside the time and the ids.
    none
        The clause where there is nothing of it, for words that no "none" fits into.
    reads
        A value in words, where the unit alone does not say how it reads: for the value and for
        the peers'.
    beside
        The peers' middle in words, where it is not "at most" or "at least" such a value.
    zero
        What half of the peers have where their middle is 0, where "none" is not plain.
    within
        Days that the value spans at most; where what it counts spans more, its time is not told,
        as it would contradict the sentence.
    vague
        What stands for ``{detail}``, which is of one account alone (``findings.details``), where
        nothing is known of it.
    """

    said: str
    subject: Subject | None = None
    rows: Rows | None = None
    shows: tuple[str, ...] = ()
    none: str | None = None
    reads: Reads | None = None
    beside: Reads | None = None
    zero: str | None = None
    within: int | None = None
    vague: str = ""

    def read(self, value: float, unit: str) -> str:
        """A value of the feature in words."""
        return quantity(value, unit) if self.reads is None else self.reads(value)


@dataclass(frozen=True)
class Seen:
    """How much of a subject an account has, and from when to when (days)."""

    count: int
    first: date | None
    last: date | None


@dataclass(frozen=True)
class Linked:
    """Who is linked: accounts, an apposition that names them, and the kinds that are shared."""

    whom: str = "a linked account"
    those: str = ""
    kinds: str = ""


NOBODY: Final = Linked()
#: Differences below this are none: what is shown as 0 % is none.
_LEAST: Final = 5e-5


def sentence(
    finding: Finding,
    unit: str,
    direction: int,
    value: float,
    peers: float | None,
    seen: Seen | None = None,
    linked: Linked = NOBODY,
    detail: str | None = None,
) -> str:
    """The finding in one sentence: value first, then the peers' middle, then its time."""
    if finding.none is not None and abs(value) < _LEAST:
        clause = finding.none
    else:
        clause = finding.said.format(
            share=_share(finding.subject, value, seen), value=finding.read(value, unit),
            percent=percent(value),
            whom=linked.whom, those=linked.those, kinds=linked.kinds,
            detail=detail or finding.vague,
        )  # fmt: skip
    clause = clause[:1].upper() + clause[1:]
    return f"{clause}{_beside(finding, unit, direction, peers)}{_when(_about(finding, seen))}."


def _about(finding: Finding, seen: Seen | None) -> Seen | None:
    """The time that the value is about; None where what it counts spans more."""
    if finding.within is None or seen is None or seen.first is None or seen.last is None:
        return seen
    return seen if (seen.last - seen.first).days <= finding.within else None


def _share(subject: Subject | None, value: float, seen: Seen | None) -> str:
    """How much of a subject: all, none or a part of a known number of them."""
    if subject is None:
        return percent(value)
    count = seen.count if seen and not subject.mass else 0
    if value >= 1 and count:
        return _whole(subject, count)
    things = plural(count, subject.one, subject.many) if count > 1 else subject.many
    much = "all" if value >= 1 else "none" if value < _LEAST else percent(value)
    return f"{much} of its {things}"


def _whole(subject: Subject, count: int) -> str:
    if count == 1:
        return f"its only {subject.one}"
    return f"both {subject.many}" if count == 2 else f"all {count:,} {subject.many}"


@lru_cache(maxsize=1 << 12)  # many accounts have the same peers
def _beside(finding: Finding, unit: str, direction: int, peers: float | None) -> str:
    if peers is None or math.isnan(peers):
        return ""
    if unit == "flag":
        return f"; {'so' if peers >= 0.5 else 'not so'} with half of its peers or more"
    inverse = unit.startswith("1/") or unit == "bits"
    if abs(peers) < _LEAST and (finding.zero or not inverse):
        return f"; half of its peers: {finding.zero or 'none'}"
    if finding.beside:
        return f"; half of its peers: {finding.beside(peers)}"
    # Of an inverse the larger value is the smaller figure.
    bound = "at most" if (direction > 0) != inverse else "at least"
    figure = finding.read(peers, unit)
    at_the_end = direction > 0 and unit.startswith("share") and peers >= 1
    plain = at_the_end or _is_word(figure)
    return f"; half of its peers: {figure if plain else f'{bound} {figure}'}"


def _is_word(figure: str) -> bool:
    """Whether there is no figure in it that could be a bound: ``never``, ``under 2 hours``."""
    return figure.startswith("under ") or not any(sign.isdigit() for sign in figure)


def _when(seen: Seen | None) -> str:
    """The days it is about; the year once where it is the same."""
    if seen is None or seen.first is None or seen.last is None:
        return ""
    if seen.first == seen.last:
        return f" ({seen.first:%Y-%m-%d})"
    later = f"{seen.last:%m-%d}" if seen.first.year == seen.last.year else f"{seen.last:%Y-%m-%d}"
    return f" ({seen.first:%Y-%m-%d} to {later})"
