"""How the reference of an account's p-value is laid out in a folder of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from models.account.chance import Chance
from models.errors import ModelFormatError
from models.files import store

KIND: Final = "chance"


def save_chance(chance: Chance, path: Path, model_id: str) -> None:
    """Write arrays and manifest into the folder ``path``; it holds for ``model_id`` alone."""
    arrays = {"reached": chance.reached, "first": chance.first}
    store.write(path, KIND, arrays, {"model_id": model_id})


def load_chance(path: Path, model_id: str) -> Chance | None:
    """Read what a folder holds; None if it was measured for another model.

    Raises
    ------
    ModelFormatError
        If the folder does not hold a sound one.
    """
    arrays, meta = store.read(path, KIND)
    if meta.get("model_id") != model_id:
        return None
    reached, first = arrays.get("reached"), arrays.get("first")
    if reached is None or reached.dtype != np.float64 or not np.isfinite(reached).all():
        raise ModelFormatError(f"'{path}' holds no reference of p-values: statistics are missing")
    if first is None or first.dtype != np.bool_ or first.shape != reached.shape:
        raise ModelFormatError(f"'{path}' holds no reference of p-values: cases are missing")
    if (np.diff(reached) < 0).any():
        raise ModelFormatError(f"'{path}' holds no reference of p-values: it is not in order")
    return Chance(reached.astype(np.float64), first.astype(np.bool_))
