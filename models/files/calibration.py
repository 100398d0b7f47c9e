"""How a calibration is laid out in a folder of its own, and whose it is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from models.errors import ModelFormatError
from models.files import store
from models.population.conformal import MIN_CALIBRATION, Calibration
from models.population.peers import PeerGroups
from models.population.tails import Tails

KIND: Final = "calibration"


def save_calibration(
    calibration: Calibration, path: Path, model_id: str, meta: Mapping[str, object]
) -> None:
    """Write arrays and manifest into the folder ``path``; it holds for ``model_id`` alone."""
    arrays = calibration.groups.to_arrays("groups.") | calibration.tails.to_arrays("tails.")
    store.write(path, KIND, arrays, {**meta, "model_id": model_id})


def load_calibration(path: Path, model_id: str) -> Calibration | None:
    """Read a stored calibration; None if it was made for another model.

    Raises
    ------
    ModelFormatError
        If the folder does not hold a sound calibration.
    """
    arrays, meta = store.read(path, KIND)
    if meta.get("model_id") != model_id:
        return None
    groups = PeerGroups.from_arrays(arrays, "groups.")
    tails = Tails.from_arrays(arrays, "tails.", groups.count, 1)
    if int(tails.total.min()) < MIN_CALIBRATION:
        raise ModelFormatError(f"'{path}' rests on fewer than {MIN_CALIBRATION} accounts")
    return Calibration(groups, tails)
