"""What weeks of review found, with learning and without, as plain JSON values."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

from detector.evaluate.answers import Answers
from detector.evaluate.cap import cap
from detector.evaluate.exposure import exposure, summed
from detector.evaluate.opening import Opening
from detector.evaluate.tables import Table
from detector.evaluate.team import Team
from detector.evaluate.weeks import Way, moving, still
from detector.pipeline.training import SHIPPED, shipped_priors

NAMES: Final = {False: "no_learning", True: "learning"}
#: Weeks of decisions after which the cap on innocent kinds is told again.
DECIDED_WEEKS: Final = 2


def evaluate_weeks(
    logs: Path,
    truth: Table,
    team: Team,
    *,
    weeks: int,
    capacity: int = 50,
    on_last_day: bool = False,
    seed: int = 0,
    threads: int = 1,
) -> dict[str, Any]:
    """Let a team review a world for some weeks, with learning from its decisions and without.

    Parameters
    ----------
    logs : Path
        Log folder of the world.
    truth : path or DataFrame
        Its truth.
    team : Team
    weeks, capacity : int
        How many weeks, and how many cases are decided in each.
    on_last_day : bool
        Look at the world on its last day every week, so that learning alone changes the list.
        Else it is looked at in its last weeks, one after the other, with the decisions so far
        as its table of labels, and the model is trained anew in each.
    seed, threads : int
        Of what is learnt.

    Returns
    -------
    dict
        JSON-ready; ``ways`` holds for each of ``NAMES`` what `report_of` tells.

    Raises
    ------
    DataError
        Where logs or truth cannot be read, or are of different accounts.
    """
    opening = Opening(shipped_priors()[SHIPPED], seed, threads)
    begun, answers = [Way.begin(team, learn=learn) for learn in NAMES], Answers.of(truth)
    if on_last_day:
        ways = still(opening.last(logs), begun, answers, capacity=capacity, weeks=weeks)
    else:
        ways = moving(opening.weekly(logs, weeks), begun, answers, capacity=capacity)
    return {
        "weeks": weeks, "capacity": capacity, "accuracy": team.accuracy, "seed": seed,
        "on_last_day": on_last_day, "rings": len(set(answers.rings.values())),
        "ways": {NAMES[way.learn]: report_of(way) for way in ways},
    }  # fmt: skip


def report_of(way: Way) -> dict[str, Any]:
    """What a team found: ``weeks`` (sums up to each), ``exposure`` and ``innocent_kinds``."""
    return {
        "weeks": _weeks(way),
        "exposure": exposed(way),
        "innocent_kinds": {"before": cap(way.weeks[0].budget), "after_two_weeks": _after(way)},
    }


def exposed(way: Way) -> dict[str, Any]:
    """What planted rings used until they were confirmed, and by the end had nobody looked."""
    by_week = [week.used for week in way.weeks]
    until = exposure([week.rings for week in way.weeks], by_week)
    return {"found": len(way.rings), **summed(until), "unreviewed": summed([*by_week[-1].values()])}


def _after(way: Way) -> dict[str, Any] | None:
    told = len(way.weeks) > DECIDED_WEEKS
    return cap(way.weeks[DECIDED_WEEKS].budget) if told else None


def _weeks(way: Way) -> list[dict[str, Any]]:
    brought = ((week.reviewed, week.right, len(week.rings)) for week in way.weeks)
    sums = (_added(counts) for counts in zip(*brought, strict=True))
    rows = zip(way.weeks, *sums, strict=True)
    return [
        {
            "as_of": week.as_of.isoformat(), "reviewed": reviewed, "right": right, "rings": found,
            "auroc_before": _figure(week.before), "auroc_after": _figure(week.after),
            "refused": week.refused,
        }
        for week, reviewed, right, found in rows
    ]  # fmt: skip


def _added(counts: Iterable[int]) -> list[int]:
    return list(accumulate(counts))


def _figure(value: float) -> float | None:
    return None if math.isnan(value) else value
