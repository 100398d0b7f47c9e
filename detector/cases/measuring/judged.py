"""What people judged, as `quality` counts it; golden and training cases only where they belong."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Final

from detector.cases.deciding.heard import IMPORTED
from detector.cases.errors import Refused
from detector.cases.measuring.quality import First, Quality, Said, Two, quality
from detector.cases.measuring.ratios import ratio
from detector.cases.record.moments import text_of
from detector.cases.record.store import Actor

_END: Final = "9999"
_ANYBODY: Final = ":person IS NULL OR "

# Of a case and an opening of it, a person's first word that stands in a round.
_EARLIEST: Final = (
    "NOT EXISTS (SELECT 1 FROM judgements e WHERE e.case_id = {j}.case_id "
    "AND +e.reopened = {j}.reopened AND +e.person = {j}.person AND +e.round = {j}.round "
    "AND e.undone = 0 AND e.judgement_id < {j}.judgement_id)"
)
# What was imported was judged elsewhere, before another page or none.
_HERE: Final = (
    "NOT EXISTS (SELECT 1 FROM events v WHERE v.seq = {j}.judgement_id AND v.action = "  # noqa: S608
    f"'{IMPORTED}')"
)
_TRUE: Final = "c.kind NOT IN ('golden', 'training')"
_FIRSTS: Final = f"""
SELECT j.at, coalesce(j.queue, c.queue, '') AS queue, j.outcome,
       CASE WHEN j.active_seconds > 0 THEN j.active_seconds ELSE j.open_seconds END AS seconds
FROM judgements j CROSS JOIN cases c ON c.case_id = j.case_id
WHERE +j.round = '1' AND j.amends IS NULL AND j.undone = 0 AND j.at < :before AND {_TRUE}
  AND {_HERE.format(j="j")}
  AND (:person IS NULL OR j.person = :person) AND {_EARLIEST.format(j="j")}
ORDER BY j.judgement_id DESC"""  # noqa: S608 - constants of this file
_PAIRS: Final = f"""
SELECT s.at, f.outcome AS one, s.outcome AS other
FROM judgements s INDEXED BY judgements_second CROSS JOIN cases c ON c.case_id = s.case_id
JOIN judgements f ON f.case_id = s.case_id AND f.reopened = s.reopened
WHERE s.round IN ('2', 'qa') AND s.undone = 0 AND s.at < :before AND {_TRUE}
  AND (:person IS NULL OR s.case_id IN (SELECT case_id FROM judgements WHERE person = :person))
  AND {_HERE.format(j="f")}
  AND +f.round = '1' AND f.amends IS NULL AND f.undone = 0 AND f.person <> s.person
  AND (:person IS NULL OR :person IN (f.person, s.person))
  AND {_EARLIEST.format(j="s")} AND {_EARLIEST.format(j="f")}
ORDER BY s.judgement_id DESC"""  # noqa: S608
_GOLDEN: Final = f"""
SELECT j.at, j.outcome AS one, g.truth AS other
FROM golden g CROSS JOIN judgements j ON j.case_id = g.served_as
WHERE +j.round IN ('1', '2', 'qa') AND j.amends IS NULL AND j.undone = 0 AND j.at < :before
  AND (:person IS NULL OR j.person = :person) AND {_EARLIEST.format(j="j")}
  AND NOT EXISTS (SELECT 1 FROM judgements o WHERE o.case_id = g.of_case AND +o.person = j.person)
ORDER BY j.judgement_id DESC"""  # noqa: S608
_OPENED: Final = f"""
SELECT f.at, f.outcome AS one, (
    SELECT l.outcome FROM judgements l WHERE l.case_id = f.case_id AND l.reopened = f.reopened
    AND +l.person = f.person AND +l.round = '1' AND l.undone = 0 AND l.at < :before
    ORDER BY l.judgement_id DESC LIMIT 1) AS other
