"""Shared expressions: exact at their edges."""

from __future__ import annotations

import polars as pl
import pytest

from features.expressions import (
    effective_number,
    entropy_share,
    evenness,
    left_sum,
    per,
    promptness,
    ratio,
    share,
)  # fmt: skip


def value(expression: pl.Expr, **columns: list[float | int | None]) -> list[float | None]:
    return pl.DataFrame(columns).select(expression).to_series().to_list()


def test_ratios_of_nothing_are_zero() -> None:
    assert value(ratio("a", "b"), a=[1, 3], b=[0, 2]) == [0.0, 1.5]
    assert value(share("a", "b"), a=[3, -1], b=[2, 2]) == [1.0, 0.0]


def test_promptness_of_no_day_is_zero() -> None:
    assert value(promptness("d"), d=[0.0, 1.0, -5.0, None]) == [1.0, 0.5, 1.0, 0.0]


def test_a_constant_divides_one_row_as_it_divides_many() -> None:
    days = [float(7 * k) for k in range(1, 40)]
    alone = [value(per(pl.col("d"), 86_400.0), d=[d])[0] for d in days]
    assert value(per(pl.col("d"), 86_400.0), d=days) == alone


@pytest.mark.parametrize(
    ("counts", "even", "number"), [([5, 5], 1.0, 2.0), ([5, 0], 0.5, 1.0), ([0, 0], 0.0, 0.0)]
)
def test_evenness_and_effective_number(counts: list[int], even: float, number: float) -> None:
    assert value(evenness("n"), n=counts) == [even]
    assert value(effective_number("n"), n=counts) == [number]


def test_entropy_share() -> None:
    found = value(entropy_share(["a", "b"]), a=[1, 4, 0], b=[1, 0, 0])
    assert found == pytest.approx([1.0, 0.0, 0.0])


def test_left_sum_keeps_the_order_of_floats() -> None:
    assert value(left_sum(pl.col(c) for c in "abc"), a=[0.1], b=[0.2], c=[0.3]) == [0.1 + 0.2 + 0.3]
