"""What changed since an earlier run, and what fits into what a team reviews."""

from __future__ import annotations

from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.dossier import fitting, review_order, with_capacity
from detector.pipeline.week.comparing import compared, side_by_side
from detector.pipeline.week.rings import shifts
from detector.results import QUEUES, Results
from detector.results.week import ENTERING, LEAVING, capacity_sentence, of, sentences
from detector.results.words import STANDINGS
from tests.weekmaker import THEN, a_week, decided, run

NAMES = [f"a{number:02}" for number in range(60)]
VALUES: dict[str, tuple[Any, ...]] = {
    "queue": QUEUES, "standing": (None, "open", *STANDINGS), "p_value": (None, 0.001, 0.01, 0.3),
    "score": (0.1, 0.5, 0.9), "ring_score": (None, 0.2, 1.0), "near": (None, 0.0, 0.5),
}  # fmt: skip
# Few examples of many accounts, so that each pair of values is seen.
DICE = st.integers(0, 1 << 32).map(Random)


def _run(dice: Random, **other: Any) -> Results:
    """A run of some accounts that have anything, some of them in three rings."""
    accounts = {
        name: {column: dice.choice(values) for column, values in VALUES.items()}
        for name in dice.sample(NAMES, 50)
    }
    rings: dict[str, list[str]] = {"r": [], "s": [], "t": []}
    for account in dice.sample(sorted(accounts), 20):
        rings[dice.choice("rst")].append(account)
    return run(accounts, {ring: members for ring, members in rings.items() if members}, **other)


def _queued(results: Results) -> set[str]:
    return set(results.scores.filter(pl.col("queue") != "none")["account_id"])


def told_of(before: Results, now: Results, **ties: Any) -> dict[str, dict[str, Any]]:
    week = compared(before, now, side_by_side(before, now), ties).week
    assert week is not None
    return {row["name"]: row for row in of(week, "account", "entered", "left", "moved").to_dicts()}


@given(dice=DICE, same=st.booleans())
def test_every_account_of_two_runs_has_one_fate_and_whoever_moved_one_cause(
    dice: Random, same: bool
) -> None:
    then, today = _run(dice, as_of=THEN), _run(dice, model_id="m" if same else "other")
    told = side_by_side(then, today)
    queued, stood = _queued(today), _queued(then)

    fates = {f: set(told.filter(pl.col("fate") == f)["account_id"]) for f in told["fate"].unique()}
    assert sorted(told["account_id"]) == sorted(
        {*then.scores["account_id"], *today.scores["account_id"]}
    )
    assert fates.get("entered", set()) == queued - stood
    assert fates.get("left", set()) == stood - queued
    assert fates.get("stayed", set()) | fates.get("moved", set()) == stood & queued
    for fate, causes in (("left", LEAVING), ("entered", ENTERING)):
        assert set(told.filter(pl.col("fate") == fate)["cause"]) <= set(causes)
    assert told.filter(pl.col("fate").is_in(["stayed", "moved", "out"]))["cause"].is_null().all()

    week = compared(then, today, told, {}).week
    assert week is not None
    rows = of(week, "account", "entered", "left", "moved")
    assert rows["name"].is_unique().all()
    assert rows["said"].str.len_chars().gt(0).all()


@given(dice=DICE, cases=st.integers(0, 60))
def test_a_capacity_marks_the_first_cases_and_changes_no_score_and_no_queue(
    dice: Random, cases: int
) -> None:
    results = _run(dice)
    told = with_capacity(results, cases)
    capacity = told.run.capacity
    assert capacity is not None
    names = [key.name for key in review_order(results)]
    assert fitting(told, capacity) == names[:cases]
    assert capacity.fit + capacity.waiting == len(names)
    assert capacity.first_waiting == (names[cases] if cases < len(names) else None)
    assert told.scores.equals(results.scores)
    assert told.rings.equals(results.rings)


