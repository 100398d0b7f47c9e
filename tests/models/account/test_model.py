"""The model finds corroborated oddness within peers and says why."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.account.columns import FeatureSpec
from models.account.fitting import fit_model
from models.account.model import ProxyModel
from models.account.scores import AccountScores
from models.files.model import load_model, save_model

D, N = 12, 3000
SPECS = tuple(
    FeatureSpec(f"f{i:02d}", ("F01", "F06", "F09", "F11")[i // 3], -1 if i == 2 else 1)
    for i in range(D)
)


def _world(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    peers = np.stack([rng.integers(0, k, N) for k in (3, 2, 2)], axis=1)
    X = np.where(rng.random((N, D)) < 0.3, 0.0, rng.lognormal(size=(N, D)))
    X *= 1.0 + 5.0 * peers[:, :1]
    X[:, 2] = -X[:, 2]
    return X, peers


def _fit(X: np.ndarray, peers: np.ndarray, **options: object) -> ProxyModel:
    return fit_model(X, SPECS, peers, n_estimators=100, **options)


@pytest.fixture(scope="module")
def model() -> ProxyModel:
    return _fit(*_world())


def _same(a: AccountScores, b: AccountScores, rows: object = slice(None)) -> bool:
    names = ("raw", "contributions", "peer_median", "tail", "family_p", "p_value", "evidence")
    return all(np.array_equal(getattr(a, n)[rows], getattr(b, n), equal_nan=True) for n in names)


def test_shapes_and_ranges(model: ProxyModel) -> None:
    X, peers = _world()
    scores = model.score(X, peers)
    assert scores.families == ("F01", "F06", "F09", "F11")
    assert scores.family_p.shape == scores.speaks.shape == (N, 4)
    assert scores.contributions.shape == scores.tail.shape == scores.peer_median.shape == (N, D)
    assert ((scores.evidence >= 0.0) & (scores.evidence < 1.0)).all()
    assert ((scores.p_value > 0.0) & (scores.p_value <= 1.0)).all()
    assert np.abs(scores.contributions.sum(axis=1) + scores.base - scores.raw).max() < 1e-12
    assert (scores.coverage == 1.0).all()


def test_p_values_are_calibrated_on_the_reference(model: ProxyModel) -> None:
    X, peers = _world()
    p = model.score(X, peers).p_value
    for alpha in (0.01, 0.05, 0.2):
        assert (p <= alpha).mean() == pytest.approx(alpha, rel=0.35)


def test_two_odd_families_rise_and_one_alone_stays_below_one_half(model: ProxyModel) -> None:
    peers = np.zeros((3, 3), dtype=int)
    ordinary = np.zeros((1, D))
    one, two = ordinary.copy(), ordinary.copy()
    one[0, 6:9] = 500.0
    two[0, 6:12] = 500.0
    scores = model.score(np.concatenate([ordinary, one, two]), peers)
    assert scores.speaks.sum(axis=1).tolist() == [0, 1, 2]
    assert scores.evidence[0] < scores.evidence[1] < 0.5 < scores.evidence[2]


def test_the_innocent_side_never_counts(model: ProxyModel) -> None:
    ordinary, low = np.zeros((1, D)), np.full((1, D), -500.0)
    low[0, 2] = 500.0  # the column whose low side is suspicious
    peers = np.zeros((2, 3), dtype=int)
    scores = model.score(np.concatenate([ordinary, low]), peers)
    assert scores.evidence[1] <= scores.evidence[0]


def test_peers_decide_what_is_ordinary(model: ProxyModel) -> None:
    value = np.full((2, D), 6.0)
    value[:, 2] = -6.0
    scores = model.score(value, np.array([[0, 0, 0], [2, 0, 0]]))
    assert scores.raw[0] > scores.raw[1]
    assert (scores.peer_median[1, 3:] > scores.peer_median[0, 3:]).all()
    assert (scores.tail[0] <= scores.tail[1]).all()


def test_unknown_peers_fall_back_to_coarser_groups(model: ProxyModel) -> None:
    X, _ = _world()
    codes = np.array([[1, 1, -1], [1, 1, 77], [1, -1, 0], [9, 9, 9], [-1, -1, -1]])
    scores = model.score(np.repeat(X[:1], 5, axis=0), codes)
    assert scores.raw[0] == scores.raw[1]
    assert scores.raw[3] == scores.raw[4]


def test_missing_families_are_not_counted(model: ProxyModel) -> None:
    X, peers = _world()
    X = X[:200].copy()
    X[:, 3:6] = np.nan
    scores = model.score(X, peers[:200])
    assert np.isnan(scores.family_p[:, 1]).all()
    assert not scores.speaks[:, 1].any()
    assert np.isnan(scores.tail[:, 3:6]).all()
    assert np.allclose(scores.coverage, 0.75)
    assert np.isfinite(scores.evidence).all()
    assert np.isfinite(scores.contributions).all()


def test_nothing_known_is_no_evidence(model: ProxyModel) -> None:
    scores = model.score(np.full((1, D), np.nan), np.full((1, 3), -1))
    assert scores.coverage[0] == 0.0
    assert scores.evidence[0] < 0.1


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_row_order_and_company_change_no_bit(seed: int) -> None:
    model, (X, peers) = _cached(), _world()
    whole = model.score(X[:500], peers[:500])
    rng = np.random.default_rng(seed)
    some = rng.permutation(500)[: rng.integers(1, 500)]
    assert _same(whole, model.score(X[some], peers[some]), some)


_KEPT: list[ProxyModel] = []


def _cached() -> ProxyModel:
    if not _KEPT:
        _KEPT.append(_fit(*_world()))
    return _KEPT[0]


def test_threads_change_no_bit(model: ProxyModel) -> None:
    X, peers = _world()
    assert _same(model.score(X, peers), model.score(X, peers, threads=2))


def test_values_of_peer_codes_decide_nothing(model: ProxyModel) -> None:
    X, peers = _world()
    renamed = np.array([5, 900, 33])[peers]
    assert _same(model.score(X, peers), _fit(X, renamed).score(X, renamed))


def test_saved_and_loaded_scores_are_the_same_bits(model: ProxyModel, tmp_path: Path) -> None:
    X, peers = _world(1)
    save_model(model, tmp_path / "m", {"note": "test"})
    again = load_model(tmp_path / "m")
    assert again.model_id == model.model_id
    assert again.specs == model.specs
    assert _same(model.score(X, peers), again.score(X, peers))


def test_model_id_follows_content() -> None:
    X, peers = _world()
    assert _fit(X, peers).model_id == _fit(X, peers).model_id
    assert _fit(X, peers).model_id != _fit(X, peers, seed=1).model_id


def test_excluded_rows_teach_nothing() -> None:
    X, peers = _world()
    exclude = np.arange(N) < 500
    poisoned = X.copy()
    poisoned[exclude] = 1e6
    one, two = _fit(X, peers, exclude=exclude), _fit(poisoned, peers, exclude=exclude)
    assert one.model_id == two.model_id


def test_contributions_can_be_left_out_and_asked_for_later(model: ProxyModel) -> None:
    X, peers = _world()
    full, lean = model.score(X, peers), model.score(X, peers, contributions=False)
    assert lean.contributions.shape == (0, D)
    assert np.array_equal(full.evidence, lean.evidence)
    why = model.attributions(X[5:9], peers[5:9])
    assert np.array_equal(why.contributions, full.contributions[5:9])
    assert np.array_equal(why.tail, full.tail[5:9])


@pytest.mark.parametrize(
    ("X", "peers", "words"),
    [
        (np.zeros((3, 4)), np.zeros((3, 3), dtype=int), "reads 12 features"),
        (np.full((3, D), np.inf), np.zeros((3, 3), dtype=int), "infinite"),
        (np.zeros((3, D)), np.zeros((2, 3), dtype=int), "peers has 2 rows"),
        (np.zeros((3, D)), np.zeros((3, 3)), "integer codes"),
        (np.zeros((3, D)), np.full((3, 3), 1 << 20), "codes must be below"),
    ],
)
def test_bad_input_is_refused(
    model: ProxyModel, X: np.ndarray, peers: np.ndarray, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        model.score(X, peers)


def test_training_on_nobody_is_refused() -> None:
    X, peers = _world()
    with pytest.raises(ValueError, match="no account is left"):
        _fit(X, peers, exclude=np.ones(N, dtype=bool))
    with pytest.raises(ValueError, match="expected \\+1 or -1"):
        FeatureSpec("a", "F01", 0)


def test_linked_copies_do_not_make_their_kind_ordinary() -> None:
    X, peers = _world()
    odd = X[:20] + 60.0
    more = np.concatenate((X, odd, np.repeat(odd, 20, axis=0)))
    codes = np.concatenate((peers, np.tile(peers[:20], (21, 1))))
    groups = np.concatenate((np.arange(N), np.full(420, N)))
    few, many, voted = (
        _fit(rows, codes[: len(rows)], groups=g).score(X[:20] + 60.0, peers[:20]).level.mean()
        for rows, g in ((more[: N + 20], None), (more, None), (more, groups))
    )
    assert many < few - 0.3
    assert voted > few - 0.1
