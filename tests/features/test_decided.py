"""Which decision about an account counts, and which contradict each other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from detector.sources.doubts import doubts
from features.decided import contradicted, decided
from features.tables import SCHEMAS

NOON = datetime(2026, 4, 15, 12, tzinfo=UTC)
Row = tuple[str, str, float]


def labels(*rows: Row, reviewer: str | None = "ann") -> pl.DataFrame:
    """Decisions as (account, decision, hours after noon)."""
    made = [
        {"account_id": a, "decision": d, "decided_at": NOON + timedelta(hours=h),
         "reviewer": reviewer,
         "expires_at": NOON + timedelta(days=180) if d == "cleared" else None}
        for a, d, h in rows
    ]  # fmt: skip
    return pl.DataFrame(made, schema=SCHEMAS["labels"].create_empty().schema)


@pytest.mark.parametrize(
    ("rows", "counts"),
    [
        ([("a", "confirmed_proxy", 0)], "confirmed_proxy"),
        ([("a", "confirmed_proxy", 0), ("a", "cleared", 1)], "cleared"),
        ([("a", "cleared", 1), ("a", "confirmed_proxy", 0)], "cleared"),
        ([("a", "confirmed_proxy", 0), ("a", "cleared", 0)], "unresolved"),
        ([("a", "cleared", 0), ("a", "confirmed_victim", 0)], "unresolved"),
        ([("a", "cleared", 0), ("a", "cleared", 0)], "cleared"),
        ([("a", "cleared", 0), ("a", "confirmed_proxy", 0), ("a", "cleared", 1)], "cleared"),
        ([("a", "cleared", -1), ("a", "confirmed_proxy", 0), ("a", "cleared", 0)], "unresolved"),
    ],
)
def test_the_latest_decision_counts_and_a_tie_leaves_it_open(rows: list[Row], counts: str) -> None:
    for order in (rows, rows[::-1]):
        assert decided(labels(*order, ("b", "cleared", 0)))["decision"].to_list() == [
            counts, "cleared",
        ]  # fmt: skip


def test_of_two_clearings_at_once_the_first_to_run_out_counts() -> None:
    soon, late = NOON + timedelta(days=1), NOON + timedelta(days=9)
    rows = labels(("a", "cleared", 0), ("a", "cleared", 0), ("a", "cleared", 0))
    rows = rows.with_columns(
        expires_at=pl.Series([late, None, soon]).cast(rows["expires_at"].dtype)
    )
    assert decided(rows)["expires_at"].to_list() == [soon]


def test_no_decisions_are_no_decisions() -> None:
    assert decided(labels()).is_empty()
    assert contradicted(labels()).is_empty()
    assert doubts(labels()) == []


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([("a", "confirmed_proxy", 0), ("a", "cleared", 0)], ["a"]),
        ([("a", "confirmed_proxy", 0), ("a", "unresolved", 1)], ["a"]),
        ([("a", "confirmed_proxy", 0), ("a", "cleared", 24)], ["a"]),
        ([("a", "confirmed_proxy", 0), ("a", "cleared", 24.01)], []),
        ([("a", "cleared", 0), ("a", "cleared", 1)], []),
        ([("a", "cleared", 0), ("b", "confirmed_proxy", 0)], []),
        ([("a", "cleared", 0), ("a", "cleared", 2), ("a", "unresolved", 25)], ["a"]),
        ([("b", "cleared", 0), ("b", "unresolved", 0), ("a", "cleared", 0), ("a", "unresolved", 2)],
         ["a", "b"]),
    ],
)  # fmt: skip
def test_different_decisions_within_a_day_contradict(rows: list[Row], told: list[str]) -> None:
    assert contradicted(labels(*rows))["account_id"].to_list() == told


def test_decisions_that_nobody_signed_are_counted() -> None:
    (said,) = doubts(labels(("b", "cleared", 0), ("a", "cleared", 0), reviewer=None))
    assert said.startswith("2 decisions name no reviewer, first about a; ")
    (said,) = doubts(labels(("a\x1b", "cleared", 0), reviewer=None))
    assert said.startswith("1 decision names no reviewer, about a\\x1b; it counts all")


def test_accounts_with_contradictions_are_counted() -> None:
    rows: list[Row] = [("a", "cleared", 0), ("a", "confirmed_proxy", 1)]
    (said,) = doubts(labels(*rows))
    assert said.startswith("1 account has different decisions within 24 hours, about a; ")
    (said,) = doubts(labels(*rows, ("c", "cleared", 0), ("c", "unresolved", 0)))
    assert said.startswith("2 accounts have different decisions within 24 hours, first about a; ")


def test_accounts_cleared_without_an_end_are_counted() -> None:
    rows = labels(("a", "cleared", 0), ("b", "cleared", 0), ("c", "unresolved", 0))
    endless = rows.with_columns(expires_at=pl.lit(None, rows["expires_at"].dtype))
    (said,) = doubts(endless)
    assert said.startswith("2 accounts are cleared without an end (expires_at), first about a, ")
    (said,) = doubts(endless.head(1))
    assert said.startswith("1 account is cleared without an end (expires_at), about a, and would")
    later = labels(("a", "unresolved", 30), ("b", "confirmed_proxy", 30))
    assert doubts(pl.concat([endless, later])) == []


def test_one_file_that_clears_a_ring_unsigned_and_for_ever_is_told_of_each_lack() -> None:
    rows = labels(*((f"m{place:02}", "cleared", 0) for place in range(41)), reviewer=None)
    endless = rows.with_columns(expires_at=pl.lit(None, rows["expires_at"].dtype))
    unsigned, forever = doubts(endless)
    assert unsigned.startswith("41 decisions name no reviewer, first about m00; ")
    assert forever.startswith("41 accounts are cleared without an end (expires_at), first about m0")


def test_two_reviewers_who_disagree_at_once_or_within_the_hour_are_told() -> None:
    ann = labels(("a", "confirmed_proxy", 0), ("b", "confirmed_proxy", 0))
    bob = labels(("a", "cleared", 0), ("b", "unresolved", 1), reviewer="bob")
    (said,) = doubts(pl.concat([ann, bob]))
    assert said.startswith("2 accounts have different decisions within 24 hours, first about a; ")
