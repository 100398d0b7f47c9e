"""How a single forest is laid out in a model folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from models.errors import ModelFormatError
from models.files import store
from models.forest.forest import ArrayForest

KIND = "forest"


def save_forest(forest: ArrayForest, path: Path, meta: Mapping[str, object]) -> None:
    """Write a forest with its offset and feature names."""
    store.write(path, KIND, forest.to_arrays("forest."), meta)


def load_forest(path: Path) -> tuple[ArrayForest, float, list[str] | None]:
    """Read a forest, its offset and its feature names.

    Raises
    ------
    ModelFormatError
        If anything does not fit.
    """
    arrays, meta = store.read(path, KIND)
    forest = ArrayForest.from_arrays(arrays, "forest.")
    offset, names = meta.get("offset"), meta.get("feature_names")
    if not isinstance(offset, float):
        raise ModelFormatError(f"the forest's offset is {offset!r}; expected a number")
    if names is None:
        return forest, offset, None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ModelFormatError("the forest's feature_names is not a list of names")
    if len(names) != forest.n_features:
        raise ModelFormatError(f"{len(names)} feature names for {forest.n_features} columns")
    return forest, offset, names
