"""How a prior is laid out in a folder of its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from models.account.prior import Prior
from models.account.rings import RING_FEATURES
from models.errors import ModelFormatError
from models.files import store
from models.files.model import read_names, read_specs
from models.forest.forest import ArrayForest

KIND: Final = "prior"


def save_prior(prior: Prior, path: Path, meta: Mapping[str, object]) -> None:
    """Write arrays and manifest into the folder ``path``."""
    arrays = prior.accounts.to_arrays("accounts.") | prior.rings.to_arrays("rings.")
    names = {
        "features": list(prior.features),
        "specs": [spec.to_json() for spec in prior.specs],
        "ring_features": list(RING_FEATURES),
    }
    store.write(path, KIND, arrays, {**meta, **names})


def load_prior(path: Path) -> Prior:
    """Read and check a stored prior.

    Raises
    ------
    ModelFormatError
        If the folder does not hold a sound prior of these ring features.
    """
    arrays, meta = store.read(path, KIND)
    names = read_names(meta.get("features"), "features")
    ring_names = read_names(meta.get("ring_features"), "ring features")
    specs = read_specs(meta["specs"]) if meta.get("specs") else ()
    if specs and names != tuple(spec.name for spec in specs):
        raise ModelFormatError("the prior's features and their sides differ; teach it anew")
    if not set(ring_names) <= set(RING_FEATURES):
        raise ModelFormatError("the prior was taught on other ring features; teach it anew")
    accounts = ArrayForest.from_arrays(arrays, "accounts.")
    rings = ArrayForest.from_arrays(arrays, "rings.")
    if (accounts.n_features, rings.n_features) != (len(names), len(ring_names)):
        raise ModelFormatError("the prior's forests do not read its features; teach it anew")
    # An earlier version knew fewer columns of rings: it goes on reading those, by their names.
    return Prior(names, accounts, rings.among(ring_names, RING_FEATURES), specs)