FROM judgements f CROSS JOIN cases c ON c.case_id = f.case_id
WHERE +f.round = '1' AND f.amends IS NULL AND f.revealed = 0 AND f.at < :before AND {_TRUE}
  AND {_HERE.format(j="f")}
  AND (:person IS NULL OR f.person = :person) AND other IS NOT NULL
ORDER BY f.judgement_id DESC"""  # noqa: S608


# Of appeals that were decided, whether what had been settled before held.
_APPEALED: Final = """
SELECT a.decided_at AS at, 'held' AS one,
       CASE WHEN a.state IN ('upheld', 'partly') THEN 'fell' ELSE 'held' END AS other
FROM appeals a JOIN cases c ON c.case_id = a.case_id
WHERE a.decided_at < :before AND c.kind NOT IN ('golden', 'training')
  AND (:person IS NULL OR EXISTS (
    SELECT 1 FROM settlements s, json_each(s.judgements) one
    JOIN judgements j ON j.judgement_id = one.value
    WHERE j.person = :person AND s.settlement_id = (
      SELECT max(settlement_id) FROM settlements e
      WHERE e.case_id = a.case_id AND e.at <= a.filed_at)))
ORDER BY a.decided_at DESC"""


def said(connection: sqlite3.Connection, person: str | None = None, before: str = _END) -> Said:
    """What a person, or everybody, judged before a time; rows are read as they are asked for."""
    given = {"person": person, "before": before}
    return Said(
        (First(*row) for row in _read(connection, _FIRSTS, given)),
        (Two(*row) for row in _read(connection, _PAIRS, given)),
        (Two(*row) for row in _read(connection, _GOLDEN, given)),
        (Two(*row) for row in _read(connection, _OPENED, given)),
        (Two(*row) for row in _read(connection, _APPEALED, given)),
    )


def _read(
    connection: sqlite3.Connection, query: str, given: dict[str, str | None]
) -> Iterator[sqlite3.Row]:
    if given["person"] is not None:
        # Without it, the judgements of one person are found by their index.
        query = query.replace(_ANYBODY, "")
    yield from connection.execute(query, given)


def quality_of(
    connection: sqlite3.Connection, now: datetime, person: str | None = None,
    before: datetime | None = None,
) -> Quality:  # fmt: skip
    """The figures of a person, or of all, of what was judged before a time (default: now)."""
    at = text_of(before or now)
    return quality(said(connection, person, _END if before is None else at), at, person)


def week_of(now: datetime) -> datetime:
    """When the present week began: Monday, 0:00 UTC."""
    day = now.astimezone(UTC).date()
    return datetime.combine(day - timedelta(days=day.weekday()), time(), UTC)


def shown_to(connection: sqlite3.Connection, by: Actor, now: datetime) -> list[Quality]:
    """The figures that somebody may see: his own, a lead and an auditor those of all by name.

    Whoever judges sees figures up to the end of last week: one that moved, or did not, with the
    case just judged would tell that the case was golden.

    Raises
    ------
    Refused
        Where he judges nothing and may not see others' figures.
    """
    if by.roles.isdisjoint(("reviewer", "lead", "counsel", "auditor")):
        raise Refused(f"{by.person} judges nothing; figures of others are a lead's to see")
    judging = by.roles & {"reviewer", "lead", "counsel"}
    before = week_of(now) if judging else None
    if by.roles.isdisjoint(("lead", "auditor")):
        return [quality_of(connection, now, by.person, before)]
    people = connection.execute("SELECT DISTINCT person FROM judgements ORDER BY person").fetchall()
    everybody = [None, *(row["person"] for row in people)]
    return [quality_of(connection, now, person, before) for person in everybody]


def golden_lower(connection: sqlite3.Connection, person: str) -> float | None:
    """The lower bound of a person's share of right golden cases, of his last 100; None of none."""
    rows = connection.execute(f"{_GOLDEN} LIMIT 100", {"person": person, "before": _END})
    found = [row["one"] == row["other"] for row in rows]
    return ratio(sum(found), len(found)).low
