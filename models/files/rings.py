"""How a model of rings is laid out in a folder of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from models.account.rings import RingModel
from models.errors import ModelFormatError
from models.files import store
from models.forest.forest import ArrayForest

KIND: Final = "ring-model"


def save_rings(rings: RingModel, path: Path) -> None:
    """Write arrays and manifest into the folder ``path``."""
    arrays = {} if rings.forest is None else rings.forest.to_arrays("forest.")
    arrays["reference"] = rings.reference
    meta = {"population": rings.population, "taught": rings.forest is not None}
    store.write(path, KIND, arrays, meta)


def load_rings(path: Path) -> RingModel:
    """Read and check a stored model of rings.

    Raises
    ------
    ModelFormatError
        If the folder does not hold a sound one.
    """
    arrays, meta = store.read(path, KIND)
    reference, population = arrays.get("reference"), meta.get("population")
    if reference is None or reference.dtype != np.float64 or not isinstance(population, int):
        raise ModelFormatError(f"'{path}' is not a ring model: its reference is missing")
    if (np.diff(reference) < 0).any() or len(reference) > population:
        raise ModelFormatError(f"'{path}' is not a ring model: its reference is not in order")
    forest = ArrayForest.from_arrays(arrays, "forest.") if meta.get("taught") is True else None
    return RingModel(forest, reference.astype(np.float64), population)
