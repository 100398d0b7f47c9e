"""The share of a small budget that one innocent kind takes."""

from __future__ import annotations

from collections import Counter

import numpy as np
import polars as pl
import pytest

from detector.evaluate.answers import Answers
from detector.evaluate.cap import Budget, cap, pooled

SHOPS, LABS, RARE = 150, 40, 10
NAMES = [f"a{i:03}" for i in range(SHOPS + LABS + RARE)]
KINDS = ["shop"] * SHOPS + ["lab"] * LABS + ["rare"] * RARE
ANSWERS = Answers({}, dict(zip(NAMES, KINDS, strict=True)), pl.DataFrame())


def budget(order: list[int]) -> Budget:
    groups = np.arange(len(NAMES))
    groups[SHOPS + 1] = SHOPS  # two laboratories are one case
    return Budget.of(pl.Series(NAMES), groups, np.array(order), ANSWERS)


def test_a_kind_is_told_by_its_share_of_the_budget_beside_its_share_of_accounts() -> None:
    told = cap(budget([SHOPS, SHOPS + 1, 0]))  # 1 % of 200 accounts are two
    expected = {"kind": "lab", "accounts": 40, "flagged": 2, "cases": 1, "times": 5.0}
    assert told["worst"] == expected
    assert told["kinds"][1] == {
        "kind": "shop", "accounts": 150, "flagged": 0, "cases": 0, "times": 0.0,
    }  # fmt: skip
    assert told["too_few"] == ["rare"]


def test_worlds_are_pooled_before_kinds_are_counted() -> None:
    one = cap(pooled([budget([SHOPS, 0]), budget([1, 2]), budget([190, 191]), budget([3, 4])]))
    assert {row["kind"]: row["flagged"] for row in one["kinds"]} == {"lab": 1, "shop": 5, "rare": 2}
    assert one["worst"]["kind"] == "rare"
    assert one["worst"]["times"] == pytest.approx((2 / 8) / (10 / 200))
    assert one["too_few"] == []


def test_a_list_in_no_order_says_what_the_worst_kind_is_by_chance() -> None:
    even = Budget(100, 10_000, Counter(), Counter(), Counter(a=5000, b=5000))
    many = Budget(100, 10_000, Counter(), Counter(), Counter({f"k{i}": 100 for i in range(100)}))
    assert cap(even)["by_chance"] == pytest.approx(1.0, abs=0.1)
    assert cap(many)["by_chance"] >= 3.0
    assert cap(budget([0]))["by_chance"] is not None


def test_a_population_of_rare_kinds_alone_has_no_worst() -> None:
    told = cap(Budget(1, 20, Counter(a=1), Counter(a=1), Counter(a=20)))
    assert (told["worst"], told["kinds"], told["by_chance"]) == (None, [], None)
