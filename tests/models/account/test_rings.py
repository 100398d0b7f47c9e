"""Rings as cases: rows made of members, and tails over cases."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.account.rings import (
    ADVANTAGE,
    MEMBER_FEATURES,
    RING_FEATURES,
    SHAPE_FEATURES,
    Cases,
    RingModel,
    ring_rows,
    weighted,
)
from models.forest.forest import ArrayForest


def shape(rings: int, **known: float) -> dict[str, np.ndarray]:
    return {name: np.full(rings, known.get(name, 0.0)) for name in SHAPE_FEATURES}


def members(row: np.ndarray) -> dict[str, float]:
    return dict(zip(MEMBER_FEATURES, row[len(SHAPE_FEATURES) :].tolist(), strict=True))


def test_members_are_summed_up() -> None:
    ring_of = np.array([0, -1, 0, 1, 0])
    own = np.array([3.0, 9.0, 1.0, -2.0, 2.0])
    first, second = ring_rows(shape(2), ring_of, own)
    assert members(first) == {
        "member_mean": 2.0, "member_best": 3.0, "member_second": 2.0, "member_middle": 2.0,
        "member_least": 1.0, "member_spread": np.sqrt(2.0 / 3.0),
    }  # fmt: skip
    alone = members(second)
    assert alone.pop("member_spread") == 0.0
    assert set(alone.values()) == {-2.0}


def test_no_ring_gives_no_row() -> None:
    rows = ring_rows(shape(0), np.full(3, -1), np.zeros(3))
    assert rows.shape == (0, len(RING_FEATURES))


@settings(deadline=None)
@given(st.permutations(range(12)))
def test_the_order_of_accounts_changes_no_bit(order: list[int]) -> None:
    ring_of = np.repeat([0, 1, -1], 4)
    own = np.random.default_rng(1).normal(size=12)
    there = ring_rows(shape(2), ring_of, own)
    np.testing.assert_array_equal(there, ring_rows(shape(2), ring_of[order], own[order]))


def label_free(*own: float, access: float = 1.0, **known: float) -> float:
    """Strength of one ring whose members' levels are ``own``."""
    known = {"access_share": access, **known}
    return float(weighted(ring_rows(shape(1, **known), np.zeros(len(own), int), np.array(own)))[0])


def test_label_free_what_members_do_weighs_more_than_what_ties_them() -> None:
    """In words: the order in which the parts of a ring's strength count."""
    plain, odder = label_free(1.0, 1.0), label_free(2.0, 2.0)
    tool = label_free(1.0, 1.0, tool_kinds=1.0)
    together = label_free(1.0, 1.0, signup_closeness=1.0)
    assert label_free(1.0, 1.0, near_confirmed=1.0) > odder > tool > together > plain
    assert odder > label_free(1.0, 1.0, surplus_bits=30.0) > plain
    # One tool makes up for one thing that households share, and not for two.
    assert label_free(1.0, 1.0, tool_kinds=1.0, home_kinds=1.0) > plain
    assert label_free(1.0, 1.0, tool_kinds=1.0, home_kinds=2.0) < plain
    # Two odd members are more than one of them twice as odd, and less than a tool more.
    assert label_free(2.0, 0.0) < plain < label_free(2.0, 0.0, tool_kinds=1.0)


def test_label_free_many_kinds_are_two_and_rings_without_access_keep_less_than_half() -> None:
    two, five = (label_free(1.0, 1.0, tool_kinds=float(kinds)) for kinds in (2, 5))
    assert two == five
    two, five = (label_free(1.0, 1.0, home_kinds=float(kinds)) for kinds in (2, 5))
    assert two == five
    assert 0.0 < label_free(1.0, 1.0, access=0.0) < label_free(1.0, 1.0) / 2


def test_label_free_strength_grows_with_members_and_tools_and_falls_with_a_household() -> None:
    def strength(**known: float) -> float:
        return float(weighted(ring_rows(shape(1, **known), np.zeros(2, int), np.ones(2)))[0])

    plain = strength(access_share=1.0)
    assert strength(access_share=1.0, tool_kinds=1.0) > plain
    assert strength(access_share=1.0, home_kinds=2.0) < plain
    assert strength(access_share=1.0, near_confirmed=0.5) > plain
    assert strength(access_share=0.0) < plain


def taught() -> ArrayForest:
    """A forest over rings that is taught nothing; any leaves will do."""
    rows = np.random.default_rng(0).normal(size=(64, len(RING_FEATURES)))
    return ArrayForest.fit(rows.astype(np.float32), n_estimators=20, max_samples=32)


def test_a_taught_ring_and_an_account_of_equal_odds_are_equally_rare() -> None:
    forest, rng = taught(), np.random.default_rng(2)
    ring_of = np.where(np.arange(100) < 40, np.arange(100) // 4, -1)
    own = rng.normal(size=100)
    rows = rng.normal(size=(10, len(RING_FEATURES)))
    cases = Cases(rows, own)
    model = RingModel.fit(cases, cases, ring_of, forest)
    assert model.population == len(model.reference) == 70
    odds = forest.raw(rows.astype(np.float32))
    np.testing.assert_array_equal(model.levels(rows), model.account_levels(odds))
    highest = max(odds.max(), own[ring_of < 0].max())
    assert model.account_levels(np.array([highest]))[0] == np.log10(71 / 2)


def test_label_free_rings_are_rare_among_cases_and_have_an_advantage() -> None:
    ring_of = np.where(np.arange(100) < 40, np.arange(100) // 4, -1)
    rows = ring_rows(shape(10, access_share=1.0), ring_of, np.arange(100.0))
    cases = Cases(rows, np.arange(100.0))
    model = RingModel.fit(cases, cases, ring_of)
    assert model.population == 70
    tail = model.tail(rows)
    assert tail.min() == 2 / 71
    assert tail.max() == 11 / 71
    np.testing.assert_allclose(model.levels(rows), ADVANTAGE - np.log10(tail))
    assert (model.levels(rows) > -np.log10(tail)).all()
