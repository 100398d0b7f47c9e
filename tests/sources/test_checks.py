"""Checks of whole columns: a row fares the same alone and among others."""

from __future__ import annotations

from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.sources.bounds import pieces
from detector.sources.normalise import Normalised, normalise
from detector.sources.raw import RawPart, numbered
from tests.examples import examples

START, END = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"
USUAL = {
    "ChargePeriodStart": START, "ChargePeriodEnd": END, "BillingAccountId": "0012",
    "ChargeCategory": "Usage", "ServiceName": "Compute", "ConsumedQuantity": "1.5",
    "ConsumedUnit": "Hours", "SkuId": "s", "EffectiveCost": "0.1", "BilledCost": None,
    "ChargeClass": None, "CommitmentDiscountStatus": None, "ChargeFrequency": None,
}  # fmt: skip
ODD: dict[str, list[str | None]] = {
    "ChargePeriodStart": [END, "2026-01-01", "soon", None, "NULL"],
    "ChargePeriodEnd": [START, "2026-01-02 00:00", ""],
    "BillingAccountId": ["", "NULL", "é" * 256, "é" * 257, None],
    "ChargeCategory": ["usage", "Tax", "Gift", None],
    "ServiceName": ["x" * 512, "x" * 513, "null"],
    "ConsumedQuantity": ["-1", "1e3", "0.0000000000000001", "1000000000000000", None, "x"],
    "ConsumedUnit": [None, "", "y" * 4097],
    "EffectiveCost": ["-0.1", "0.000000000000001", "1e-15", "NULL"],
    "BilledCost": ["-1", "0", "1"],
    "ChargeClass": ["Correction", "correction", "other"],
    "CommitmentDiscountStatus": ["used", "Unused", "odd"],
    "ChargeFrequency": ["usage-based", "One-Time", "monthly"],
}
ROW = st.dictionaries(st.sampled_from(sorted(ODD)), st.integers(0, 5), max_size=2).map(
    lambda picked: {**USUAL, **{name: ODD[name][k % len(ODD[name])] for name, k in picked.items()}}
)


def read(rows: list[dict[str, Any]], first: int = 1) -> Normalised:
    frame = pl.DataFrame(rows, schema=dict.fromkeys(USUAL, pl.String()))
    (piece,) = pieces(numbered(frame, first), "usage")
    return normalise(piece, "usage", "usage.csv")


@settings(max_examples=examples(40))
@given(st.lists(ROW, min_size=1, max_size=6))
def test_a_row_fares_the_same_alone_and_among_others(rows: list[dict[str, Any]]) -> None:
    together = read(rows)
    alone = [read([row], first) for first, row in enumerate(rows, 1)]
    assert together.frame.equals(pl.concat([part.frame for part in alone]))
    assert together.quarantine.equals(pl.concat([part.quarantine for part in alone]))
    assert together.rows.to_list() == [row for part in alone for row in part.rows]
    assert together.unmapped == sum(part.unmapped for part in alone)


def test_a_parser_that_told_nulls_is_believed_and_others_are_not() -> None:
    frame = pl.DataFrame([USUAL | {"SkuId": "NULL"}], schema=dict.fromkeys(USUAL, pl.String()))
    rows = pl.Series("_row", [1])
    for blank, expected in ((None, None), (frozenset({"SkuId"}), None), (frozenset(), "NULL")):
        (piece,) = pieces(RawPart(frame, rows, blank=blank), "usage")
        assert normalise(piece, "usage", "usage.csv").frame["SkuId"].to_list() == [expected]


def test_a_text_without_a_character_is_no_account_where_a_parser_left_it() -> None:
    frame = pl.DataFrame([USUAL, USUAL | {"BillingAccountId": ""}])
    part = RawPart(frame, pl.Series("_row", [1, 2]), blank=frozenset())
    (piece,) = pieces(part, "usage")
    found = normalise(piece, "usage", "usage.csv")
    assert found.rows.to_list() == [1]
    assert found.quarantine["reason"].to_list() == ["is empty"]
