"""How a `ProxyModel` is laid out in a model folder, and its identity."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.account.model import FeatureSpec, ProxyModel
from models.errors import ModelFormatError
from models.files import store
from models.forest.forest import ArrayForest
from models.population.peers import Baseline, PeerGroups
from models.population.tails import Tails

Arrays = Mapping[str, NDArray[np.generic]]

KIND = "proxy-model"


def model_arrays(model: ProxyModel) -> dict[str, NDArray[np.generic]]:
    """Return every array of a model under its stored name."""
    arrays = model.joint.to_arrays("joint.")
    for at, forest in enumerate(model.family_forests):
        arrays |= forest.to_arrays(f"family{at}.")
    arrays |= model.peers.to_arrays("peers.") | model.tail_peers.to_arrays("tail_peers.")
    arrays |= model.baseline.to_arrays("baseline.")
    arrays |= model.feature_tails.to_arrays("feature_tails.")
    arrays |= model.view_tails.to_arrays("view_tails.")
    return arrays | model.statistic_tails.to_arrays("statistic_tails.")


def _features(model: ProxyModel) -> list[list[object]]:
    return [[spec.name, spec.family, spec.direction] for spec in model.specs]


def arrays_digest(model: ProxyModel) -> str:
    """Return the SHA-256 that the model's array file has, in hex digits."""
    return hashlib.sha256(store.arrays_to_bytes(model_arrays(model))).hexdigest()


def content_id(model: ProxyModel) -> str:
    """Return sixteen hex digits of the arrays and the feature schema."""
    digest = hashlib.sha256(store.arrays_to_bytes(model_arrays(model)))
    digest.update(json.dumps(_features(model)).encode())
    return digest.hexdigest()[:16]


def save_model(model: ProxyModel, path: Path, card: Mapping[str, object]) -> None:
    """Write a model folder with its card."""
    meta = {
        "model_id": content_id(model),
        "features": _features(model),
        "seed": model.seed,
        "taught": model.taught,
        "card": dict(card),
    }
    store.write(path, KIND, model_arrays(model), meta)


def load_model(path: Path) -> ProxyModel:
    """Read a model folder and check all of it.

    Raises
    ------
    ModelFormatError
        If anything does not fit.
    """
    arrays, meta = store.read(path, KIND)
    return assemble(arrays, meta)


def assemble(arrays: Arrays, meta: Mapping[str, Any]) -> ProxyModel:
    """Put a model together from stored arrays and ``meta``, checking every index."""
    specs, seed = _specs(meta.get("features")), meta.get("seed")
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise ModelFormatError(f"the model's seed is {seed!r}; expected a whole number")
    d, families = len(specs), tuple(dict.fromkeys(spec.family for spec in specs))
    peers = PeerGroups.from_arrays(arrays, "peers.")
    tail_peers = PeerGroups.from_arrays(arrays, "tail_peers.")
    views, g = 1 + len(families), tail_peers.count
    forests = [ArrayForest.from_arrays(arrays, f"family{at}.") for at in range(len(families))]
    model = ProxyModel(
        specs=specs,
        peers=peers,
        baseline=Baseline.from_arrays(arrays, "baseline.", peers.count, d),
        feature_tails=Tails.from_arrays(arrays, "feature_tails.", peers.count, d),
        joint=ArrayForest.from_arrays(arrays, "joint."),
        family_forests=tuple(forests),
        tail_peers=tail_peers,
        view_tails=Tails.from_arrays(arrays, "view_tails.", g, views),
        statistic_tails=Tails.from_arrays(arrays, "statistic_tails.", g, 1),
        seed=seed,
        taught=meta.get("taught") is True,
    )
    _check_widths(model)
    return model


def _specs(features: object) -> tuple[FeatureSpec, ...]:
    if not isinstance(features, list) or not features:
        raise ModelFormatError("the manifest lists no features")
    specs = []
    for entry in features:
        match entry:
            case [str(name), str(family), (-1 | 1) as direction]:
                specs.append(FeatureSpec(name, family, int(direction)))
            case _:
                raise ModelFormatError(f"{entry!r} is not a feature: name, family, direction")
    return tuple(specs)


def _check_widths(model: ProxyModel) -> None:
    widths = [model.joint.n_features, *(f.n_features for f in model.family_forests)]
    wanted = [len(model.specs), *(len(model.columns(f)) for f in model.families)]
    if widths != wanted:
        raise ModelFormatError(f"forests read {widths} columns; the features are {wanted}")


def check_schema(model: ProxyModel, specs: tuple[FeatureSpec, ...]) -> None:
    """Compare a model's features with those at hand.

    Raises
    ------
    ModelFormatError
        Naming the features that the model wants and that are missing, new, moved or changed.
    """
    if model.specs == specs:
        return
    wanted, found = {s.name: s for s in model.specs}, {s.name: s for s in specs}
    missing = [name for name in wanted if name not in found]
    new = [name for name in found if name not in wanted]
    changed = [n for n in wanted if n in found and wanted[n] != found[n]]
    parts = [("missing", missing), ("not known to it", new), ("changed", changed)]
    told = "; ".join(f"{what}: {', '.join(names[:8])}" for what, names in parts if names)
    raise ModelFormatError(
        f"the model was trained on other features ({told or 'in another order'}). "
        "Train a model with this version, or use the version that trained it"
    )
