"""Which candidate is which case."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from detector.cases.runs.matching import pair

SETS = st.lists(st.frozensets(st.sampled_from("abcdefghijkl"), min_size=1), max_size=6)


def named(sets: list[frozenset[str]], prefix: str) -> dict[str, frozenset[str]]:
    return {f"{prefix}{place}": accounts for place, accounts in enumerate(sets)}


@given(SETS, SETS)
def test_no_case_and_no_candidate_is_paired_twice_and_half_of_one_is_shared(held, seen) -> None:
    cases, candidates = named(held, "C-"), named(seen, "r")
    found = pair(cases, candidates)
    assert len(set(found.of.values())) == len(found.of)
    for candidate, case in found.of.items():
        shared = len(cases[case] & candidates[candidate])
        assert 2 * shared >= min(len(cases[case]), len(candidates[candidate]))
    assert not set(found.parts) & set(found.of)
    assert set(found.beside) <= set(found.of)
    assert not {case for rest in found.beside.values() for case in rest} & set(found.of.values())


@given(SETS, SETS, st.randoms(use_true_random=False))
def test_the_order_of_rows_decides_nothing(held, seen, dice) -> None:
    cases, candidates = named(held, "C-"), named(seen, "r")
    mixed_cases, mixed = list(cases.items()), list(candidates.items())
    dice.shuffle(mixed_cases)
    dice.shuffle(mixed)
    assert pair(dict(mixed_cases), dict(mixed)) == pair(cases, candidates)


def test_the_larger_overlap_wins_then_the_older_case() -> None:
    assert pair({"C-1": "ab", "C-2": "cdef"}, {"r": "abcdef"}).of == {"r": "C-2"}
    assert pair({"C-2": "cd", "C-1": "ab"}, {"r": "abcd"}).of == {"r": "C-1"}
    assert pair({"C-10": "cd", "C-9": "ab"}, {"r": "abcd"}).of == {"r": "C-9"}


def test_less_than_half_of_both_is_nobody() -> None:
    assert pair({"C-1": "abc"}, {"r": "cde"}).of == {}
    assert pair({"C-1": "abcd"}, {"r": "cdef"}).of == {"r": "C-1"}


def test_two_cases_of_one_candidate_and_two_candidates_of_one_case_are_told() -> None:
    found = pair({"C-1": "abc", "C-2": "de"}, {"r": "abcde"})
    assert (found.of, found.beside) == ({"r": "C-1"}, {"r": ("C-2",)})
    found = pair({"C-1": "abcde"}, {"p": "abc", "q": "de"})
    assert (found.of, found.parts) == ({"p": "C-1"}, {"q": "C-1"})
