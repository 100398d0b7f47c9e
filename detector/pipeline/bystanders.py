"""Who leaves a ring before it becomes a case: ordinary accounts beside a suspicious one.

A ring that is odder than each of its members is a case of all of them, however ordinary each
is alone. Where one member is odder than the ring, the ring is not what speaks against it, and
members who are ordinary themselves (a flatmate's account, a sold laptop's next owner) are
bystanders: the case is put before a reviewer without them, and their score is their own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detector.pipeline.prepare import Prepared, Stages, find_rings
from features.blocks import without
from features.population import Population
from models.account.rings import Opinion

# Levels are -log10 of a tail: below this, more than one in ten of the reference is as odd.
ORDINARY: Final = 1.0


def bystanders(prepared: Prepared, said: Opinion) -> NDArray[np.bool_]:
    """Which accounts leave their ring, (n,).

    Parameters
    ----------
    prepared
        Accounts and rings. Confirmed accounts and their rings stay as they are.
    said
        Of accounts and rings, with ordinary places: who is a case is no matter of place.
    """
    inside = (prepared.ring_of >= 0) & ~prepared.excluded
    best = np.full(len(said.ring_score), -np.inf)
    np.maximum.at(best, prepared.ring_of[inside], said.evidence[inside])
    outdone = said.ring_score < best
    ordinary = said.level < ORDINARY
    leaving: NDArray[np.bool_] = inside & ordinary
    leaving[inside] &= outdone[prepared.ring_of[inside]]
    return leaving


def without_bystanders(
    prepared: Prepared, leaving: NDArray[np.bool_]
) -> tuple[Prepared, NDArray[np.int64]]:
    """Rings of those who stay, and for each the row of the ring it is a part of.

    A ring may fall apart where a bystander held it together; one of a single account is none.
    """
    if not leaving.any():
        return prepared, np.arange(prepared.rings.height)
    gone = prepared.table["account_id"].filter(pl.Series(leaving))
    again = find_rings(
        _among_others(prepared.population, gone), prepared.table, prepared.values, prepared.peers,
        Stages(), prepared.registry,
    )  # fmt: skip
    part_of = np.zeros(again.rings.height, dtype=np.int64)
    inside = again.ring_of >= 0
    part_of[again.ring_of[inside]] = prepared.ring_of[inside]
    return replace(prepared, rings=again.rings, ring_of=again.ring_of), part_of


def _among_others(population: Population, gone: pl.Series) -> Population:
    """The population without pairs that touch an account that is gone."""
    touched = pl.any_horizontal(pl.col("a", "b").is_in(gone.implode()))
    return replace(
        population,
        edges=without(population.edges, touched),
        pairs=without(population.pairs, touched),
        moves=population.moves.filter(~touched),
    )
