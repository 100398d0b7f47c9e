"""Hand-over: bursts of change, operators that vanish, sleep and waking."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.handover import _ended_before

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


@given(
    rows=st.lists(st.tuples(st.integers(1, 4), st.integers(0, 9), st.integers(0, 9)), max_size=30)
)
def test_what_ended_before_is_asked_of_the_same_kind_alone(
    rows: list[tuple[int, int, int]],
) -> None:
    begin = datetime(2026, 2, 1, tzinfo=UTC)
    lasts = [begin + timedelta(days=first + length) for _, first, length in rows]
    frame = pl.DataFrame(
        {"kind": [kind for kind, _, _ in rows], "first": [first for _, first, _ in rows],
         "last": lasts},
        schema={"kind": pl.UInt32, "first": pl.Int64, "last": pl.Datetime("us", "UTC")},
    ).with_columns(pl.col("kind").rank("dense").cast(pl.UInt32)).sort("kind", "first")  # fmt: skip
    plain = frame.select(pl.col("last").cum_max().shift(1).over("kind")).to_series()
    assert _ended_before(frame).equals(plain, check_names=False, null_equal=True)


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


def test_money_that_moves_to_another_service(features: Features, table: Table) -> None:
    start = datetime(2026, 2, 1, tzinfo=UTC)
    kept = [charge("a", start + timedelta(days=d), ServiceName="Web") for d in (0, 10)]
    late = charge("a", start + timedelta(days=10), ServiceName="Compute", EffectiveCost=3)
    usage = table("usage", *kept, late)
    assert features(usage=usage)["a"]["f05_spend_jump"] == 0.75
    assert features(usage=table("usage", *kept))["a"]["f05_spend_jump"] == 0.0


def test_money_in_several_currencies_counts_where_it_moved_most(
    features: Features, table: Table
) -> None:
    start = datetime(2026, 2, 1, tzinfo=UTC)
    days = (0, 10)
    still = [charge("a", start + timedelta(days=d), BillingCurrency="BBB") for d in days]
    moved = [charge("a", start + timedelta(days=d), ServiceName=f"s{d}") for d in days]
    usage = table("usage", *still, *moved)
    assert features(usage=usage)["a"]["f05_spend_jump"] == 1.0


def test_people_who_join_a_week_later(features: Features, table: Table) -> None:
    events = table("events", event(0, actor_uid="old"), event(9, actor_uid="old"),
                   event(6, actor_uid="early"), event(8, actor_uid="late"))  # fmt: skip
    assert features(events=events)["a"]["f05_newcomers"] == 0.25


def link(kind: str, value: str, first: float, last: float) -> dict[str, object]:
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    return {"account_id": "a", "kind": kind, "value_hash": value,
            "first_seen": begin + timedelta(days=first),
            "last_seen": begin + timedelta(days=last)}  # fmt: skip


def test_identifiers_that_are_replaced_together(features: Features, table: Table) -> None:
    old = [link(kind, f"{kind} old", 0, 30) for kind in ("payment", "phone", "ip")]
    new = [link("payment", "p", 31, 50), link("phone", "q", 40, 50), link("ip", "r", 31, 50)]
    row = features(account_links=table("account_links", *old, *new))["a"]
    assert row["f05_replaced_identity"] == 2.0
    apart = [link("payment", "p", 31, 50), link("phone", "q", 46, 50)]
    row = features(account_links=table("account_links", *old, *apart))["a"]
    assert row["f05_replaced_identity"] == 1.0


def test_an_identifier_added_beside_an_old_one_replaces_nothing(
    features: Features, table: Table
) -> None:
    both = table("account_links", link("phone", "old", 0, 50), link("phone", "new", 31, 50))
    assert features(account_links=both)["a"]["f05_replaced_identity"] == 0.0


def test_another_party_is_billed_from_one_day_on(features: Features, table: Table) -> None:
    def day(number: int, payer: str) -> dict[str, object]:
        start = datetime(2026, 2, number, tzinfo=UTC)
        return {"BillingAccountId": payer, "SubAccountId": "a", "ChargePeriodStart": start,
                "ChargePeriodEnd": start + timedelta(days=1)}  # fmt: skip

    moved = table("usage", *(day(d, "p" if d < 5 else "q") for d in range(1, 9)))
    mixed = table("usage", *(day(d, "p" if d % 2 else "q") for d in range(1, 9)))
    assert features(usage=moved)["a"]["f05_bill_moved"] == 1.0
    assert features(usage=mixed)["a"]["f05_bill_moved"] == 0.0


def test_logging_that_is_switched_off_tells_alone(features: Features, table: Table) -> None:
    name = "DeleteModelInvocationLoggingConfiguration"
    times = (datetime(2026, 2, 3, tzinfo=UTC), datetime(2026, 2, 3, 5, tzinfo=UTC))
    events = table("events", *({"account_id": "a", "time": t, "operation": name} for t in times))
    row = features(events=events)["a"]
    assert row["f05_logging_off"] == pytest.approx(math.log(2))
    assert row["f05_model_recon"] == 0.0
