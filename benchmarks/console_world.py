"""A large folder of cases for benchmarks, made quickly and by the cases' own way of writing.

Each event goes through `Writing.record` with its rows, as everything does; 4,000 cases share one
transaction, so the disk is waited for 25 times and not a million. What is not made of events is
not there: nobody logged in, nobody looked. 100,000 cases with a million events take about three
CPU minutes and 1.5 GB, and are kept for the next time.
"""

from __future__ import annotations

import json
import random
import sys
import time
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

from detector.cases.record.chain import sha256
from detector.cases.record.store import SEQ, SYSTEM, Actor, Store, Writing, as_json
from detector.cases.record.tables import Put
from detector.cases.team import people
from tests.cases import runs

WORDS = "a horse in a battery"
REVIEWERS = tuple(f"p{number:02}" for number in range(30))
START = datetime(2025, 1, 6, 9, tzinfo=UTC)
_PIECE = 4_000
_QUEUES = ("proxy",) * 6 + ("victim", "other", "sample", "policy")
_FAMILIES = ("F01", "F03", "F07", "F11", "F17")
_NOTE = "Known business; the payer is the group's treasury and the ties are its own devices. " * 3


def world(folder: Path, cases: int) -> Store:
    """The folder, made where it is not there; its last cases are of 42 and of 500 members."""
    if (folder / "cases.db").is_file():
        return Store(folder)
    began, store = time.process_time(), Store.create(folder)
    now = START + timedelta(days=400)
    with store.writing(START) as tx:
        people.add(tx, SYSTEM, "lea", ["reviewer", "lead"], WORDS)
        for name in REVIEWERS:
            people.add(tx, SYSTEM, name, ["reviewer"], WORDS)
        for name, value in (("promote", "10000"), ("second_share", "0.0")):
            tx.record("settings.changed", SYSTEM, "system",
                      put=[("settings", {"name": name, "value": value})])  # fmt: skip
    draw = random.Random(1)
    for first in range(1, cases + 1, _PIECE):
        with store.writing(START + timedelta(days=400 * first / cases)) as tx:
            for number in range(first, min(first + _PIECE, cases + 1)):
                _case(tx, number, cases, draw)
    for day, members in enumerate((42, 500)):
        runs.take(store, now, runs.run(day, [f"ring{members}-{n:03}" for n in range(members)]))
    print(f"made {cases} cases in {time.process_time() - began:.0f} CPU s", file=sys.stderr)
    return store


def _case(tx: Writing, number: int, cases: int, draw: random.Random) -> None:
    """A case and its ten events: one in five is open."""
    case_id, person = f"B-{number:06}", Actor(draw.choice(REVIEWERS), frozenset({"reviewer"}))
    accounts = [f"{case_id}-{n}" for n in range(1 + number % 4)]
    snapshot = _snapshot(tx, number % 500)
    rows = list(_opening(tx.at, case_id, accounts, snapshot, number, cases, draw))
    tx.record("case.opened", SYSTEM, "system", case_id, put=rows)
    version = 1
    closed = number % 5 != 0
    for turn in range(6 if closed else 8):
        version += 1
        if turn % 2:
            row = {"comment_id": SEQ, "case_id": case_id, "person": person.person, "at": tx.at,
                   "text": _NOTE[: 40 + number % 200]}  # fmt: skip
            tx.record("comment.added", person, "reviewer", case_id, put=[("comments", row)])
        else:
            put = ("cases", {"case_id": case_id, "version": version, "rank": 1 + number % 4_000})
            tx.record("case.ranked", SYSTEM, "system", case_id, put=[put])
    claimed = {"case_id": case_id, "version": version + 1, "state": "in_review",
               "assignee": person.person}  # fmt: skip
    if closed or number % 25 == 0:
        tx.record("case.claimed", person, "reviewer", case_id, put=[("cases", claimed)])
    if closed:
        _settle(tx, person, case_id, accounts, snapshot, version + 2)


def _opening(
    at: str, case_id: str, accounts: list[str], snapshot: str, number: int, cases: int,
    draw: random.Random,
) -> Iterator[Put]:  # fmt: skip
    yield "cases", {
        "case_id": case_id, "kind": "ring" if len(accounts) > 1 else "account",
        "queue": _QUEUES[number % len(_QUEUES)], "state": "new", "version": 1,
        "lead_account": accounts[0], "ring_id": f"r-{number}", "rank": 1 + number * 7 % cases,
        "score": draw.random(), "p_value": draw.random(), "typology": f"T{1 + number % 17:02}",
        "size": len(accounts), "families": as_json(draw.sample(_FAMILIES, 2)), "coverage": 1.0,
        "tpp_hours": draw.random() * 1e5, "tokens": number, "brief": "device (2), payment (3)",
        "tie_kinds": as_json(["device", "payment"]), "snapshot": snapshot, "first_run": 1,
        "last_run": 1, "in_queue": 1, "due_at": at, "opened_at": at, "reopened": 0, "qa_drawn": 0,
    }  # fmt: skip
    for account in accounts:
        yield "case_accounts", {
            "case_id": case_id, "account_id": account, "since_run": 1, "own_queue": "proxy",
            "tie_kinds": as_json(["device"]),
        }  # fmt: skip
    yield "case_runs", {"case_id": case_id, "run": 0, "snapshot": snapshot, "rank": number,
                        "score": 0.5}  # fmt: skip


def _settle(
    tx: Writing, person: Actor, case_id: str, accounts: list[str], snapshot: str, version: int
) -> None:
    mine = {"case_id": case_id, "judgement_id": SEQ}
    said = {
        **mine, "case_version": version, "snapshot": snapshot, "person": person.person,
        "queue": "proxy", "round": "1", "outcome": "cleared", "step": "none", "codes": "[]",
        "note": _NOTE, "active_seconds": 120.0, "open_seconds": 300.0, "revealed": 0,
        "reopened": 0, "undone": 0, "at": tx.at,
    }  # fmt: skip
    judged = [("judgement_accounts", {**mine, "account_id": one, "outcome": "cleared"})
              for one in accounts]  # fmt: skip
    seq = tx.record("judgement.stored", person, "reviewer", case_id, {"round": "1"},
                    [("judgements", said), *judged])  # fmt: skip
    mine = {"case_id": case_id, "settlement_id": SEQ}
    settled = {**mine, "at": tx.at, "outcome": "cleared", "basis": "review",
               "judgements": as_json([seq]), "people": as_json([person.person])}  # fmt: skip
    rows = [("settlement_accounts", {**mine, "account_id": one, "outcome": "cleared",
                                     "expires_at": tx.at}) for one in accounts]  # fmt: skip
    closed = {"case_id": case_id, "version": version + 1, "state": "closed", "assignee": None,
              "closed_at": tx.at}  # fmt: skip
    tx.record("case.settled", person, "reviewer", case_id,
              put=[("settlements", settled), *rows, ("cases", closed)])  # fmt: skip


def _snapshot(tx: Writing, which: int) -> str:
    """One of a few hundred texts that cases share; no page opens these."""
    text = json.dumps({"format": 0, "which": which, "filling": f"{which:06}" * 200})
    tx.connection.execute(
        "INSERT OR IGNORE INTO snapshots VALUES (?, ?)",
        (sha256(text), zlib.compress(text.encode())),
    )
    return sha256(text)
