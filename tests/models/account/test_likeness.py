"""Likeness to a case: shared rare leaves, without places, the same in any company."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from models.account import likeness
from models.account.columns import FeatureSpec
from models.account.ecod import Ecod
from models.account.fitting import fit_model
from models.account.likeness import FAR, Kin, calm_rows, far_tails, shared_tails
from models.account.model import ProxyModel
from models.account.offset import leaf_numbers
from models.forest.forest import ArrayForest

D, N, ODD = 9, 600, 12
FAMILIES = ("F01", "F06", "F09")
SPECS = tuple(
    FeatureSpec(f"f{i}", FAMILIES[i // 3], 1, place=FAMILIES[i // 3] == "F06") for i in range(D)
)
PLACES = slice(3, 6)


@cache
def _world() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = np.where(rng.random((N, D)) < 0.3, 0.0, rng.lognormal(size=(N, D)))
    X[:ODD, [0, 1, 7]] += 20.0
    X[300:320, 8] = np.nan
    return X, np.zeros((N, 3), dtype=np.int64)


@cache
def _model() -> ProxyModel:
    return fit_model(_world()[0], SPECS, _world()[1], n_estimators=60)


def _kin(groups: np.ndarray | None = None) -> Kin:
    X, peers = _world()
    bad = np.arange(N) < 3
    kin = Kin.of(_model(), X, peers, np.arange(N) if groups is None else groups, bad)
    assert kin is not None
    return kin


def test_accounts_with_the_signs_of_a_case_are_most_like_it() -> None:
    X, peers = _world()
    rows = np.arange(3, N)
    best, alike = _kin().nearest(X, peers, [np.array([0, 1, 2]), np.array([400])], rows)
    planted = rows < ODD
    assert not best[planted].any()
    assert np.median(alike[planted]) > alike[~planted & (best == 0)].max()
    assert np.median(alike[planted]) > _kin().by_chance(0.001)


def test_likeness_is_the_mean_kernel_over_the_members() -> None:
    X, peers = _world()
    kin, rows = _kin(), calm_rows(_model(), *_world())
    leaves = np.stack(leaf_numbers(kin.forest, rows), axis=1)
    members = np.array([0, 5, 50])
    pairs = [(kin.worth[leaves] * (leaves == leaves[m])).sum(axis=1) for m in members]
    found = kin.alike(rows, kin.worths([rows[members]]))[:, 0]
    assert np.allclose(found, np.mean(pairs, axis=0), atol=1e-12)
    assert X.shape[0] == len(peers)


@pytest.mark.parametrize("block", [1, 7, 8_192])
def test_cases_of_any_size_are_looked_at_together_or_alone(
    block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    kin, rows = _kin(), calm_rows(_model(), *_world())
    cases = [rows[:1], rows[1:9], rows[9:10], rows[10:300]]
    alone = [kin.worths([case])[:, 0] for case in cases]
    monkeypatch.setattr(likeness, "_BLOCK", block)
    assert np.array_equal(kin.worths(cases), np.stack(alone, axis=1))
    assert kin.worths([]).shape == (len(kin.worth), 0)


def test_a_place_makes_nobody_more_or_less_alike() -> None:
    X, peers = _world()
    moved = X.copy()
    moved[:, PLACES] *= 1e6
    cases, rows = [np.array([0, 1, 2])], np.arange(N)
    before, after = (_kin().nearest(x, peers, cases, rows)[1] for x in (X, moved))
    assert np.array_equal(before, after)


def test_company_and_blocks_change_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    X, peers = _world()
    cases, kin = [np.array([0, 1]), np.array([7])], _kin()
    whole = kin.nearest(X, peers, cases, np.arange(N))
    monkeypatch.setattr(likeness, "_BLOCK", 7)
    some = np.arange(5, N, 3)
    part = kin.nearest(X, peers, cases, some)
    assert np.array_equal(whole[0][some], part[0])
    assert np.array_equal(whole[1][some], part[1])


def test_chance_is_what_few_pairs_of_ordinary_accounts_reach() -> None:
    kin = _kin()
    some, few = kin.by_chance(0.1), kin.by_chance(0.001)
    assert 0.0 < some < few
    pairs = kin.alike(kin.ordinary, kin.worths([row[None] for row in kin.ordinary[::10]]))
    assert (pairs >= few).mean() < 0.01 < (pairs >= some).mean()


def test_linked_accounts_are_no_chance() -> None:
    alone = _kin(np.zeros(N, dtype=np.int64))
    # Ten speak for a linked group, and no two of them are a pair.
    assert alone.by_chance(0.001) == float("inf")


def test_a_view_without_leaves_knows_no_likeness() -> None:
    X, peers = _world()
    ecod = fit_model(X, SPECS, peers, view=Ecod)
    assert Kin.of(ecod, X, peers, np.arange(N), np.zeros(N, dtype=bool)) is None
    assert Kin.of(_model(), X, peers, np.arange(N), np.ones(N, dtype=bool)) is None


def test_what_is_missing_ordinary_or_a_place_is_not_far_out() -> None:
    X, peers = _world()
    tails = far_tails(_model(), X, peers)
    assert (tails[:3, [0, 1, 7]] <= FAR).all()
    assert (tails[:, PLACES] == 1.0).all()
    assert (tails[300:320, 8] == 1.0).all()
    assert (tails[X == 0.0] == 1.0).all()


def test_half_of_a_case_has_to_share_a_sign() -> None:
    account = np.array([0.01, 0.01, 0.01])
    members = np.array([[0.02, 0.02, 1.0], [0.03, 1.0, 1.0], [0.04, 1.0, 0.02], [1.0, 0.02, 1.0]])
    assert shared_tails(account, members).tolist() == [0.03, 0.02, 1.0]


def test_rare_leaves_count_more() -> None:
    kin = _kin()
    assert isinstance(kin.forest, ArrayForest)
    rows = calm_rows(_model(), *_world())
    flat = replace(kin, worth=np.ones_like(kin.worth))

    def contrast(one: Kin) -> float:
        found = one.alike(rows, one.worths([rows[:3]]))[:, 0]
        return float(found[3:ODD].mean() / found[ODD:].mean())

    assert contrast(kin) > 1.5 * contrast(flat)
