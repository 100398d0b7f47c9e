"""Files for other review tools: settled decisions out, appeals in."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime

import polars as pl
import pytest

from detector.cases.errors import Refused
from detector.cases.leaving.exporting import COLUMNS, coop_appeals, coop_reports, osprey_labels
from detector.cases.leaving.labels import LABELS

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def labels() -> pl.DataFrame:
    said = {
        "a1": "confirmed_proxy", "a2": "cleared", "a3": "unresolved", "=a4": "confirmed_victim",
    }  # fmt: skip
    rows = [
        {"account_id": key, "decision": word, "decided_at": AT, "case_id": "C-1", "people": 2,
         "expires_at": AT if word == "cleared" else None} for key, word in said.items()
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=LABELS)


def test_coop_gets_one_report_a_line_for_what_was_confirmed(labels: pl.DataFrame) -> None:
    text = coop_reports(labels, reporter="enduse", item_type="t1")
    bodies = [json.loads(line) for line in text.splitlines()]
    assert [body["reportedItem"]["id"] for body in bodies] == ["a1", "=a4"]
    for body in bodies:
        assert set(body) == {"reporter", "reportedAt", "reportedForReason", "reportedItem"}
        assert body["reporter"] == {"kind": "user", "typeId": "t1", "id": "enduse"}
        assert datetime.fromisoformat(body["reportedAt"]) == AT
        assert body["reportedForReason"]["csam"] is False


def test_osprey_gets_what_to_add_and_what_to_remove(labels: pl.DataFrame) -> None:
    rows = list(csv.DictReader(io.StringIO(osprey_labels(labels))))
    assert tuple(rows[0]) == COLUMNS
    assert [(row["entity"], row["status"]) for row in rows] == [
        ("a1", "MANUALLY_ADDED"), ("a2", "MANUALLY_REMOVED"), ("=a4", "MANUALLY_ADDED"),
    ]  # fmt: skip
    assert [bool(row["expires_at"]) for row in rows] == [False, True, False]


BODY = {
    "appealId": "p1", "appealedBy": {"typeId": "u", "id": "u1"},
    "appealedAt": "2026-03-02T10:00:00+01:00", "actionedItem": {"id": "a1", "typeId": "t"},
    "actionsTaken": ["limit"], "appealReason": "it was us all along",
}  # fmt: skip


def test_appeals_come_in_with_account_time_and_text() -> None:
    (found,) = coop_appeals(f"\n{json.dumps(BODY)}\n".encode(), "appeals.ndjson")
    assert (found.appeal_id, found.account_id) == ("p1", "a1")
    assert found.received_at == "2026-03-02T09:00:00.000000Z"
    assert found.text == "it was us all along"


@pytest.mark.parametrize(
    "line",
    [
        "[]", "{", '"x"', "[" * 100_000, json.dumps(BODY | {"appealedAt": "soon"}),
        json.dumps(BODY | {"actionedItem": "a1"}), json.dumps(BODY | {"appealReason": ["x"]}),
        json.dumps(BODY | {"appealReason": "x" * 20_001}),
    ],
)  # fmt: skip
def test_a_line_that_is_no_appeal_is_named(line: str) -> None:
    with pytest.raises(Refused, match=r"line 2 of appeals\.ndjson"):
        coop_appeals(f"{json.dumps(BODY)}\n{line}\n".encode(), "appeals.ndjson")
