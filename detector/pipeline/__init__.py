"""The main job: a log folder in, a ranked and explained queue out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import polars as pl

from detector.errors import ModelError
from detector.pipeline import training
from detector.pipeline.engine import Engine, LocalEngine
from detector.pipeline.prepare import Progress, Stages
from detector.pipeline.run import Asked, run, train
from detector.pipeline.training import Trained
from detector.policy.lane import Lane
from detector.results import Results
from detector.sources import Source
from detector.sources.frames import as_source
from models.errors import ModelFormatError
from models.files.registry import read_registry
from models.files.store import MANIFEST

__all__ = ["Trained", "load_model", "save_model", "score_logs", "train_logs"]


def train_logs(
    logs: Mapping[str, pl.LazyFrame] | Source,
    as_of: datetime | None = None,
    *,
    seed: int = 0,
    threads: int | None = None,
    progress: Progress | None = None,
    engine: Engine | None = None,
) -> Trained:
    """Learn from a log folder what is usual.

    The model holds the label-free forests and, beside them, the shipped prior.

    Raises
    ------
    DataError
        Where a required table is missing or there are too few accounts to compare.
    """
    stages, source = Stages(progress), as_source(logs, as_of)
    prepared = (engine or LocalEngine()).prepare(source, as_of, stages)
    with stages.stage("train", 0.8):
        return train(prepared, Asked(seed=seed, threads=threads or 1))


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
    engine: Engine | None = None,
    lanes: Sequence[Lane] = (),
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
    engine
        Where the work is done; default: this process. The scores are the same bits on any.
    lanes
        What is asked beside behaviour: functions of what was known at as-of. They fill
        ``lane_l`` and ``lane_e`` and may ask for queue ``policy``; lane B stays as it is.

    Raises
    ------
    DataError
        Where the logs cannot be scored.
    ModelError
        Where the model does not fit this version's features.
    """
    asked = Asked(as_of, seed, alpha, threads or 1, prior, previous, lanes)
    return run(as_source(logs, as_of), model, asked, engine or LocalEngine(), Stages(progress))


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
        return _with_first_champion(training.load(_champion(Path(path))), Path(path))
    except (ModelFormatError, OSError) as error:
        raise ModelError(str(error)) from error


def _champion(path: Path) -> Path:
    """The model to read: ``path`` itself, or the champion of the registry that it is."""
    if (path / MANIFEST).is_file():
        return path
    champion = read_registry(path).champion
    return path if champion is None else path / champion


def _with_first_champion(model: Trained, root: Path) -> Trained:
    """In a folder of models the first champion is the reference that others are compared with."""
    if model.frozen is not None or (root / MANIFEST).is_file():
        return model
    history = read_registry(root).history
    first = root / history[0].model_id if history else root
    if first == _champion(root) or not (first / MANIFEST).is_file():
        return model
    return replace(model, frozen=first)
