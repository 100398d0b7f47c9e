"""The yardsticks themselves: known answers, missing values, seeds, nothing heavy on import."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from lab import baselines

RNG = np.random.default_rng(0)
X = np.vstack([RNG.normal(size=(300, 4)), RNG.normal(6, 0.5, size=(3, 4))])
FAR = np.arange(303) >= 300


@pytest.mark.parametrize(
    "method", [baselines.sklearn_forest, baselines.pyod_iforest, baselines.pyod_ecod]
)
def test_far_away_rows_score_highest_even_with_missing_values(method) -> None:
    with_gaps = X.copy()
    with_gaps[5, 1] = with_gaps[7, 3] = np.nan
    assert set(np.argsort(-method(with_gaps))[:3]) == {300, 301, 302}


def test_a_seed_gives_the_same_scores_again() -> None:
    first = baselines.sklearn_forest(X, seed=1)
    assert np.array_equal(first, baselines.sklearn_forest(X, seed=1))
    assert not np.array_equal(first, baselines.sklearn_forest(X, seed=2))


def test_missing_size_ranks_last() -> None:
    assert np.argmin(baselines.by_size(np.array([3.0, np.nan, -1.0]))) == 1


def test_area_of_each_column_agrees_with_scikit_learn() -> None:
    rounded = np.round(X, 0)
    expected = [roc_auc_score(FAR, column) for column in rounded.T]
    assert baselines.aurocs(rounded, FAR) == pytest.approx(expected)


def test_area_is_unknown_with_one_class() -> None:
    assert np.isnan(baselines.aurocs(X, np.zeros(303, dtype=bool))).all()


def test_red_flags_count_the_suspicious_tail_of_the_right_side() -> None:
    table = np.array([[float(i), float(-i), np.nan] for i in range(100)])
    flags = baselines.red_flags(table, np.array([1, -1, 1]))
    assert flags[99] == 2
    assert flags.sum() == 2


def test_a_constant_column_raises_no_flag() -> None:
    assert baselines.red_flags(np.ones((50, 2)), np.array([1, -1])).sum() == 0


def test_the_ceiling_learns_what_labels_teach() -> None:
    y = RNG.random(2000) < 0.2
    taught = RNG.normal(size=(2000, 3))
    taught[:, 1] += 2 * y
    taught[::7, 2] = np.nan
    new = baselines.supervised_ceiling(taught[:1000], y[:1000], taught[1000:])
    assert roc_auc_score(y[1000:], new) > 0.8


def test_importing_loads_neither_scikit_learn_nor_pyod(repository) -> None:
    program = (
        "import sys, lab.baselines;"
        "sys.exit(bool({'sklearn', 'pyod', 'scipy', 'polars'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=repository).returncode == 0
