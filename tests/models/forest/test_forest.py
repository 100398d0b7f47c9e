"""The forest keeps its laws: seeds, threads and row order change nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import ModelFormatError
from models.forest.forest import ArrayForest
from models.forest.layout import leaf_depths
from models.forest.pathlength import UNIT, stored_length


def _rows(seed: int, n: int = 400, d: int = 5, missing: float = 0.1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d)).astype(np.float32)
    X[:, 0] = np.where(rng.random(n) < 0.7, 0.0, X[:, 0])  # zero-inflated
    X[rng.random((n, d)) < missing] = np.nan
    return X


def _small(seed: int = 0, **options: object) -> ArrayForest:
    return ArrayForest.fit(_rows(seed), n_estimators=50, max_samples=64, **options)


laws = settings(max_examples=20, deadline=None)


@laws
@given(st.integers(0, 1000))
def test_the_same_seed_grows_the_same_forest(seed: int) -> None:
    X = _rows(seed)
    one = ArrayForest.fit(X, n_estimators=10, max_samples=32, seed=seed).to_arrays()
    two = ArrayForest.fit(X, n_estimators=10, max_samples=32, seed=seed).to_arrays()
    assert all(np.array_equal(one[name], two[name]) for name in one)


def test_another_seed_grows_another_forest() -> None:
    X = _rows(0)
    one = ArrayForest.fit(X, n_estimators=10, seed=1)
    two = ArrayForest.fit(X, n_estimators=10, seed=2)
    assert not np.array_equal(one.raw(X), two.raw(X))


@laws
@given(st.integers(0, 1000), st.integers(1, 300))
def test_row_order_and_company_do_not_change_a_score(seed: int, take: int) -> None:
    forest, X = _small(), _rows(seed)
    order = np.random.default_rng(seed).permutation(len(X))
    whole = forest.raw(X)
    assert np.array_equal(forest.raw(X[order]), whole[order])
    assert np.array_equal(forest.raw(X[:take]), whole[:take])


def test_threads_never_change_a_bit() -> None:
    forest, X = _small(), _rows(5, n=40_000)
    for method in (forest.raw, forest.score_samples, forest.attributions):
        assert np.array_equal(method(X), method(X, threads=2))


@laws
@given(st.integers(0, 1000))
def test_contributions_and_base_add_up_to_raw(seed: int) -> None:
    forest, X = _small(), _rows(seed)
    assert np.abs(forest.attributions(X).sum(axis=1) + forest.base - forest.raw(X)).max() < 1e-12


def test_contributions_are_exact_in_the_stored_integers() -> None:
    from models.forest.attribution import expected_sum, path_attributions

    forest, X = _small(), _rows(9)
    sums = path_attributions(forest.trees, forest.values, X)
    base = expected_sum(forest.trees, forest.values)
    assert np.array_equal(sums.sum(axis=1) + base, forest.sums(X))


def test_base_is_the_mean_raw_score_of_the_samples_drawn() -> None:
    X = _rows(1, n=64, missing=0.0)
    forest = ArrayForest.fit(X, n_estimators=30, max_samples=64)
    assert forest.raw(X).mean() == pytest.approx(forest.base, abs=1e-6)


def test_an_outlier_scores_highest_and_its_feature_is_named() -> None:
    X = _rows(2, missing=0.0)
    X[7, 3] = 40.0
    forest = ArrayForest.fit(X, n_estimators=200)
    assert forest.raw(X).argmax() == 7
    assert forest.score_samples(X).argmin() == 7
    assert forest.attributions(X[7:8])[0].argmax() == 3


def test_leaf_values_are_depth_plus_expected_rest() -> None:
    forest = _small()
    depth = leaf_depths(forest.trees)
    assert np.array_equal(forest.values, stored_length(depth, forest.trees.cover))
    assert (forest.values[forest.trees.cover == 1] == depth[forest.trees.cover == 1] * UNIT).all()
    covers = np.add.reduceat(forest.trees.cover, forest.trees.leaf_start[:-1])
    assert (covers == 64).all()


def test_a_missing_value_follows_the_larger_child() -> None:
    X = np.array([[0.0]] * 9 + [[1.0]] * 3, dtype=np.float32)
    forest = ArrayForest.fit(X, n_estimators=5, max_samples=12)
    nothing = np.array([[np.nan]], dtype=np.float32)
    assert np.array_equal(forest.raw(nothing), forest.raw(X[:1]))
    mirrored = ArrayForest.fit(1.0 - X, n_estimators=5, max_samples=12)
    assert np.array_equal(mirrored.raw(nothing), mirrored.raw(1.0 - X[:1]))


def test_rows_without_any_variation_score_as_ordinary() -> None:
    X = np.ones((50, 3), dtype=np.float32)
    forest = ArrayForest.fit(X, n_estimators=5)
    assert np.array_equal(forest.raw(X), np.full(50, forest.base))
    assert forest.base == pytest.approx(0.0, abs=1e-6)
    assert np.array_equal(forest.attributions(X), np.zeros((50, 3)))


def test_one_row_makes_a_forest_that_says_nothing() -> None:
    forest = ArrayForest.fit(np.ones((1, 2)), n_estimators=3)
    assert forest.raw(np.ones((4, 2))).tolist() == [0.0] * 4
    assert forest.score_samples(np.ones((4, 2))).tolist() == [-0.5] * 4


def test_empty_input_gives_empty_output() -> None:
    forest = _small()
    assert forest.raw(np.empty((0, 5))).shape == (0,)
    assert forest.attributions(np.empty((0, 5))).shape == (0, 5)


def test_a_large_linked_group_has_one_vote() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1200, 2)).astype(np.float32)
    X[:600] += 8.0  # half of the rows are one ring
    groups = np.where(np.arange(1200) < 600, -1, np.arange(1200))
    free = ArrayForest.fit(X, n_estimators=200)
    voted = ArrayForest.fit(X, n_estimators=200, groups=groups)
    assert voted.raw(X)[:600].mean() > free.raw(X)[:600].mean() + 0.2


def test_group_names_decide_nothing() -> None:
    X, codes = _rows(0), np.arange(400) // 4
    plain = ArrayForest.fit(X, n_estimators=10, groups=codes)
    renamed = ArrayForest.fit(
        X, n_estimators=10, groups=np.array([f"r{(c * 7) % 101}" for c in codes])
    )
    assert np.array_equal(plain.raw(X), renamed.raw(X))


@pytest.mark.parametrize("n", [100, 4000])
def test_rows_of_weight_zero_teach_nothing(n: int) -> None:
    X, weight = _rows(4, n=n), np.ones(n)
    weight[: n // 2] = 0.0
    forest = ArrayForest.fit(X, n_estimators=20, sample_weight=weight)
    other = X.copy()
    other[: n // 2] = 1e6
    again = ArrayForest.fit(other, n_estimators=20, sample_weight=weight)
    assert np.array_equal(forest.raw(X), again.raw(X))
    cut = X[: n - n // 4]  # the last rows are left out in another way: the others stay
    weight[n - n // 4 :] = 0.0
    one, two = (ArrayForest.fit(rows, n_estimators=20, sample_weight=w)
                for rows, w in ((X, weight), (cut, weight[: len(cut)])))  # fmt: skip
    assert np.array_equal(one.raw(X), two.raw(X))


def test_one_changed_row_changes_only_the_trees_that_drew_it() -> None:
    X = _rows(6, n=3000, missing=0.0)
    moved = X.copy()
    moved[1234] += 1.0
    one, two = (ArrayForest.fit(rows, n_estimators=400, max_samples=64) for rows in (X, moved))
    same = [np.array_equal(*(f.trees.part(t, t + 1).threshold for f in (one, two)))
            for t in range(400)]  # fmt: skip
    assert 0 < 400 - sum(same) < 30  # 400 x 64 / 3000 = 8.5 of them drew it


def test_the_number_of_trees_does_not_change_the_first_ones() -> None:
    X = _rows(7)
    few, many = (ArrayForest.fit(X, n_estimators=t, max_samples=64) for t in (10, 300))
    assert np.array_equal(few.trees.threshold, many.trees.part(0, 10).threshold)
    assert np.array_equal(few.trees.feature, many.trees.part(0, 10).feature)


def test_a_column_that_rarely_varies_is_found_and_all_that_vary_are_drawn_alike() -> None:
    X = np.zeros((64, 40), dtype=np.float32)
    X[:, [3, 17, 31]] = np.random.default_rng(0).normal(size=(64, 3))
    forest = ArrayForest.fit(X, n_estimators=600, max_samples=64)
    roots = forest.trees.feature[forest.trees.node_start[:-1]]
    assert set(roots.tolist()) == {3, 17, 31}
    assert np.bincount(roots)[[3, 17, 31]].min() > 150  # 200 each by chance


@pytest.mark.parametrize(
    ("weight", "words"),
    [(-1.0, "not negative"), (np.nan, "finite"), (0.0, "zero for every row")],
)
def test_bad_weights_are_refused(weight: float, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ArrayForest.fit(_rows(0), n_estimators=2, sample_weight=np.full(400, weight))


def test_bad_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="infinity"):
        ArrayForest.fit(np.array([[1.0], [np.inf]]))
    with pytest.raises(ValueError, match="rows and columns"):
        ArrayForest.fit(np.empty((0, 3)))
    with pytest.raises(ValueError, match="reads 5"):
        _small().raw(np.zeros((2, 4)))


def test_arrays_make_the_same_forest_again() -> None:
    forest, X = _small(), _rows(1)
    again = ArrayForest.from_arrays(forest.to_arrays("f."), "f.")
    assert np.array_equal(forest.raw(X), again.raw(X))
    assert np.array_equal(forest.attributions(X), again.attributions(X))


@pytest.mark.parametrize(
    ("name", "index", "value"),
    [
        ("feature", 0, 5), ("feature", 3, -1), ("left", 0, 0), ("left", 0, 10_000),
        ("threshold", 2, np.nan), ("cover", 1, 0), ("leaf_start", 1, -3), ("leaf_start", 0, 1),
        ("values", 0, 1 << 60), ("shape", 0, 0),
    ],
)  # fmt: skip
def test_an_index_outside_its_tree_is_found(name: str, index: int, value: float) -> None:
    arrays = {key: array.copy() for key, array in _small().to_arrays().items()}
    arrays[name][index] = value
    with pytest.raises(ModelFormatError):
        ArrayForest.from_arrays(arrays)
