"""What accounts used is the same, followed or looked through again."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from features.catalogue import Catalogue
from features.rollups import Rollups, complete, merge, rollup
from features.spells import used_by
from features.tables import SCHEMAS
from tests.examples import examples

AS_OF = datetime(2026, 3, 10, 12, tzinfo=UTC)
CATALOGUE = Catalogue.load()
Row = dict[str, Any]


def call(name: str, model: str, day: int) -> Row:
    start = AS_OF - timedelta(days=day)
    return {"start": start, "end": start + timedelta(hours=1), "account_id": name,
            "model_id": model, "requests": 1, "input_tokens": 1, "output_tokens": 1}  # fmt: skip


def charge(name: str, day: int) -> Row:
    start = AS_OF - timedelta(days=day)
    return {"ChargePeriodStart": start, "ChargePeriodEnd": start + timedelta(hours=1),
            "SubAccountId": name, "BillingAccountId": name, "ChargeCategory": "Usage",
            "ServiceName": "Compute", "ConsumedQuantity": 1, "ConsumedUnit": "Hours",
            "ResourceType": "p5.48xlarge", "EffectiveCost": 5, "BillingCurrency": "A"}  # fmt: skip


def rolled(calls: list[Row], charges: list[Row]) -> Rollups:
    tables = {"model_usage": calls, "usage": charges}
    parts = [
        rollup(name, pl.DataFrame(rows, schema=SCHEMAS[name].create_empty().schema), AS_OF,
               CATALOGUE)
        for name, rows in tables.items()
    ]  # fmt: skip
    return complete(merge(parts), tables, AS_OF, CATALOGUE)


WHO = st.sampled_from("abc")
DAY = st.sampled_from([1, 3, 5, 8, 80, 95])
CALLS = st.lists(st.builds(call, WHO, st.sampled_from("mn"), DAY), max_size=9)
CHARGES = st.lists(st.builds(charge, WHO, DAY), max_size=6)


@settings(max_examples=examples(100))
@given(calls=CALLS, charges=CHARGES, later=CALLS, more=CHARGES, who=st.sets(WHO, min_size=1))
def test_used_things_that_are_followed_are_those_of_all(
    calls: list[Row], charges: list[Row], later: list[Row], more: list[Row], who: set[str]
) -> None:
    """Some accounts have other rows, or none; nobody else has."""
    now = rolled(
        [row for row in calls if row["account_id"] not in who]
        + [row for row in later if row["account_id"] in who],
        [row for row in charges if row["SubAccountId"] not in who]
        + [row for row in more if row["SubAccountId"] in who],
    )
    followed = used_by(rolled(calls, charges)).again(now, pl.Series(sorted(who)))
    whole = used_by(now)
    for part in (field.name for field in fields(whole)):
        assert_frame_equal(getattr(followed, part), getattr(whole, part), check_row_order=False)
