"""How people judge: figures with how few they are of, alarms with what to do, and trends."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from werkzeug.wrappers import Response

from detector.cases.errors import Refused
from detector.cases.measuring.exploring import Bounds, Explored, explored_of
from detector.cases.measuring.judged import quality_of, shown_to, week_of
from detector.cases.measuring.quality import ALARMS, ENOUGH, Quality
from detector.cases.measuring.ratios import Ratio
from detector.cases.measuring.truths import revealed
from detector.console.routes import Asked, Route
from detector.console.sheets import sheet
from detector.console.trends import Trend, trend
from detector.words import NONE

_READ: Final = frozenset({"reviewer", "lead", "counsel", "auditor"})
_ALL: Final = frozenset({"lead", "auditor"})
WEEKS: Final = 12
_GOLDEN: Final = 50
#: What to do about an alarm: it says that something is to be looked at, not that it is wrong.
TO_DO: Final = {
    "agreement_high": "Read ten of these cases again with whoever judged them, and ask what spoke "
    "against the queue; serve more golden cases.",
    "agreement_low": "Ask whether the queue is worth its time: read ten of the cases, and tell "
    "whoever keeps the model what it gets wrong.",
    "fast": "Ask whether pages are read to their end; take cases off the plate before anything "
    "else.",
    "kappa": "Take the disputed cases of the last weeks together and agree on what the words mean.",
    "golden": "Go through the golden cases with whoever judged them, who finds them on this page; "
    "until it is better, let a second person judge what he clears.",
}
_STRATA: Final = {"near": "near a queue", "rest": "all others"}


def _page(asked: Asked) -> Response:
    by, wanted = asked.actor, asked.request.args.get("person", "")
    with asked.house.store.reading() as connection:
        found = shown_to(connection, by, asked.now)
        names = [one.person or "" for one in found]
        person = wanted if wanted in names else names[0]
        if wanted and wanted != person:
            raise Refused(f"there are no figures of {wanted!r} that you may see")
        trends = _trends(connection, asked.now, person or None)
        missed = explored_of(connection, asked.now) if by.roles & _ALL else None
        golden = [] if by.roles.isdisjoint(("reviewer", "lead")) else list(
            revealed(connection, by, asked.now)
        )[-_GOLDEN:]  # fmt: skip
    return sheet(
        asked, "quality.html.j2", rows=[_row(one) for one in found], person=person, own=by.person,
        trends=trends, enough=ENOUGH, missed=None if missed is None else _missed(missed),
        golden=golden[::-1], judging=bool(by.roles & {"reviewer", "lead", "counsel"}),
        week=week_of(asked.now).date().isoformat(),
    )  # fmt: skip


def ratio_words(one: Ratio) -> str:
    """A share with what it is of and its interval.

    Examples
    --------
    >>> from detector.cases.measuring.ratios import ratio
    >>> ratio_words(ratio(8, 10)), ratio_words(ratio(0, 0))
    ('8 of 10, 80% (49% to 94%)', '–')
    """
    if one.share is None:
        return NONE
    return f"{one.k} of {one.n}, {one.share:.0%} ({one.low:.0%} to {one.high:.0%})"


def _row(one: Quality) -> dict[str, Any]:
    kappa = NONE if one.kappa is None else (
        f"{one.kappa.value:.2f} ({one.kappa.low:.2f} to {one.kappa.high:.2f})"
    )  # fmt: skip
    median = NONE if one.median_seconds is None else f"{one.median_seconds:.0f} s"
    cells = (
        ("agreement", ratio_words(one.agreement)), ("agreement", ratio_words(one.override)),
        ("kappa", kappa), ("median_seconds", median), ("golden", ratio_words(one.golden)),
        ("changed", ratio_words(one.changed)), ("overturned", ratio_words(one.overturned)),
    )  # fmt: skip
    return {
        "person": one.person, "n": one.judgements, "alarms": [
            (ALARMS[name], TO_DO[name]) for name in one.alarms
        ],
        "cells": [(text, text != NONE and name in one.too_few) for name, text in cells],
    }  # fmt: skip


def _missed(found: Explored) -> dict[str, Any]:
    """What samples say by stratum, and of recall only where there is an answer."""
    strata = [
        {"name": _STRATA.get(one.stratum, one.stratum), "accounts": one.accounts,
         "settled": one.settled, "undecided": one.undecided, "proxies": one.proxies,
         "missed": _bounds(found.missed.get(one.stratum))}
        for one in found.sampled
    ]  # fmt: skip
    recall = None
    if found.recall is not None and not found.inconclusive:
        held = found.recall
        recall = f"{held.value:.0%} ({held.low:.0%} to {held.high:.0%})"
    return {"strata": strata, "recall": recall, "found": found.found}


def _bounds(one: Bounds | None) -> str:
    return "inconclusive" if one is None else f"{one.value:.0f} ({one.low:.0f} to {one.high:.0f})"


def _trends(connection: sqlite3.Connection, now: datetime, person: str | None) -> list[Any]:
    """The figures of a person, or of all, as each of the last weeks ended."""
    ends = [week_of(now) - timedelta(weeks=back) for back in range(WEEKS - 1, -1, -1)]
    held = [quality_of(connection, now, person, end) for end in ends]
    weeks = [(end - timedelta(weeks=1)).date().isoformat() for end in ends]
    seconds = [one.median_seconds for one in held]
    most = max([120.0, *(one for one in seconds if one is not None)])
    shares = (
        ("agreement", "Agrees with the queue", [one.agreement for one in held]),
        ("golden", "Golden cases as they were settled", [one.golden for one in held]),
    )
    found = [trend(_shares(name, title, weeks, ratios)) for name, title, ratios in shares]
    found.insert(1, trend(Trend(
        "t-median", "Median active time", weeks, seconds, (0.0, "0 s"), (most, f"{most:.0f} s"),
        [NONE if one is None else f"{one:.0f} s" for one in seconds],
        [one.timed < ENOUGH for one in held],
    )))  # fmt: skip
    titles = ("Agrees with the queue", "Median active time", "Golden cases")
    return list(zip(titles, found, strict=True))


def _shares(name: str, title: str, weeks: Sequence[str], held: Sequence[Ratio]) -> Trend:
    return Trend(
        f"t-{name}", title, weeks, [one.share for one in held], (0.0, "0%"), (1.0, "100%"),
        [ratio_words(one) for one in held], [one.n < ENOUGH for one in held],
    )  # fmt: skip


ROUTES: Final = (Route("/quality", "quality", _page, _READ),)
