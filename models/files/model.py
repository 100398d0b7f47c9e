"""How a `ProxyModel` is laid out in a model folder, and its identity."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.account import columns, learnt
from models.account.columns import FeatureSpec, columns_of, families_of, one_sided
from models.account.model import ProxyModel
from models.account.said import Reference
from models.account.view import FOREST, VIEWS, ViewMaker
from models.arrays import arrays_to_bytes
from models.errors import ModelFormatError
from models.files import store
from models.population.peers import Baseline, PeerGroups
from models.population.tails import Tails

Arrays = Mapping[str, NDArray[np.generic]]

_PLACELESS = "placeless_"
KIND = "proxy-model"


def arrays_digest(model: ProxyModel) -> str:
    """Return the SHA-256 that the model's array file has, in hex digits."""
    return hashlib.sha256(arrays_to_bytes(model.to_arrays())).hexdigest()


def save_model(model: ProxyModel, path: Path, card: Mapping[str, object]) -> None:
    """Write a model folder with its card."""
    meta = {
        "model_id": model.model_id,
        "features": model.features(),
        "joint_features": list(model.joint_names),
        "view": model.joint.kind,
        "seed": model.seed,
        "taught": model.taught,
        "card": dict(card),
    }
    store.write(path, KIND, model.to_arrays(), meta)


def load_model(path: Path, views: Mapping[str, ViewMaker] = VIEWS) -> ProxyModel:
    """Read a model folder, made of one of the ``views`` by name, and check all of it.

    Raises
    ------
    ModelFormatError
        If anything does not fit.
    """
    arrays, meta = store.read(path, KIND)
    return assemble(arrays, meta, views)


def assemble(
    arrays: Arrays, meta: Mapping[str, Any], views: Mapping[str, ViewMaker] = VIEWS
) -> ProxyModel:
    """Put a model together from stored arrays and ``meta``, checking every index.

    A model of an earlier version names no view and no features of its joint forest: it is of
    forests, which read all its features. It was not measured with ordinary places: its reference
    population stands in, which makes p-values of accounts with ordinary places too large.
    """
    specs, seed = read_specs(meta.get("features")), meta.get("seed")
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise ModelFormatError(f"the model's seed is {seed!r}; expected a whole number")
    names = tuple(spec.name for spec in specs)
    view, families = _view(meta.get("view", FOREST), views), families_of(specs)
    peers = PeerGroups.from_arrays(arrays, "peers.")
    tail_peers = PeerGroups.from_arrays(arrays, "tail_peers.")
    d, count, g = len(specs), 1 + len(families), tail_peers.count
    read = [spec.name for spec in one_sided(specs)]
    told = any(name.startswith(learnt.PREFIX) for name in arrays)
    later = any(name.startswith(_PLACELESS) for name in arrays)
    model = ProxyModel(
        specs=specs,
        peers=peers,
        baseline=Baseline.from_arrays(arrays, "baseline.", peers.count, d),
        feature_tails=Tails.from_arrays(arrays, "feature_tails.", peers.count, d),
        joint=view.from_arrays(arrays, "joint."),
        joint_names=read_names(meta.get("joint_features", read), "joint_features"),
        family_views=tuple(view.from_arrays(arrays, f"family{at}.") for at in range(count - 1)),
        tail_peers=tail_peers,
        reference=_reference(arrays, "", g, count),
        placeless=_reference(arrays, _PLACELESS if later else "", g, count),
        seed=seed,
        reads=names,
        taught=meta.get("taught") is True,
        learnt=learnt.Learnt.from_arrays(arrays, count - 1) if told else None,
    )
    _check_widths(model)
    return model


def _reference(arrays: Arrays, prefix: str, groups: int, views: int) -> Reference:
    return Reference(
        Tails.from_arrays(arrays, f"{prefix}view_tails.", groups, views),
        Tails.from_arrays(arrays, f"{prefix}statistic_tails.", groups, 1),
    )


def read_names(names: object, what: str) -> tuple[str, ...]:
    """Return a stored list of features' names.

    Raises
    ------
    ModelFormatError
        If it is anything else, or names one twice.
    """
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ModelFormatError(f"the manifest's {what} is not a list of names")
    if not names or len(set(names)) != len(names):
        raise ModelFormatError(f"the manifest's {what} is empty or names a feature twice")
    return tuple(names)


def _view(kind: object, views: Mapping[str, ViewMaker]) -> ViewMaker:
    if not isinstance(kind, str) or kind not in views:
        raise ModelFormatError(
            f"the model was made with the view {str(kind)[:40]!r}; this version has "
            f"{', '.join(views)}: give one of your own as load_model(..., view=...), or train "
            "again, or use the version that trained it"
        )
    return views[kind]


def read_specs(features: object) -> tuple[FeatureSpec, ...]:
    """Return stored features.

    Raises
    ------
    ModelFormatError
        If they are not a list of names, families and directions.
    """
    if not isinstance(features, list) or not features:
        raise ModelFormatError("the manifest lists no features")
    specs = []
    for entry in features:
        match entry:
            case [str(name), str(family), (-1 | 1) as direction]:
                specs.append(FeatureSpec(name, family, int(direction)))
            case [str(name), str(family), (-1 | 1) as direction, columns.BOTH]:
                specs.append(FeatureSpec(name, family, int(direction), both=True))
            case [str(name), str(family), (-1 | 1) as direction, columns.OWN]:
                specs.append(FeatureSpec(name, family, int(direction), own=True))
            case _:
                raise ModelFormatError(f"{entry!r} is not a feature: name, family, direction")
    read_names([spec.name for spec in specs], "features")
    return tuple(specs)


def _check_widths(model: ProxyModel) -> None:
    widths = [view.n_features for view in (model.joint, *model.family_views)]
    families = [len(columns_of(model.specs, family)) for family in model.families]
    wanted = [len(model.joint_names), *families]
    if widths != wanted:
        raise ModelFormatError(f"views read {widths} columns; the features are {wanted}")
