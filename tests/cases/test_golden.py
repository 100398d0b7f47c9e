"""Golden cases: the same scores and reasons, and nothing by which somebody could tell."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from detector.cases import reading
from detector.cases.errors import Refused
from detector.cases.golden import revealed, truths
from detector.cases.judging import Judgement, judge, undo
from detector.cases.labels import labels_of
from detector.cases.looking import look
from detector.cases.rekeying import rekeyed, renaming
from detector.cases.settings import change_setting
from detector.cases.snapshots import opened
from detector.cases.store import SYSTEM, Store
from detector.cases.verify import verify
from tests.cases.planted import ANN, BOB, CEM, DIA, GUS, HAL, Clock, plant
from tests.cases.runs import FIRST, run, take

CLEARED = Judgement("cleared", "known")
CONFIRMED = Judgement("confirmed_proxy", "seen")
WEEKS = 20


def names(prefix: str, count: int) -> list[list[str]]:
    """Groups of accounts: every other is a ring of four."""
    return [
        [f"acct-{prefix}{n:03d}{m}" for m in range(4 if n % 2 == 0 else 1)] for n in range(count)
    ]


def say(store: Store, clock: Clock, by, case: str, said: Judgement):
    with store.writing(clock()) as tx:
        look(tx, by.person, case)
    clock.on(minutes=2)
    with store.writing(clock()) as tx:
        version = tx.one("SELECT version FROM cases WHERE case_id = ?", case)["version"]
        return judge(tx, by, case, version, said)


@pytest.fixture
def served(store: Store, clock: Clock) -> Iterator[Store]:
    """Cases settled long ago, and a run of weeks later among whose cases golden ones are."""
    with store.writing(clock()) as tx:
        tx.record("draws.keyed", SYSTEM, "system", facts={"key": "07" * 32})
        change_setting(tx, GUS, "golden_share", "0.3")
        change_setting(tx, GUS, "promote", "500")
        change_setting(tx, GUS, "second_share", "0")
    clock.now = FIRST + timedelta(hours=9)
    take(store, clock(), run(0, *names("1", 30), scores=scores("1", 30), others=300))
    with store.reading() as connection:
        old = [row["case_id"] for row in reading.cases_of(connection, reading.Asked({}, limit=99))]
    for number, case in enumerate(old):
        said = CONFIRMED if number % 2 else CLEARED
        say(store, clock, BOB, case, said)
        if number % 2:
            say(store, clock, CEM, case, said)
    clock.now = FIRST + timedelta(weeks=WEEKS, hours=9)
    take(store, clock(), run(7 * WEEKS, *names("2", 60), scores=scores("2", 60), others=300))
    clock.on(days=1)
    take(store, clock(), run(7 * WEEKS + 1, *names("2", 60), scores=scores("2", 60), others=300))
    yield store
    assert verify(store).findings == ()


def scores(prefix: str, count: int) -> dict[str, float]:
    """Scores drawn at random; members of rings stand between other cases, and leave room there."""
    draw = np.random.default_rng(int(prefix))
    return {
        name: float(draw.uniform(0.1, 0.9)) * (1.0 if place == 0 else 0.9)
        for group in names(prefix, count)
        for place, name in enumerate(group)
    }


def golden(store: Store) -> list[str]:
    with store.reading() as connection:
        return [row["served_as"] for row in truths(connection, HAL)]


def fields(store: Store) -> list[dict[str, Any]]:
    """All that a reviewer can read of each open case."""
    found = []
    with store.reading() as connection:
        for row in reading.cases_of(connection, reading.Asked({"open": True}, limit=999)):
            past = list(reading.history(connection, row, ANN))
            held = json.loads(opened(connection, row["snapshot"]))
            found.append({
                **row, "actions": " ".join(one["action"] for one in past),
                "number": int(row["case_id"][2:]), "first_seq": past[0]["seq"],
                "last_seq": past[-1]["seq"], "run": json.dumps(held["run"], sort_keys=True),
                "key_rank": held["case"]["key"]["rank"], "lead_rank": held["case"]["lead"]["rank"],
                "first_day": json.dumps(held["case"]["first_day"]), "length": len(json.dumps(held)),
                "accounts": len(reading.members(connection, row["case_id"])),
                "form": "".join("9" if c.isdigit() else c for c in row["lead_account"]),
                "sorted": sorted(one["account_id"] for one in held["case"]["members"]) == [
                    one["account_id"] for one in held["case"]["members"]],
            })  # fmt: skip
    return found


def test_no_field_tells_golden_cases_from_others(served: Store) -> None:
    from scipy.stats import mannwhitneyu

    rows, chosen = fields(served), set(golden(served))
    assert len(chosen) >= 10
    mine = [row for row in rows if row["case_id"] in chosen]
    others = [row for row in rows if row["case_id"] not in chosen]
    assert len(mine) == len(chosen)
    for name in rows[0]:
        if name in ("case_id", "snapshot", "sealed", "lead_account", "ring_id"):
            continue
        here, there = [row[name] for row in mine], [row[name] for row in others]
        if all(isinstance(value, int | float) for value in here + there):
            if len(set(here + there)) > 1:
                assert mannwhitneyu(here, there).pvalue > 0.01, (name, here, there)
        else:
            assert set(map(str, here)) <= set(map(str, there)), name
    assert Counter(row["kind"] for row in mine).keys() == {"ring", "account"}
    ranks = [(row["queue"], row["rank"]) for row in rows]
    assert len(ranks) == len(set(ranks))


def test_scores_and_reasons_are_those_of_the_source(served: Store) -> None:
    with served.reading() as connection:
        told = {row["served_as"]: row for row in truths(connection, HAL)}
        for name, row in told.items():
            case, source = (
                json.loads(opened(connection, connection.execute(
                    "SELECT snapshot FROM cases WHERE case_id = ?", (one,)).fetchone()[0]))["case"]
                for one in (name, row["of_case"])
            )  # fmt: skip
            assert row["weeks"] == WEEKS
            for mine, theirs in zip(case["members"], source["members"], strict=True):
                for same in ("score", "raw_score", "base", "p_value", "reasons", "families"):
                    assert mine[same] == theirs[same]
                assert mine["account_id"] != theirs["account_id"]


def test_a_golden_case_is_judged_settled_and_taken_back_as_others_are(
    served: Store, clock: Clock
) -> None:
    chosen = golden(served)
    true = next(row["case_id"] for row in fields(served) if row["case_id"] not in chosen)
    told = []
    for case in (chosen[0], true):
        done = say(served, clock, ANN, case, CLEARED)
        assert done.settlement_id == done.judgement_id + 1
        with served.reading() as connection:
            row = reading.case_of(connection, case)
            shown = reading.settlements(connection, case)
            past = [one["action"] for one in reading.history(connection, row, ANN)]
        told.append((
            done.state, row["state"], past, [(one["outcome"], one["basis"]) for one in shown],
        ))  # fmt: skip
        with served.writing(clock()) as tx:
            undo(tx, ANN, done.judgement_id)
        done = say(served, clock, ANN, case, CONFIRMED)
        told[-1] += (done.state, say(served, clock, BOB, case, CONFIRMED).state)
    assert told[0] == told[1]


def test_nothing_golden_is_a_label(served: Store, clock: Clock) -> None:
    for case in golden(served)[:3]:
        say(served, clock, ANN, case, CLEARED)
    with served.reading() as connection:
        labels = labels_of(connection, lambda *_: None)
        assert labels.height
        assert not set(labels["case_id"]) & set(golden(served))
        count = connection.execute(
            "SELECT count(*) FROM settlements JOIN cases USING (case_id) WHERE kind = 'golden'"
        ).fetchone()[0]
    assert count == 0


def test_a_training_case_is_settled_and_is_no_label(store: Store, clock: Clock) -> None:
    with store.writing(clock()) as tx:
        plant(tx, "C-1", kind="training")
        plant(tx, "C-2")
    for case in ("C-1", "C-2"):
        assert say(store, clock, ANN, case, CLEARED).state == "closed"
    with store.reading() as connection:
        assert labels_of(connection, lambda *_: None)["case_id"].to_list() == ["C-2"]
        assert len(reading.settlements(connection, "C-1")) == 1


def test_the_truth_is_an_auditors_and_from_the_week_after_that_of_whoever_judged(
    served: Store, clock: Clock
) -> None:
    case = golden(served)[0]
    say(served, clock, ANN, case, CLEARED)
    with served.reading() as connection:
        for person in (ANN, CEM, DIA):
            with pytest.raises(Refused):
                truths(connection, person)
        assert revealed(connection, ANN, clock.now) == []
        later = revealed(connection, ANN, clock.now + timedelta(days=7))
    assert [(one.case_id, one.person, one.said) for one in later] == [(case, "ann", "cleared")]


def test_a_snapshot_under_other_ids_keeps_forms_order_and_numbers() -> None:
    text = json.dumps({
        "account_id": "acct-000123", "a": "acct-000045", "value": "9f86d081884c7d65",
        "ring_id": "ring-7aa0c1", "queue": "proxy", "day": {"$date": "2026-01-05"},
        "text": "acct-000123 shares 9f86d081884c7d65 since 2026-01-05.", "score": 0.1 + 0.2,
    })  # fmt: skip
    new = json.loads(rekeyed(text, b"k", 3))
    assert new["score"] == 0.1 + 0.2
    assert new["queue"] == "proxy"
    assert new["day"] == {"$date": "2026-01-26"}
    assert new["text"] == f"{new['account_id']} shares {new['value']} since 2026-01-26."
    assert new["account_id"].startswith("acct-")
    assert new["ring_id"].startswith("ring-")
    assert len(new["value"]) == 16
    assert int(new["value"], 16)
    assert (new["a"] < new["account_id"]) == ("acct-000045" < "acct-000123")
    assert not {"acct-000123", "acct-000045", "9f86d081884c7d65", "ring-7aa0c1"} & set(
        map(str, new.values())
    )
    assert rekeyed(text, b"k", 3) == rekeyed(text, b"k", 3) != rekeyed(text, b"l", 3)
    assert len(set(renaming([text], b"k").values())) == 4
