"""Judgements in rounds: who may, what settles, and what never leaves."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from detector.cases.deciding import claiming, judging
from detector.cases.deciding.judgement import Judgement
from detector.cases.errors import Conflict, Refused
from detector.cases.leaving import labels
from detector.cases.record.store import Actor, Store
from detector.cases.record.verify import verify
from detector.cases.showing import reading
from tests.cases.planted import ANN, BOB, CEM, DIA, EVE, GUS, HAL, IDA, RING, Clock, plant

PROXY = Judgement("confirmed_proxy", "one operator behind them", "limit")
CLEARED = Judgement("cleared", "a known lab")


def judged(
    store: Store, clock: Clock, by: Actor, said: Judgement, case: str = "C-1"
) -> judging.Stored:
    with store.writing(clock()) as tx:
        version = tx.all("SELECT version FROM cases WHERE case_id = ?", case)[0]["version"]
        return judging.judge(tx, by, case, version, said)


def state_of(store: Store, case: str = "C-1") -> str:
    with store.reading() as connection:
        return str(reading.case_of(connection, case)["state"])


def leaves(store: Store) -> dict[str, str]:
    with store.reading() as connection:
        rows = labels.labels_of(connection, lambda _c, _p: None)
    return dict(rows.select("account_id", "decision").iter_rows())


@pytest.fixture(autouse=True)
def case(store: Store, clock: Clock) -> None:
    with store.writing(clock()) as tx:
        plant(tx, "C-1", RING)


def test_what_is_adverse_leaves_only_when_two_people_say_it(store: Store, clock: Clock) -> None:
    assert judged(store, clock, ANN, PROXY).state == "second"
    assert leaves(store) == {}
    assert judged(store, clock, BOB, PROXY).state == "closed"
    assert leaves(store) == {"r1": "confirmed_proxy", "r2": "confirmed_proxy", "r3": "unresolved"}
    assert verify(store).findings == ()


def test_what_harms_nobody_is_settled_by_one(store: Store, clock: Clock) -> None:
    assert judged(store, clock, ANN, CLEARED).state == "closed"
    assert set(leaves(store).values()) == {"cleared"}
    with store.reading() as connection:
        rows = labels.labels_of(connection, lambda _c, _p: None)
    assert rows["expires_at"].null_count() == 0
    assert rows["reviewer"].unique().to_list() == ["reviewer-1"]


def test_a_case_that_was_drawn_goes_to_a_second_person_all_the_same(
    store: Store, clock: Clock
) -> None:
    with store.writing(clock()) as tx:
        plant(tx, "C-2", qa_drawn=1)
    assert judged(store, clock, ANN, CLEARED, "C-2").state == "second"
    assert judged(store, clock, BOB, CLEARED, "C-2").state == "closed"
    with store.reading() as connection:
        rounds = [r["round"] for r in reading.judgements(
            connection, reading.case_of(connection, "C-2"), ANN)]  # fmt: skip
    assert rounds == ["1", "qa"]


def test_nobody_judges_a_case_twice(store: Store, clock: Clock) -> None:
    judged(store, clock, ANN, PROXY)
    with pytest.raises(Refused, match="ann has judged case C-1"):
        judged(store, clock, ANN, PROXY)
    judged(store, clock, CEM, CLEARED)
    assert state_of(store) == "disputed"
    with pytest.raises(Refused, match="cem has judged case C-1"):
        judged(store, clock, CEM, PROXY)
    with pytest.raises(Refused, match="takes the role lead"):
        judged(store, clock, BOB, PROXY)
    assert judged(store, clock, DIA, PROXY).state == "closed"


def test_a_dispute_confirms_only_whom_two_of_three_confirm(store: Store, clock: Clock) -> None:
    judged(store, clock, ANN, PROXY)
    only_r1 = Judgement("confirmed_proxy", "n", members={"r2": ("cleared", "")})
    judged(store, clock, BOB, only_r1)
    all_three = Judgement("confirmed_proxy", "n", members={"r3": ("confirmed_proxy", "I know")})
    judged(store, clock, DIA, all_three)
    assert leaves(store) == {"r1": "confirmed_proxy", "r2": "confirmed_proxy", "r3": "unresolved"}


def test_two_who_differ_about_one_account_differ(store: Store, clock: Clock) -> None:
    judged(store, clock, ANN, PROXY)
    other = Judgement("confirmed_proxy", "n", members={"r2": ("unresolved", "")})
    assert judged(store, clock, BOB, other).state == "disputed"
    assert leaves(store) == {}


def test_the_neighbour_of_others_is_confirmed_with_a_reason_only(
    store: Store, clock: Clock
) -> None:
    with pytest.raises(Refused, match="r3 is tied by one kind only"):
        judged(store, clock, ANN, Judgement("confirmed_proxy", "n", members={
            "r3": ("confirmed_proxy", " ")}))  # fmt: skip


@pytest.mark.parametrize("by", [GUS, EVE, HAL, IDA], ids=lambda by: by.person)
def test_who_is_no_reviewer_judges_nothing(store: Store, clock: Clock, by: Actor) -> None:
    with pytest.raises(Refused):
        judged(store, clock, by, CLEARED)
    assert state_of(store) == "new"


@pytest.mark.parametrize(
    ("said", "missing"),
    [
        (Judgement("cleared", "  "), "needs a note"),
        (Judgement("guilty", "n"), "no outcome"),
        (Judgement("cleared", "n", "arrest"), "no step"),
        (Judgement("cleared", "n", codes=("hunch",)), "no reason code"),
        (Judgement("cleared", "n", members={"zz": ("cleared", "")}), "not in case"),
        (Judgement("cleared", "n", members={"r1": ("fine", "")}), "no outcome of an account"),
        (Judgement("cleared", "n", "ask"), "no judgement"),
    ],
)
def test_what_is_missing_is_said(store: Store, clock: Clock, said: Judgement, missing: str) -> None:
    with pytest.raises(Refused, match=missing):
        judged(store, clock, ANN, said)
    assert state_of(store) == "new"


def test_who_looked_at_another_version_is_told_what_changed(store: Store, clock: Clock) -> None:
    with store.writing(clock()) as tx:
        claiming.claim(tx, ANN, "C-1")
    with store.writing(clock()) as tx, pytest.raises(Conflict) as told:
        judging.judge(tx, ANN, "C-1", 1, CLEARED)
    assert told.value.now["version"] == 2
    assert told.value.now["events"][0]["action"] == "case.claimed"


def test_a_case_that_somebody_has_is_not_taken_from_him(store: Store, clock: Clock) -> None:
    with store.writing(clock()) as tx:
        claiming.claim(tx, ANN, "C-1")
    with pytest.raises(Refused, match="ann has it"):
        judged(store, clock, BOB, CLEARED)
    clock.on(minutes=31)
    with store.writing(clock()) as tx:
        assert claiming.sweep(tx) == 1
    assert state_of(store) == "new"
    assert judged(store, clock, BOB, CLEARED).state == "closed"


def test_a_question_waits_until_it_is_answered_or_due(store: Store, clock: Clock) -> None:
    with store.writing(clock()) as tx:
        claiming.claim(tx, ANN, "C-1")
        judging.ask(tx, ANN, "C-1", 2, "whose cards are these?")
    assert state_of(store) == "waiting"
    clock.on(days=15)
    with store.writing(clock()) as tx:
        claiming.sweep(tx)
    assert state_of(store) == "in_review"
    assert judged(store, clock, ANN, CLEARED).state == "closed"


def test_who_asks_before_he_took_a_case_is_told_to_take_it(store: Store, clock: Clock) -> None:
    with store.writing(clock()) as tx, pytest.raises(Refused, match="take it first"):
        judging.ask(tx, ANN, "C-1", 1, "whose cards are these?")


def test_one_takes_back_what_he_stored_for_ten_minutes(store: Store, clock: Clock) -> None:
    stored = judged(store, clock, ANN, CLEARED)
    with store.writing(clock()) as tx:
        judging.undo(tx, ANN, stored.judgement_id)
        claiming.sweep(tx)  # he still has it: nobody lets it go meanwhile
    assert state_of(store) == "in_review"
    assert leaves(store) == {}
    again = judged(store, clock, ANN, PROXY)
    clock.on(minutes=11)
    with store.writing(clock()) as tx, pytest.raises(Refused, match="ten minutes"):
        judging.undo(tx, ANN, again.judgement_id)
    assert verify(store).findings == ()


def test_an_amendment_keeps_both_and_counts_the_later(store: Store, clock: Clock) -> None:
    first = judged(store, clock, ANN, CLEARED)
    with store.writing(clock()) as tx:
        assert judging.amend(tx, ANN, first.judgement_id, PROXY).state == "second"
    assert leaves(store) == {}
    assert judged(store, clock, BOB, PROXY).state == "closed"
    with store.reading() as connection:
        shown = reading.judgements(connection, reading.case_of(connection, "C-1"), BOB)
    assert [(row["outcome"], row["revealed"]) for row in shown] == [
        ("cleared", 0), ("confirmed_proxy", 1), ("confirmed_proxy", 0),
    ]  # fmt: skip
    with store.writing(clock()) as tx, pytest.raises(Refused):
        judging.amend(tx, ANN, first.judgement_id, CLEARED)


def test_the_second_person_sees_nothing_of_the_first(store: Store, clock: Clock) -> None:
    judged(store, clock, ANN, PROXY)
    with store.reading() as connection:
        case = reading.case_of(connection, "C-1")
        assert reading.judgements(connection, case, BOB) == []
        told = [row["action"] for row in reading.history(connection, case, BOB)]
        assert not any(action.startswith("judgement.") for action in told)
        assert not reading.may_unseal(connection, case, BOB)
        assert reading.may_unseal(connection, case, ANN)
        assert reading.may_unseal(connection, case, HAL)


def test_counsel_settles_policy_cases_in_their_own_words(store: Store, clock: Clock) -> None:
    with store.writing(clock()) as tx:
        plant(tx, "C-9", queue="policy")
    with pytest.raises(Refused, match="takes the role counsel"):
        judged(store, clock, ANN, Judgement("false_match", "n"), "C-9")
    assert judged(store, clock, EVE, Judgement("false_match", "n"), "C-9").state == "closed"
    assert leaves(store) == {}


def test_one_person_takes_back_nothing_that_two_have_said(store: Store, clock: Clock) -> None:
    judged(store, clock, ANN, PROXY)
    judged(store, clock, BOB, PROXY)
    with store.writing(clock()) as tx:
        plant(tx, "C-2", {"r1": ("proxy", ())})
    judged(store, clock, CEM, Judgement("unresolved", "not sure"), "C-2")
    assert leaves(store)["r1"] == "confirmed_proxy"


def test_what_was_settled_holds_until_it_is_settled_anew(store: Store, clock: Clock) -> None:
    judged(store, clock, ANN, CLEARED)
    clock.on(days=3)
    with store.writing(clock()) as tx:
        claiming.reopen(tx, DIA, "C-1", "new evidence")
    assert set(leaves(store).values()) == {"cleared"}
    judged(store, clock, ANN, PROXY)
    assert leaves(store) == {}
    judged(store, clock, BOB, PROXY)
    assert leaves(store)["r1"] == "confirmed_proxy"
    assert verify(store).findings == ()


def test_labels_leave_whole_months_and_again_when_a_month_changes(
    store: Store, clock: Clock, tmp_path: object
) -> None:
    inbox = Path(str(tmp_path)) / "inbox"
    judged(store, clock, ANN, CLEARED)

    def written() -> list[str]:
        with store.reading() as connection:
            rows = labels.labels_of(connection, lambda _c, _p: None)
        return labels.write_labels(inbox, "labels", rows, DIA)

    assert written() == ["2026-03"]
    assert written() == []
    clock.on(days=40)
    with store.writing(clock()) as tx:
        claiming.reopen(tx, DIA, "C-1", "an appeal in reverse")
    judged(store, clock, CEM, Judgement("unresolved", "n"))
    assert written() == ["2026-03", "2026-04"]
    with pytest.raises(Refused):
        labels.write_labels(inbox, "labels", labels.LABELS.to_frame(), GUS)


def test_a_snooze_ends_by_itself(store: Store, clock: Clock) -> None:
    with store.writing(clock()) as tx:
        claiming.snooze(tx, ANN, "C-1", clock.now + timedelta(days=2), "on leave")
    assert state_of(store) == "waiting"
    with store.writing(clock()) as tx, pytest.raises(Refused):
        claiming.snooze(tx, ANN, "C-1", clock.now + timedelta(days=90), "never")
    clock.on(days=3)
    with store.writing(clock()) as tx:
        claiming.sweep(tx)
    assert state_of(store) in ("in_review", "new")
