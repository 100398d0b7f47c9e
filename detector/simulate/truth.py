"""The truth about a world: who is what. It never enters the log folder."""

from __future__ import annotations

import polars as pl

from detector.simulate.archetypes import ARCHETYPES
from detector.simulate.world import PROXY, ROLES, World


def truth_of(world: World) -> pl.DataFrame:
    """Return account_id, is_proxy, role, typology, ring_id and archetype, by id."""
    names, rings = sorted(ARCHETYPES), world.ring_ids()
    archetypes = [names[i] for i in world.archetype.tolist()]
    for member in world.decoys:
        archetypes[member] = "poison"
    frame = pl.DataFrame(
        {
            "account_id": world.ids,
            "is_proxy": world.role == PROXY,
            "role": [ROLES[i] for i in world.role.tolist()],
            "typology": pl.Series(world.typology, dtype=pl.String),
            "ring_id": pl.Series(
                [rings[i] if i >= 0 else None for i in world.ring.tolist()], dtype=pl.String
            ),
            "archetype": archetypes,
        }
    )
    return frame.sort("account_id")
