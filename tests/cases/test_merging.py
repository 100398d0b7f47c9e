"""Cases that came to be one are joined, and can be taken apart to the byte."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from detector.cases.errors import Refused, Unknown
from detector.cases.record.store import Store
from detector.cases.record.verify import verify
from detector.cases.runs.merging import decline, merge, unmerge
from tests.cases.planted import ANN, CEM, DIA
from tests.cases.runs import cases, run, take


@pytest.fixture(autouse=True)
def whole(store: Store) -> Iterator[None]:
    yield
    assert verify(store).findings == ()


def rows(store: Store) -> list[tuple[Any, ...]]:
    with store.reading() as connection:
        return [
            tuple(row) for table in ("cases", "case_accounts", "case_runs")
            for row in connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2")
        ]  # fmt: skip


@pytest.fixture
def asked(store, clock) -> int:
    """A proposal on two cases of which somebody has the younger."""
    take(store, clock(), run(0, "abc", "def"))
    with store.writing(clock()) as tx:
        row = {"case_id": "C-000002", "state": "in_review", "assignee": "ann"}
        tx.record("case.claimed", ANN, "reviewer", "C-000002", put=[("cases", row)])
    take(store, clock(), run(1, "abcdef"))
    with store.reading() as connection:
        [found] = connection.execute("SELECT proposal_id FROM proposals WHERE state = 'open'")
    return int(found[0])


def test_a_lead_merges_and_takes_it_back_to_the_byte(store, clock, asked) -> None:
    before = rows(store)
    with store.writing(clock()) as tx:
        assert merge(tx, DIA, asked) == "C-000001"
    old, young = cases(store)
    assert (old["now"], old["size"], young["state"], young["assignee"]) == (
        "abcdef", 6, "merged", None,
    )  # fmt: skip
    with store.writing(clock()) as tx:
        assert unmerge(tx, CEM, "C-000002") == "C-000001"
    assert rows(store) == before


def test_a_merge_that_nobody_asked_for_is_taken_back_and_stays_so(store, clock) -> None:
    take(store, clock(), run(0, "abc", "def"))
    take(store, clock(), run(1, "abcdef"))
    with store.writing(clock()) as tx:
        unmerge(tx, DIA, "C-000002")
    assert [(row["now"], row["state"]) for row in cases(store)] == [("abc", "new"), ("def", "new")]
    counts = take(store, clock(), run(2, "abcdef")).counts
    assert (counts.get("merged"), counts.get("proposed")) == (None, None)
    assert [row["now"] for row in cases(store)] == ["abc", "def"]


def test_what_came_after_a_merge_stays_when_it_is_taken_back(store, clock) -> None:
    take(store, clock(), run(0, "abc", "def"))
    take(store, clock(), run(1, "abcdef"))
    take(store, clock(), run(2, "abcdefg"))
    with store.writing(clock()) as tx:
        unmerge(tx, DIA, "C-000002")
    old, young = cases(store)
    assert (old["now"], old["size"], young["now"]) == ("abcg", 4, "def")


def test_who_is_no_lead_neither_merges_nor_declines(store, clock, asked) -> None:
    for act in (merge, decline):
        with pytest.raises(Refused, match="takes the role lead"), store.writing(clock()) as tx:
            act(tx, ANN, asked)


def test_a_proposal_is_answered_once(store, clock, asked) -> None:
    with store.writing(clock()) as tx:
        decline(tx, DIA, asked)
    with pytest.raises(Refused, match="is declined"), store.writing(clock()) as tx:
        merge(tx, DIA, asked)
    with pytest.raises(Unknown), store.writing(clock()) as tx:
        merge(tx, DIA, 1)


def test_a_case_that_was_closed_meanwhile_is_not_merged(store, clock, asked) -> None:
    with store.writing(clock()) as tx:
        row = {"case_id": "C-000002", "state": "closed"}
        tx.record("case.settled", ANN, "reviewer", "C-000002", put=[("cases", row)])
    with pytest.raises(Refused, match="is closed"), store.writing(clock()) as tx:
        merge(tx, DIA, asked)


def test_what_is_not_merged_cannot_be_taken_back(store, clock, asked) -> None:
    with pytest.raises(Refused, match="not merged"), store.writing(clock()) as tx:
        unmerge(tx, DIA, "C-000001")
