"""Folders of cases as tests need them: people, and cases that no run opened."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from detector.cases.record.chain import sha256
from detector.cases.record.store import SYSTEM, Actor, Store, Writing
from detector.cases.record.tables import Put

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ROLES = {
    "ann": ("reviewer",), "bob": ("reviewer",), "cem": ("reviewer", "lead"), "dia": ("lead",),
    "eve": ("counsel",), "fay": ("letters",), "gus": ("admin",), "hal": ("auditor",),
    "ida": ("viewer",),
}  # fmt: skip
PEOPLE = {
    name: Actor(name, frozenset(roles), number)
    for number, (name, roles) in enumerate(ROLES.items(), 1)
}
ANN, BOB, CEM, DIA, EVE, FAY, GUS, HAL, IDA = PEOPLE.values()


class Clock:
    """A time that goes on by itself, a second a look."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    def on(self, **time: float) -> None:
        self.now += timedelta(**time)


def opened(folder: Path) -> Store:
    """A folder with everybody in it."""
    store = Store.create(folder)
    with store.writing(NOW) as tx:
        for person in PEOPLE.values():
            tx.record("person.added", SYSTEM, "system", put=[("people", {
                "person": person.person, "number": person.number,
                "roles": json.dumps(sorted(person.roles)), "active": 1,
            })])  # fmt: skip
    return store


def plant(
    tx: Writing,
    case_id: str,
    members: Mapping[str, tuple[str, tuple[str, ...]]] | None = None,
    **columns: Any,
) -> None:
    """Open a case on accounts, each with its own queue and its kinds of ties."""
    members = members or {f"{case_id}-a": ("proxy", ())}
    row = {
        "case_id": case_id, "kind": "ring" if len(members) > 1 else "account", "queue": "proxy",
        "state": "new", "version": 1, "lead_account": next(iter(members)), "rank": 1,
        "size": len(members), "families": json.dumps(["F03"]), "in_queue": 1, "reopened": 0,
        "opened_at": tx.at, "qa_drawn": 0, "snapshot": sha256("{}"), **columns,
    }  # fmt: skip
    tx.connection.execute(
        "INSERT OR IGNORE INTO snapshots VALUES (?, ?)", (sha256("{}"), zlib.compress(b"{}"))
    )
    rows: list[Put] = [("cases", row)]
    rows += [
        ("case_accounts", {
            "case_id": case_id, "account_id": account, "since_run": 1, "own_queue": queue,
            "tie_kinds": json.dumps(list(kinds)),
        }) for account, (queue, kinds) in members.items()
    ]  # fmt: skip
    tx.record("case.opened", SYSTEM, "system", case_id, put=rows)


RING = {
    "r1": ("proxy", ("device", "payment")), "r2": ("none", ("device", "payment")),
    "r3": ("none", ("device",)),
}  # fmt: skip
