"""A view is a class and a name; whatever it is, tails, queues and reasons are made of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pyod.models.ecod import ECOD

from models.account.columns import FeatureSpec
from models.account.ecod import Ecod
from models.account.fitting import fit_model
from models.account.view import VIEWS
from models.errors import ModelFormatError
from models.files import store
from models.files.model import KIND, assemble, load_model, save_model

N, D = 600, 6
SPECS = [FeatureSpec(f"f{i}", f"F0{1 + i // 2}", 1) for i in range(D)]


def _world(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = rng.lognormal(size=(N, D))
    X[rng.random((N, D)) < 0.1] = np.nan
    return X, rng.integers(0, 2, size=(N, 3))


class Largest:
    """The toy: the mean of a row."""

    kind = "toy"

    def __init__(self, d: float) -> None:
        self.n_features, self.base = int(d), 0.0

    @classmethod
    def fit(cls, X: np.ndarray, **_: object) -> Largest:
        return cls(X.shape[1])

    def raw(self, X: np.ndarray, **_: object) -> np.ndarray:
        return self.attributions(X).sum(axis=1)

    def attributions(self, X: np.ndarray, **_: object) -> np.ndarray:
        return np.nan_to_num(X).astype(float) / self.n_features

    exact_attributions = attributions

    def to_arrays(self, prefix: str) -> dict[str, np.ndarray]:
        return {f"{prefix}d": np.array([float(self.n_features)])}

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray], prefix: str) -> Largest:
        return cls(arrays[f"{prefix}d"][0])


@pytest.mark.parametrize("kind", ["forest", "ecod", "toy"])
def test_every_view_goes_all_the_way(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(VIEWS, "toy", Largest)
    X, peers = _world()
    X[0] = 80.0
    model = fit_model(X, SPECS, peers, view=VIEWS[kind], n_estimators=60)
    save_model(model, tmp_path / "m", {})
    again = load_model(tmp_path / "m")
    one, other = model.score(X, peers), again.score(X, peers, threads=2)
    for name, array in one.arrays().items():
        np.testing.assert_array_equal(array, getattr(other, name), err_msg=name)
    assert again.model_id == model.model_id
    assert (one.evidence >= one.evidence[0]).sum() == 1
    assert one.speaks[0].all()
    for exact in (False, True):
        why = again.attributions(X, peers, exact=exact).contributions
        assert np.isfinite(why).all()
        assert np.abs(why.sum(axis=1) + one.base - one.raw).max() < 1e-9


def test_views_are_told_apart_by_the_id() -> None:
    X, peers = _world()
    models = [fit_model(X, SPECS, peers, view=view, n_estimators=5) for view in VIEWS.values()]
    assert len({model.model_id for model in models}) == len(VIEWS)


def test_a_view_that_this_version_lacks_is_named(tmp_path: Path) -> None:
    X, peers = _world()
    save_model(fit_model(X, SPECS, peers, n_estimators=5), tmp_path / "m", {})
    arrays, meta = store.read(tmp_path / "m", KIND)
    with pytest.raises(ModelFormatError, match="the view 'x'; this version has forest, "):
        assemble(arrays, {**meta, "view": "x"})
    old = {key: value for key, value in meta.items() if key not in ("view", "joint_features")}
    assert assemble(arrays, old).joint.kind == "forest"


def test_ecod_is_pyods_on_the_suspicious_side() -> None:
    """Above the median of columns skewed to the right, pyod takes the right tail as well."""
    rng = np.random.default_rng(0)
    X = np.abs(rng.standard_normal((300, 3))).astype(np.float32)
    ours, theirs = Ecod.fit(X), ECOD().fit(X.astype(np.float64))
    far = X[(np.median(X, axis=0) < X).all(axis=1)]
    assert len(far) > 20
    for row in far:
        expected = theirs.decision_function(row[None].astype(np.float64))
        np.testing.assert_allclose(ours.raw(row[None]), expected, rtol=1e-12)


def test_ecod_scores_each_row_alone_and_takes_no_note_of_the_ordinary_side() -> None:
    rng = np.random.default_rng(1)
    X = np.maximum(rng.standard_normal((500, 4)), 0.0).astype(np.float32)
    ecod, fresh = Ecod.fit(X), np.maximum(rng.standard_normal((97, 4)), 0.0).astype(np.float32)
    whole = ecod.raw(fresh)
    assert all(ecod.raw(fresh[i : i + 1])[0] == whole[i] for i in range(97))
    np.testing.assert_array_equal(ecod.raw(np.asfortranarray(fresh)), whole)
    assert (whole >= ecod.raw(np.zeros((1, 4), dtype=np.float32))[0]).all()


def test_ecod_takes_what_is_missing_as_average() -> None:
    X = np.random.default_rng(2).random((400, 3)).astype(np.float32)
    X[:, 2] = np.nan
    ecod = Ecod.fit(X)
    nothing = np.full((1, 3), np.nan, dtype=np.float32)
    assert ecod.raw(nothing)[0] == ecod.base
    assert ecod.raw(X).mean() == pytest.approx(ecod.base, rel=0.01)
    assert (ecod.attributions(X)[:, 2] == 0.0).all()


def test_rows_of_weight_zero_and_large_rings_teach_ecod_little() -> None:
    rng = np.random.default_rng(3)
    X = rng.random((600, 2)).astype(np.float32)
    odd = np.concatenate([X, np.full((400, 2), 5.0, dtype=np.float32)])
    groups = np.concatenate([np.arange(600), np.full(400, 600)])
    weight = (np.arange(1000) < 600).astype(float)
    row = np.full((1, 2), 5.0, dtype=np.float32)
    free, voted, left = (
        Ecod.fit(odd, **how).attributions(row)[0, 0]
        for how in ({}, {"groups": groups}, {"sample_weight": weight})
    )
    assert free < 1.0 < voted < left
