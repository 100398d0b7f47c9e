"""Rings as cases: the evidence that holds a group together, and how odd its members are.

A ring is a row of ``RING_FEATURES``: what ties its members, what they reach, how they move,
and the levels (-log10 of a tail probability) of their own behaviour. Label-free, the row is
added up by fixed weights; with a prior, a forest with taught leaves reads it. Either way the
ring's evidence is its tail over the cases of the reference population (a ring is one case,
like an account without one): families and colleagues who share a thing are common, so
sharing alone is not rare, and a large ring does not make itself common.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.forest import ArrayForest

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# Columns that the ring table brings, and those made of the members' own levels.
SHAPE_FEATURES: Final = (
    "kinds", "identifiers", "surplus_bits", "size", "density", "signup_closeness", "evenness",
    "access_share", "controlled_share", "tool_kinds", "home_kinds", "instrument_share",
    "moves_together", "takes_turns", "conserved", "succession", "failover", "near_confirmed",
)  # fmt: skip
MEMBER_FEATURES: Final = ("member_mean", "member_best", "member_second")
RING_FEATURES: Final = (*SHAPE_FEATURES, *MEMBER_FEATURES)

# Label-free weights. Chosen on the dev and valid worlds: see docs/notes.
WEIGHTS: Final[Mapping[str, float]] = {
    "member_mean": 1.0, "member_second": 0.5, "surplus_bits": 0.05, "tool_kinds": 0.6,
    "home_kinds": -0.3, "signup_closeness": 0.3,
}  # fmt: skip
KIND_CAP: Final = 2.0
# Part of the evidence that a ring keeps whose members reach neither GPUs nor models.
WITHOUT_ACCESS: Final = 0.3
# Several accounts tied by independent links outweigh one that is as odd.
ADVANTAGE: Final = 0.2
HALF: Final = 2.0


def evidence_to_score(evidence: Floats) -> Floats:
    """Map evidence ``L >= 0`` (decimal digits of a tail probability) to [0, 1)."""
    return evidence / (evidence + HALF)


def ring_rows(shape: Mapping[str, Floats], ring_of: Integers, levels: Floats) -> Floats:
    """Rows of ``RING_FEATURES``, shape (rings, features).

    Parameters
    ----------
    shape
        (rings,) array for each of ``SHAPE_FEATURES``.
    ring_of
        (accounts,) ring index of each account, -1 for none; every ring has a member.
    levels
        (accounts,) level of each account's own behaviour.
    """
    rings = len(shape["size"])
    inside = np.flatnonzero(ring_of >= 0)
    # Members by ring, strongest first.
    order = inside[np.lexsort((-levels[inside], ring_of[inside]))]
    count = np.bincount(ring_of[inside], minlength=rings)
    first = np.concatenate(([0], np.cumsum(count)[:-1])).astype(np.int64)
    total = np.bincount(ring_of[order], weights=levels[order], minlength=rings)
    best = levels[order][first] if rings else np.empty(0)
    second = levels[order][first + np.minimum(1, count - 1)] if rings else np.empty(0)
    members = [total / np.maximum(count, 1), best, second]
    return np.stack([*(shape[name] for name in SHAPE_FEATURES), *members], axis=1)


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
class RingModel:
    """Scores rings against the rings of a reference population.

    Attributes
    ----------
    forest : ArrayForest or None
        With taught leaves over ``RING_FEATURES``; None is label-free.
    reference : (m,) float64
        Sorted strengths of the reference population's rings.
    population : int
        Cases of the reference population: its rings and its accounts without one.
    """

    forest: ArrayForest | None
    reference: Floats
    population: int

    @classmethod
    def fit(cls, rows: Floats, ring_of: Integers, forest: ArrayForest | None = None) -> RingModel:
        """Take the rings of a population as the reference."""
        return cls(forest, np.sort(strengths(rows, forest)), len(rows) + int((ring_of < 0).sum()))

    def levels(self, rows: Floats) -> Floats:
        """-log10 of each ring's tail over cases at least as tied, and the advantage."""
        return -np.log10(self.tail(rows)) + ADVANTAGE

    def tail(self, rows: Floats) -> Floats:
        """Empirical tail of each ring's strength over the reference cases, in (0, 1]."""
        found = np.searchsorted(self.reference, strengths(rows, self.forest), side="left")
        beyond = len(self.reference) - found
        return np.asarray((1.0 + beyond) / (self.population + 1.0), dtype=np.float64)


def strengths(rows: Floats, forest: ArrayForest | None) -> Floats:
    """Strength of each ring, (rings,): the taught forest's, or the label-free sum."""
    if not len(rows):
        return np.empty(0)
    return weighted(rows) if forest is None else forest.raw(rows.astype(np.float32))
