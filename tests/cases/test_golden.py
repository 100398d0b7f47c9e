"""Golden cases: the same scores and reasons, and nothing by which somebody could tell."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest

from detector.cases.deciding.judging import undo
from detector.cases.errors import Refused
from detector.cases.leaving.labels import labels_of
from detector.cases.measuring.truths import revealed, truths
from detector.cases.record.snapshots import opened
from detector.cases.record.store import Store
from detector.cases.record.verify import verify
from detector.cases.runs.rekeying import rekeyed, renaming
from detector.cases.showing import reading
from tests.cases.oldcases import CLEARED, CONFIRMED, WEEKS, fields, golden, say, serve
from tests.cases.planted import ANN, BOB, CEM, DIA, HAL, Clock, plant


@pytest.fixture
def served(store: Store, clock: Clock) -> Iterator[Store]:
    serve(store, clock, 12, 24)
    yield store
    assert verify(store).findings == ()


def test_no_field_tells_golden_cases_from_others(store: Store, clock: Clock) -> None:
    from scipy.stats import mannwhitneyu

    serve(store, clock)

    rows, chosen = fields(store), set(golden(store))
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
                for same in ("score", "raw_score", "base", "reasons", "families"):
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


def test_accounts_and_days_that_a_reason_names_are_others_too() -> None:
    reason = (
        "It shares 9 kinds of rare identifier (phone number and device) with accounts "
        "643336130331 (by a shared phone number), 185120714772 and 1223 others; half of its "
        "peers: none (2026-12-04 to 12-19)."
    )
    new = json.loads(rekeyed(json.dumps({"text": reason}), b"k", 2))["text"]
    assert "643336130331" not in new
    assert "185120714772" not in new
    assert "1223 others" in new
    assert new.endswith("(2026-12-18 to 2027-01-02).")
    assert rekeyed(json.dumps({"text": "(2026-03-04 to 03-19)"}), b"k", 1) == (
        '{"text":"(2026-03-11 to 03-26)"}'
    )
