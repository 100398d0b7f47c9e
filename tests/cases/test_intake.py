"""Runs become cases that outlive them."""

from __future__ import annotations

import json

import pytest

from detector.cases.record.store import SYSTEM, Store
from detector.cases.record.verify import verify
from tests.cases.planted import ANN
from tests.cases.runs import cases, only, run, take


@pytest.fixture(autouse=True)
def whole(store: Store):
    yield
    assert verify(store).findings == ()


def events(store: Store, case_id: str | None = None) -> list[tuple[str, int]]:
    with store.reading() as connection:
        rows = connection.execute(
            "SELECT action, length(payload) FROM events WHERE case_id IS ? ORDER BY seq", (case_id,)
        )
        return [tuple(row) for row in rows]


def test_a_ring_with_a_queued_account_and_a_queued_account_become_cases(store, clock) -> None:
    taken = take(store, clock(), run(0, "abc", "x", others=3))
    assert taken.counts == {"opened": 2}
    ring, single = cases(store)
    assert (ring["case_id"], ring["now"], ring["kind"], ring["size"]) == (
        "C-000001",
        "abc",
        "ring",
        3,
    )
    assert (single["now"], single["kind"], single["queue"]) == ("x", "account", "proxy")
    assert ring["brief"] == "tied by means of payment (3), device (3) · The payer pays for others"
    assert json.loads(ring["tie_kinds"]) == ["payment", "device"]
    assert ring["due_at"][:10] == "2026-03-09"
    assert (ring["first_run"], ring["in_queue"], ring["reopened"]) == (1, 1, 0)


def test_a_run_is_taken_once(store, clock) -> None:
    first = take(store, clock(), run(0, "abc"))
    count = len(events(store))
    again = take(store, clock(), run(0, "abc"))
    assert (again.run, again.already) == (first.run, True)
    assert len(events(store)) == count


def test_what_moved_in_figures_alone_costs_a_small_event(store, clock) -> None:
    take(store, clock(), run(0, "abc", "x"))
    taken = take(store, clock(), run(1, "x", "abc", scores={"a": 0.7}))
    assert taken.counts == {"ranked": 2}
    action, size = events(store, "C-000001")[-1]
    assert action == "case.ranked"
    assert size < 1000
    assert only(store, case_id="C-000001")["score"] == 0.7


def test_a_second_run_of_a_day_that_changes_nothing_costs_nothing(store, clock) -> None:
    take(store, clock(), run(0, "abc"))
    before = events(store, "C-000001")
    take(store, clock(), run(0, "abc", hour=5, scores={"a": 0.95}))
    assert events(store, "C-000001") == before
    take(store, clock(), run(0, "abcd", hour=6))
    assert events(store, "C-000001")[-1][0] == "case.seen"


def test_a_case_grows_and_shrinks_whatever_its_ring_is_called(store, clock) -> None:
    take(store, clock(), run(0, "abc"))
    assert take(store, clock(), run(1, "x", "abcd")).counts["grown"] == 1
    assert only(store, case_id="C-000001")["now"] == "abcd"
    assert take(store, clock(), run(2, "ab", "x")).counts["shrunk"] == 1
    row = only(store, case_id="C-000001")
    assert (row["now"], row["size"], row["version"]) == ("ab", 2, 3)


def test_a_case_that_leaves_the_queue_stays_and_returns(store, clock) -> None:
    take(store, clock(), run(0, "abc", "x"))
    assert take(store, clock(), run(1, "x")).counts["left"] == 1
    row = only(store, now="abc")
    assert (row["state"], row["in_queue"], row["last_run"]) == ("new", 0, 2)
    assert take(store, clock(), run(2, "x")).counts == {"ranked": 1}
    assert take(store, clock(), run(3, "abc", "x")).counts["returned"] == 1
    row = only(store, now="abc")
    assert (row["in_queue"], row["last_run"]) == (1, 4)


def test_a_ring_that_falls_apart_leaves_the_larger_part_in_its_case(store, clock) -> None:
    take(store, clock(), run(0, "abcdefgh"))
    assert take(store, clock(), run(1, "abcde", "fgh")).counts["split"] == 1
    old, new = cases(store)
    assert (old["now"], new["now"], new["split_from"]) == ("abcde", "fgh", "C-000001")


def test_two_untouched_cases_that_came_to_be_one_are_merged(store, clock) -> None:
    take(store, clock(), run(0, "abc", "def"))
    assert take(store, clock(), run(1, "abcdef")).counts["merged"] == 1
    old, young = cases(store)
    assert (old["now"], old["size"], young["state"], young["merged_into"]) == (
        "abcdef", 6, "merged", "C-000001",
    )  # fmt: skip


def test_where_somebody_worked_on_the_younger_a_lead_is_asked_once(store, clock) -> None:
    take(store, clock(), run(0, "abc", "def"))
    with store.writing(clock()) as tx:
        row = {"case_id": "C-000002", "state": "in_review", "assignee": "ann"}
        tx.record("case.claimed", ANN, "reviewer", "C-000002", put=[("cases", row)])
    assert take(store, clock(), run(1, "abcdefg")).counts["proposed"] == 1
    assert [row["now"] for row in cases(store)] == ["abcg", "def"]
    counts = take(store, clock(), run(2, "abcdefgh")).counts
    assert "proposed" not in counts
    assert [(row["now"], row["in_queue"]) for row in cases(store)] == [("abcgh", 1), ("def", 1)]


def test_only_so_many_cases_of_a_queue_are_opened_in_a_week(store, clock) -> None:
    with store.writing(clock()) as tx:
        tx.record("settings.changed", SYSTEM, "system",
                  put=[("settings", {"name": "promote", "value": "2"})])  # fmt: skip
    queue = {"v": "victim"}
    assert take(store, clock(), run(0, "x", "y", "z", "v", queue=queue)).counts == {
        "opened": 3, "below": 1,
    }  # fmt: skip
    assert take(store, clock(), run(1, "x", "y", "z", "v", queue=queue)).counts["below"] == 1
    assert take(store, clock(), run(7, "x", "y", "z", "v", queue=queue)).counts["opened"] == 1
    assert len(cases(store)) == 4
