"""Rings as cases: the evidence that holds a group together, and how odd its members are.

A ring is a row of ``RING_FEATURES``: what ties its members, what they reach, how they move,
and how suspicious each is alone. Label-free, the row is added up by fixed weights; with a
prior, a forest with taught leaves reads it and gives log odds, as another gives those of
accounts, so that rings and accounts without one are cases measured alike. Either way the
ring's evidence is its tail over the cases of the reference population (a ring is one case,
like an account without one): families and colleagues who share a thing are common, so
sharing alone is not rare, and a large ring does not make itself common.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.combine import evidence
from models.forest.forest import ArrayForest

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# Columns that the ring table brings, and those made of the members' own suspicion: levels
# (-log10 of a tail probability) label-free, log odds with a prior.
SHAPE_FEATURES: Final = (
    "kinds", "identifiers", "surplus_bits", "size", "density", "signup_closeness", "evenness",
    "access_share", "controlled_share", "tool_kinds", "home_kinds", "instrument_share",
    "moves_together", "takes_turns", "conserved", "succession", "failover", "near_confirmed",
    "partner_share",
)  # fmt: skip
MEMBER_FEATURES: Final = (
    "member_mean", "member_best", "member_second", "member_middle", "member_least",
    "member_spread",
)  # fmt: skip
RING_FEATURES: Final = (*SHAPE_FEATURES, *MEMBER_FEATURES)

# Label-free weights. Chosen on valid worlds and on those of other generators: see docs/notes.
WEIGHTS: Final[Mapping[str, float]] = {
    "member_mean": 2.0, "member_second": 0.5, "surplus_bits": 0.03, "tool_kinds": 0.6,
    "home_kinds": -0.5, "signup_closeness": 0.3, "near_confirmed": 3.0,
}  # fmt: skip
KIND_CAP: Final = 2.0
# Part of the evidence that a ring keeps whose members reach neither GPUs nor models.
WITHOUT_ACCESS: Final = 0.3
# Label-free, several accounts tied by independent links outweigh one that is as odd.
ADVANTAGE: Final = 0.5
HALF: Final = 2.0


def evidence_to_score(digits: Floats) -> Floats:
    """Map evidence ``L >= 0`` (decimal digits of a tail probability) to [0, 1)."""
    return digits / (digits + HALF)


def ring_rows(shape: Mapping[str, Floats], ring_of: Integers, own: Floats) -> Floats:
    """Rows of ``RING_FEATURES``, shape (rings, features).

    Parameters
    ----------
    shape
        (rings,) array for each of ``SHAPE_FEATURES``.
    ring_of
        (accounts,) ring index of each account, -1 for none; every ring has a member.
    own
        (accounts,) suspicion of each account's own behaviour: level or log odds.
    """
    columns = [*(shape[name] for name in SHAPE_FEATURES), *_members(ring_of, own)]
    return np.stack(columns, axis=1)


def _members(ring_of: Integers, own: Floats) -> list[Floats]:
    """``MEMBER_FEATURES`` of each ring."""
    inside = np.flatnonzero(ring_of >= 0)
    # Members by ring, strongest first: sums do not depend on the order of accounts.
    order = inside[np.lexsort((-own[inside], ring_of[inside]))]
    ring, value = ring_of[order], own[order]
    count = np.bincount(ring)
    first = np.concatenate(([0], np.cumsum(count)[:-1])).astype(np.int64)
    mean = np.bincount(ring, weights=value) / np.maximum(count, 1)
    spread = np.sqrt(np.bincount(ring, weights=(value - mean[ring]) ** 2) / np.maximum(count, 1))
    if not len(value):
        return [mean] * len(MEMBER_FEATURES)
    at = [first, first + np.minimum(1, count - 1), first + (count - 1) // 2, first + count - 1]
    return [mean, *(value[place] for place in at), spread]


def weighted(rows: Floats) -> Floats:
    """Label-free strength of each ring, (rings,)."""
    column = {name: rows[:, at] for at, name in enumerate(RING_FEATURES)}
    capped = {
        **column,
        **{k: np.minimum(column[k], KIND_CAP) for k in ("tool_kinds", "home_kinds")},
    }
    total = np.zeros(len(rows))
    for name, weight in WEIGHTS.items():
        total = total + weight * capped[name]
    reach = WITHOUT_ACCESS + (1.0 - WITHOUT_ACCESS) * column["access_share"]
    return total * reach


@dataclass(frozen=True)
class Cases:
    """The cases of a population: rows of its rings, and the (n,) suspicion of its accounts."""

    rows: Floats
    own: Floats

    def strengths(self, alone: NDArray[np.bool_], forest: ArrayForest | None) -> Floats:
        """Strengths of all rings; with a forest also of the accounts that are ``alone``."""
        found = strengths(self.rows, forest)
        return found if forest is None else np.concatenate([found, self.own[alone]])


@dataclass(frozen=True)
class Opinion:
    """What is said of accounts (n,) and of rings (rings,), side by side."""

    level: Floats
    evidence: Floats
    ring_score: Floats
    ring_tail: Floats

    def of_rings(self, rows: Integers) -> Opinion:
        """The same with some of the rings, a ring maybe twice."""
        return replace(self, ring_score=self.ring_score[rows], ring_tail=self.ring_tail[rows])


@dataclass(frozen=True)
class RingModel:
    """Scores rings against the cases of a reference population.

    Attributes
    ----------
    forest : ArrayForest or None
        With taught leaves over ``RING_FEATURES``; None is label-free.
    reference : (m,) float64
        Sorted strengths of the reference population's rings; with a forest also the log odds
        of its accounts without a ring.
    placeless : (m,) float64
        The same with ordinary places of all members: see `models.account.placeless`.
    population : int
        Cases of the reference population: its rings and its accounts without one.
    """

    forest: ArrayForest | None
    reference: Floats
    placeless: Floats
    population: int

    @classmethod
    def fit(
        cls, rings: Cases, placeless: Cases, ring_of: Integers, forest: ArrayForest | None = None
    ) -> RingModel:
        """Take a population's cases as the reference, as they are and with ordinary places."""
        alone = ring_of < 0
        return cls(
            forest,
            reference=np.sort(rings.strengths(alone, forest)),
            placeless=np.sort(placeless.strengths(alone, forest)),
            population=len(rings.rows) + int(alone.sum()),
        )

    def levels(self, rows: Floats) -> Floats:
        """-log10 of each ring's tail over cases; label-free with the advantage of rings."""
        return -np.log10(self.tail(rows)) + (ADVANTAGE if self.forest is None else 0.0)

    def tail(self, rows: Floats) -> Floats:
        """Empirical tail of each ring's strength over the reference cases, in (0, 1]."""
        return self._tail_of(strengths(rows, self.forest))

    def account_levels(self, own: Floats) -> Floats:
        """-log10 of the tail over cases of accounts' log odds (n,); only with a forest."""
        return -np.log10(self._tail_of(own))

    def calm(self) -> RingModel:
        """The model that reads cases with ordinary places."""
        return replace(self, reference=self.placeless)

    def opinion(self, cases: Cases, level: Floats, agreed: NDArray[np.bool_]) -> Opinion:
        """What is said of the cases of a population.

        Parameters
        ----------
        level
            (n,) of the accounts; with a forest their log odds are measured against the same
            cases as those of rings instead.
        agreed
            (n,) whether two families speak.
        """
        among = level if self.forest is None else self.account_levels(cases.own)
        score, tail = evidence_to_score(self.levels(cases.rows)), self.tail(cases.rows)
        return Opinion(among, evidence(among, agreed), score, tail)

    def _tail_of(self, strength: Floats) -> Floats:
        beyond = len(self.reference) - np.searchsorted(self.reference, strength, side="left")
        return np.asarray((1.0 + beyond) / (self.population + 1.0), dtype=np.float64)


def strengths(rows: Floats, forest: ArrayForest | None) -> Floats:
    """Strength of each ring, (rings,): the taught forest's, or the label-free sum."""
    if not len(rows):
        return np.empty(0)
    return weighted(rows) if forest is None else forest.raw(rows.astype(np.float32))
