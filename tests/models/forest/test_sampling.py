"""Samples are fair, and a few rows change only the samples they are in."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.forest.keys import Shuffle, child_words, seed_word, uniform
from models.forest.sampling import draw_samples, make_units


def _trees(n: int, seed: int = 0) -> np.ndarray:
    return child_words(seed_word(seed), np.arange(n))


def _sets(rows: np.ndarray) -> list[set[int]]:
    return [set(row) for row in rows.tolist()]


def _changed(one: np.ndarray, two: np.ndarray) -> float:
    """Mean number of rows of a sample that are not in the other."""
    return float(np.mean([len(a - b) for a, b in zip(_sets(one), _sets(two), strict=True)]))


@pytest.mark.parametrize("rows", [1, 1000, 3000, 70_000])
def test_a_shuffle_holds_every_row_once_and_knows_its_place(rows: int) -> None:
    order = Shuffle.of(_trees(3), rows)
    every = np.arange(1 << order.bits)
    assert len(every) >= rows
    found = order.rows(every)
    assert (np.sort(found, axis=1) == every).all()
    assert (order.places(found) == every).all()


def test_words_are_known() -> None:
    # SplitMix64 of seed 1234567 (Vigna's reference code).
    first = child_words(np.array([1234567], dtype=np.uint64), np.arange(3))
    assert first.tolist() == [6457827717110365317, 3203168211198807973, 9817491932198370423]
    assert 0.49 < uniform(_trees(10_000), 5).mean() < 0.51


def test_every_pair_of_rows_is_drawn_alike() -> None:
    drawn = draw_samples(make_units(10, None, None), _trees(45_000), 2)
    count = np.bincount(drawn.min(axis=1) * 10 + drawn.max(axis=1), minlength=100)
    count = count[count > 0]
    assert len(count) == 45
    assert ((count - 1000.0) ** 2 / 1000.0).sum() < 80.0  # chi-squared, 44 degrees; p = 0.0007


def test_rows_are_drawn_alike_in_a_large_table() -> None:
    drawn = draw_samples(make_units(20_000, None, None), _trees(2000), 256)
    assert all(len(rows) == 256 for rows in _sets(drawn))
    count = np.bincount(drawn.ravel(), minlength=20_000)  # 25.6 each
    assert count.var() == pytest.approx(25.6, rel=0.06)
    assert abs(np.corrcoef(count, np.arange(20_000))[0, 1]) < 0.03


@pytest.mark.parametrize("n", [2000, 100_000])
def test_heavier_rows_are_drawn_more_often(n: int) -> None:
    weight = np.where(np.arange(n) < n // 10, 9.0, 1.0)
    drawn = draw_samples(make_units(n, None, weight), _trees(200), 10)
    assert 0.45 < (drawn < n // 10).mean() < 0.55  # 9 of 18
    assert all(len(rows) == 10 for rows in _sets(drawn))


def test_weights_give_successive_sampling() -> None:
    drawn = draw_samples(make_units(4, None, np.array([1.0, 2.0, 3.0, 4.0])), _trees(40_000), 2)
    # First row in proportion to weight, the second among the rest.
    chance = 0.1 + 0.2 / 8 + 0.3 / 7 + 0.4 / 6
    assert (drawn == 0).any(axis=1).mean() == pytest.approx(chance, abs=0.01)
    assert np.bincount(drawn[:, 0]) / 40_000 == pytest.approx([0.1, 0.2, 0.3, 0.4], abs=0.01)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.booleans())
def test_few_places_and_all_places_give_the_same(seed: int, weighted: bool) -> None:
    from models.forest.sampling import _draw

    weight = np.random.default_rng(seed).lognormal(size=3000) if weighted else None
    units = make_units(3000, None, weight)
    unit_at = np.full(1 << 12, -1)
    unit_at[units.first] = np.arange(units.count)
    few, every = (_draw(units, unit_at, _trees(20, seed), 16, n) for n in (20, 10**6))
    assert np.array_equal(few, every)


@pytest.mark.parametrize("n", [1500, 50_000])
def test_leaving_rows_out_changes_the_samples_they_are_in_alone(n: int) -> None:
    weight = np.ones(n)
    weight[::100] = 0.0
    whole, part = (draw_samples(make_units(n, None, w), _trees(100), 128) for w in (None, weight))
    for before, after in zip(_sets(whole), _sets(part), strict=True):
        gone = {row for row in before if row % 100 == 0}
        assert len(before - after) == len(gone)
        assert before - after == gone


def test_joining_rows_into_a_component_changes_few_rows_of_a_sample() -> None:
    n = 20_000
    alone, joined = np.arange(n), np.arange(n)
    joined[5:25] = 5
    one, two = (draw_samples(make_units(n, g, None), _trees(300), 256) for g in (alone, joined))
    assert _changed(one, two) < 0.5  # 20 rows of 20,000: 0.24 of a sample


def test_appending_rows_changes_few_rows_of_a_sample() -> None:
    one, two = (draw_samples(make_units(n, None, None), _trees(300), 256) for n in (20_000, 20_020))
    assert _changed(one, two) < 0.5


def test_a_component_has_one_vote_and_each_member_its_turn() -> None:
    groups = np.where(np.arange(3000) < 2000, 0, np.arange(3000))
    drawn = draw_samples(make_units(3000, groups, None), _trees(4000), 100)
    from_group = drawn[drawn < 2000]
    assert ((drawn < 2000).sum(axis=1) <= 1).all()
    assert len(from_group) / 4000 == pytest.approx(100 / 1001, abs=0.02)
    assert len(set(from_group.tolist())) > 250