def test_victims_and_other_abuse_come_last_and_the_policy_queue_is_not_counted() -> None:
    results = run(
        {
            "other": {"queue": "other", "score": 0.9}, "victim": {"queue": "victim", "score": 0.8},
            "late": {"queue": "proxy", "score": 0.2}, "law": {"queue": "policy", "score": 1.0},
            "early": {"queue": "proxy", "score": 0.3},
        }
    )  # fmt: skip
    assert [key.name for key in review_order(results)] == ["early", "late", "victim", "other"]
    capacity = with_capacity(results, 2).run.capacity
    assert capacity is not None
    assert capacity_sentence(capacity) == (
        "The first 2 cases fit; 2 more cases wait, the first of these is victim. "
        "The policy queue is not counted."
    )


PROXY = {"queue": "proxy", "p_value": 0.004}
LED = {"ring_score": 0.5}


@pytest.mark.parametrize(
    ("was", "is_now", "cause"),
    [
        (PROXY, None, "gone"),
        (PROXY, {"standing": "closed"}, "closed"),
        (PROXY, decided("cleared", 12, "emil"), "cleared"),
        ({"queue": "policy"}, {}, "unasked"),
        ({**PROXY, **LED}, {}, "ring"),
        (PROXY, {"p_value": 0.005}, "families"),
        ({"queue": "victim", "p_value": 0.005}, {"p_value": 0.005}, "signs"),
        (PROXY, {"p_value": 0.03}, "evidence"),
    ],
)
def test_an_account_leaves_by_the_first_cause_that_holds(
    was: dict[str, Any], is_now: dict[str, Any] | None, cause: str
) -> None:
    before = run({"x": was, "y": {}}, {"r": ["x", "y"]} if cause == "ring" else {}, as_of=THEN)
    now = run({"y": {}} if is_now is None else {"x": is_now, "y": {}})
    assert told_of(before, now)["x"]["cause"] == cause


def test_whoever_others_of_its_ring_overtook_did_not_lose_evidence() -> None:
    rings = {"r": ["x", "y"]}
    before = run({"x": PROXY | LED, "y": LED}, rings, as_of=THEN)
    now = run({"x": LED | {"p_value": 0.012}, "y": PROXY | LED}, rings)
    assert told_of(before, now)["x"]["cause"] == "overtaken"


def test_under_another_model_only_queues_and_rings_are_compared() -> None:
    before = run({"x": {**PROXY, "score": 0.2}, "y": PROXY}, as_of=THEN, model_id="old")
    now = run({"x": {**PROXY, "score": 0.9}, "y": {"p_value": 0.03}}, model_id="new")
    told = compared(before, now, side_by_side(before, now), {})
    assert told.week is not None
    assert told.run.week is not None
    assert of(told.week, "case", "risen", "fallen").is_empty()
    assert "before" not in told_of(before, now)["y"]["said"]
    assert any(text.startswith("Another model scored then") for text in sentences(told.run.week))


def test_a_ring_whose_id_went_on_to_others_fell_apart() -> None:
    then = {"r": frozenset("abcdef"), "s": frozenset("xy")}
    today = {"r": frozenset("fghijk"), "t": frozenset("abcde"), "s": frozenset("xyz")}
    found = [(one.ring_id, one.move, one.into) for one in shifts(then, today)]
    assert found == [
        ("r", "apart", "t"), ("r", "formed", None), ("s", "grown", None), ("t", "formed", None),
    ]  # fmt: skip


def test_a_decision_tells_who_left_by_it_and_whose_tie_is_one_reason_to_enter() -> None:
    week = a_week().week
    assert week is not None
    assert of(week, "decision", "decided")["said"].to_list() == [
        "Confirmed as proxy: 2 accounts of ring-a on 2026-04-12 (decided by dora: same papers). "
        "Both left the queue. 1 account entered since, and one reason is its tie to these: "
        "e1 (device and means of payment)."
    ]


def test_a_decision_that_stood_before_is_not_told_again() -> None:
    known = {"x": decided("cleared", 2, "emil"), "y": {}}
    told = compared(run(known, as_of=THEN), run(known), side_by_side(run(known), run(known)), {})
    assert told.week is not None
    assert told.week.is_empty()
