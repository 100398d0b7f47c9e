"""Which times must be plausible: those of what happened."""

from __future__ import annotations

from features.tables import TABLES, happened


def test_times_of_what_happened_are_marked_and_no_others() -> None:
    found = {table: set(happened(table)) for table in TABLES if happened(table)}
    assert found == {
        "usage": {"ChargePeriodStart", "ChargePeriodEnd"},
        "account_links": {"first_seen", "last_seen"},
        "exceptions": {"time"},
        "payments": {"time"},
        "events": {"time"},
        "model_usage": {"start", "end"},
        "gpu_telemetry": {"time"},
        "tenders": {"published_at"},
        "abuse_reports": {"reported_at"},
    }, "times of what happened are checked for plausibility: write new ones down here, too"
