"""How a log of reviewers' decisions is stored: the same folder format as a model."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from models.account.decisions import Decisions
from models.arrays import ArrayReader
from models.errors import ModelFormatError
from models.files import store

KIND = "decisions"


def save_decisions(decisions: Decisions, path: Path) -> None:
    """Write the log into the folder ``path``."""
    rows = np.ascontiguousarray(decisions.rows, dtype=np.float32)
    levels = np.ascontiguousarray(decisions.levels, dtype=np.float64)
    arrays: store.Arrays = {
        "rows": rows.ravel(),
        "levels": levels.ravel(),
        "labels": decisions.labels.astype(np.int64),
    }
    meta = {"keys": list(decisions.keys), "columns": rows.shape[1], "families": levels.shape[1]}
    store.write(path, KIND, arrays, meta)


def load_decisions(path: Path) -> Decisions:
    """Read a log of decisions.

    Raises
    ------
    ModelFormatError
        If the folder does not hold a sound one.
    """
    arrays, meta = store.read(path, KIND)
    keys, sizes = meta.get("keys"), [meta.get("columns"), meta.get("families")]
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise ModelFormatError(f"{path} lists no keys of decisions")
    if "levels" not in arrays:
        raise ModelFormatError(
            f"{path} was written by an earlier version, which kept less of each account: put the "
            "folder aside and `enduse learn` from your labels again"
        )
    get = ArrayReader(arrays, "")
    rows, levels = get("rows", np.float32), get("levels", np.float64)
    held = [
        array.reshape(len(keys), size)
        for array, size in zip((rows, levels), sizes, strict=True)
        if isinstance(size, int) and array.size == len(keys) * size
    ]
    if len(held) != len(sizes) or not np.isfinite(levels).all():
        raise ModelFormatError(
            f"{path} holds {rows.size} values and {levels.size} levels for {len(keys)} decisions"
        )
    try:
        return Decisions(tuple(keys), held[0], held[1], get("labels", np.int64))
    except ValueError as error:
        raise ModelFormatError(f"{path} is not a log of decisions: {error}") from error
