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


def p_values(chance: Chance, reached: Floats, case_of: Integers) -> Floats:
    return chance.p_values(reached, case_of, np.ones(len(reached), dtype=np.bool_))


@given(populations(), st.floats(0.0, 1.0))
def test_no_more_accounts_of_the_reference_reach_a_level_than_it_says(
    population: tuple[Floats, Integers], alpha: float
) -> None:
    reached, case_of = population
    p = p_values(Chance.fit(reached, case_of), reached, case_of)
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
            p_values(Chance.fit(reached[rest], case_of[rest]), reached[[at]], case_of[[at]])[0]
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
        return float(p_values(chance, statistic(*told), np.zeros(1, dtype=np.int64))[0])

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
    p = p_values(Chance.fit(reached, case_of), reached, case_of)
    assert p[0] == 2 / 101
    assert sorted(p[:40]) == [(2 + at) / 101 for at in range(40)]


def test_a_ring_that_is_new_brings_its_members_along() -> None:
    """Of forty new accounts in one ring, beyond all others, forty are not as rare as one."""
    chance = Chance.fit(np.linspace(0.0, 1.0, 100), np.arange(100))
    reached, ring = 3.0 - np.arange(40) * 1e-3, np.zeros(40, dtype=np.int64)
    assert p_values(chance, reached, ring).tolist() == [(1 + at) / 101 for at in range(40)]
    equal = p_values(chance, np.full(40, 3.0), ring)
    assert equal.tolist() == [40 / 101] * 40
    apart = p_values(chance, reached, np.arange(40))
    assert apart.tolist() == [1 / 101] * 40
    # Members who are known to be bad count in no place.
    known = chance.p_values(reached, ring, np.arange(40) >= 30)
    assert known.tolist() == [1 / 101] * 31 + [(2 + at) / 101 for at in range(9)]


@given(populations(), populations())
def test_what_a_population_joins_changes_p_values_of_nobody_in_another_case(
    here: tuple[Floats, Integers], there: tuple[Floats, Integers]
) -> None:
    chance = Chance.fit(*here)
    alone = p_values(chance, *there)
    both = p_values(
        chance,
        np.concatenate([there[0], here[0]]),
        np.concatenate([there[1], here[1] + there[1].max() + 1]),
    )
    np.testing.assert_array_equal(both[: len(alone)], alone)


def test_cases_are_counted_by_their_oddest_member() -> None:
    reached, case_of = np.arange(20.0), np.repeat(np.arange(5), 4)
    chance = Chance.fit(reached, case_of)
    # The eight rarest accounts are two cases of four; the two rarest are of one.
    assert chance.cases(9.5 / 21) == 2 / 8
    assert chance.cases(3.5 / 21) == 1 / 2
    assert chance.cases(0.0) == 1.0
