"""Access shape: networks and places, compared and never named."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

Features = Callable[..., dict[str, dict[str, float | None]]]
Table = Callable[..., pl.DataFrame]


def event(day: int, hour: float = 0, **more: object) -> dict[str, object]:
    moment = datetime(2026, 2, day, tzinfo=UTC) + timedelta(hours=hour)
    return {"account_id": "a", "time": moment, "actor_uid": "u", **more}  # fmt: skip


def test_classes_of_network_leave_the_unknown_out(features: Features, table: Table) -> None:
    kinds = ["hosting", "hosting", "vpn", "isp", "unknown", None]
    events = table("events", *(event(2, src_asn_class=k, src_asn=1) for k in kinds))
    row = features(events=events)["a"]
    assert row["f06_hosting_share"] == 0.5
    assert row["f06_vpn_share"] == 0.25


@pytest.mark.parametrize(("here", "there"), [("AA", "BB"), ("BB", "AA"), ("QQ", "AA")])
def test_a_mismatch_is_the_same_for_every_pair(
    features: Features, table: Table, here: str, there: str
) -> None:
    events = table("events", *(event(d, src_country=there) for d in (2, 3)),
                   event(3, src_country=here))  # fmt: skip
    accounts = table("accounts", {"account_id": "a", "declared_country": here,
                                  "billing_country": there})  # fmt: skip
    row = features(events=events, accounts=accounts)["a"]
    assert row["f06_away_share"] == pytest.approx(2 / 3)
    assert row["f06_never_home"] == 0.5
    assert row["f06_away_from_billing"] == pytest.approx(1 / 3)
    assert row["f06_places_per_day"] == 0.5


def test_one_person_in_two_places_in_one_hour(features: Features, table: Table) -> None:
    apart = table("events", event(2, 1, src_country="AA"), event(2, 3, src_country="BB"))
    at_once = table("events", event(2, 1, src_country="AA"), event(2, 1.5, src_country="BB"))
    assert features(events=apart)["a"]["f06_two_places_at_once"] == 0.0
    assert features(events=at_once)["a"]["f06_two_places_at_once"] == 1.0


def test_networks_that_are_new_in_the_second_half(features: Features, table: Table) -> None:
    events = table("events", event(1, src_asn=1), event(2, src_asn=1), event(9, src_asn=1),
                   event(10, src_asn=2))  # fmt: skip
    assert features(events=events)["a"]["f06_new_networks"] == 0.5


def test_one_hosted_address(features: Features, table: Table) -> None:
    rows = [event(2, src_ip_hash="x", src_asn_class="hosting") for _ in range(5)]
    assert features(events=table("events", *rows))["a"]["f06_one_hosted_address"] == 1.0
    assert features(events=table("events", *rows[:4]))["a"]["f06_one_hosted_address"] == 0.0


def test_log_ins(features: Features, table: Table) -> None:
    events = table(
        "events", event(2, operation="ConsoleLogin", status="failure", mfa=False),
        event(2, operation="ConsoleLogin", mfa=True), event(3, operation="ConsoleLogin"),
        event(3, operation="ConsoleLogin", mfa=True),
    )  # fmt: skip
    row = features(events=events)["a"]
    assert row["f06_failed_logins"] == 0.25
    assert row["f06_logins_without_mfa"] == pytest.approx(1 / 3)


def test_one_agent_that_is_three_programs(features: Features, table: Table) -> None:
    events = table("events", *(event(2, user_agent_hash="x", tls_fingerprint=t) for t in "abc"))
    assert features(events=events)["a"]["f06_disguised_agents"] == pytest.approx(1.0986122886681098)


def test_one_person_in_many_places_one_a_day(features: Features, table: Table) -> None:
    def seen(place: str, day: int, actor: str) -> dict[str, object]:
        time = datetime(2026, 2, day, tzinfo=UTC)
        return {"account_id": "a", "time": time, "src_country": place, "actor_uid": actor}

    one = table("events", *(seen(p, d, "x") for d, p in enumerate("ABCD", 1)))
    four = table("events", *(seen(p, d, p) for d, p in enumerate("ABCD", 1)))
    row = features(events=one)["a"]
    assert row["f06_places_per_person"] == pytest.approx(math.log(4))
    assert row["f06_places_per_day"] == 0.0
    assert features(events=four)["a"]["f06_places_per_person"] == 0.0
