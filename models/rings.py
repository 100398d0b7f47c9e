"""Rings as cases: the evidence that holds a group together, and how odd its members are.

A ring's evidence is on the scale of an account's: ``L`` is minus the decimal logarithm of a
tail probability, and the score is ``L / (L + 2)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

MEMBER_CAP: Final = 3.0
KIND_CAP: Final = 4.0
BIT_CAP: Final = 20.0
HALF: Final = 2.0


@dataclass(frozen=True)
class RingScores:
    """Scores of rings, each array of shape (rings,)."""

    score: Floats
    link: Floats
    members: Floats


def evidence_to_score(evidence: Floats) -> Floats:
    """Map evidence ``L >= 0`` (decimal digits of a tail probability) to [0, 1)."""
    return evidence / (evidence + HALF)


def score_rings(
    kinds: Floats,
    bits: Floats,
    prior_bits: Floats,
    ring_of: Integers,
    member_p: Floats,
) -> RingScores:
    """Score rings by their links first and by their members' oddness second.

    Parameters
    ----------
    kinds
        (rings,) independent identifier kinds, each counted by the share of members touched.
    bits, prior_bits
        (rings,) mean best bits of evidence per member, and the bits that the prior asks for.
    ring_of
        (accounts,) ring index of each account, -1 for none.
    member_p
        (accounts,) tail p-value of each account's own behaviour.

    Returns
    -------
    RingScores
        ``link``: 0 without two kinds' worth of evidence, up to 4; ``members``: mean over
        members of ``-log10 p``, capped at 3 each; ``score``: from their sum.
    """
    surplus = np.clip(bits - prior_bits, 0.0, BIT_CAP) / 10.0
    link = np.clip(kinds - 1.0, 0.0, KIND_CAP) * surplus
    inside = ring_of >= 0
    odd = np.minimum(-np.log10(np.maximum(member_p[inside], 1e-300)), MEMBER_CAP)
    count = np.bincount(ring_of[inside], minlength=kinds.size)
    members = np.bincount(ring_of[inside], weights=odd, minlength=kinds.size) / np.maximum(count, 1)
    return RingScores(evidence_to_score(np.minimum(link, 4.0) + members), link, members)
