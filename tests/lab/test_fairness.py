"""Parity, archetype cap and leakage on cases small enough to count by hand."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.errors import DataError
from lab.fairness import (
    SMALL,
    UNKNOWN,
    accounts_needed,
    archetype_cap,
    parity,
    wilson,
)
from lab.leakage import leakage, mutual_information


def groups(**sizes: int) -> pl.Series:
    return pl.Series("group", [name for name, size in sizes.items() for _ in range(size)])


def flags(total: int, at: list[int]) -> np.ndarray:
    reviewed = np.zeros(total)
    reviewed[at] = 1.0
    return reviewed


def verdicts(table: pl.DataFrame) -> dict[str, str]:
    return dict(table.select(table.columns[0], "verdict").iter_rows())


@given(total=st.integers(1, 10_000), share=st.floats(0, 1))
def test_the_interval_holds_the_share_and_stays_within_0_and_1(total: int, share: float) -> None:
    hits = round(share * total)
    low, high = wilson(hits, total)
    assert 0 <= low <= hits / total + 1e-12
    assert hits / total - 1e-12 <= high <= 1
    assert low < high


def test_the_interval_of_published_shares() -> None:
    assert [round(x, 3) for x in wilson(40, 200)] == [0.150, 0.261]
    low, high = wilson(0, 100)
    assert low == 0
    assert high == pytest.approx(0.037, abs=5e-4)


def test_no_number_of_accounts_shows_a_gap_that_cannot_be() -> None:
    assert accounts_needed(0.0) is None
    assert accounts_needed(0.6, gap=2.0) is None
    assert accounts_needed(0.01) < accounts_needed(0.005)


def test_rates_are_counted_beside_the_rest() -> None:
    table = parity(groups(a=40, b=60), flags(100, [0, 1, 50]))
    rows = {row["group"]: row for row in table.to_dicts()}
    assert rows["a"]["accounts"] == 40
    assert rows["a"]["rate"] == pytest.approx(2 / 40)
    assert rows["a"]["rest_rate"] == pytest.approx(1 / 60)
    assert rows["a"]["ratio"] == pytest.approx(3.0)
    assert (rows["a"]["low"], rows["a"]["high"]) == wilson(2, 40)
    assert table["group"].to_list() == ["a", "b"]


def test_too_few_accounts_are_inconclusive_and_never_pass() -> None:
    table = parity(groups(a=500, b=500), flags(1000, [0, 1, 2, 500, 501]))
    assert verdicts(table) == {"a": "inconclusive", "b": "inconclusive"}
    assert table["needed"].to_list() == [accounts_needed(0.005)] * 2


def test_equal_groups_that_are_large_enough_show_no_such_gap() -> None:
    reviewed = flags(20_000, [*range(50), *range(10_000, 10_050)])
    table = parity(groups(a=10_000, b=10_000), reviewed)
    assert verdicts(table) == {"a": "no such gap", "b": "no such gap"}


def test_a_gap_beyond_chance_is_named_even_where_accounts_are_few() -> None:
    table = parity(groups(a=50, b=950), flags(1000, list(range(20))))
    assert verdicts(table) == {"a": "higher", "b": "lower"}


def test_nobody_reviewed_is_inconclusive() -> None:
    table = parity(groups(a=30, b=30), np.zeros(60))
    assert set(table["verdict"]) == {"inconclusive"}
    assert table["ratio"].null_count() == 2


def test_one_group_alone_has_nothing_to_be_compared_with() -> None:
    table = parity(groups(a=30), flags(30, [0]))
    assert verdicts(table) == {"a": "inconclusive"}


def test_small_groups_are_never_shown_by_themselves() -> None:
    table = parity(groups(a=100, b=40, c=19, d=3), flags(162, [0]))
    assert dict(table.select("group", "accounts").iter_rows()) == {"a": 100, "b": 40, SMALL: 22}


def test_a_single_small_group_takes_the_next_one_along() -> None:
    # With c left out or shown as "the rest", the total would tell its rate.
    table = parity(groups(a=100, b=40, c=5), flags(145, [0]))
    assert dict(table.select("group", "accounts").iter_rows()) == {"a": 100, SMALL: 45}


@given(sizes=st.lists(st.integers(1, 60), min_size=1, max_size=8).filter(lambda s: sum(s) >= 20))
def test_every_account_is_in_one_row_of_at_least_k(sizes: list[int]) -> None:
    named = groups(**{f"g{k}": size for k, size in enumerate(sizes)})
    table = parity(named, np.zeros(named.len()))
    assert table["accounts"].sum() == named.len()
    assert table["accounts"].min() >= 20


def test_accounts_without_a_country_are_a_group() -> None:
    table = parity(pl.Series([None] * 25 + ["a"] * 25), flags(50, [0]))
    assert set(table["group"]) == {UNKNOWN, "a"}


def test_parity_refuses_what_does_not_belong_together() -> None:
    with pytest.raises(DataError, match="one of each"):
        parity(groups(a=30), np.zeros(29))
    with pytest.raises(DataError, match="20 accounts or more"):
        parity(groups(a=19), np.zeros(19))


def test_the_archetype_cap_tells_sure_from_perhaps() -> None:
    counts = {
        "ordinary": (100_000, 400), "wronged": (1000, 100), "perhaps": (500, 10),
        "rare": (5, 1), "spared": (5000, 5), "open": (300, 1),
    }  # fmt: skip
    table = archetype_cap({name: np.array([*row, 0.0]) for name, row in counts.items()})
    assert verdicts(table) == {
        "wronged": "above", "perhaps": "perhaps above", "rare": "inconclusive",
        "ordinary": "below", "spared": "below", "open": "inconclusive",
    }  # fmt: skip
    base = 517 / 106_805
    assert table.filter(pl.col("archetype") == "wronged")["ratio"].item() == pytest.approx(
        0.1 / base
    )


def test_the_archetype_cap_of_no_flags_names_nobody() -> None:
    table = archetype_cap({"a": np.array([100.0, 0.0, 0.0])})
    assert table["verdict"].to_list() == ["inconclusive"]
    assert table["ratio"].to_list() == [None]


def world(told: bool) -> tuple[np.ndarray, pl.Series]:
    rng = np.random.default_rng(3)
    code = rng.integers(0, 3, 240)
    values = rng.random((240, 4))
    if told:
        values[:, 2] += code == 1
    values[rng.random((240, 4)) < 0.1] = np.nan
    return values, pl.Series("country", [["AA", "BB", "CC"][k] for k in code])


def test_a_feature_that_tells_the_country_is_found_and_named() -> None:
    values, country = world(told=True)
    found = leakage(values, ["f", "g", "h", "i"], country, trees=30)
    assert found.auc > 0.6
    assert found.countries["country"][0] == "BB"
    assert found.countries["auc"][0] > 0.9
    first = found.features.row(0, named=True)
    assert (first["feature"], first["country"], first["above_bar"]) == ("h", "BB", True)
    assert found.features["above_bar"].sum() == 1


def test_features_that_tell_nothing_stay_below_the_bar() -> None:
    values, country = world(told=False)
    found = leakage(values, ["f", "g", "h", "i"], country, trees=30)
    assert abs(found.auc - 0.5) < 0.08
    assert abs(found.scrambled_auc - 0.5) < 0.08
    assert not found.features["above_bar"].any()


def test_countries_of_few_accounts_and_none_are_left_out() -> None:
    values, country = world(told=False)
    few = pl.Series("country", [*country[:200], *["DD"] * 19, *[None] * 21])
    found = leakage(values, ["f", "g", "h", "i"], few, trees=30)
    assert found.accounts == 200
    assert "DD" not in found.countries["country"]


def test_leakage_needs_two_countries() -> None:
    with pytest.raises(DataError, match="expected at least 2"):
        leakage(np.zeros((30, 1)), ["f"], pl.Series("country", ["AA"] * 30))


def test_mutual_information_of_a_coin_that_is_copied_is_one_bit() -> None:
    coin = np.random.default_rng(0).integers(0, 2, 4000)
    bits, p_value = mutual_information(coin, coin, 2)
    assert bits == pytest.approx(1.0, abs=0.01)
    assert p_value < 1e-12
