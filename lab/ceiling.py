"""The supervised ceiling: what labels of other worlds could teach. A yardstick, never shipped.

Boosting scores accounts, from their features, the means over their predicted ring and the
ring's own columns. Its cases are the predicted rings cut down to the members it suspects, so
that neither a bystander makes a case wrong nor twenty members take twenty reviews.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from detector.evaluate.reading import Bools, Ints
from lab import baselines
from lab.trial import Floats

# Of lesson accounts outside rings that are no proxies, one in this many is taught.
_EVERY: Final = 3
SUSPECTED: Final = 0.02


@dataclass(frozen=True)
class Population:
    """Accounts of one world with their predicted rings.

    ``values`` is (accounts, columns), ``rings`` (rings, columns), ``ring_of`` the row of an
    account's ring or -1, ``proxy`` the truth.
    """

    values: Floats
    rings: Floats
    ring_of: Ints
    proxy: Bools

    def wide(self) -> Floats:
        """Each account's values beside its ring's columns and its ring's mean values."""
        own = np.full((self.ring_of.size, self.rings.shape[1]), np.nan)
        mean = np.full_like(self.values, np.nan)
        inside = np.flatnonzero(self.ring_of >= 0)
        if inside.size:
            ring = self.ring_of[inside]
            own[inside] = self.rings[ring]
            mean[inside] = _means(self.values[inside], ring, len(self.rings))[ring]
        return np.hstack([self.values, own, mean])

    def telling(self) -> Bools:
        """Proxies, members of rings and a part of the rest: the rest is many and alike."""
        some = np.arange(self.proxy.size) % _EVERY == 0
        return np.asarray(self.proxy | (self.ring_of >= 0) | some)


def taught(
    lessons: Sequence[Population],
    asked: Sequence[Population],
    kept: Sequence[Bools] | None = None,
    *,
    seed: int = 0,
) -> list[Floats]:
    """Score the accounts of worlds.

    Parameters
    ----------
    lessons : worlds whose truth is taught
    asked : worlds to score
    kept : accounts of each lesson that may be taught; default all
    seed : random_state of the boosting

    Returns
    -------
    list of (n,) float
        Log-odds of being a proxy, one array for each asked world.
    """
    rows = [lesson.telling() for lesson in lessons]
    if kept is not None:
        rows = [row & mask for row, mask in zip(rows, kept, strict=True)]
    values = [lesson.wide()[row] for lesson, row in zip(lessons, rows, strict=True)]
    proxy = [lesson.proxy[row] for lesson, row in zip(lessons, rows, strict=True)]
    questions = [world.wide() for world in asked]
    score = baselines.supervised_ceiling(
        np.vstack(values), np.concatenate(proxy), np.vstack(questions), seed=seed
    )
    return list(np.split(score, np.cumsum([len(question) for question in questions])[:-1]))


def suspected(ring_of: Ints, score: Floats) -> Ints:
    """Keep ring members among the first ``SUSPECTED`` of all accounts; others stand alone.

    Examples
    --------
    >>> suspected(np.array([0, 0, 1, -1]), np.array([9.0, 1.0, 2.0, 3.0])).tolist()
    [0, -1, -1, -1]
    """
    return np.where(score >= np.quantile(score, 1 - SUSPECTED), ring_of, -1)


def _means(values: Floats, group: Ints, groups: int) -> Floats:
    """Mean of each column over the known values of each group."""
    total, count = np.zeros((groups, values.shape[1])), np.zeros((groups, values.shape[1]))
    np.add.at(total, group, np.nan_to_num(values))
    np.add.at(count, group, ~np.isnan(values))
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
