"""Rollups that were followed are put in the order that a batch has them in."""

from __future__ import annotations

import polars as pl
import pytest

from detector.pipeline.live.context import in_order
from features.shapes import SHAPES


def rows_of(*told: tuple[str | None, str, str]) -> pl.DataFrame:
    keys = pl.DataFrame(told, schema=["account_id", "kind", "value"], orient="row")
    return keys.with_row_index("n")


@pytest.mark.parametrize(
    "told",
    [
        [],
        [("b", "ip", "1"), ("b", "ip", "2"), ("a", "ip", "9"), (None, "ip", "3"), ("c", "ip", "0")],
        [("a", "ip", "1"), ("b", "ip", "2"), ("b", "key", "1")],
        # What was added up twice stands in two places.
        [("b", "ip", "1"), ("a", "ip", "9"), ("b", "device", "7")],
    ],
)
def test_rows_come_as_their_keys_do(told: list[tuple[str | None, str, str]]) -> None:
    frame = rows_of(*told)
    whole = frame.sort(list(SHAPES["distinct"].keys), nulls_last=False)
    assert in_order("distinct", frame).equals(whole)


def test_what_is_no_rollup_stays_as_it_is() -> None:
    frame = rows_of(("b", "ip", "1"), ("a", "ip", "9"))
    assert in_order("inventory", frame).equals(frame)
