"""The figures that `/metrics` tells, counted quickly: indexes, and the last of what was judged.

Training cases count nowhere. Golden cases count wherever a true case in their place would: a
number that stood still when somebody judged one would tell him so.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Final

from detector.cases.deciding.states import DONE
from detector.cases.errors import DamagedCases
from detector.cases.measuring.figures import SECONDS, CaseFigures
from detector.cases.measuring.judged import quality_of, week_of
from detector.cases.measuring.quality import ALARMS, ENOUGH, Quality
from detector.cases.measuring.ratios import Ratio
from detector.cases.record.anchors import ANCHORS, Anchor, read_anchors
from detector.cases.record.moments import text_of, time_of
from detector.cases.record.store import Store
from detector.cases.runs.suppressed import standing
from detector.cases.settings import read_settings


def figures(store: Store, now: datetime) -> CaseFigures:
    """The figures of a folder as it is now.

    Raises
    ------
    CasesError
        Where the folder cannot be read.
    """
    try:
        with store.reading() as connection:
            found = _figures(connection, now, read_anchors(store.folder / ANCHORS)[-1:])
    except (sqlite3.DatabaseError, ValueError) as error:
        raise DamagedCases(
            f"the cases cannot be read: {error}; see: enduse cases verify"
        ) from error
    return found


def _figures(connection: sqlite3.Connection, now: datetime, anchors: list[Anchor]) -> CaseFigures:
    counted = _judgements(connection)
    bands, total = _seconds(connection)
    before = week_of(now)
    people = [
        row["person"] for row in connection.execute(
            "SELECT person FROM people WHERE (SELECT at FROM judgements j WHERE j.person = "
            "people.person ORDER BY judgement_id DESC LIMIT 1) >= ? ORDER BY person",
            (text_of(before - timedelta(days=28)),),
        )
    ]  # fmt: skip
    everybody = quality_of(connection, now, None, before)
    ring = Counter(everybody.alarms)
    for person in people:
        ring.update(quality_of(connection, now, person, before).alarms)
    verified = connection.execute("SELECT max(at) FROM verifications").fetchone()[0]
    head = connection.execute("SELECT max(seq) FROM events").fetchone()[0]
    return CaseFigures(
        cases=_cases(connection), oldest=_oldest(connection), judgements=counted, seconds=bands,
        seconds_sum=total, shares=_shares(everybody), alarms={name: ring[name] for name in ALARMS},
        appeals=_appeals(connection), letters=_letters(connection),
        suppressed=_suppressed(connection, text_of(now)), events=head or 0,
        verified=None if verified is None else time_of(verified).timestamp(),
        anchored=time_of(anchors[0].at).timestamp() if anchors and anchors[0].at else None,
    )  # fmt: skip


#: States of an appeal.
APPEALS: Final = ("filed", "acknowledged", "upheld", "partly", "rejected")
#: Scopes of suppressors that are accounts.
ACCOUNTS: Final = ("account", "members")
_TRAINING: Final = "SELECT case_id FROM cases WHERE kind = 'training'"


def _cases(connection: sqlite3.Connection) -> dict[tuple[str, str], int]:
    """Cases by queue and state; all from one index, less those of training from another."""
    found: Counter[tuple[str, str]] = Counter()
    for query, sign in (("", 1), ("WHERE kind = 'training'", -1)):
        rows = connection.execute(
            f"SELECT queue, state, count(*) FROM cases {query} GROUP BY state, queue"  # noqa: S608
        )
        found.update({(row[0] or "", row[1]): sign * row[2] for row in rows})
    return {key: count for key, count in found.items() if count}


def _oldest(connection: sqlite3.Connection) -> dict[str, float]:
    """By queue, the earliest time from which an open case waits; one opened again waits from then.

    A reopened case is due its queue's days after it was opened again.
    """
    settings = read_settings(connection)
    found: dict[str, float] = {}
    for again, column in ((0, "opened_at"), (1, "due_at")):
        rows = connection.execute(
            f"SELECT queue, min({column}) FROM cases "  # noqa: S608
            f"WHERE state NOT IN {DONE} AND (reopened > 0) = {again} "
            f"AND kind <> 'training' AND {column} IS NOT NULL GROUP BY queue"
        )
        for queue, text in rows:
            since = time_of(text) - again * timedelta(days=settings.due(queue or ""))
            at = since.timestamp()
            found[queue or ""] = min(at, found.get(queue or "", at))
    return found


def _judgements(connection: sqlite3.Connection) -> dict[tuple[str, str], int]:
    found: Counter[tuple[str, str]] = Counter()
    for where, sign in (("", 1), (f"WHERE case_id IN ({_TRAINING})", -1)):
        rows = connection.execute(
            f"SELECT round, outcome, count(*) FROM judgements {where} "  # noqa: S608
            "GROUP BY round, outcome"
        )
        found.update({(row[0], row[1]): sign * row[2] for row in rows})
    return {key: count for key, count in found.items() if count}


def _seconds(connection: sqlite3.Connection) -> tuple[tuple[int, ...], float]:
    """How many judgements took at most so long, and the sum; those without a time do not count."""
    found, total = [0] * (len(SECONDS) + 1), 0.0
    steps = " + ".join(f"(seconds > {most})" for most in SECONDS)
    for where, sign in (("", 1), (f"WHERE case_id IN ({_TRAINING})", -1)):
        rows = connection.execute(
            f"SELECT {steps} AS band, count(*), sum(seconds) FROM ("  # noqa: S608
            "SELECT CASE WHEN active_seconds > 0 THEN active_seconds ELSE open_seconds END "
            f"AS seconds FROM judgements {where}) WHERE seconds IS NOT NULL GROUP BY band"
        )
        for band, count, seconds in rows:
            found[band] += sign * count
            total += sign * seconds
    return tuple(accumulate(found)), total


def _shares(found: Quality) -> dict[str, float]:
    ratios: dict[str, Ratio] = {
        "tool": found.agreement, "second": found.pairs, "override": found.override,
        "golden": found.golden, "changed": found.changed,
    }  # fmt: skip
    return {
        name: one.share for name, one in ratios.items() if one.n >= ENOUGH and one.share is not None
    }


def _appeals(connection: sqlite3.Connection) -> dict[str, int]:
    found = connection.execute("SELECT state, count(*) FROM appeals GROUP BY state")
    return dict.fromkeys(APPEALS, 0) | dict(found.fetchall())


def _letters(connection: sqlite3.Connection) -> dict[tuple[str, str], int]:
    rows = connection.execute("SELECT kind, state, count(*) FROM letters GROUP BY kind, state")
    return {(row[0], row[1]): row[2] for row in rows}


def _suppressed(connection: sqlite3.Connection, at: str) -> int:
    """Accounts of suppressors in force, alone or together with others."""
    rows = standing(connection, at).rows
    return len({one for scope, subject, _ in rows if scope in ACCOUNTS for one in subject})
