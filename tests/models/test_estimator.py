"""ProxyForest is at home in scikit-learn and pyod, and converts their forests exactly."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from pyod.models.iforest import IForest
from sklearn.ensemble import IsolationForest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from models import ProxyForest, ProxyForestOD


@pytest.fixture(name="X")
def _rows() -> np.ndarray:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(3000, 6)) * 10.0 ** rng.integers(-3, 3, size=6)
    rows[:, 5] = rng.integers(0, 3, size=3000)
    return rows


#: Drawing distinct rows by weight is not the same as repeating rows.
NOT_MEANT = {
    "check_sample_weight_equivalence_on_dense_data": "weights are chances of distinct draws"
}


@pytest.mark.filterwarnings("ignore")  # scikit-learn's checks warn about what they provoke
def test_scikit_learns_checks_pass() -> None:
    results = check_estimator(
        ProxyForest(n_estimators=10), expected_failed_checks=NOT_MEANT, on_fail=None, on_skip=None
    )
    failed = [r["check_name"] for r in results if r["status"] == "failed"]
    assert failed == []
    assert sum(r["status"] == "passed" for r in results) > 50


@pytest.mark.parametrize("missing", [0.0, 0.2])
@pytest.mark.parametrize("options", [{}, {"max_features": 0.5}, {"max_samples": 1000}])
def test_converted_forests_score_the_same_bits(
    X: np.ndarray, missing: float, options: dict[str, float]
) -> None:
    X[np.random.default_rng(1).random(X.shape) < missing] = np.nan
    theirs = IsolationForest(n_estimators=30, random_state=0, **options).fit(X)
    ours = ProxyForest.from_sklearn(theirs)
    for rows in (X, X[:10], X[:1]):
        assert np.array_equal(ours.score_samples(rows), theirs.score_samples(rows))
    assert np.array_equal(ours.decision_function(X), theirs.decision_function(X))
    gap = ours.attributions(X).sum(axis=1) + ours.base_ - ours.raw(X)
    assert np.abs(gap).max() < 1e-12


def test_thresholds_on_the_data_itself_convert_exactly() -> None:
    x = np.nextafter(np.float32(1.0), np.float32(2.0)) * np.ones((300, 1), dtype=np.float64)
    x[::2] = 1.0
    x[::3] = 1.0 - 2.0**-25  # not a float32
    theirs = IsolationForest(n_estimators=50, random_state=3).fit(x)
    assert np.array_equal(
        ProxyForest.from_sklearn(theirs).score_samples(x), theirs.score_samples(x)
    )


def test_converted_pyod_forests_score_the_same_bits(X: np.ndarray) -> None:
    theirs = IForest(n_estimators=30, random_state=0).fit(X)
    ours = ProxyForest.from_pyod(theirs)
    assert np.array_equal(-ours.decision_function(X), theirs.decision_function(X))


@pytest.mark.parametrize("thing", [IsolationForest(), object(), IForest()])
def test_only_fitted_forests_convert(thing: object) -> None:
    convert = ProxyForest.from_pyod if isinstance(thing, IForest) else ProxyForest.from_sklearn
    with pytest.raises(TypeError, match="expected a fitted"):
        convert(thing)


def test_save_and_load_keep_every_bit(X: np.ndarray, tmp_path: Path) -> None:
    frame = pd.DataFrame(X, columns=list("abcdef"))
    forest = ProxyForest(n_estimators=30, contamination=0.02).fit(frame)
    forest.save(tmp_path / "f")
    again = ProxyForest.load(tmp_path / "f")
    assert np.array_equal(again.score_samples(frame), forest.score_samples(frame))
    assert np.array_equal(again.predict(frame), forest.predict(frame))
    assert again.get_feature_names_out().tolist() == list("abcdef")
    converted = ProxyForest.from_sklearn(IsolationForest(n_estimators=9).fit(X))
    converted.save(tmp_path / "c")
    assert np.array_equal(
        ProxyForest.load(tmp_path / "c").score_samples(X), converted.score_samples(X)
    )


def test_frames_in_and_frames_out(X: np.ndarray) -> None:
    pandas, names = pd.DataFrame(X, columns=list("abcdef")), list("abcdef")
    forest = ProxyForest(n_estimators=20).set_output(transform="pandas").fit(pandas)
    assert list(forest.transform(pandas).columns) == names
    polars = pl.from_pandas(pandas)
    forest = ProxyForest(n_estimators=20).set_output(transform="polars").fit(polars)
    out = forest.transform(polars)
    assert isinstance(out, pl.DataFrame)
    assert out.columns == names
    assert np.array_equal(out.to_numpy(), forest.attributions(polars))


def test_groups_are_routed_through_a_pipeline(X: np.ndarray) -> None:
    groups = np.arange(len(X)) // 10
    with sklearn.config_context(enable_metadata_routing=True):
        inner = ProxyForest(n_estimators=20).set_fit_request(groups=True)
        routed = make_pipeline(StandardScaler(), inner).fit(X, groups=groups)
    Z = StandardScaler().fit_transform(X)
    direct = ProxyForest(n_estimators=20).fit(Z, groups=groups)
    assert np.array_equal(routed[-1].score_samples(Z), direct.score_samples(Z))


def test_contamination_sets_the_cut(X: np.ndarray) -> None:
    forest = ProxyForest(n_estimators=50, contamination=0.05).fit(X)
    assert (forest.predict(X) == -1).mean() == pytest.approx(0.05, abs=0.01)


@pytest.mark.parametrize(
    "options", [{"n_estimators": 0}, {"max_samples": 1.5}, {"contamination": 0.7}]
)
def test_bad_parameters_are_named(X: np.ndarray, options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        ProxyForest(**options).fit(X)


def test_pyod_adapter_ranks_as_the_forest_does(X: np.ndarray) -> None:
    detector = ProxyForestOD(contamination=0.1, n_estimators=50).fit(X)
    forest = ProxyForest(n_estimators=50).fit(X)
    assert np.array_equal(detector.decision_function(X), -forest.score_samples(X))
    assert np.array_equal(detector.decision_scores_, detector.decision_function(X))
    assert detector.predict(X).mean() == pytest.approx(0.1, abs=0.01)
    assert detector.predict_proba(X).shape == (len(X), 2)


def test_importing_models_loads_no_heavy_library() -> None:
    code = (
        "import sys, models, models.forest.forest, models.account.model, models.files.model;"
        "heavy = {'sklearn', 'pyod', 'numba', 'pandas', 'polars', 'matplotlib'};"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
