"""The main job: a log folder in, a ranked and explained queue out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import polars as pl

from detector import policy
from detector.errors import ModelError
from detector.modelfolder import champion, first_champion
from detector.pipeline import training
from detector.pipeline.engine import Engine, LocalEngine
from detector.pipeline.prepare import Progress, Stages
from detector.pipeline.run import Asked, score_source, train
from detector.pipeline.training import Trained
from detector.policy.lane import Lane
from detector.results import Results
from detector.sources import Source
from detector.sources.frames import as_source
from models.errors import ModelFormatError

__all__ = ["Trained", "load_model", "save_model", "score_logs", "train_logs"]


def train_logs(
    logs: Mapping[str, pl.LazyFrame] | Source,
    as_of: datetime | None = None,
    *,
    seed: int = 0,
    threads: int | None = None,
    progress: Progress | None = None,
    engine: Engine | None = None,
    view: str | None = None,
) -> Trained:
    """Learn from a log folder what is usual.

    The model holds the label-free forests and, beside them, the shipped prior; with another
    ``view`` than forests, that view alone.

    Raises
    ------
    DataError
        Where a required table is missing or there are too few accounts to compare.
    """
    stages, view = Stages(progress), training.check_view(view, None, None)
    prepared = (engine or LocalEngine()).prepare(as_source(logs, as_of), as_of, stages)
    with stages.stage("train", 0.8):
        trained = train(prepared, Asked(seed=seed, threads=threads or 1, view=view))
        return training.with_learnt_from(trained, prepared)


def score_logs(
    logs: Mapping[str, pl.LazyFrame] | Source,
    model: Trained | None = None,
    as_of: datetime | None = None,
    *,
    seed: int = 0,
    alpha: float = 0.01,
    previous: Results | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    prior: str | None = None,
    view: str | None = None,
    engine: Engine | None = None,
    lanes: Sequence[Lane] | None = None,
    policy_packs: Path | None = None,
    policy_list_days: int = 14,
) -> Results:
    """Score every account and ring of a log folder; without a model, train on it first.

    Parameters
    ----------
    logs
        From ``read_logs``, or any mapping of table names to normalised lazy frames.
    as_of
        What is dated at or after it is invisible; default: that of ``logs``.
    alpha
        Largest tail p-value of the proxy queue.
    previous
        An earlier run, to keep ring ids and to name changes.
    threads
        Threads of the forest; the scores are the same bits on any number.
    prior
        Taught leaf values to use, ``none`` for the label-free forests; default: the shipped
        prior where the model holds it.
    view
        What scores the rows of a model that is trained here: ``forest`` (the default) or
        another of `models.account.view.VIEWS`, which have no leaves to be taught.
    engine
        Where the work is done; default: this process. The scores are the same bits on any.
    lanes
        What is asked beside behaviour: functions of what was known at as-of. They fill
        ``lane_l`` and ``lane_e`` and may ask for queue ``policy``; lane B stays as it is.
        Default: ``detector.policy.LANES``.
    policy_packs
        Folder of policy packs that replace those that ship, by id.
    policy_list_days
        Age in days from which a list of restricted parties clears nobody.

    Raises
    ------
    DataError
        Where the logs cannot be scored.
    PackError
        Where a policy pack is none.
    ModelError
        Where the model does not fit this version's features.
    """
    view = training.check_view(view, model, prior)
    asked = Asked(
        seed=seed, alpha=alpha, threads=threads or 1, prior=prior,
        as_of=as_of, previous=previous, lanes=policy.LANES if lanes is None else lanes, view=view,
        policy_packs=None if policy_packs is None else str(policy_packs),
        policy_list_days=policy_list_days,
    )  # fmt: skip
    return score_source(
        as_source(logs, as_of), model, asked, engine or LocalEngine(), Stages(progress)
    )


def save_model(model: Trained, path: Path | str) -> None:
    """Write a model folder: arrays and JSON, and the model card as a page for people."""
    training.save(model, Path(path))


def load_model(path: Path | str) -> Trained:
    """Read a model folder, or the champion of a folder of models (``enduse models``).

    Raises
    ------
    ModelError
        Where the folder is missing, damaged or of another format.
    """
    try:
        trained, first = training.load(champion(Path(path))), first_champion(Path(path))
    except (ModelFormatError, OSError) as error:
        raise ModelError(str(error)) from error
    # In a folder of models the first champion is what the others are compared with.
    return trained if trained.frozen else replace(trained, frozen=first)
