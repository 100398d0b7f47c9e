"""Own and ring tail as one p-value: it promises what it says, whatever rings there are."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.account.chance import Chance, Floats, Integers, statistic

TAILS = st.sampled_from([0.001, 0.002, 0.01, 0.05, 0.2, 0.5, 1.0])


@st.composite
def populations(draw: st.DrawFn) -> tuple[Floats, Integers]:
    """Statistics and cases of some accounts: rings of any size, whose members share a tail."""
    sizes = draw(st.lists(st.integers(1, 30), min_size=2, max_size=12))
    case_of = np.repeat(np.arange(len(sizes)), sizes)
    ring = np.array([draw(TAILS) for _ in sizes])[case_of]
    own = np.array([draw(TAILS) for _ in case_of])
    level = np.array([draw(st.floats(0.0, 9.0)) for _ in case_of])
    return statistic(own, ring, level), case_of


@given(populations(), st.floats(0.0, 1.0))
def test_no_more_accounts_of_the_reference_reach_a_level_than_it_says(
    population: tuple[Floats, Integers], alpha: float
) -> None:
    reached, case_of = population
    p = Chance.fit(reached, case_of).p_values(reached)
    assert ((p > 0.0) & (p <= 1.0)).all()
    assert (p <= alpha).mean() <= alpha


@given(populations(), st.floats(0.0, 1.0))
def test_an_account_like_the_reference_reaches_a_level_no_more_often_than_it_says(
    population: tuple[Floats, Integers], alpha: float
) -> None:
    """Each account as a stranger to the others: p is uniform or larger, ties or not."""
    reached, case_of = population
    others = [np.delete(np.arange(len(reached)), at) for at in range(len(reached))]
    p = np.array(
        [
            Chance.fit(reached[rest], case_of[rest]).p_values(reached[[at]])[0]
            for at, rest in enumerate(others)
        ]
    )
    # (1 + others that reach as much) / (others + 1) is the account's own place from the top.
    assert (p <= alpha).mean() <= alpha + 1e-12


@given(populations(), st.data())
def test_more_suspicious_is_never_less_rare(
    population: tuple[Floats, Integers], data: st.DataObject
) -> None:
    chance = Chance.fit(*population)
    small, large = sorted((data.draw(TAILS), data.draw(TAILS)))
    other, low = data.draw(TAILS), data.draw(st.floats(0.0, 9.0))
    high = data.draw(st.floats(low, 9.0))

    def p(own: float, ring: float, level: float) -> float:
        told = (np.array([value]) for value in (own, ring, level))
        return float(chance.p_values(statistic(*told))[0])

    assert p(small, other, low) <= p(large, other, low)
    assert p(other, small, low) <= p(other, large, low)
    assert p(other, small, high) <= p(other, small, low)


@given(populations())
def test_how_accounts_and_cases_are_numbered_changes_no_bit(
    population: tuple[Floats, Integers],
) -> None:
    reached, case_of = population
    rng = np.random.default_rng(len(reached))
    order, names = rng.permutation(len(reached)), rng.permutation(case_of.max() + 1)
    there, here = Chance.fit(reached[order], names[case_of][order]), Chance.fit(reached, case_of)
    np.testing.assert_array_equal(there.reached, here.reached)
    np.testing.assert_array_equal(there.first, here.first)


def test_a_large_ring_does_not_hide_itself() -> None:
    """Its oddest member is as rare as one account alone would be in its place."""
    case_of = np.where(np.arange(100) < 40, 0, np.arange(100))
    own = np.linspace(0.5, 1.0, 100)
    ring = np.where(case_of == 0, 0.01, 1.0)
    reached = statistic(own, ring, np.linspace(3.0, 0.0, 100))
    p = Chance.fit(reached, case_of).p_values(reached)
    assert p[0] == 2 / 101
    assert sorted(p[:40]) == [(2 + at) / 101 for at in range(40)]


def test_cases_are_counted_by_their_oddest_member() -> None:
    reached, case_of = np.arange(20.0), np.repeat(np.arange(5), 4)
    chance = Chance.fit(reached, case_of)
    # The eight rarest accounts are two cases of four; the two rarest are of one.
    assert chance.cases(9.5 / 21) == 2 / 8
    assert chance.cases(3.5 / 21) == 1 / 2
    assert chance.cases(0.0) == 1.0
