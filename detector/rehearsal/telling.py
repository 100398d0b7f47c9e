"""What a week of a rehearsal brought, beside the truth."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from detector.cases.measuring.judged import quality_of
from detector.cases.record.moments import text_of
from detector.rehearsal.truth import Truth
from detector.rehearsal.week import Happened

#: Of so many, so many.
Share = tuple[int, int]


@dataclass(frozen=True)
class WeekTold:
    """A week in figures.

    Attributes
    ----------
    new, closed, left
        Cases opened (or opened again) and closed in the week, and those open after it; those
        of counsel and of a trainee are not among them.
    right, wrong
        Accounts settled in the week, by outcome, beside the truth; ``unresolved`` is neither.
    agreed
        Pairs of two people's judgements that say the same, and all pairs, up to now.
    golden
        Golden cases judged right, and all, up to now.
    labels
        Accounts that left as confirmed and are proxies, and all that left so, up to now.
    rings
        Planted rings with an account among them, and all planted rings.
    """

    week: int
    as_of: datetime
    new: int
    closed: int
    left: int
    right: Mapping[str, int]
    wrong: Mapping[str, int]
    unresolved: int
    agreed: Share
    golden: Share
    disputes: int
    asked: int
    appeals: int
    granted: int
    labels: Share
    rings: Share


def told(
    connection: sqlite3.Connection, truth: Truth, labels: pl.DataFrame, happened: Happened,
    *, week: int, begin: datetime, now: datetime, kept: set[str],
) -> WeekTold:  # fmt: skip
    """Count a week that is over."""
    since = text_of(begin)
    rows = connection.execute("SELECT * FROM cases WHERE queue IS NOT 'policy'")
    cases = [row for row in rows if row["case_id"] not in kept]
    right, wrong = _settled(connection, truth, since)
    quality = quality_of(connection, now)
    confirmed = labels.filter(pl.col("decision") == "confirmed_proxy")["account_id"].to_list()
    found = {truth.rings[account] for account in confirmed if account in truth.rings}
    return WeekTold(
        week=week, as_of=begin, new=_opened(connection, since, kept),
        closed=sum(row["state"] == "closed" and row["closed_at"] >= since for row in cases),
        left=sum(row["state"] not in ("closed", "merged", "erased") for row in cases),
        right=right, wrong=wrong, unresolved=right.pop("unresolved", 0),
        agreed=(quality.pairs.k, quality.pairs.n), golden=(quality.golden.k, quality.golden.n),
        disputes=happened.disputes, asked=happened.asked, appeals=happened.appeals,
        granted=happened.granted,
        labels=(sum(account in truth.rings for account in confirmed), len(confirmed)),
        rings=(len(found), len(set(truth.rings.values()))),
    )  # fmt: skip


def _opened(connection: sqlite3.Connection, since: str, kept: set[str]) -> int:
    rows = connection.execute(
        "SELECT DISTINCT events.case_id FROM events JOIN cases USING (case_id) "
        "WHERE action IN ('case.opened', 'case.reopened') AND at >= ? AND queue IS NOT 'policy'",
        (since,),
    )
    return sum(row["case_id"] not in kept for row in rows)


def _settled(
    connection: sqlite3.Connection, truth: Truth, since: str
) -> tuple[Counter[str], Counter[str]]:
    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    rows = connection.execute(
        "SELECT account_id, a.outcome FROM settlements JOIN settlement_accounts a "
        "USING (settlement_id) WHERE at >= ? AND basis = 'review' ORDER BY settlement_id", (since,),
    )  # fmt: skip
    for account, word in rows:
        as_it_is = word in ("unresolved", truth.of_account(account))
        (right if as_it_is else wrong)[word] += 1
    return right, wrong


def as_plain(one: WeekTold) -> dict[str, Any]:
    """A week as JSON has it."""
    return {**vars(one), "as_of": one.as_of.isoformat(), "right": dict(one.right),
            "wrong": dict(one.wrong)}  # fmt: skip
