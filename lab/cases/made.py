"""A folder of cases without any run: reviewers, and cases of one account each."""

from __future__ import annotations

import json
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from detector.cases.deciding.judgement import Judgement
from detector.cases.deciding.judging import Stored, judge
from detector.cases.record.chain import sha256
from detector.cases.record.store import SYSTEM, Actor, Store, Writing
from detector.cases.record.tables import Put

START: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)
REVIEWERS: Final = tuple(
    Actor(f"reviewer{number}", frozenset({"reviewer"}), number) for number in (1, 2, 3)
)
_BODY: Final = json.dumps({"case": "as it was seen"})


def folder_of(path: Path, cases: int, *, a_transaction: int = 500) -> Store:
    """A folder with so many cases that nobody has judged."""
    store = Store.create(path)
    with store.writing(START) as tx:
        for person in REVIEWERS:
            tx.record("person.added", SYSTEM, "system", put=[("people", {
                "person": person.person, "number": person.number, "roles": '["reviewer"]',
                "active": 1,
            })])  # fmt: skip
        tx.connection.execute(
            "INSERT INTO snapshots VALUES (?, ?)", (sha256(_BODY), zlib.compress(_BODY.encode()))
        )
    for first in range(0, cases, a_transaction):
        with store.writing(START + timedelta(seconds=first)) as tx:
            for number in range(first, min(cases, first + a_transaction)):
                open_case(tx, number)
    return store


def name_of(number: int) -> str:
    """The id of a case."""
    return f"C-{number:06d}"


def open_case(tx: Writing, number: int) -> None:
    """Open a case of one account."""
    name, account = name_of(number), f"acct-{number:08d}"
    rows: list[Put] = [
        ("cases", {
            "case_id": name, "kind": "account", "queue": "proxy", "state": "new", "version": 1,
            "lead_account": account, "rank": number, "size": 1, "in_queue": 1, "reopened": 0,
            "opened_at": tx.at, "qa_drawn": 0, "snapshot": sha256(_BODY),
        }),
        ("case_accounts", {
            "case_id": name, "account_id": account, "since_run": 1, "own_queue": "proxy",
            "tie_kinds": "[]",
        }),
    ]  # fmt: skip
    tx.record("case.opened", SYSTEM, "system", name, put=rows)


def decide(store: Store, number: int, now: datetime) -> Stored:
    """Judge a case: every other one as cleared, the rest as proxies for a second person."""
    outcome = "confirmed_proxy" if number % 2 else "cleared"
    said = Judgement(outcome, f"seen and judged, number {number}")
    with store.writing(now) as tx:
        row = tx.one("SELECT version FROM cases WHERE case_id = ?", name_of(number))
        version = 1 if row is None else int(row["version"])
        return judge(tx, REVIEWERS[number % len(REVIEWERS)], name_of(number), version, said)
