"""Decisions correct a prior's odds, can be taken back, and are checked before they count."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.account.decisions import Decisions
from models.account.heldout import auroc, check_held_out
from models.account.offset import Offset, leaf_shares, learn, softened, votes
from models.account.teaching import taught_forest
from models.forest.forest import ArrayForest

WIDTH, FAMILIES = 6, 3
DECIDED = range(30, 50)


@cache
def _world() -> tuple[np.ndarray, np.ndarray]:
    """Two odd kinds of rows: the first 40 are wanted, the next 40 are not."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2000, WIDTH)).astype(np.float32)
    X[:40, 0] += 6.0
    X[40:80, 3] += 6.0
    return X, np.arange(2000) < 40


@cache
def _prior() -> ArrayForest:
    """A prior that takes both kinds for bad."""
    X, _ = _world()
    return taught_forest(X, np.arange(2000) < 80, rounds=30, pool=200)


@cache
def _share() -> np.ndarray:
    return leaf_shares(_prior(), _world()[0])


def _log(rows: list[int] | range, labels: dict[int, int] | None = None) -> Decisions:
    X, wanted = _world()
    log = Decisions.none(WIDTH, FAMILIES)
    for row in rows:
        label = (labels or {}).get(row, 1 if wanted[row] else -1)
        log = log.add(f"case-{row}", X[row], _levels(row), label)
    return log


def _levels(row: int) -> np.ndarray:
    """The first family speaks of what is wanted, the second of what is not."""
    return np.array([4.0 * (row < 40), 4.0 * (40 <= row < 80), 1.0])


def _learn(log: Decisions, cases: np.ndarray | None = None) -> Offset:
    own = np.arange(len(log.keys)) if cases is None else cases
    return learn(_prior(), log, own, _share())


def _same(one: Offset, other: Offset) -> bool:
    return (
        np.array_equal(one.weights, other.weights)
        and np.array_equal(one.leaves, other.leaves)
        and one.shift == other.shift
    )


def test_decisions_raise_their_kind_and_lower_the_other() -> None:
    X, _ = _world()
    before, after = _prior().raw(X), _learn(_log(DECIDED)).forest(_prior()).raw(X)
    assert (after - before)[:30].min() > (after - before)[50:80].max()
    assert (before[:30] > np.median(before[50:80])).mean() < 0.8
    assert (after[:30] > np.median(after[50:80])).mean() > 0.8


def test_a_family_that_reviewers_keep_confirming_gets_weight() -> None:
    weights = _learn(_log(DECIDED)).weights
    assert weights[0] > 0.05
    assert weights[1] < -0.05


