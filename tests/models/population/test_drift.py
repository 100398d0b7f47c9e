"""A population, a model or a queue that moved is noticed; one that stayed is not."""

import numpy as np
import pytest

from models.population.drift import MOVED, STABLE, fallen_canaries, psi, psi_by_feature, top_overlap
from models.population.tails import Tails


def _tails(values: np.ndarray) -> Tails:
    return Tails.build(values, [np.arange(len(values))])


def _values(seed: int, n: int = 5000) -> np.ndarray:
    rng = np.random.default_rng(seed)
    normal, inflated = (
        rng.normal(size=n),
        np.where(rng.random(n) < 0.8, 0.0, rng.exponential(size=n)),
    )
    return np.stack((normal, inflated, np.zeros(n)), axis=1)


def test_the_same_population_is_stable() -> None:
    assert (psi_by_feature(_tails(_values(0)), _values(1).T) < STABLE / 5).all()


def test_a_shifted_population_is_noticed_by_feature() -> None:
    moved = _values(1)
    moved[:, 0] += 1.0
    found = psi_by_feature(_tails(_values(0)), moved.T)
    assert found[0] > MOVED
    assert found[1] < STABLE


def test_zeros_that_vanish_are_noticed() -> None:
    moved = _values(1)
    moved[:, 1] = np.random.default_rng(2).exponential(size=5000)
    assert psi_by_feature(_tails(_values(0)), moved.T)[1] > MOVED


def test_columns_without_values_give_no_figure() -> None:
    assert np.isnan(psi_by_feature(_tails(_values(0)), np.full((3, 9), np.nan))).all()
    assert np.isnan(psi(np.zeros(3), np.ones(3)))


@pytest.mark.parametrize(("shift", "overlap"), [(0, 1.0), (5, 0.5), (10, 0.0)])
def test_overlap_of_the_top(shift: int, overlap: float) -> None:
    scores = np.arange(100.0)
    assert top_overlap(scores, np.roll(scores, -shift), 10) == overlap


def test_ties_at_the_border_do_not_depend_on_row_order() -> None:
    one, other = np.array([3.0, 1.0, 1.0, 0.0]), np.array([3.0, 0.0, 1.0, 1.0])
    assert top_overlap(one, other, 2) == top_overlap(one[::-1], other[::-1], 2) == 0.75


def test_fallen_canaries_are_named() -> None:
    scores = np.array([0.9, 0.8, 0.8, 0.1])
    assert fallen_canaries(scores, np.array([0, 1, 2, 3]), 2).tolist() == [3]
    assert fallen_canaries(scores, np.array([0]), 1).tolist() == []
