"""The model card of a training, and what a run tells about its model."""

from __future__ import annotations

import platform
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import Any, Final

import numpy as np
import polars as pl

from detector import __version__
from detector.pipeline.prepare import Prepared
from detector.pipeline.training import Trained
from detector.results.runparts import RunModel
from features.rollups import Rollups
from features.types import UTC_TIME
from models.account.model import ProxyModel
from models.account.view import View
from models.files.card import ModelCard
from models.files.model import arrays_digest
from models.forest.forest import ArrayForest
from models.population.drift import psi_by_feature

LIBRARIES: Final = ("numpy", "polars", "pyarrow")


def training_card(prepared: Prepared, model: ProxyModel) -> ModelCard:
    """Write down what a model was made from. The only clock that training looks at."""
    present = (~np.isnan(prepared.values)).mean(axis=0)
    return ModelCard(
        window_start=_first_seen(prepared.rollups).isoformat(),
        window_end=prepared.rollups.as_of.isoformat(),
        accounts=len(prepared.values),
        excluded=int(prepared.excluded.sum()),
        groups=len(np.unique(prepared.groups)),
        features=tuple(
            (feature.name, feature.family, feature.direction, float(share))
            for feature, share in zip(prepared.registry, present, strict=True)
        ),
        seed=model.seed,
        **_of_view(model.joint),
        versions={
            "enduse": __version__,
            "python": platform.python_version(),
            **{name: version(name) for name in LIBRARIES},
        },
        trained_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _of_view(view: View) -> dict[str, Any]:
    """What a card says of the view: its name, and of a forest its trees and their samples."""
    trees = (view.trees.count, view.max_samples) if isinstance(view, ArrayForest) else (0, 0)
    return {"view": view.kind, "n_estimators": trees[0], "max_samples": trees[1]}


def _first_seen(rollups: Rollups) -> datetime:
    """Where the features' window begins, or the usage in it."""
    start = rollups.as_of - timedelta(days=rollups.window_days)
    times = [piece["usage"]["first"].min() for piece in rollups.pieces("usage")]
    first = pl.Series(times, dtype=UTC_TIME).min()
    return max(start, first) if isinstance(first, datetime) else start


def model_record(trained: Trained, model: ProxyModel, *, prior: str, learnt_here: bool) -> RunModel:
    """``run.json``'s word on a model: when it was made, from what, and its files' checksum."""
    told = {} if trained.card is None else trained.card.to_dict()
    # The features stand in the model's own folder; a run names their number.
    shown = {key: value for key, value in told.items() if key not in ("features", "trained_at")}
    return RunModel(
        trained_on_these_logs=learnt_here,
        features=len(model.reads),
        prior=prior,
        stored_id=trained.stored_id,
        trained_at=None if trained.card is None else trained.card.trained_at or None,
        sha256=arrays_digest(model),
        card=shown,
    )


def drift(model: ProxyModel, prepared: Prepared) -> dict[str, float]:
    """Population stability index of each feature against the model's reference population.

    Features that nobody has, then or now, are left out.
    """
    columns = zip(model.own(prepared.values).T, model.direction, strict=True)
    found = psi_by_feature(model.feature_tails, (values * side for values, side in columns))
    return {
        spec.name: float(value)
        for spec, value in zip(model.specs, found, strict=True)
        if not np.isnan(value)
    }