@settings(max_examples=15, deadline=None)
@given(st.permutations(DECIDED), st.integers(0, 19))
def test_order_is_forgotten_and_a_decision_taken_back_was_never_made(
    order: list[int], left_out: int
) -> None:
    row, cases = order[left_out], np.array(order) // 3
    shuffled = _log(order)
    assert _same(_learn(shuffled, cases), _learn(_log(DECIDED), np.array(DECIDED) // 3))
    rest = [other for other in order if other != row]
    again = _learn(shuffled.take_back(f"case-{row}"), np.array(rest) // 3)
    assert _same(again, _learn(_log(rest), np.array(rest) // 3))


def test_no_decision_changes_nothing() -> None:
    offset = _learn(_log([39]).take_back("case-39"))
    assert np.array_equal(offset.forest(_prior()).values, _prior().values)
    assert not offset.weights.any()


def test_few_decisions_move_little_and_more_move_more() -> None:
    X, _ = _world()
    before = _prior().raw(X)[:80]
    moved = [
        np.abs(_learn(_log(range(40 - n, 40 + n))).forest(_prior()).raw(X)[:80] - before).mean()
        for n in (1, 4, 20)
    ]
    assert 0.0 < moved[0] < 0.3
    assert moved[0] < moved[1] < moved[2] < 3.0


def test_members_of_one_case_share_a_vote() -> None:
    """Nine members that are told apart outweigh one account; as one case they hardly do."""
    X, _ = _world()
    one = Decisions.none(WIDTH, FAMILIES).add("a", X[0], _levels(0), 1)
    many = one
    for at in range(8):
        many = many.add(f"a{at}", X[0], _levels(0), 1)
    gain = [
        float((_learn(log, cases).forest(_prior()).raw(X[:1]) - _prior().raw(X[:1]))[0])
        for log, cases in ((one, None), (many, np.zeros(9, dtype=int)), (many, None))
    ]
    assert gain[0] < gain[1] < gain[2]
    assert gain[2] - gain[0] > 1.5 * (gain[1] - gain[0])
    assert votes(np.array([5, 5, 5, 5, 2])).tolist() == [0.5, 0.5, 0.5, 0.5, 1.0]


def test_a_decision_against_all_evidence_moves_less_than_one_that_fits() -> None:
    odds = np.array([-4.0, 0.0])
    confirmed = softened(np.array([1, 1]), odds)
    assert confirmed[0] < 0.2 < 0.8 < confirmed[1]
    # Confirming what looks ordinary pulls less than clearing what looks bad.
    X, _ = _world()
    raw = _prior().raw(X)
    plain = int(np.argmin(raw))
    wrong = _learn(_log([plain], {plain: 1})).forest(_prior()).raw(X)[plain] - raw[plain]
    right = raw[10] - _learn(_log([10], {10: -1})).forest(_prior()).raw(X)[10]
    assert 0.0 <= wrong < right


def test_one_wrong_decision_is_outvoted_by_its_kind() -> None:
    X, _ = _world()
    mixed = _learn(_log(DECIDED, {45: 1})).forest(_prior()).raw(X)
    assert (mixed < _prior().raw(X))[50:80].mean() > 0.9


def test_prior_values_and_reasons_stay() -> None:
    X, prior = _world()[0], _prior()
    before = prior.values.copy()
    taught = _learn(_log(DECIDED)).forest(prior)
    assert np.array_equal(prior.values, before)
    gap = taught.attributions(X).sum(axis=1) + taught.base - taught.raw(X)
    assert np.abs(gap).max() < 1e-9


def test_leaves_hold_what_the_kernel_says() -> None:
    """The added odds of a row are the sum of what its leaves got: nothing is left outside."""
    X, prior = _world()[0], _prior()
    offset = _learn(_log(DECIDED))
    added = offset.forest(prior).raw(X) - prior.raw(X)
    from models.account.offset import leaf_numbers

    wanted = np.sum([offset.leaves[leaf] for leaf in leaf_numbers(prior, X)], axis=0)
    assert np.abs(added - wanted).max() < 1e-3


def test_held_out_decisions_say_that_learning_helps() -> None:
    held = check_held_out(_prior(), _log(range(25, 60)), np.arange(35), _share())
    assert held.decisions == 35
    assert not held.harms
    assert held.after > 0.95 > held.before


def test_held_out_decisions_say_that_noise_harms() -> None:
    rng = np.random.default_rng(3)
    X = rng.normal(size=(2000, WIDTH)).astype(np.float32)
    prior = taught_forest(X, X[:, 0] > 1.5, rounds=30, pool=200)
    rows = np.argsort(-prior.raw(X))[:60]
    labels = np.where(np.arange(60) < 30, 1, -1)  # the prior is right already
    labels[rng.permutation(60)[:20]] *= -1  # and a third of the decisions is wrong
    log = Decisions(tuple(map(str, range(60))), X[rows], np.zeros((60, 0)), labels)
    held = check_held_out(prior, log, np.arange(60), leaf_shares(prior, X))
    assert held.harms


def test_too_few_cases_tell_nothing_and_forbid_nothing() -> None:
    log = _log(range(20, 60))
    one_ring = np.where(np.arange(40) < 20, 0, np.arange(40))
    held = check_held_out(_prior(), log, one_ring, _share())
    assert np.isnan(held.after)
    assert not held.harms
    assert not np.isnan(check_held_out(_prior(), log, np.arange(40), _share()).after)


def test_a_ring_is_held_out_as_a_whole() -> None:
    """Copies of one confirmed account tell nothing about others; alone they seem to."""
    X, _ = _world()
    log = Decisions.none(WIDTH, FAMILIES)
    for at in range(10):
        log = log.add(f"copy-{at}", X[40], _levels(40), 1).add(
            f"x-{at}", X[50 + at], _levels(50), -1
        )
        log = log.add(f"y-{at}", X[at], _levels(at), 1)
    ring = np.array([-1 if key.startswith("copy") else at for at, key in enumerate(log.keys)])
    apart = check_held_out(_prior(), log, np.arange(len(ring)), _share())
    together = check_held_out(_prior(), log, ring, _share())
    assert apart.after > together.after


@pytest.mark.parametrize(
    ("keys", "labels", "words"),
    [
        (("a", "a"), [1, 1], "decided twice"),
        (("a", "b"), [1, 0], "must be"),
        (("a",), [1, 1], "differ in number"),
    ],
)
def test_bad_logs_are_refused(keys: tuple[str, ...], labels: list[int], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Decisions(keys, np.zeros((2, 3), dtype=np.float32), np.zeros((2, 1)), np.array(labels))


def test_taking_back_what_was_not_decided_is_an_error() -> None:
    with pytest.raises(KeyError, match="no decision about 'x'"):
        Decisions.none(WIDTH, FAMILIES).take_back("x")


@pytest.mark.parametrize("seed", [0, 1])
def test_auroc_is_scikit_learns(seed: int) -> None:
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(seed)
    scores, truth = rng.integers(0, 20, 200).astype(float), rng.random(200) < 0.3
    assert auroc(scores, truth) == pytest.approx(roc_auc_score(truth, scores))


def test_a_long_log_needs_no_square_of_its_length() -> None:
    X, _ = _world()
    rows = np.tile(X, (10, 1))
    labels = np.where(rows[:, 0] > 3.0, 1, -1)
    log = Decisions(tuple(map(str, range(20_000))), rows, np.zeros((20_000, 1)), labels)
    few = _prior().subset(np.arange(5))
    offset = learn(few, log, np.arange(20_000), leaf_shares(few, X))
    assert np.isfinite(offset.leaves).all()
    assert replace(offset, shift=0.0).forest(few).raw(X[:1])[0] > few.raw(X[:1])[0]
