"""A case that was decided comes back where what was decided no longer holds, and else does not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from detector.cases.record.moments import text_of
from detector.cases.record.store import SEQ, SYSTEM, Store
from detector.cases.record.verify import verify
from detector.results import Results
from tests.cases.planted import NOW, Clock
from tests.cases.runs import cases, only, run, settled, take

EXPIRES = text_of(NOW + timedelta(days=180))


@pytest.fixture(autouse=True)
def whole(store: Store) -> Iterator[None]:
    yield
    assert verify(store).findings == ()


def closed(store: Store, clock: Clock, outcome: str, first: Results) -> None:
    take(store, clock(), first)
    settled(store, clock(), "C-000001", outcome, EXPIRES if outcome == "cleared" else None)


@pytest.mark.parametrize("outcome", ["cleared", "unresolved"])
def test_a_case_that_is_seen_as_it_was_decided_is_counted_alone(store, clock, outcome) -> None:
    closed(store, clock, outcome, run(0, "abcde"))
    assert take(store, clock(), run(1, "abcde", scores={"a": 0.99})).counts == {
        f"unchanged_{outcome}": 1
    }
    assert take(store, clock(), run(2, "abcdef")).counts == {f"unchanged_{outcome}": 1}
    assert only(store)["state"] == "closed"


RETURNS: dict[str, tuple[Callable[[], Results], str]] = {
    "two more of five": (lambda: run(1, "abcdefg"), "2 accounts more"),
    "another kind": (
        lambda: run(1, "abcde", kinds=("device", "payment", "tax_id")),
        "tied by another kind: tax_id",
    ),
    "another typology": (lambda: run(1, "abcde", typology="T01"), "typology T01, was T04"),
    "another queue": (lambda: run(1, "abcde", queue={"a": "victim"}), "queue victim, was proxy"),
}


@pytest.mark.parametrize("name", RETURNS)
def test_a_cleared_case_comes_back_where_it_is_another_one(store, clock, name) -> None:
    closed(store, clock, "cleared", run(0, "abcde"))
    later, why = RETURNS[name]
    assert take(store, clock(), later()).counts["reopened"] == 1
    row = only(store)
    assert (row["state"], row["reopened"], row["reopened_for"]) == ("new", 1, why)
    assert (row["closed_at"], row["assignee"], row["in_queue"]) == (None, None, 1)
    assert take(store, clock(), run(2, "abcde")).counts.get("reopened") is None


def test_two_more_of_eleven_are_less_than_a_fifth(store, clock) -> None:
    closed(store, clock, "cleared", run(0, "abcdefghijk"))
    assert "reopened" not in take(store, clock(), run(1, "abcdefghijklm")).counts


def test_a_kind_from_the_same_thing_is_not_another_kind(store, clock) -> None:
    closed(store, clock, "cleared", run(0, "abcde"))
    later = run(1, "abcde", kinds=("ip", "payment", "signup"))
    assert "reopened" not in take(store, clock(), later).counts


def test_a_clearing_that_has_ended_brings_the_case_back(store, clock) -> None:
    closed(store, clock, "cleared", run(0, "abcde"))
    clock.on(days=179)
    assert "reopened" not in take(store, clock(), run(179, "abcde")).counts
    clock.on(days=2)
    assert take(store, clock(), run(181, "abcde")).counts["reopened"] == 1
    assert only(store)["reopened_for"] == "the clearing of 5 accounts has ended"


def test_of_a_confirmed_ring_the_new_members_alone_open_a_case(store, clock) -> None:
    closed(store, clock, "confirmed_proxy", run(0, "abcde"))
    assert take(store, clock(), run(1, "abcde")).counts == {"unchanged_confirmed_proxy": 1}
    assert take(store, clock(), run(2, "abcdefg")).counts["split"] == 1
    old, new = cases(store)
    assert (old["state"], old["now"]) == ("closed", "abcde")
    assert (new["state"], new["now"], new["size"], new["split_from"]) == (
        "new", "fg", 2, "C-000001",
    )  # fmt: skip
    counts = take(store, clock(), run(3, "abcdefgh")).counts
    assert (counts["grown"], counts.get("split"), counts.get("left")) == (1, None, None)
    assert [row["now"] for row in cases(store)] == ["abcde", "fgh"]


def test_what_stands_beside_a_cleared_case_stays_its_own(store, clock) -> None:
    take(store, clock(), run(0, "abcde", "f"))
    settled(store, clock(), "C-000001", "cleared", EXPIRES)
    counts = take(store, clock(), run(1, "abcdef")).counts
    assert counts.get("left") is None
    assert [(row["state"], row["now"], row["in_queue"]) for row in cases(store)] == [
        ("closed", "abcde", 1), ("new", "f", 1),
    ]  # fmt: skip


def test_nothing_that_is_closed_is_marked_as_gone(store, clock) -> None:
    closed(store, clock, "cleared", run(0, "abcde"))
    assert take(store, clock(), run(1, "x")).counts == {"opened": 1}


def suppress(store: Store, clock: Clock, scope: str, subject: list[str], days: int = 30) -> None:
    with store.writing(clock()) as tx:
        row = {
            "suppressor_id": SEQ, "scope": scope, "subject": json.dumps(subject),
            "since": tx.at, "until": text_of(clock.now + timedelta(days=days)), "reason": "upheld",
            "state": "active", "proposed_by": "ann", "proposed_at": tx.at,
        }  # fmt: skip
        tx.record("suppressor.confirmed", SYSTEM, "system", put=[("suppressors", row)])


def test_suppressed_accounts_open_no_case_until_their_time_is_over(store, clock) -> None:
    for account in "ax":
        suppress(store, clock, "account", [account])
    taken = take(store, clock(), run(0, "abc", "x", "de"))
    assert taken.counts == {"opened": 1, "suppressed": 2}
    assert only(store)["now"] == "de"
    clock.on(days=31)
    assert take(store, clock(), run(31, "abc", "x", "de")).counts["opened"] == 2


def test_suppressed_members_open_none_together_and_one_with_others(store, clock) -> None:
    suppress(store, clock, "members", ["a", "b", "c"])
    assert take(store, clock(), run(0, "abc")).counts == {"suppressed": 1}
    assert take(store, clock(), run(1, "abcd")).counts == {"opened": 1}


def test_suppressed_accounts_bring_no_case_back(store, clock) -> None:
    closed(store, clock, "cleared", run(0, "abcde"))
    suppress(store, clock, "account", ["a"])
    assert take(store, clock(), run(1, "abcdefg")).counts == {"suppressed": 1}
    assert only(store)["state"] == "closed"


def test_an_appeal_is_left_to_whoever_decides_it(store, clock) -> None:
    closed(store, clock, "cleared", run(0, "abcde"))
    with store.writing(clock()) as tx:
        row = {"case_id": "C-000001", "state": "appealed"}
        tx.record("case.appealed", SYSTEM, "system", "C-000001", put=[("cases", row)])
    take(store, clock(), run(1, "abcdefgh", typology="T01"))
    assert only(store)["state"] == "appealed"
