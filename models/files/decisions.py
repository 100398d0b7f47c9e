"""How a log of reviewers' decisions is stored: the same folder format as a model."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from models.account.feedback import Decisions
from models.arrays import ArrayReader
from models.errors import ModelFormatError
from models.files import store

KIND = "decisions"


def save_decisions(decisions: Decisions, path: Path) -> None:
    """Write the log into the folder ``path``."""
    rows = np.ascontiguousarray(decisions.rows, dtype=np.float32)
    arrays: store.Arrays = {"rows": rows.ravel(), "labels": decisions.labels.astype(np.int64)}
    store.write(path, KIND, arrays, {"keys": list(decisions.keys), "columns": rows.shape[1]})


def load_decisions(path: Path) -> Decisions:
    """Read a log of decisions.

    Raises
    ------
    ModelFormatError
        If the folder does not hold a sound one.
    """
    arrays, meta = store.read(path, KIND)
    keys, columns = meta.get("keys"), meta.get("columns")
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise ModelFormatError(f"{path} lists no keys of decisions")
    get = ArrayReader(arrays, "")
    rows, labels = get("rows", np.float32), get("labels", np.int64)
    if not isinstance(columns, int) or len(rows) != len(keys) * columns:
        raise ModelFormatError(f"{path} holds {len(rows)} values for {len(keys)} decisions")
    try:
        return Decisions(tuple(keys), rows.reshape(len(keys), columns), labels)
    except ValueError as error:
        raise ModelFormatError(f"{path} is not a log of decisions: {error}") from error
