"""One rule of what was known at as-of, for readers and for rollups."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from detector.sources.facts import known_by
from features.catalogue import Catalogue
from features.rollups import rollup
from features.tables import SCHEMAS, TABLES

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
BEFORE, LATER = AS_OF - TICK, AS_OF + TICK
DATED = {
    "usage": "ChargePeriodStart", "account_links": "first_seen", "account_owners": "since",
    "entity_owners": "since", "partner_customers": "recorded_at", "exceptions": "time",
    "payments": "time", "events": "time", "model_usage": "start", "gpu_telemetry": "time",
    "inventory": "valid_from", "labels": "decided_at", "tenders": "published_at",
    "abuse_reports": "reported_at", "indicators": "valid_from", "policy_decisions": "decided_at",
}  # fmt: skip
UNDATED = {"accounts", "partners", "fx"}
NULLED = {
    "accounts": {
        "closed_at": "close_reason", "kyc_verified_at": "kyc_status",
        "appeal_upheld_at": "appeal_upheld_at", "entity_registered_at": "entity_registered_at",
    },
    "account_owners": {"until": "until"},
    "entity_owners": {"until": "until"},
    "inventory": {"valid_to": "valid_to"},
    "indicators": {"valid_to": "valid_to"},
    "tenders": {"disposition_at": "disposition"},
}  # fmt: skip
FILLED = {"close_reason": "fraud", "kyc_status": "verified", "disposition": "confirmed"}


def rows(table: str, *given: dict[str, Any]) -> pl.DataFrame:
    empty = SCHEMAS[table].create_empty()
    full = [{name: row.get(name) for name in empty.columns} for row in given]
    return pl.DataFrame(full, schema=empty.schema)


def test_each_table_is_dated_or_meant_to_be_without_a_date() -> None:
    assert set(DATED) | UNDATED == set(TABLES), "write a new table into DATED or UNDATED"


@pytest.mark.parametrize(("table", "column"), DATED.items())
def test_a_row_dated_at_or_after_as_of_is_absent(table: str, column: str) -> None:
    frame = rows(table, *({column: moment} for moment in (BEFORE, AS_OF, LATER)))
    assert known_by(frame, table, AS_OF)[column].to_list() == [BEFORE]


@pytest.mark.parametrize("table", ["account_owners", "entity_owners", "partner_customers"])
def test_a_row_without_a_date_was_always_known(table: str) -> None:
    frame = rows(table, {}, {DATED[table]: LATER})
    assert known_by(frame, table, AS_OF)[DATED[table]].to_list() == [None]


@pytest.mark.parametrize(
    ("table", "date_column", "column"), [(t, d, c) for t in NULLED for d, c in NULLED[t].items()]
)
def test_a_fact_dated_at_or_after_as_of_is_null(table: str, date_column: str, column: str) -> None:
    since = {DATED[table]: BEFORE} if table in DATED else {}
    value = FILLED.get(column)
    given = [{**since, column: value, date_column: m} for m in (BEFORE, AS_OF, LATER)]
    found = known_by(rows(table, *given), table, AS_OF)
    assert found[column].is_null().to_list() == [False, True, True]
    assert found[date_column].to_list() == [BEFORE, None, None]


def test_a_fact_without_a_date_stays() -> None:
    found = known_by(rows("accounts", {"kyc_status": "verified"}), "accounts", AS_OF)
    assert found["kyc_status"].to_list() == ["verified"]


@pytest.mark.parametrize(("table", "column"), [("labels", "expires_at"),
                                               ("policy_decisions", "expires_at")])  # fmt: skip
def test_an_end_that_is_told_in_advance_stays(table: str, column: str) -> None:
    found = known_by(rows(table, {DATED[table]: BEFORE, column: LATER}), table, AS_OF)
    assert found[column].to_list() == [LATER]


def test_what_was_seen_until_later_was_seen_until_as_of() -> None:
    frame = rows("account_links", {"first_seen": BEFORE, "last_seen": LATER})
    assert known_by(frame, "account_links", AS_OF)["last_seen"].to_list() == [AS_OF]


def test_a_rate_is_of_the_start_of_its_day() -> None:
    frame = rows("fx", *({"date": date(2026, 3, d), "rate": 1.0} for d in (1, 2)))
    assert known_by(frame, "fx", AS_OF).height == 0
    assert known_by(frame, "fx", LATER)["date"].to_list() == [date(2026, 3, 1)]


@pytest.mark.parametrize(("table", "name"), [("labels", "labels"), ("payments", "payments"),
                                             ("inventory", "inventory"), ("accounts", "accounts"),
                                             ("account_links", "links"), ("events", "events"),
                                             ("gpu_telemetry", "telemetry")])  # fmt: skip
@pytest.mark.parametrize("moment", [AS_OF, LATER])
def test_rollups_of_rows_and_of_known_rows_are_the_same(
    table: str, name: str, moment: datetime
) -> None:
    catalogue = Catalogue.load()
    times = [n for n, kind in SCHEMAS[table].create_empty().schema.items()
             if isinstance(kind, pl.Datetime)]  # fmt: skip
    extra = {"metric": "DCGM_FI_DEV_GPU_UTIL", "value": 1.0, "operation": "RunInstances",
             "kind": "ip" if table == "account_links" else None}  # fmt: skip
    given = [{"account_id": "a", **extra, **dict.fromkeys(times, BEFORE), time: moment}
             for time in times]  # fmt: skip
    frame = rows(table, *given)
    direct = rollup(table, frame, AS_OF, catalogue)
    read = rollup(table, known_by(frame, table, AS_OF), AS_OF, catalogue)
    for part in direct:
        assert direct[part].equals(read[part]), part
    # Nobody is known by a row that is dated at or after as-of alone.
    dated = DATED.get(table)
    alone = rows(table, {"account_id": "a", **extra, **dict.fromkeys(times, moment)})
    if dated is not None:
        assert rollup(table, alone, AS_OF, catalogue)[name].height == 0
