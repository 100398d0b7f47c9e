"""Exposure before detection over a replay of weeks, worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from detector.evaluate import judge
from lab.replay import Week, exposure, exposure_summary, overlap

START = datetime(2026, 1, 1, tzinfo=UTC)
TRUTH = pl.DataFrame(
    {
        "account_id": ["a", "b", "c", "d"],
        "is_proxy": [True, True, True, False],
        "role": ["proxy", "proxy", "proxy", "benign"],
        "typology": ["T03", "T03", "T02", None],
        "ring_id": ["R", "R", None, None],
        "archetype": [None, None, None, "shop"],
    }
)
FIRST_USE = pl.DataFrame(
    {
        "account_id": ["a", "b", "c", "d"],
        "first_use": [START, START - timedelta(days=3), START, START],
    },
    schema_overrides={"first_use": pl.Datetime("us", "UTC")},
)


def week(number: int, order: str, tokens: int) -> Week:
    scores = pl.DataFrame({"account_id": list(order), "rank": range(1, len(order) + 1)})
    use = pl.DataFrame(
        {"account_id": list("abcd"), "tpp_hours": [1.0 * tokens] * 4, "tokens": [tokens] * 4}
    )
    return Week(START + timedelta(days=7 * number), judge(scores, TRUTH, 1), use)


def test_a_ring_found_in_the_second_week_is_charged_what_it_used_until_then() -> None:
    weeks = [week(1, "dabc", 10), week(2, "adbc", 25), week(3, "adbc", 99)]
    rings = exposure(weeks, FIRST_USE, TRUTH)
    ring = rings.filter(pl.col("ring") == "R").row(0, named=True)
    assert ring["found_at"] == START + timedelta(days=14)
    assert ring["days"] == 17.0
    assert ring["tokens"] == 50
    assert ring["tokens_per_account"] == 25.0
    assert ring["tpp_hours"] == 50.0


def test_a_ring_never_found_is_charged_until_the_last_week() -> None:
    rings = exposure([week(1, "abcd", 10), week(2, "abcd", 25)], FIRST_USE, TRUTH)
    single = rings.filter(pl.col("ring") == "c").row(0, named=True)
    assert single["found_at"] is None
    assert single["days"] == 14.0
    assert single["tokens"] == 25
    summary = exposure_summary(rings)
    assert (summary["rings"], summary["found"]) == (2, 1)
    assert summary["median_days_found"] == 10.0
    assert summary["median_days_all"] == 12.0


def test_overlap_counts_the_common_part_of_two_tops() -> None:
    first = pl.DataFrame({"account_id": list("abcd"), "rank": [1, 2, 3, 4]})
    second = pl.DataFrame({"account_id": list("abcd"), "rank": [4, 1, 2, 3]})
    assert overlap(first, second, 2) == 0.5
    assert overlap(first, second, 4) == 1.0
    assert overlap(first, first, 3) == pytest.approx(1.0)
