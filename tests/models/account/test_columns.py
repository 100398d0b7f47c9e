"""Features are bound by name: no say for what is unknown, missing for what is lacking."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.account.columns import Columns, FeatureSpec
from models.account.fitting import fit_model, with_joint
from models.account.model import ProxyModel
from models.errors import ModelFormatError
from models.forest.forest import ArrayForest

N, D = 600, 6
SPECS = [FeatureSpec(f"f{i}", f"F0{1 + i // 2}", 1 if i % 2 else -1) for i in range(D)]
NEW = FeatureSpec("new", "F02", 1)
MORE = [*SPECS[:3], NEW, *SPECS[3:]]


def _world(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = rng.lognormal(size=(N, D))
    X[rng.random((N, D)) < 0.1] = np.nan
    return X, rng.integers(0, 2, size=(N, 3))


def _widened(X: np.ndarray) -> np.ndarray:
    return np.insert(X, 3, np.random.default_rng(9).lognormal(size=len(X)) * 100.0, axis=1)


@pytest.fixture(scope="module")
def model() -> ProxyModel:
    return fit_model(*_args(), n_estimators=40)


def _args() -> tuple[np.ndarray, list[FeatureSpec], np.ndarray]:
    X, peers = _world()
    return X, SPECS, peers


def test_an_unknown_feature_in_the_middle_changes_no_bit(model: ProxyModel) -> None:
    X, peers = _world(1)
    wide = model.bound_to(MORE)
    one, other = model.score(X, peers), wide.score(_widened(X), peers)
    for name, array in one.arrays().items():
        found = getattr(other, name)
        if found.shape[1:] == (D + 1,):
            assert (np.isnan(found[:, 3]) | (found[:, 3] == 0.0)).all()
            found = np.delete(found, 3, axis=1)
        np.testing.assert_array_equal(array, found, err_msg=name)
    assert wide.unknown == ("new",)
    assert wide.lacking == ()
    assert wide.model_id == model.model_id


def test_columns_in_another_order_are_found_by_name(model: ProxyModel) -> None:
    X, peers = _world(1)
    back = model.bound_to(SPECS[::-1])
    one, other = model.score(X, peers), back.score(X[:, ::-1], peers)
    np.testing.assert_array_equal(one.evidence, other.evidence)
    np.testing.assert_array_equal(one.contributions, other.contributions[:, ::-1])


@pytest.mark.parametrize("exact", [False, True])
def test_a_lacking_feature_is_missing_for_everybody(model: ProxyModel, exact: bool) -> None:
    X, peers = _world(1)
    hidden, few = X.copy(), model.bound_to([*SPECS[:2], *SPECS[3:]])
    hidden[:, 2] = np.nan
    there = np.delete(X, 2, axis=1)
    one, other = model.score(hidden, peers), few.score(there, peers)
    for name in ("raw", "family_p", "evidence", "coverage", "statistic"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    why = few.attributions(there, peers, exact=exact)
    assert np.abs(why.contributions.sum(axis=1) + other.base - other.raw).max() < 1e-9
    assert few.lacking == ("f2",)
    assert few.unknown == ()


def test_a_family_that_is_lacking_as_a_whole_says_nothing(model: ProxyModel) -> None:
    X, peers = _world(1)
    scores = model.bound_to(SPECS[2:]).score(X[:, 2:], peers)
    assert np.isnan(scores.family_p[:, 0]).all()
    assert np.isfinite(scores.evidence).all()


@pytest.mark.parametrize("changed", [FeatureSpec("f1", "F01", -1), FeatureSpec("f1", "F03", 1)])
def test_a_feature_that_means_something_else_is_an_error(
    model: ProxyModel, changed: FeatureSpec
) -> None:
    with pytest.raises(ModelFormatError, match=r"learnt f1 with another family.*train a model"):
        model.bound_to([SPECS[0], changed, *SPECS[2:]])


def test_a_model_of_none_of_the_features_is_an_error(model: ProxyModel) -> None:
    with pytest.raises(ModelFormatError, match="knows none of this version's features"):
        model.bound_to([NEW])


def test_a_taught_forest_reads_the_features_it_was_taught_on(model: ProxyModel) -> None:
    X, peers = _world()
    wide = fit_model(_widened(X), MORE, peers, n_estimators=40)
    names = [spec.name for spec in SPECS]
    plain = with_joint(model, _taught(model, X, peers), names, X, peers, taught=True)
    other = with_joint(wide, plain.joint, names, _widened(X), peers, taught=True)
    one, found = plain.score(X, peers), other.score(_widened(X), peers)
    for name in ("raw", "level", "statistic", "p_value"):
        np.testing.assert_array_equal(getattr(one, name), getattr(found, name), err_msg=name)
    assert other.unknown == ("new",)
    assert np.abs(found.contributions.sum(axis=1) + found.base - found.raw).max() < 1e-9
    assert other.model_id != replace(other, joint_names=tuple(names[::-1])).model_id


def _taught(model: ProxyModel, X: np.ndarray, peers: np.ndarray) -> ArrayForest:
    return ArrayForest.fit(model.directed(X, peers), n_estimators=20, seed=5)


def test_shared_out_contributions_keep_their_sums() -> None:
    own = np.arange(12.0).reshape(3, 4)
    columns = Columns.by_name(list("abxc"), list("cyab"))
    spread = columns.share_out(own)
    np.testing.assert_allclose(spread.sum(axis=1), own.sum(axis=1))
    assert (spread[:, 1] == 0.0).all()
    assert np.isnan(columns.pick(own)[:, 2]).all()
