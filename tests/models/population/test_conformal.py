"""p-values are valid where they promise it, and false-discovery control is earned."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from models.combine import at_least, evidence, statistic
from models.errors import CalibrationRefused
from models.population.conformal import MIN_CALIBRATION, Calibration, SmoothTails
from models.population.tails import Tails

EVERYBODY = np.zeros((5000, 3), dtype=int)


def _tails(values: np.ndarray, **options: int) -> Tails:
    return Tails.build(values[:, None], [np.arange(len(values))], **options)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(-20, 20), min_size=1, max_size=300), st.integers(-25, 25))
def test_stored_tails_count_exactly(reference: list[int], at: int) -> None:
    values = np.array(reference, dtype=float)
    tails, x, group = _tails(values), np.array([[float(at)]]), np.zeros(1, dtype=int)
    assert tails.counts(x, group, strict=False)[0, 0] == (values >= at).sum()
    assert tails.shares(x, group)[0, 0] == (values > at).mean()
    assert tails.p_values(x, group)[0, 0] == (1 + (values >= at).sum()) / (len(values) + 1)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000))
def test_thinned_tails_are_exact_at_the_top_and_never_too_small(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=3000)
    tails = _tails(values, keep=100)
    x = np.concatenate((rng.normal(size=200), values[:100]))[:, None]
    true = (values[None, :] >= x).sum(axis=1)
    found = tails.counts(x, np.zeros(300, dtype=int), strict=False)[:, 0]
    assert (found >= true).all()
    assert (found[true < 50] == true[true < 50]).all()
    assert (found - true).max() <= 3000 / 40


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.booleans())
def test_smooth_levels_increase_strictly(seed: int, tied: bool) -> None:
    rng = np.random.default_rng(seed)
    values = rng.exponential(size=1000)
    values = np.round(values, 1) if tied else values
    x = np.sort(np.concatenate((rng.exponential(size=100) * 3.0, [0.0, 50.0, 51.0])))
    x = np.unique(x)[:, None]
    level = SmoothTails(_tails(values)).levels(x, np.zeros(len(x), dtype=int))[:, 0]
    inside = x[:, 0] >= values.min()
    assert (np.diff(level[inside]) > 0.0).all()
    assert (level >= 0.0).all()


def test_smooth_levels_follow_the_empirical_tail() -> None:
    values = np.random.default_rng(0).exponential(size=20_000)
    level = SmoothTails(_tails(values)).levels(
        np.array([[1.0], [3.0], [9.0], [14.0]]), np.zeros(4, dtype=int)
    )[:, 0]
    assert level == pytest.approx(np.array([1.0, 3.0, 9.0, 14.0]) * np.log10(np.e), rel=0.1)


def test_missing_values_have_no_tail() -> None:
    tails, group = _tails(np.arange(10.0)), np.zeros(1, dtype=int)
    nothing = np.array([[np.nan]])
    assert np.isnan(tails.p_values(nothing, group)).all()
    assert np.isnan(tails.shares(nothing, group)).all()
    assert np.isnan(SmoothTails(tails).levels(nothing, group)).all()


def test_conformal_p_values_are_uniform_on_clean_accounts() -> None:
    rng = np.random.default_rng(0)
    calibration = Calibration.fit(rng.normal(size=5000), EVERYBODY)
    p = calibration.p_values(rng.normal(size=5000), EVERYBODY)
    for alpha in (0.01, 0.1, 0.5):
        assert (p <= alpha).mean() == pytest.approx(alpha, abs=3 * (alpha / 5000) ** 0.5 + 0.005)


def test_false_discovery_rate_is_held() -> None:
    rng, rates = np.random.default_rng(1), []
    for _ in range(40):
        calibration = Calibration.fit(rng.normal(size=5000), EVERYBODY)
        scores = np.concatenate((rng.normal(size=1900), rng.normal(5.0, 1.0, size=100)))
        chosen = calibration.q_values(scores, EVERYBODY[:2000]) <= 0.1
        rates.append(chosen[:1900].sum() / max(1, chosen.sum()))
        assert chosen[1900:].mean() > 0.5
    assert np.mean(rates) <= 0.12


def test_too_few_calibration_accounts_are_refused() -> None:
    few = MIN_CALIBRATION - 1
    with pytest.raises(CalibrationRefused, match=f"{few} calibration accounts are too few"):
        Calibration.fit(np.zeros(few), EVERYBODY[:few])


def test_groups_too_small_to_discover_anything_use_the_coarser_one() -> None:
    codes = np.zeros((3000, 3), dtype=int)
    codes[:1500, 0], codes[1500:1600, 0] = 1, 2
    scores = np.arange(3000.0)
    calibration = Calibration.fit(scores, codes)
    alone, few = calibration.p_values(np.array([1499.5, 1499.5]), codes[[0, 1500]])
    assert alone == 1 / 1501
    assert few == 1501 / 3001


@pytest.mark.parametrize(("k", "m"), [(2, 2), (2, 9), (4, 12)])
def test_order_statistics_are_binomial_tails(k: int, m: int) -> None:
    p = np.array([1e-8, 0.01, 0.3, 1.0])
    assert np.allclose(at_least(k, m, p), binom.sf(k - 1, m, p), rtol=1e-9)


def test_one_family_alone_adds_little_and_two_add_much() -> None:
    quiet, loud = 0.3, 6.0
    family = np.array([[quiet] * 6, [loud, *[quiet] * 5], [loud, loud, *[quiet] * 4]])
    one, two, three = statistic(np.zeros(3), family)
    assert two - one < 0.2
    assert three - one > 5.0


def test_an_absent_family_neither_helps_nor_hurts_much() -> None:
    full = np.array([[3.0, 3.0, 0.3, 0.3]])
    part = np.array([[3.0, 3.0, np.nan, np.nan]])
    assert statistic(np.zeros(1), part)[0] == pytest.approx(
        statistic(np.zeros(1), full)[0], abs=1.0
    )
    assert statistic(np.ones(1), np.full((1, 4), np.nan))[0] == 1.0


@settings(max_examples=50, deadline=None)
@given(st.floats(0.0, 50.0), st.floats(0.0, 50.0))
def test_evidence_keeps_the_order_and_its_bounds(a: float, b: float) -> None:
    low, high = sorted((a, b))
    for agreed in (True, False):
        e = evidence(np.array([low, high]), np.array([agreed, agreed]))
        assert 0.0 <= e[0] <= e[1] < 1.0
        assert (e[1] < 0.5) or agreed
    assert evidence(np.array([2.0]), np.array([True]))[0] == 0.5
