"""Hand-over: bursts of change, operators that vanish, sleep and waking."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

Features = Callable[..., dict[str, dict[str, float | None]]]
Table = Callable[..., pl.DataFrame]


def event(day: float, operation: str = "DescribeInstances", **more: object) -> dict[str, object]:
    return {"account_id": "a", "operation": operation,
            "time": datetime(2026, 2, 1, tzinfo=UTC) + timedelta(days=day), **more}  # fmt: skip


def test_kinds_of_change_within_72_hours(features: Features, table: Table) -> None:
    burst = table("events", event(1, "ChangeEmail"), event(2, "EnableMFADevice"),
                  event(3, "ResetPassword"), event(3, "ChangePhone"))  # fmt: skip
    slow = table("events", *(event(5 * k, o) for k, o in enumerate(
        ["ChangeEmail", "EnableMFADevice", "ResetPassword"])))  # fmt: skip
    assert features(events=burst)["a"]["f05_change_burst"] == 2.0
    assert features(events=slow)["a"]["f05_change_burst"] == 0.0


def test_a_clean_break_of_operators_and_a_slow_one(features: Features, table: Table) -> None:
    clean = table("events", *(event(d, actor_uid="old", device_hash="x") for d in (1, 2)),
                  *(event(d, actor_uid="new", device_hash="y") for d in (3, 4)))  # fmt: skip
    overlap = table("events", event(1, actor_uid="old"), event(2, actor_uid="new"),
                    event(3, actor_uid="old"), event(4, actor_uid="new"))  # fmt: skip
    assert features(events=clean)["a"]["f05_operator_break"] == 2.0
    assert features(events=overlap)["a"]["f05_operator_break"] == 0.0


def test_a_support_case_halves_the_composite(features: Features, table: Table) -> None:
    rows = [event(1, "ChangeEmail", actor_uid="old"), event(1.5, "ResetPassword", actor_uid="old"),
            event(2, "EnableMFADevice", actor_uid="new"),
            event(3, "AddPaymentInstrument", actor_uid="new")]  # fmt: skip
    usage = table("usage")
    silent = features(events=table("events", *rows), usage=usage)["a"]["f05_handover"]
    case = event(2, "CreateSupportCase", actor_uid="new")
    told = features(events=table("events", *rows, case), usage=usage)["a"]["f05_handover"]
    assert silent == pytest.approx(1.0 * 0.5 * 0.5)
    assert told is not None
    assert told < 0.6 * (silent or 0.0)


def test_recon_of_models(features: Features, table: Table) -> None:
    rows = table("events", event(1, "ListFoundationModels"),
                 event(1.1, "GetFoundationModelAvailability"),
                 event(2, "DeleteModelInvocationLoggingConfiguration"))  # fmt: skip
    assert features(events=rows)["a"]["f05_model_recon"] == 2.0


def charge(account: str, start: datetime, **more: object) -> dict[str, object]:
    return {"BillingAccountId": account, "ChargePeriodStart": start,
            "ChargePeriodEnd": start + timedelta(hours=1), **more}  # fmt: skip


def test_an_account_that_slept_since_sign_up(features: Features, table: Table) -> None:
    begin, woke = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    usage = table("usage", charge("other", begin), charge("a", woke))
    made = woke - timedelta(days=90)
    accounts = table("accounts", {"account_id": "a", "created_at": made})
    assert features(usage=usage, accounts=accounts)["a"]["f05_woken_account"] == 0.5


def test_long_silence_then_most_of_the_activity(features: Features, table: Table) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    usage = table("usage", charge("a", start), *(charge("a", start + timedelta(days=46))
                                                 for _ in range(3)))  # fmt: skip
    assert features(usage=usage)["a"]["f05_dormancy_break"] == pytest.approx(45 / 90 * 0.75)


def test_services_that_change(features: Features, table: Table) -> None:
    start = datetime(2026, 2, 1, tzinfo=UTC)
    usage = table("usage", charge("a", start, ServiceName="Web"),
                  charge("a", start + timedelta(days=9), ServiceName="Models"))  # fmt: skip
    assert features(usage=usage)["a"]["f05_service_jump"] == 1.0


def test_models_after_a_month_of_other_use(features: Features, table: Table) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    usage = table("usage", *(charge("a", start + timedelta(days=k)) for k in range(30)))
    later = start + timedelta(days=40)
    calls = table("model_usage", {"account_id": "a", "start": later,
                                  "end": later + timedelta(hours=1)})  # fmt: skip
    assert features(usage=usage, model_usage=calls)["a"]["f05_sudden_models"] == 0.5
