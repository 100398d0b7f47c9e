"""Which queue an account goes to."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from detector.pipeline.queues import account_facts, choose_queue
from features.catalogue import Catalogue
from features.rollups import complete
from features.tables import SCHEMAS

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
NAMES = ["a", "b"]


def facts(labels: list[dict[str, object]], **account: object) -> pl.DataFrame:
    rows = [{"account_id": n, "created_at": AS_OF - timedelta(days=100), **account} for n in NAMES]
    frames = {
        "accounts": pl.DataFrame(rows, schema=SCHEMAS["accounts"].create_empty().schema),
        "labels": pl.DataFrame(labels, schema=SCHEMAS["labels"].create_empty().schema),
    }
    rollups = complete(frames, ["accounts"], AS_OF, Catalogue.load())
    return account_facts(rollups, pl.DataFrame({"account_id": NAMES}))


def queue(table: pl.DataFrame, *suspicious: bool) -> list[str]:
    return choose_queue(table, pl.Series(suspicious)).to_list()


def test_suspicious_accounts_are_reviewed() -> None:
    assert queue(facts([]), True, False) == ["proxy", "none"]


@pytest.mark.parametrize("decision", ["confirmed_proxy", "confirmed_victim", "cleared"])
def test_decided_accounts_leave_the_queue(decision: str) -> None:
    label = {"account_id": "a", "decision": decision, "decided_at": AS_OF - timedelta(days=1)}
    assert queue(facts([label]), True, True) == ["none", "proxy"]


def test_an_unresolved_review_stays_in_the_queue() -> None:
    label = {"account_id": "a", "decision": "unresolved", "decided_at": AS_OF - timedelta(days=1)}
    assert queue(facts([label]), True, True) == ["proxy", "proxy"]


def test_a_clearance_that_ran_out_counts_no_more() -> None:
    label = {
        "account_id": "a", "decision": "cleared", "decided_at": AS_OF - timedelta(days=60),
        "expires_at": AS_OF - timedelta(days=1),
    }  # fmt: skip
    assert queue(facts([label]), True, True) == ["proxy", "proxy"]


def test_the_latest_decision_counts() -> None:
    labels = [
        {"account_id": "a", "decision": "cleared", "decided_at": AS_OF - timedelta(days=9)},
        {"account_id": "a", "decision": "unresolved", "decided_at": AS_OF - timedelta(days=2)},
    ]
    assert queue(facts(labels), True, False) == ["proxy", "none"]


def test_closed_accounts_are_not_reviewed() -> None:
    assert queue(facts([], closed_at=AS_OF - timedelta(days=3)), True, True) == ["none", "none"]
