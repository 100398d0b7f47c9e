"""What decisions add beside the leaves: exact in the reasons, equal in bits, never by place."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from models.account.columns import FeatureSpec
from models.account.decisions import Decisions
from models.account.fitting import fit_model, with_joint
from models.account.learnt import Learnt
from models.account.model import ProxyModel
from models.account.teaching import taught_forest
from models.errors import ModelFormatError
from models.files.decisions import load_decisions, save_decisions
from models.files.forest import save_forest
from models.files.model import load_model, save_model

FAMILIES = ("F01", "F06", "F09")
D, N = 9, 2000
SPECS = tuple(
    FeatureSpec(f"f{i}", FAMILIES[i // 3], 1, place=FAMILIES[i // 3] == "F06" or i == 8)
    for i in range(D)
)
WEIGHTS = np.array([0.7, 0.4, -0.3])


@cache
def _world() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = np.where(rng.random((N, D)) < 0.3, 0.0, rng.lognormal(size=(N, D)))
    X[:40, :3] += 20.0
    X[100:200, 6:] = np.nan
    return X, np.stack([rng.integers(0, k, N) for k in (2, 2, 1)], axis=1)


@cache
def _base() -> ProxyModel:
    X, peers = _world()
    model = fit_model(X, SPECS, peers, n_estimators=50)
    rows = model.directed(X, peers)
    prior = taught_forest(rows, np.arange(N) < 40, rounds=10, pool=100)
    return with_joint(model, prior, model.names, X, peers, taught=True)


@cache
def _model(threshold: float = 1.0) -> ProxyModel:
    base, (X, peers) = _base(), _world()
    learnt = Learnt(WEIGHTS, threshold)
    return with_joint(base, base.joint, base.names, X, peers, taught=True, learnt=learnt)


def test_contributions_and_base_are_the_score() -> None:
    X, peers = _world()
    found = _model().score(X, peers)
    assert np.abs(found.contributions.sum(axis=1) + found.base - found.raw).max() < 1e-9
    exact = _model().attributions(X[:50], peers[:50], exact=True).contributions
    assert np.abs(exact.sum(axis=1) + found.base - found.raw[:50]).max() < 1e-9
    # A model that reads other columns shares out what it carries.
    fewer = _model().bound_to([*SPECS[1:], FeatureSpec("new", "F01", 1)])
    other = np.column_stack((X[:, 1:], np.ones(N)))
    found = fewer.score(other, peers)
    assert np.abs(found.contributions.sum(axis=1) + found.base - found.raw).max() < 1e-9


def test_a_familys_part_is_carried_by_the_columns_that_stand_out() -> None:
    X, peers = _world()
    added = _model().score(X, peers).contributions - _base().score(X, peers).contributions
    levels = _model().family_levels(X, peers)
    for at in range(len(FAMILIES)):
        part = added[:, 3 * at : 3 * at + 3].sum(axis=1)
        assert np.allclose(part, WEIGHTS[at] * levels[:, at], atol=1e-9)
    alone = X[300:301].copy()
    alone[0, :3] = (0.0, 1e6, 0.0)
    one, before = (m.score(alone, peers[300:301]).contributions for m in (_model(), _base()))
    assert np.argmax((one - before)[0, :3]) == 1


def test_what_is_missing_adds_nothing() -> None:
    X, peers = _world()
    assert not _model().family_levels(X, peers)[100:200, 2].any()


@pytest.mark.parametrize("rows", [slice(0, 1), slice(90, 130), slice(0, N, 7)])
def test_company_and_threads_change_no_bit(rows: slice) -> None:
    X, peers = _world()
    whole = _model().score(X, peers)
    part = _model().score(np.asfortranarray(X[rows]), peers[rows], threads=2)
    for name, array in part.arrays().items():
        assert np.array_equal(getattr(whole, name)[rows], array, equal_nan=True), name


def test_it_is_stored_and_read_again(tmp_path: Path) -> None:
    X, peers = _world()
    save_model(_model(), tmp_path / "m", {})
    again = load_model(tmp_path / "m").bound_to(SPECS)
    assert again.model_id == _model().model_id != _base().model_id
    assert np.array_equal(again.score(X, peers).evidence, _model().score(X, peers).evidence)
    assert again.learnt is not None
    assert again.learnt.threshold == 1.0


@pytest.mark.parametrize("weights", [np.ones(2), np.array([1.0, np.nan, 1.0])])
def test_damaged_weights_are_refused(weights: np.ndarray) -> None:
    arrays = Learnt(weights, 0.0).to_arrays()
    with pytest.raises(ModelFormatError, match=r"learnt\.weights"):
        Learnt.from_arrays(arrays, 3)


def test_high_learnt_odds_need_no_second_family() -> None:
    X, peers = _world()
    low, never = _model(threshold=-1.0).score(X, peers), _model(threshold=1e9).score(X, peers)
    assert np.array_equal(never.agreed, never.speaks[:, [0, 2]].all(axis=1))
    assert np.array_equal(low.agreed, never.agreed | (low.placeless_raw >= -1.0))
    assert (low.agreed & ~never.agreed).any()


def test_place_alone_promotes_nobody() -> None:
    """However strange its places, an account passes the threshold by its other signs or never."""
    X, peers = _world()
    model = replace(_model(), learnt=Learnt(np.array([0.0, 50.0, 0.0]), 1.0))
    moved = X.copy()
    moved[:, [3, 4, 5, 8]] += 1e6
    before, after = model.score(X, peers), model.score(moved, peers)
    assert (after.raw > before.raw + 10.0).mean() > 0.9
    assert np.array_equal(before.agreed, after.agreed)
    assert np.array_equal(before.p_value, after.p_value)


def test_decisions_are_stored_and_read_again(tmp_path: Path) -> None:
    X, peers = _world()
    rows, levels = _base().joint_rows(X, peers), _base().family_levels(X, peers)
    log = Decisions(("a", "b"), rows[:2], levels[:2], np.array([1, -1]))
    save_decisions(log, tmp_path / "d")
    again = load_decisions(tmp_path / "d")
    assert again.keys == log.keys
    for name in ("rows", "levels", "labels"):
        assert np.array_equal(getattr(again, name), getattr(log, name), equal_nan=True)
    save_decisions(Decisions.none(D, 3), tmp_path / "none")
    assert load_decisions(tmp_path / "none").levels.shape == (0, 3)
    save_forest(_base().joint, tmp_path / "f", {"offset": -0.5})
    with pytest.raises(ModelFormatError, match="expected a 'decisions'"):
        load_decisions(tmp_path / "f")


def test_a_log_of_an_earlier_version_says_what_to_do(tmp_path: Path) -> None:
    from models.files import store

    arrays: store.Arrays = {"rows": np.zeros(3, dtype=np.float32), "labels": np.array([1])}
    store.write(tmp_path / "d", "decisions", arrays, {"keys": ["a"], "columns": 3})
    with pytest.raises(ModelFormatError, match=r"earlier version.*learn"):
        load_decisions(tmp_path / "d")
