"""What a notebook hands to ``train_logs`` and ``score_logs``, as what a run is asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from numbers import Integral
from pathlib import Path
from typing import Final, SupportsFloat, TypeAlias, TypeGuard

import polars as pl

from detector.errors import ModelError, UsageError
from detector.modelfolder import UNTAUGHT, is_model
from detector.pipeline.engine import Engine, LocalEngine
from detector.pipeline.ownview import own_view
from detector.pipeline.training import SHIPPED, Trained, load_prior
from detector.results import Results
from detector.sources import Source
from detector.sources.text import printable
from features.build import REGISTRY
from features.own import OwnFeature, outside_scores, with_own
from features.registry import Family, Registry
from models.account.prior import Prior
from models.account.view import VIEWS, ViewMaker

#: The name under which a model keeps a prior that it was trained with.
GIVEN: Final = "given"
#: Anything that `detector.sources.given.as_source` opens.
Given: TypeAlias = "Source | Mapping[str, pl.LazyFrame] | Mapping[str, object] | Path | str"
#: Features of one's own: one, several, or a registry that holds them.
Own: TypeAlias = "OwnFeature | Iterable[OwnFeature] | Registry | None"


def registry_of(features: Own, outside: object) -> Registry:
    """The columns that a run computes.

    Raises
    ------
    UsageError
        Where one is none, or cannot stand beside the others.
    """
    try:
        families = [_family(one) for one in _several(outside)]
        if isinstance(features, Registry):
            return with_own((), families, features)
        mine = [_feature(one) for one in _several(features)]
        return with_own(mine, families) if mine or families else REGISTRY
    except ValueError as error:
        raise UsageError(printable(str(error), 500)) from error


def engine_of(engine: Engine | None, registry: Registry) -> Engine:
    """Who works: own columns are computed in this process alone.

    Raises
    ------
    UsageError
        Where they are asked of another engine.
    """
    if engine is None:
        return LocalEngine(registry=registry)
    if registry is not REGISTRY:
        raise UsageError(
            f"engine '{engine.name}' computes no columns of your own; leave engine out, or "
            "features and outside"
        )
    return engine


def is_named(prior: object) -> TypeGuard[str]:
    """Whether a prior is asked for by its name, and not given."""
    return isinstance(prior, str) and (prior in (SHIPPED, UNTAUGHT) or not Path(prior).is_dir())


def priors_of(prior: object) -> Mapping[str, Prior] | None:
    """Priors that a model is trained with, by name; None: those that ship.

    Raises
    ------
    ModelError
        Where a folder holds no prior.
    UsageError
        Where it is neither a name that ships, nor a prior or its folder.
    """
    if prior is None or prior == SHIPPED:
        return None
    if prior == UNTAUGHT:
        return {}
    if isinstance(prior, Prior):
        return {GIVEN: prior}
    if isinstance(prior, Path) or (isinstance(prior, str) and Path(prior).is_dir()):
        return {GIVEN: load_prior(Path(prior))}
    raise UsageError(
        f"prior is {printable(str(prior), 80)!r}; expected '{SHIPPED}', '{UNTAUGHT}', or the "
        "folder of a prior"
    )


def refuse_given(prior: object) -> None:
    """Refuse a prior beside a model: it was trained with its own.

    Raises
    ------
    UsageError
        Where it is given, and not named.
    """
    if prior is not None and not is_named(prior):
        raise UsageError(
            "a model is scored with a prior that it holds: name it, or train a model with this "
            "one: train_logs(logs, prior=...)"
        )


def weight_of(own_weight: object) -> float:
    """What own columns add to a prior's log odds.

    Raises
    ------
    UsageError
        Where it is no number of 0 or more.
    """
    if isinstance(own_weight, int | float) and 0.0 <= own_weight < float("inf"):
        return float(own_weight)
    raise UsageError(
        f"own_weight is {printable(str(own_weight), 40)}; expected a number from 0, such as 1.0"
    )


def seed_of(seed: object) -> int:
    """A seed as a whole number from 0, NumPy's too.

    Raises
    ------
    UsageError
        Where it is none.
    """
    return _whole("seed", seed, 0, "a whole number from 0: the same seed, the same model")


def threads_of(threads: object) -> int:
    """Threads of the forest; None is one.

    Raises
    ------
    UsageError
        Where they are no whole number from 1.
    """
    return 1 if threads is None else _whole("threads", threads, 1, "a whole number from 1, or None")


def share_of(alpha: object) -> float:
    """The largest p-value of the queue.

    Raises
    ------
    UsageError
        Where it is no share.
    """
    if isinstance(alpha, SupportsFloat) and 0.0 <= float(alpha) <= 1.0:
        return float(alpha)
    raise UsageError(f"alpha is {_shown(alpha)}; expected a share from 0 to 1, such as 0.01")


def earlier(previous: object) -> Results | None:
    """An earlier run, from its folder too.

    Raises
    ------
    DataError
        Where the folder is no run.
    UsageError
        Where it is neither.
    """
    if previous is None or isinstance(previous, Results):
        return previous
    if isinstance(previous, str | Path):
        return Results.read(previous)
    raise UsageError(
        f"previous is a {type(previous).__name__}; expected what score_logs gave, or the folder "
        "that its write(folder) made"
    )


def views_of(view: str | ViewMaker | None) -> Mapping[str, ViewMaker]:
    """The views by name that a stored model may be of: those that ship, and one's own.

    Raises
    ------
    UsageError
        Where one is given that is none.
    """
    if view is None or isinstance(view, str):
        return VIEWS
    maker = own_view(view)
    return {**VIEWS, maker.kind: maker}


def model_of(model: object) -> Trained:
    """A model that can be stored.

    Raises
    ------
    UsageError
        Where it is none.
    """
    if isinstance(model, Trained):
        return model
    raise UsageError(
        f"model is a {type(model).__name__}; expected what train_logs or load_model gave: "
        "save_model(model, path)"
    )


def folder_of(path: object) -> Path:
    """Where a model lies, or is to lie.

    Raises
    ------
    UsageError
        Where it is no path.
    """
    if isinstance(path, str | Path):
        return Path(path)
    raise UsageError(f"path is a {type(path).__name__}; expected the folder of a model")


def present(model: Path) -> Path:
    """A model's folder, where there is one.

    Raises
    ------
    ModelError
        Where there is none.
    """
    if is_model(model):
        return model
    found = "the folder holds no manifest.json" if model.is_dir() else "there is no such folder"
    raise ModelError(
        f"no model at '{printable(str(model), 200)}': {found}; give the folder "
        "that save_model or `enduse train` wrote"
    )


def trained_of(model: object) -> Trained | Path | None:
    """A model, or where it lies.

    Raises
    ------
    ModelError
        Where it is neither.
    """
    if model is None or isinstance(model, Trained):
        return model
    if isinstance(model, str | Path):
        return Path(model)
    raise ModelError(
        f"model is a {type(model).__name__}; expected what train_logs or load_model gave, or the "
        "folder that save_model wrote"
    )


def _whole(name: str, given: object, least: int, wanted: str) -> int:
    if isinstance(given, Integral) and not isinstance(given, bool) and int(given) >= least:
        return int(given)
    raise UsageError(f"{name} is {_shown(given)}; expected {wanted}")


def _shown(given: object) -> str:
    return f"{printable(repr(given), 40)} ({type(given).__name__})"


def _several(given: object) -> list[object]:
    if given is None:
        return []
    alone = isinstance(given, OwnFeature | Family | pl.DataFrame) or hasattr(given, "columns")
    return [given] if alone or not isinstance(given, list | tuple) else list(given)


def _feature(given: object) -> OwnFeature:
    if isinstance(given, OwnFeature):
        return given
    raise ValueError(
        f"features holds a {type(given).__name__}; expected functions that stand below "
        "@features.feature(...), such as features=[my_feature]"
    )


def _family(given: object) -> Family:
    if isinstance(given, Family):
        if given.gaps and all(feature.own for feature in given.features):
            return given
        raise ValueError(f"outside holds family {given.id}; expected outside_scores(frame, ...)")
    return outside_scores(given)
