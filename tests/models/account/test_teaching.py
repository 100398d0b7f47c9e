"""What boosting over drawn isolation trees learns, and what it leaves alone."""

import numpy as np
import pytest

from models.account.heldout import auroc
from models.account.teaching import taught_forest
from models.forest.forest import ArrayForest


def world(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Two odd kinds of rows: the first 60 are planted, the next 60 are not."""
    X = np.random.default_rng(seed).normal(size=(2000, 6)).astype(np.float32)
    X[:60, 0] += 5.0
    X[60:120, 3] += 5.0
    return X, np.arange(2000) < 60


def taught(seed: int = 0) -> ArrayForest:
    X, planted = world(1)
    return taught_forest(X, planted, seed=seed, rounds=40, pool=200)


def test_what_is_taught_holds_on_other_rows() -> None:
    X, planted = world(2)
    untaught, forest = ArrayForest.fit(X, n_estimators=100), taught()
    assert auroc(forest.raw(X), planted) > auroc(untaught.raw(X), planted)
    assert (np.argsort(-forest.raw(X))[:40] < 60).all()


def test_every_round_explains_more() -> None:
    losses: list[float] = []
    X, planted = world(1)
    taught_forest(X, planted, rounds=20, pool=50, on_round=losses.append)
    courses = np.array(losses).reshape(-1, 20)
    assert (np.diff(courses, axis=1) < 0).all()
    assert (courses[:, 0] == courses[0, 0]).all()


def test_an_interaction_is_learnt_that_no_column_shows() -> None:
    """Planted where the first two columns are large together, ordinary where only one is."""
    rng = np.random.default_rng(5)
    X = rng.normal(size=(4000, 4)).astype(np.float32)
    X[:200, :2] += 3.0
    X[200:400, 0] += 3.0
    X[400:600, 1] += 3.0
    planted = np.arange(4000) < 200
    lesson = np.arange(4000) % 2 == 0
    forest = taught_forest(X[lesson], planted[lesson], rounds=100, pool=400)
    assert auroc(forest.raw(X[~lesson]), planted[~lesson]) > 0.95


def test_the_chosen_trees_are_trees_of_the_pool() -> None:
    forest = taught()
    assert 1 <= forest.trees.count < 200
    X = world(2)[0]
    gap = forest.attributions(X).sum(axis=1) + forest.base - forest.raw(X)
    assert np.abs(gap).max() < 1e-12
    again = ArrayForest.from_arrays(forest.to_arrays())
    np.testing.assert_array_equal(again.raw(X), forest.raw(X))


def test_the_same_seed_gives_the_same_bits_and_another_seed_others() -> None:
    np.testing.assert_array_equal(taught(3).values, taught(3).values)
    assert not np.array_equal(taught(3).values, taught(4).values)


def test_the_raw_score_is_the_log_odds() -> None:
    rng = np.random.default_rng(7)
    X = rng.normal(size=(4000, 3)).astype(np.float32)
    X[:1000, 0] += 8.0
    planted = np.arange(4000) % 10 == 0
    planted[:1000] = np.arange(1000) % 2 == 0
    raw = taught_forest(X, planted, rounds=150, pool=200).raw(X)
    assert raw[:1000].mean() == pytest.approx(0.0, abs=0.2)
    assert raw[1000:].mean() == pytest.approx(np.log(1 / 9), abs=0.3)


def test_missing_values_are_read() -> None:
    X, planted = world(1)
    X[::3, 3] = np.nan
    forest = taught_forest(X, planted, rounds=40, pool=200)
    assert auroc(forest.raw(X), planted) > 0.95


@pytest.mark.parametrize("planted", [np.zeros(2000, dtype=bool), np.ones(2000, dtype=bool)])
def test_one_class_is_refused(planted: np.ndarray) -> None:
    with pytest.raises(ValueError, match="both kinds"):
        taught_forest(world(1)[0], planted)


def test_a_subset_of_trees_scores_as_its_trees_do() -> None:
    X = world(2)[0]
    forest = ArrayForest.fit(X, n_estimators=20)
    parts = [forest.subset(np.array(chosen)) for chosen in ([3, 7], [7], [3])]
    sums = [part.sums(X) for part in parts]
    np.testing.assert_array_equal(sums[0], sums[1] + sums[2])


def test_a_row_that_counts_twice_is_two_rows_to_the_loss() -> None:
    """The first column tells 60 planted rows, the fourth 60 others; weight decides between."""
    X = world(1)[0]
    planted = np.arange(2000) < 120
    losses = []
    for heavy in (slice(0, 60), slice(60, 120)):
        counts = np.where(planted, 0.1, 1.0)
        counts[heavy] = 1.9
        raw = taught_forest(X, planted, counts, rounds=30, pool=200).raw(X)
        losses.append(raw[:60].mean() - raw[60:120].mean())
    assert losses[0] > 0 > losses[1]
