"""What a reason names of an account alone: records that lack, kinds that changed, and the day."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import polars as pl

from detector.findings.details import Details, details_of
from detector.findings.finding import sentence
from detector.findings.said import SAID
from features import REGISTRY
from features.catalogue import Catalogue
from features.rollups import Rollups, complete, merge, rollup
from features.tables import SCHEMAS

AS_OF = datetime(2026, 4, 1, tzinfo=UTC)
MADE = datetime(2026, 2, 1, tzinfo=UTC)


def _rollups() -> Rollups:
    """An account with a changed phone, a brief SSH key, and a record with two gaps."""
    day = timedelta(days=1)
    links = [
        {"account_id": "a", "kind": "phone", "value_hash": value,
         "first_seen": MADE + first * day, "last_seen": MADE + last * day}
        for value, first, last in (("old", 0, 20), ("new", 21, 50))
    ]  # fmt: skip
    record = {
        "account_id": "a", "created_at": MADE, "declared_use_class": "gaming",
        "customer_class": "business", "org_name": "Veltamo", "org_address": "Hill 1",
    }  # fmt: skip
    events = [
        {"account_id": "a", "time": MADE + days * day, "operation": "RunInstances",
         "ssh_key_hash": key}
        for key, days in (("k1", 2), ("k1", 9), ("k2", 3))
    ]  # fmt: skip
    rows = {"account_links": links, "accounts": [record], "events": events}
    frames = merge(
        rollup(name, pl.DataFrame(some, schema=SCHEMAS[name].create_empty().schema), AS_OF,
               Catalogue.load())
        for name, some in rows.items()
    )  # fmt: skip
    return complete(frames, rows, AS_OF, Catalogue.load())


def _details(*features: str, value: float = 0.5) -> Details:
    table = pl.DataFrame({"account_id": ["a"], "f11_group_size": [math.log(42.0)]})
    asked = pl.DataFrame({"account_id": "a", "feature": list(features), "value": value})
    return details_of(_rollups(), table, asked)


def said(name: str, value: float) -> str:
    feature = REGISTRY[name]
    detail = _details(name).get(("a", name))
    return sentence(SAID[name], feature.unit, feature.direction, value, None, detail=detail)


def test_the_records_that_lack_are_named() -> None:
    assert said("f13_missing_records", 2 / 6) == (
        "Of the usual customer records, 2 of 6 are missing: the state of the check and the "
        "declared place."
    )


def test_the_light_use_that_is_declared_is_named() -> None:
    assert said("f13_light_use_declared", 0.5).endswith("although a light use is declared: gaming.")


def test_the_kind_that_was_replaced_and_the_day_are_named() -> None:
    assert said("f05_replaced_identity", 1.0) == (
        "Within one fortnight it replaced 1 lasting kind of identifier: phone number, new by "
        "2026-02-22."
    )


def test_the_linked_group_has_its_size() -> None:
    assert said("f11_group_density", 0.67) == (
        "67 % of all pairs in its linked group of 42 accounts are tied directly."
    )


def test_brief_keys_are_counted() -> None:
    assert "first seen over a day ago (1 of 2) lived" in said("f07_brief_keys", 0.5)


def test_nothing_is_named_where_there_is_nothing_of_it() -> None:
    assert _details("f13_missing_records", "f05_replaced_identity", value=0.0) == {}


def test_what_is_not_known_is_said_in_general() -> None:
    feature = REGISTRY["f13_light_use_declared"]
    finding = SAID[feature.name]
    assert "web, gaming or analytics" in sentence(finding, feature.unit, 1, 0.5, None)
