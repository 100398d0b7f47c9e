"""A calibrated model holds its rate of false discoveries, and an uncalibrated one promises none."""

from __future__ import annotations

import numpy as np

from models.account.case import CaseModel
from models.account.columns import FeatureSpec
from models.account.ecod import Ecod
from models.account.fitting import fit_model
from models.account.rings import RingModel
from models.account.view import View
from models.forest.forest import ArrayForest
from models.population.conformal import Calibration

D, CLEAN, PLANTED = 6, 1000, 60
SPECS = [FeatureSpec(f"f{i}", f"F0{1 + i // 2}", 1) for i in range(D)]
RINGS = RingModel(None, np.empty(0), np.empty(0), 0)


def _accounts(rng: np.random.Generator, n: int, shift: float = 0.0) -> np.ndarray:
    return rng.lognormal(sigma=1.0, size=(n, D)) + shift


def _peers(n: int) -> np.ndarray:
    return np.tile(np.arange(n) % 2, (3, 1)).T


def _share_of_false(seed: int, q: float, view: type[View]) -> tuple[float, float]:
    """False discovery proportion, and the share of the planted that is found."""
    rng = np.random.default_rng(seed)
    learnt, held_out = _accounts(rng, 500), _accounts(rng, 3000)
    X = np.concatenate([_accounts(rng, CLEAN), _accounts(rng, PLANTED, shift=40.0)])
    model = fit_model(learnt, SPECS, _peers(500), view=view, seed=seed, n_estimators=30)
    known = model.score(held_out, _peers(3000), contributions=False).statistic
    case = CaseModel(model, RINGS, calibration=Calibration.fit(known, _peers(3000)))
    peers = _peers(len(X))
    scores = case.with_q_values(model.score(X, peers, contributions=False), peers)
    chosen = scores.q_value <= q
    return chosen[:CLEAN].sum() / max(1, chosen.sum()), float(chosen[CLEAN:].mean())


def test_the_share_of_false_discoveries_is_held_on_average() -> None:
    """Of ten worlds each; three standard errors of their mean are allowed on top."""
    for view, q in ((ArrayForest, 0.1), (Ecod, 0.2)):
        rates, found = zip(*(_share_of_false(seed, q, view) for seed in range(10)), strict=True)
        assert np.mean(rates) <= q + 3 * np.std(rates) / np.sqrt(10)
        assert np.mean(rates) > q / 4  # a rate that is never used up would promise nothing
        assert np.mean(found) > 0.9


def test_without_a_calibration_there_is_no_q_value() -> None:
    X = _accounts(np.random.default_rng(0), 200)
    model = fit_model(X, SPECS, _peers(200), n_estimators=5)
    scores = model.score(X, _peers(200))
    assert CaseModel(model, RINGS).with_q_values(scores, _peers(200)) is scores
    assert np.isnan(scores.q_value).all()
