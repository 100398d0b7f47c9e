"""A folder in which golden cases are served among others, and all that a reviewer reads of each."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import numpy as np

from detector.cases.deciding.judgement import Judgement
from detector.cases.deciding.judging import Stored, judge
from detector.cases.deciding.looking import look
from detector.cases.measuring.truths import truths
from detector.cases.record.snapshots import opened
from detector.cases.record.store import SYSTEM, Actor, Store
from detector.cases.settings import change_setting
from detector.cases.showing import reading
from tests.cases.planted import ANN, BOB, CEM, GUS, HAL, Clock
from tests.cases.runs import FIRST, run, take

CLEARED = Judgement("cleared", "known")
CONFIRMED = Judgement("confirmed_proxy", "seen")
WEEKS = 20


def names(prefix: str, count: int) -> list[list[str]]:
    """Groups of accounts: every other is a ring of four."""
    return [
        [f"acct-{prefix}{n:03d}{m}" for m in range(4 if n % 2 == 0 else 1)] for n in range(count)
    ]


def say(store: Store, clock: Clock, by: Actor, case: str, said: Judgement) -> Stored:
    with store.writing(clock()) as tx:
        look(tx, by.person, case)
    clock.on(minutes=2)
    with store.writing(clock()) as tx:
        version = tx.one("SELECT version FROM cases WHERE case_id = ?", case)["version"]
        return judge(tx, by, case, version, said)


def serve(store: Store, clock: Clock, old: int = 30, new: int = 60) -> None:
    """Cases settled long ago, and a run of weeks later among whose cases golden ones are."""
    with store.writing(clock()) as tx:
        tx.record("draws.keyed", SYSTEM, "system", facts={"key": "07" * 32})
        change_setting(tx, GUS, "golden_share", "0.3")
        change_setting(tx, GUS, "promote", "9999")
        change_setting(tx, GUS, "second_share", "0")
    clock.now = FIRST + timedelta(hours=9)
    take(store, clock(), run(0, *names("1", old), scores=scores("1", old), others=5 * new))
    with store.reading() as connection:
        old = [
            row["case_id"]
            for row in reading.cases_of(connection, reading.Asked({}, ANN, limit=old))
        ]
    for number, case in enumerate(old):
        said = CONFIRMED if number % 2 else CLEARED
        say(store, clock, BOB, case, said)
        if number % 2:
            say(store, clock, CEM, case, said)
    clock.now = FIRST + timedelta(weeks=WEEKS, hours=9)
    take(store, clock(), run(7 * WEEKS, *names("2", new), scores=scores("2", new), others=5 * new))
    clock.on(days=1)
    take(
        store,
        clock(),
        run(7 * WEEKS + 1, *names("2", new), scores=scores("2", new), others=5 * new),
    )


def scores(prefix: str, count: int) -> dict[str, float]:
    """Scores drawn at random; members of rings stand between other cases, and leave room there."""
    draw = np.random.default_rng(int(prefix))
    return {
        name: float(draw.uniform(0.11, 0.9)) for group in names(prefix, count) for name in group
    }


def golden(store: Store) -> list[str]:
    with store.reading() as connection:
        return [row["served_as"] for row in truths(connection, HAL)]


def fields(store: Store) -> list[dict[str, Any]]:
    """All that a reviewer can read of each open case."""
    found = []
    with store.reading() as connection:
        for row in reading.cases_of(connection, reading.Asked({"open": True}, ANN, limit=9999)):
            past = list(reading.history(connection, row, ANN))
            held = json.loads(opened(connection, row["snapshot"]))
            # Rings of these runs are named by their day.
            plain = json.dumps(held).replace(row["ring_id"] or "ring", "ring")
            found.append({
                **row, "actions": " ".join(one["action"] for one in past),
                "number": int(row["case_id"][2:]), "first_seq": past[0]["seq"],
                "last_seq": past[-1]["seq"], "run": json.dumps(held["run"], sort_keys=True),
                "key_rank": held["case"]["key"]["rank"], "lead_rank": held["case"]["lead"]["rank"],
                "first_day": json.dumps(held["case"]["first_day"]), "length": len(plain),
                "accounts": len(reading.members(connection, row["case_id"])),
                "form": "".join("9" if c.isdigit() else c for c in row["lead_account"]),
                "sorted": sorted(one["account_id"] for one in held["case"]["members"]) == [
                    one["account_id"] for one in held["case"]["members"]],
            })  # fmt: skip
    return found
