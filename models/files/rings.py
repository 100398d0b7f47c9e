"""How a model of rings is laid out in a folder of its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.account.rings import RING_FEATURES, RingModel
from models.errors import ModelFormatError
from models.files import store
from models.files.model import read_names
from models.forest.forest import ArrayForest

KIND: Final = "ring-model"
# Columns that came after files began to name theirs.
SINCE_NAMED: Final = frozenset({"partner_share"})


def save_rings(rings: RingModel, path: Path) -> None:
    """Write arrays and manifest into the folder ``path``."""
    arrays = {} if rings.forest is None else rings.forest.to_arrays("forest.")
    arrays |= {"reference": rings.reference, "placeless": rings.placeless}
    meta = {"population": rings.population, "taught": rings.forest is not None}
    store.write(path, KIND, arrays, {**meta, "features": list(RING_FEATURES)})


def load_rings(path: Path) -> RingModel:
    """Read and check a stored model of rings.

    Raises
    ------
    ModelFormatError
        If the folder does not hold a sound one.
    """
    arrays, meta = store.read(path, KIND)
    population = meta.get("population")
    if not isinstance(population, int):
        raise ModelFormatError(f"'{path}' is not a ring model: its population is missing")
    reference = _reference(path, arrays.get("reference"), population)
    # An earlier version did not measure cases with ordinary places.
    placeless = _reference(path, arrays.get("placeless", reference), population)
    forest = ArrayForest.from_arrays(arrays, "forest.") if meta.get("taught") is True else None
    if forest is not None:
        forest = forest.among(_features(meta), RING_FEATURES)
    return RingModel(forest, reference, placeless, population)


def _features(meta: Mapping[str, object]) -> tuple[str, ...]:
    """Columns that the stored forest reads; an earlier version wrote no names down."""
    if "features" not in meta:
        return tuple(name for name in RING_FEATURES if name not in SINCE_NAMED)
    return read_names(meta["features"], "ring features")


def _reference(
    path: Path, found: NDArray[np.generic] | None, population: int
) -> NDArray[np.float64]:
    if found is None or found.dtype != np.float64:
        raise ModelFormatError(f"'{path}' is not a ring model: its reference is missing")
    reference = found.astype(np.float64)
    if (np.diff(reference) < 0).any() or len(reference) > population:
        raise ModelFormatError(f"'{path}' is not a ring model: its reference is not in order")
    return reference
