"""Which candidate of a run is which case: by the accounts they share, never by the ring's id.

A ring's id goes to whichever ring of the next run shares an account with it, however few; a case
goes on only where at least half of it, or half of the candidate, is shared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Pairing:
    """What of a run belongs to which case.

    Attributes
    ----------
    of
        The case of each candidate that has one; no case has two.
    beside
        Further cases that a paired candidate shares half with and that have no candidate of
        their own: one case came to be of two.
    parts
        Candidates without a case of their own, and the case that they were part of.
    """

    of: Mapping[str, str] = field(default_factory=dict)
    beside: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Overlap:
    """How many accounts a case and a candidate share; sorts the largest first, then by age."""

    shared: int
    case: str
    candidate: str
    first: str

    @property
    def order(self) -> tuple[int, int, str, str, str]:
        return -self.shared, len(self.case), self.case, self.first, self.candidate


def pair(
    cases: Mapping[str, Collection[str]], candidates: Mapping[str, Collection[str]]
) -> Pairing:
    """Pair candidates with cases; the order of rows decides nothing.

    Parameters
    ----------
    cases, candidates
        Accounts by name; names of cases sort by age.

    Examples
    --------
    >>> pair({"C-1": "ab", "C-2": "x"}, {"ring": "abx", "single": "z"}).of
    {'ring': 'C-1'}
    """
    found = sorted(_overlaps(cases, candidates), key=lambda one: one.order)
    of: dict[str, str] = {}
    taken: set[str] = set()
    for one in found:
        if one.candidate not in of and one.case not in taken:
            of[one.candidate] = one.case
            taken.add(one.case)
    beside: dict[str, list[str]] = {}
    parts: dict[str, str] = {}
    for one in found:
        if one.candidate in of and one.case not in taken:
            beside.setdefault(one.candidate, []).append(one.case)
        elif one.candidate not in of:
            parts.setdefault(one.candidate, one.case)
    return Pairing(of, {name: tuple(rest) for name, rest in beside.items()}, parts)


def _overlaps(
    cases: Mapping[str, Collection[str]], candidates: Mapping[str, Collection[str]]
) -> list[_Overlap]:
    """Pairs that share half of one of them."""
    holding: dict[str, list[str]] = {}
    for case, accounts in cases.items():
        for account in set(accounts):
            holding.setdefault(account, []).append(case)
    found = []
    for name, accounts in candidates.items():
        shared = Counter(case for account in set(accounts) for case in holding.get(account, ()))
        found += [
            _Overlap(count, case, name, min(accounts))
            for case, count in shared.items()
            if 2 * count >= min(len(set(cases[case])), len(set(accounts)))
        ]
    return found
