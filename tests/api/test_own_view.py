"""A detector of one's own scores the rows, and is stored without code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from pyod.models.ecod import ECOD
from pyod.models.knn import KNN
from sklearn.ensemble import IsolationForest
from sklearn.neighbors import LocalOutlierFactor
from sklearn.svm import OneClassSVM

from detector import load_model, save_model, score_logs, train_logs
from detector.errors import ModelError, UsageError
from detector.pipeline import Trained
from detector.sources import Logs
from models import ModelFormatError, OutlierView

NEAR = OutlierView(OneClassSVM(gamma=0.5), kind="svm")


@pytest.fixture(scope="module")
def trained(logs: Logs) -> Trained:
    return train_logs(logs, view=NEAR)


@pytest.fixture(scope="module")
def model(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("view") / "m"
    save_model(trained, folder)
    return folder


@pytest.mark.long
def test_a_stored_detector_scores_the_same(logs: Logs, trained: Trained, model: Path) -> None:
    first = score_logs(logs, trained)
    again = score_logs(logs, model, view=NEAR)
    assert again.scores.equals(first.scores)
    assert again.run.model.card["view"] == "svm"
    listed = pl.col("reasons").list.eval(pl.element().struct.field("contribution")).list.sum()
    off = again.scores.select((pl.col("base") + listed - pl.col("raw_score")).abs().max())
    assert off.item() < 1e-9
    assert again.scores["raw_score"].n_unique() > 3


def test_nothing_that_is_stored_is_code(model: Path) -> None:
    kinds = {path.suffix for path in model.rglob("*") if path.is_file()}
    assert kinds <= {".json", ".npz", ".md"}
    for path in model.rglob("*.npz"):
        with np.load(path, allow_pickle=False) as arrays:
            assert all(arrays[name].dtype != object for name in arrays.files)


def test_a_session_without_the_detector_is_told_how_to_give_it(logs: Logs, model: Path) -> None:
    with pytest.raises(ModelError, match=r"view 'svm'.*load_model\(\.\.\., view=\.\.\.\)"):
        load_model(model)


def test_other_settings_than_at_training_are_found_out(model: Path) -> None:
    with pytest.raises(ModelError, match="gives other scores than when"):
        load_model(model, view=OutlierView(OneClassSVM(gamma=0.1), kind="svm"))


def test_a_detector_that_scores_by_company_is_refused(logs: Logs) -> None:
    with pytest.raises(ModelError, match="scores a row by the rows that are scored with it"):
        train_logs(logs, view=OutlierView(ECOD()))


def test_a_detector_that_nobody_seeded_is_refused_before_it_is_stored() -> None:
    with pytest.raises(ValueError, match=r"each time it is fitted.*seed the detector"):
        OutlierView(IsolationForest(n_estimators=5)).fit(_world())
    seeded = IsolationForest(n_estimators=5, random_state=0)
    assert OutlierView(seeded).fit(_world()).n_features == 4


@pytest.mark.parametrize(
    ("view", "told"),
    [
        (LocalOutlierFactor(novelty=True), "view is a LocalOutlierFactor.*OutlierView.detector"),
        (OutlierView, "view is the class OutlierView, which makes no views"),
    ],
)
def test_what_makes_no_views_says_what_does(logs: Logs, model: Path, view: Any, told: str) -> None:
    for call in (lambda: train_logs(logs, view=view), lambda: load_model(model, view=view)):
        with pytest.raises(UsageError, match=told):
            call()


def test_a_prior_has_nothing_to_teach_it(logs: Logs) -> None:
    with pytest.raises(UsageError, match="the view here is 'svm'"):
        train_logs(logs, view=NEAR, prior="simulated")


def _world(seed: int = 0) -> np.ndarray:
    X = np.random.default_rng(seed).random((300, 4)).astype(np.float32)
    X[5, 2] = 9.0
    X[6] = np.nan
    return X


@pytest.mark.parametrize(
    "detector",
    [KNN(n_neighbors=5), LocalOutlierFactor(n_neighbors=5, novelty=True, algorithm="kd_tree")],
)
def test_the_column_that_stands_out_carries_the_score(detector: Any) -> None:
    X = _world()
    view = OutlierView(detector, rows=250).fit(np.delete(X, 5, axis=0), seed=3)
    why = view.attributions(X)
    np.testing.assert_allclose(why.sum(axis=1) + view.base, view.raw(X), atol=1e-9)
    assert (view.raw(X).argmax(), why[5].argmax()) == (5, 2)
    assert np.isfinite(why).all()
    assert view.n_features == 4


def test_the_order_of_rows_decides_nothing_and_the_seed_what_is_kept() -> None:
    X = _world()
    few = OutlierView(KNN(n_neighbors=5), rows=100)
    one, other = few.fit(X, seed=1), few.fit(X[::-1].copy(), seed=1)
    np.testing.assert_array_equal(one.raw(X), other.raw(X))
    assert not np.array_equal(one.rows, few.fit(X, seed=2).rows)


def test_damaged_rows_are_no_view() -> None:
    maker = OutlierView(KNN(n_neighbors=5))
    arrays = maker.fit(_world()).to_arrays("v.")
    assert maker.from_arrays(arrays, "v.").n_features == 4
    with pytest.raises(ModelFormatError, match=r"v\.rows does not hold"):
        maker.from_arrays({**arrays, "v.width": np.array([7])}, "v.")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"detector": KNN(), "kind": "My view"}, "cannot name a view"),
        ({"detector": object()}, "it has no fit"),
        ({"detector": KNN(), "rows": 1}, "at least 2"),
        ({"detector": KNN}, r"is the class KNN; give one made of it: OutlierView\(KNN"),
        (
            {"detector": LocalOutlierFactor()},
            r"cannot score rows.*LocalOutlierFactor\(novelty=True",
        ),
    ],
)
def test_what_is_no_detector_says_why(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        OutlierView(**wrong)
