"""What speaks for an account lowers a taught model's odds, and moves nothing else."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from models.account.columns import FeatureSpec
from models.account.fitting import fit_model, with_joint
from models.account.model import ProxyModel
from models.account.prior import Prior, TaughtWorld, teach
from models.account.rings import SHAPE_FEATURES
from models.account.standing import Standing
from models.files.model import load_model, save_model
from models.files.prior import load_prior, save_prior

N, D = 2000, 6
AGAINST = tuple(FeatureSpec(f"f{i}", ("F01", "F09")[i // 3], 1) for i in range(D))
SPECS = (*AGAINST, FeatureSpec("standing", "F16", -1, both=True))
AT = D


@cache
def _world() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The first 60 are planted; the next 60 are as odd, and stand for themselves."""
    rng = np.random.default_rng(0)
    X = rng.lognormal(size=(N, D + 1))
    X[:120, 0] += 20.0
    X[:, AT] = rng.random(N) < 0.3
    X[:60, AT], X[60:120, AT] = 0.0, 1.0
    planted = np.where(np.arange(N) < 60, np.arange(N), -1)
    return X, np.zeros((N, 3), dtype=np.int64), planted


@cache
def _plain() -> ProxyModel:
    X, peers, _ = _world()
    return fit_model(X, SPECS, peers, n_estimators=40)


def _lesson(make: str = "") -> TaughtWorld:
    X, peers, planted = _world()
    ring_of = np.full(N, -1)
    ring_of[:2], ring_of[300:302] = 0, 1
    shape = {name: np.array([1.0, 2.0]) for name in SHAPE_FEATURES}
    return TaughtWorld(_plain().directed(X, peers), planted, ring_of, shape, make)


@cache
def _prior() -> Prior:
    return teach([_lesson()], SPECS, rounds=20)


@cache
def _taught() -> ProxyModel:
    X, peers, _ = _world()
    prior = _prior()
    return with_joint(_plain(), prior.accounts, prior.features, X, peers, taught=True)


def test_standing_lowers_the_odds_of_a_taught_model() -> None:
    X, peers, _ = _world()
    bare, standing = X.copy(), X.copy()
    bare[:, AT], standing[:, AT] = 0.0, 1.0
    fall = _taught().score(bare, peers).raw - _taught().score(standing, peers).raw
    assert (fall > 0.5).all()
    assert np.ptp(fall) < 1e-4  # a sum beside the trees: it lowers everybody alike


def test_what_is_missing_lowers_nothing() -> None:
    X, peers, _ = _world()
    bare, unknown = X.copy(), X.copy()
    bare[:, AT], unknown[:, AT] = 0.0, np.nan
    known = _taught().score(bare, peers).raw
    assert np.array_equal(known, _taught().score(unknown, peers).raw)


def test_a_column_that_speaks_against_accounts_is_left_out() -> None:
    rows = np.array([[0.0], [1.0]] * 200, dtype=np.float32)
    odds, weight = np.zeros(400), np.ones(400)
    against = Standing.fit(rows, np.array([0]), odds, rows[:, 0] > 0, weight)
    assert not len(against.fall)
    speaks_for = Standing.fit(rows, np.array([0]), odds, rows[:, 0] == 0, weight)
    assert (speaks_for.fall < 0).all()
    assert len(speaks_for.fall) == 1


def test_the_label_free_model_is_that_without_the_column() -> None:
    X, peers, _ = _world()
    known = _plain().score(X, peers)
    without = fit_model(X[:, :D], AGAINST, peers, n_estimators=40).score(X[:, :D], peers)
    assert known.families == without.families == ("F01", "F09")
    for name in ("raw", "family_p", "p_value", "level", "evidence", "speaks", "coverage"):
        assert np.array_equal(getattr(known, name), getattr(without, name)), name
    assert np.array_equal(known.contributions[:, :D], without.contributions)
    assert not known.contributions[:, AT].any()
    assert not _plain().unknown


def test_contributions_and_base_are_the_score() -> None:
    X, peers, _ = _world()
    found = _taught().score(X, peers)
    assert np.abs(found.contributions.sum(axis=1) + found.base - found.raw).max() < 1e-9
    assert (found.contributions[X[:, AT] > 0, AT] < 0).all()
    exact = _taught().attributions(X[:20], peers[:20], exact=True).contributions
    assert np.abs(exact.sum(axis=1) + found.base - found.raw[:20]).max() < 1e-9


def test_families_say_the_same_with_and_without_standing() -> None:
    X, peers, _ = _world()
    bare = X.copy()
    bare[:, AT] = 0.0
    mine, other = _taught().score(X, peers), _taught().score(bare, peers)
    assert np.array_equal(mine.family_p, other.family_p)
    assert np.array_equal(mine.speaks, other.speaks)


def test_files_keep_it(tmp_path: Path) -> None:
    X, peers, _ = _world()
    save_model(_taught(), tmp_path / "model", {})
    assert np.array_equal(
        load_model(tmp_path / "model").score(X, peers).raw, _taught().score(X, peers).raw
    )
    save_prior(_prior(), tmp_path / "prior", {"name": "one"})
    assert load_prior(tmp_path / "prior").specs == SPECS


def test_makes_count_alike_in_what_speaks_for_accounts() -> None:
    """Another make, met three times as often, in which the same standing says nothing."""
    odds = np.random.default_rng(1).random(N) < 0.5
    told = _lesson("one")
    rows = told.directed.copy()
    rows[:, AT] = odds
    mute = replace(told, directed=rows, make="two")

    def fall(worlds: list[TaughtWorld]) -> float:
        forest = teach(worlds, SPECS, rounds=5).accounts
        bare, standing = told.directed.copy(), told.directed.copy()
        bare[:, AT], standing[:, AT] = 0.0, 1.0
        return float((forest.raw(bare) - forest.raw(standing)).mean())

    as_one = fall([told] + [replace(mute, make="one")] * 3)
    assert fall([told] + [mute] * 3) > as_one > 0.0


@pytest.mark.parametrize("values", [[np.nan] * 4, [1.0] * 4, []])
def test_a_column_that_never_varies_has_no_step(values: list[float]) -> None:
    rows = np.array(values, dtype=np.float32).reshape(-1, 1)
    planted = np.arange(len(rows)) % 2 == 0
    found = Standing.fit(rows, np.array([0]), np.zeros(len(rows)), planted, np.ones(len(rows)))
    assert not len(found.fall)
