"""Bounds of what queues miss: they hold, and say when they say nothing."""

from __future__ import annotations

import pytest

from benchmarks.exploration import measured
from detector.cases.measuring.exploring import Sampled, exact, explored, explored_of
from detector.cases.record.store import SYSTEM, Store
from tests.cases.planted import NOW, plant


@pytest.mark.parametrize("scale", [1, 100])
def test_intervals_hold_in_at_least_93_of_100_years(scale) -> None:
    found = measured(100, scale)
    assert min(found[f"holds_{name}"] for name in ("near", "rest", "all", "recall")) >= 0.93


def test_the_exact_interval_is_scipys() -> None:
    from scipy.stats import binomtest

    for k, n in ((0, 7), (3, 50), (50, 50)):
        found = binomtest(k, n).proportion_ci(method="exact")
        assert exact(k, n) == pytest.approx((found.low, found.high), abs=1e-9)


def test_a_year_of_few_samples_is_inconclusive_and_one_of_very_many_is_not() -> None:
    few = explored([Sampled("near", 5000, 208, 1), Sampled("rest", 95_000, 52, 0)], 30)
    assert few.inconclusive
    assert few.recall is not None
    assert few.recall.high - few.recall.low > 0.4
    many = explored([Sampled("near", 50, 50, 1), Sampled("rest", 900, 900, 0)], 30)
    assert not many.inconclusive


def test_a_stratum_without_a_settled_sample_leaves_no_sum_and_none_found_no_recall() -> None:
    assert explored([Sampled("near", 50, 9, 0), Sampled("rest", 900, 0, 0)], 3).all_missed is None
    assert explored([], 3).inconclusive
    none = explored([Sampled("near", 50, 50, 0)], 0)
    assert none.recall is None
    assert none.inconclusive


def test_samples_of_a_folder_count_as_they_were_settled(store: Store, clock) -> None:
    words = ["confirmed_proxy", "cleared", "unresolved", None]
    with store.writing(NOW) as tx:
        for number, word in enumerate(words):
            name = f"C-{number}"
            plant(tx, name, kind="sample", queue="sample", stratum="near", weight=25.0, first_run=1)
            if word is not None:
                tx.record("case.settled", SYSTEM, "system", name, put=[("settlements", {
                    "settlement_id": "@seq", "case_id": name, "at": tx.at, "outcome": word,
                    "basis": "review", "judgements": "[]", "people": "[]",
                })])  # fmt: skip
    with store.reading() as connection:
        found = explored_of(connection, NOW)
    assert found.sampled == (Sampled("near", 100.0, 2, 1, 2),)
    assert found.found == 0
