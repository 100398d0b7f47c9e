"""Shapley values equal those of the shap package and of the definition."""

from itertools import combinations
from math import comb

import numpy as np
import pytest

from models.forest.forest import ArrayForest
from models.forest.treeshap import exact_attributions, shapley_base, shapley_values


def _rows(n: int = 600, d: int = 5, missing: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, d)).astype(np.float32)
    X[:, 0] = np.where(rng.random(n) < 0.6, 0.0, X[:, 0])
    X[rng.random((n, d)) < missing] = np.nan
    return X


def _as_shap_trees(forest: ArrayForest) -> dict[str, object]:
    """Write the forest in the form that shap's explainer reads."""
    return {
        "trees": [_as_shap_tree(forest, t) for t in range(forest.trees.count)],
        "internal_dtype": np.float64,
        "input_dtype": np.float32,
        "objective": "squared_error",
        "tree_output": "raw_value",
        "base_offset": 0.0,
    }


def _as_shap_tree(forest: ArrayForest, tree: int) -> dict[str, np.ndarray]:
    part = forest.trees.part(tree, tree + 1)
    value = forest.values[forest.trees.leaf_start[tree] :]
    rows: list[list[float]] = []

    def add(k: int, first: int, size: int) -> int:
        at = len(rows)
        cover = part.cover[first : first + size]
        mean = float((cover * value[first : first + size]).sum() / cover.sum())
        rows.append([-1, -1, -1, -2, 0.0, mean, float(cover.sum())])
        if size > 1:
            cut = int(part.left[k])
            low, high = add(k + 1, first, cut), add(k + cut, first + cut, size - cut)
            lost = high if part.missing_right[k] else low
            rows[at][:5] = [low, high, lost, int(part.feature[k]), float(part.threshold[k])]
        return at

    add(0, 0, len(part.cover))
    names = ("children_left", "children_right", "children_default", "features", "thresholds",
             "values", "node_sample_weight")  # fmt: skip
    columns = dict(zip(names, np.array(rows).T, strict=True))
    for name in names[:4]:
        columns[name] = columns[name].astype(int)
    columns["values"] = columns["values"][:, None]
    return columns


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")  # shap's use of matplotlib
@pytest.mark.parametrize("max_samples", [2, 32, 256])
def test_equals_the_shap_package(max_samples: int) -> None:
    import shap

    X = _rows()
    forest = ArrayForest.fit(X, n_estimators=20, max_samples=max_samples)
    theirs = shap.TreeExplainer(
        _as_shap_trees(forest), feature_perturbation="tree_path_dependent"
    ).shap_values(X[:30], check_additivity=False)
    assert np.abs(shapley_values(forest, X[:30]) + theirs / forest.scale).max() < 1e-12


def test_equals_the_definition_with_missing_values() -> None:
    X = _rows(d=4, missing=0.3)
    forest = ArrayForest.fit(X, n_estimators=5, max_samples=64)
    ours = shapley_values(forest, X[:6])
    for row, values in zip(X[:6], ours, strict=True):
        assert np.abs(_by_definition(forest, row) - values).max() < 1e-12


def _by_definition(forest: ArrayForest, row: np.ndarray) -> np.ndarray:
    d = len(row)
    worth = {
        kept: _expected(forest, row, set(kept))
        for size in range(d + 1)
        for kept in combinations(range(d), size)
    }
    phi = np.zeros(d)
    for j in range(d):
        for kept, value in worth.items():
            if j not in kept:
                joined = tuple(sorted((*kept, j)))
                phi[j] += (worth[joined] - value) / (d * comb(d - 1, len(kept)))
    return -phi / forest.scale


def _expected(forest: ArrayForest, row: np.ndarray, kept: set[int]) -> float:
    trees = forest.trees

    def below(tree: int, k: int, first: int, size: int) -> float:
        if size == 1:
            return float(forest.values[trees.leaf_start[tree] + first])
        cut, column = int(trees.left[k]), int(trees.feature[k])
        sides = (k + 1, first, cut), (k + cut, first + cut, size - cut)
        if column in kept:
            value = row[column]
            right = trees.missing_right[k] if np.isnan(value) else value > trees.threshold[k]
            return below(tree, *sides[int(right)])
        start = trees.leaf_start[tree]
        weight = [trees.cover[start + a : start + a + n].sum() for _, a, n in sides]
        values = [below(tree, *side) for side in sides]
        return float(np.dot(weight, values) / sum(weight))

    sizes = np.diff(trees.leaf_start)
    return sum(below(t, int(trees.node_start[t]), 0, int(sizes[t])) for t in range(trees.count))


def test_values_and_base_add_up_to_raw() -> None:
    X = _rows(missing=0.1)
    forest = ArrayForest.fit(X, n_estimators=40)
    total = shapley_values(forest, X).sum(axis=1) + shapley_base(forest)
    assert np.abs(total - forest.raw(X)).max() < 1e-12
    assert shapley_base(forest) == pytest.approx(forest.base, abs=1e-6)


def test_a_forest_without_splits_gives_zeros() -> None:
    forest = ArrayForest.fit(np.ones((20, 2)), n_estimators=3)
    assert not shapley_values(forest, np.ones((4, 2))).any()


@pytest.mark.parametrize("taught", [False, True])
def test_exact_attributions_add_up_with_the_base_that_scores_show(taught: bool) -> None:
    X = _rows(missing=0.1)
    forest = ArrayForest.fit(X, n_estimators=50, max_samples=64)
    if taught:
        noise = np.random.default_rng(1).integers(-(1 << 22), 1 << 22, len(forest.values))
        forest = forest.with_values(forest.values + noise)
    exact = exact_attributions(forest, X)
    assert np.abs(exact.sum(axis=1) + forest.base - forest.raw(X)).max() < 1e-13
    assert np.abs(exact - shapley_values(forest, X)).max() < 1e-6


def test_a_forest_of_one_sample_has_nothing_to_explain() -> None:
    forest = ArrayForest.fit(np.ones((1, 2)), n_estimators=3)
    assert np.array_equal(exact_attributions(forest, np.ones((4, 2))), np.zeros((4, 2)))


def test_a_row_has_the_same_values_whoever_else_is_asked_for() -> None:
    X = _rows(missing=0.1)
    forest = ArrayForest.fit(X, n_estimators=40)
    whole = shapley_values(forest, X)
    for n in (1, 2, 17, 33):
        assert np.array_equal(shapley_values(forest, X[:n]), whole[:n])
