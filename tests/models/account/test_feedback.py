"""Decisions move the queue, can be taken back, and are checked before they count."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.account.feedback import (
    CAP,
    Decisions,
    auroc,
    check_held_out,
    learned_values,
    net_labels,
)
from models.errors import ModelFormatError
from models.files.decisions import load_decisions, save_decisions
from models.files.forest import save_forest
from models.forest.forest import ArrayForest


def _world() -> tuple[np.ndarray, np.ndarray]:
    """Two odd kinds of rows: the first 40 are wanted, the next 40 are not."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2000, 6)).astype(np.float32)
    X[:40, 0] += 6.0
    X[40:80, 3] += 6.0
    return X, np.arange(2000) < 40


def _forest() -> ArrayForest:
    return ArrayForest.fit(_world()[0], n_estimators=100)


def _decide(rows: range) -> Decisions:
    X, wanted = _world()
    log = Decisions.none(6)
    for row in rows:
        log = log.add(f"case-{row}", X[row], 1 if wanted[row] else -1)
    return log


def test_decisions_raise_their_kind_and_lower_the_other() -> None:
    X, _ = _world()
    forest = _forest()
    decided = _decide(range(30, 50))
    taught = forest.with_values(learned_values(forest, decided))
    assert (taught.raw(X) > forest.raw(X))[:30].mean() > 0.9
    assert (taught.raw(X) < forest.raw(X))[50:80].all()
    assert (np.argsort(-forest.raw(X))[:30] < 40).sum() < 20
    assert (np.argsort(-taught.raw(X))[:30] < 40).sum() >= 25


@settings(max_examples=15, deadline=None)
@given(st.permutations(range(30, 50)), st.integers(0, 19))
def test_order_is_forgotten_and_every_decision_can_be_taken_back(
    order: list[int], left_out: int
) -> None:
    forest, log, X = _forest(), _decide(range(30, 50)), _world()[0]
    shuffled = Decisions.none(6)
    for row in order:
        shuffled = shuffled.add(f"case-{row}", X[row], 1 if row < 40 else -1)
    assert np.array_equal(learned_values(forest, log), learned_values(forest, shuffled))
    row = order[left_out]
    without = learned_values(forest, _decide(range(30, 50)).take_back(f"case-{row}"))
    again = learned_values(forest, shuffled.take_back(f"case-{row}"))
    assert np.array_equal(without, again)


def test_no_decision_changes_nothing() -> None:
    forest = _forest()
    assert np.array_equal(learned_values(forest, Decisions.none(6)), forest.values)
    log = _decide(range(39, 40)).take_back("case-39")
    assert np.array_equal(learned_values(forest, log), forest.values)


def test_a_flood_of_decisions_is_capped() -> None:
    X, forest = _world()[0], _forest()
    many = Decisions(
        tuple(str(i) for i in range(500)), np.repeat(X[:1], 500, axis=0), np.ones(500, dtype=int)
    )
    assert net_labels(forest, many).max() == 500
    changed = learned_values(forest, many)
    hit = (changed != forest.values) & (forest.values > 0)
    ratio = changed[hit] / forest.values[hit]
    assert np.allclose(ratio, np.exp(-0.3 * CAP), rtol=1e-4)


def test_untaught_values_and_reasons_stay() -> None:
    X, forest = _world()[0], _forest()
    before = forest.values.copy()
    taught = forest.with_values(learned_values(forest, _decide(range(30, 50))))
    assert np.array_equal(forest.values, before)
    gap = taught.attributions(X).sum(axis=1) + taught.base - taught.raw(X)
    assert np.abs(gap).max() < 1e-12


def test_held_out_decisions_say_that_learning_helps() -> None:
    held = check_held_out(_forest(), _decide(range(25, 60)))
    assert held.decisions == 35
    assert held.helps
    assert held.after > 0.95


def test_held_out_decisions_say_that_noise_does_not_help() -> None:
    rng = np.random.default_rng(3)
    X = rng.normal(size=(2000, 6)).astype(np.float32)
    forest = ArrayForest.fit(X, n_estimators=100)
    oddness = forest.raw(X[:60])
    labels = np.where(oddness > np.median(oddness), 1, -1)  # the forest is right already
    labels[:20] *= -1  # and a third of the decisions is wrong
    log = Decisions(tuple(map(str, range(60))), X[:60], labels)
    assert check_held_out(forest, log).after < 0.8


def test_too_few_decisions_tell_nothing() -> None:
    held = check_held_out(_forest(), _decide(range(38, 60)))
    assert np.isnan(held.after)
    assert not held.helps


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
        Decisions(keys, np.zeros((2, 3), dtype=np.float32), np.array(labels))


def test_taking_back_what_was_not_decided_is_an_error() -> None:
    with pytest.raises(KeyError, match="no decision about 'x'"):
        Decisions.none(6).take_back("x")


def test_decisions_are_stored_and_read_again(tmp_path: Path) -> None:
    log, forest = _decide(range(30, 50)), _forest()
    save_decisions(log, tmp_path / "d")
    again = load_decisions(tmp_path / "d")
    assert again.keys == log.keys
    assert np.array_equal(learned_values(forest, again), learned_values(forest, log))
    save_forest(forest, tmp_path / "f", {"offset": -0.5})
    with pytest.raises(ModelFormatError, match="expected a 'decisions'"):
        load_decisions(tmp_path / "f")


@pytest.mark.parametrize("seed", [0, 1])
def test_auroc_is_scikit_learns(seed: int) -> None:
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(seed)
    scores, truth = rng.integers(0, 20, 200).astype(float), rng.random(200) < 0.3
    assert auroc(scores, truth) == pytest.approx(roc_auc_score(truth, scores))


def test_leaves_below_zero_move_to_the_same_side() -> None:
    X, _ = _world()
    forest = _forest()
    lowered = forest.with_values(forest.values - int(np.median(forest.values)))
    taught = lowered.with_values(learned_values(lowered, _decide(range(30, 50))))
    assert (taught.raw(X[30:40]) > lowered.raw(X[30:40])).all()
    assert (taught.raw(X[40:50]) < lowered.raw(X[40:50])).all()


def test_a_ring_is_held_out_as_a_whole() -> None:
    """Ten copies of one confirmed account tell nothing about others; alone they seem to."""
    X, _ = _world()
    forest = _forest()
    log = Decisions.none(6)
    for at in range(10):
        log = log.add(f"copy-{at}", X[0], 1).add(f"case-{at}", X[100 + at] * 3, -1)
    ring = np.array([at if key.startswith("case") else -1 for at, key in enumerate(log.keys)])
    apart, together = check_held_out(forest, log), check_held_out(forest, log, groups=ring)
    assert apart.before == together.before
    assert apart.after >= together.after
