"""What is ordinary among peers, also where hardly anything varies."""

import numpy as np
import pytest

from models.population.peers import Baseline


def directed(values: list[float]) -> np.ndarray:
    column = np.array(values)[:, None]
    everybody = [np.arange(len(column))]
    baseline = Baseline.fit(column, everybody, np.zeros(1, dtype=np.int64))
    return baseline.directed(column, np.zeros(len(column), dtype=np.int64), np.ones(1))[:, 0]


@pytest.mark.parametrize("noise", [5e-324, 1e-310, 1e-200, 1e-15])
def test_rounding_is_no_spread(noise: float) -> None:
    """Most values differ by next to nothing: the few that differ truly set the scale."""
    away = directed([noise * k for k in range(60)] + [1.0, 2.0])
    assert np.isfinite(away).all()
    assert (away[:60] < 1e-6).all()
    assert 0.0 < away[60] < away[61] < 6.0


@pytest.mark.parametrize("most", [1e-310, 1e-150, 1e300])
def test_columns_of_any_size_stay_finite(most: float) -> None:
    away = directed([*np.linspace(0.0, most, 50), most])
    assert np.isfinite(away).all()


def test_one_far_value_is_bounded() -> None:
    away = directed([*np.linspace(-1.0, 1.0, 50), 1e300])
    assert np.isfinite(away).all()
    assert away[-1] > 30.0


def test_a_column_that_is_the_same_for_all_or_nearly_all_keeps_its_own_spread() -> None:
    """How far one stands out says how much there is of it, whoever else has some."""
    alike, rare = np.zeros((1000, 1)), np.zeros((1000, 1))
    rare[0] = 0.5
    found = [_stands_out(column, np.array([0.1])) for column in (alike, rare)]
    assert found[0] == found[1] == pytest.approx(np.log1p(5.0))
    assert len({_stands_out(column, np.array([0.0])) for column in (alike, rare)}) == 2


def test_peers_who_differ_by_more_than_the_least_set_the_spread() -> None:
    wide = np.linspace(0.0, 100.0, 1001)[:, None]
    assert _stands_out(wide, np.array([0.1])) == _stands_out(wide, np.array([0.0]))


def _stands_out(column: np.ndarray, least: np.ndarray) -> float:
    nobody = np.zeros(1, dtype=np.int64)
    members = [np.arange(len(column))]
    baseline = Baseline.fit(column, members, nobody, least)
    middle = float(np.median(column))
    value, side = np.array([[middle + 0.5]]), np.array([1.0])
    return float(baseline.directed(value, nobody, side)[0, 0])
