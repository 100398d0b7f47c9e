"""What the page of metrics is told of a folder of cases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from detector.cases.deciding.claiming import reopen
from detector.cases.deciding.judgement import Judgement
from detector.cases.deciding.judging import judge
from detector.cases.deciding.looking import look
from detector.cases.measuring.counting import figures
from detector.cases.measuring.figures import SECONDS
from detector.cases.measuring.quality import ALARMS
from detector.cases.record.moments import text_of
from detector.cases.record.store import Store
from detector.cases.record.verify import Finding, Verdict, verified, verify
from tests.cases.planted import ANN, BOB, DIA, NOW, Clock, plant

CLEARED = Judgement("cleared", "known", active_seconds=45.0)
CONFIRMED = Judgement("confirmed_proxy", "seen", active_seconds=45.0)


def judged(store: Store, clock: Clock, by, case: str, said: Judgement) -> None:
    with store.writing(clock()) as tx:
        look(tx, by.person, case)
    clock.on(minutes=10)
    with store.writing(clock()) as tx:
        version = tx.one("SELECT version FROM cases WHERE case_id = ?", case)["version"]
        judge(tx, by, case, version, said)


def test_an_empty_folder_has_figures(store: Store) -> None:
    found = figures(store, NOW)
    assert found.cases == {}
    assert found.seconds == (0,) * (len(SECONDS) + 1)
    assert found.alarms == dict.fromkeys(ALARMS, 0)
    assert found.verified is None
    assert found.events == 9


def test_cases_are_counted_by_queue_and_state_and_training_nowhere(store: Store, clock) -> None:
    with store.writing(clock()) as tx:
        for number in range(3):
            plant(tx, f"C-{number}")
        plant(tx, "C-3", kind="training")
        plant(tx, "C-4", kind="training")
    for case in ("C-0", "C-3"):
        judged(store, clock, ANN, case, CLEARED)
    judged(store, clock, ANN, "C-1", CONFIRMED)
    judged(store, clock, BOB, "C-1", CONFIRMED)
    found = figures(store, clock())
    assert found.cases == {("proxy", "closed"): 2, ("proxy", "new"): 1}
    assert found.judgements == {
        ("1", "cleared"): 1, ("1", "confirmed_proxy"): 1, ("2", "confirmed_proxy"): 1,
    }  # fmt: skip
    assert found.seconds == (0, 0, 3, 3, 3, 3, 3, 3, 3)
    assert found.seconds_sum == pytest.approx(135)


def test_a_golden_case_counts_as_a_true_one_does(store: Store, clock) -> None:
    with store.writing(clock()) as tx:
        plant(tx, "C-0", kind="golden")
    judged(store, clock, ANN, "C-0", CLEARED)
    found = figures(store, clock())
    assert found.cases == {("proxy", "closed"): 1}
    assert found.judgements == {("1", "cleared"): 1}


def test_the_oldest_open_case_waits_since_it_was_opened_last(store: Store, clock) -> None:
    with store.writing(NOW) as tx:
        plant(tx, "C-0")
    judged(store, clock, ANN, "C-0", CLEARED)
    assert figures(store, clock()).oldest == {}
    clock.on(days=20)
    with store.writing(clock()) as tx:
        reopen(tx, DIA, "C-0", "something new")
        at = tx.at
    assert figures(store, clock()).oldest == {"proxy": pytest.approx(clock.now.timestamp(), abs=5)}
    clock.on(days=3)
    with store.writing(clock()) as tx:
        plant(tx, "C-1")
    assert text_of(clock.now) > at
    assert figures(store, clock()).oldest == {
        "proxy": pytest.approx((clock.now - timedelta(days=3)).timestamp(), abs=10)
    }


def test_only_a_folder_found_whole_is_noted_as_verified(store: Store, clock) -> None:
    verdict = verify(store)
    with store.writing(clock()) as tx:
        verified(tx, Verdict(1, "", 0, (Finding("chain", "event 1", "is missing"),)))
    assert figures(store, clock()).verified is None
    with store.writing(clock()) as tx:
        verified(tx, verdict)
    assert figures(store, clock()).verified == clock.now.timestamp() - 1
    assert verify(store).findings == ()


def test_the_anchor_is_as_old_as_the_head_that_it_holds(store: Store, clock) -> None:
    first = figures(store, clock()).anchored
    clock.on(days=2)
    with store.writing(clock()) as tx:
        plant(tx, "C-0")
    assert first is not None
    assert figures(store, clock()).anchored > first + 86_400
