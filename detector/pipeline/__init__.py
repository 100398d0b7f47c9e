"""The main job: a log folder in, a ranked and explained queue out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from detector.errors import DataError, ModelError
from detector.pipeline.prepare import Prepared, Progress, Stages, prepare
from detector.pipeline.record import run_record, timelines
from detector.pipeline.scoring import assemble, score_population
from detector.results import Results
from features.build import REGISTRY
from models.ensemble import FeatureSpec, ProxyModel
from models.errors import ModelFormatError

__all__ = ["load_model", "save_model", "score_logs", "train_logs"]

MIN_ACCOUNTS = 2


def train_logs(
    logs: Mapping[str, pl.LazyFrame],
    as_of: datetime | None = None,
    *,
    seed: int = 0,
    threads: int | None = None,
    progress: Progress | None = None,
) -> ProxyModel:
    """Learn from a log folder what is usual.

    Raises
    ------
    DataError
        Where a required table is missing or there are too few accounts to compare.
    """
    stages = Stages(progress)
    prepared = prepare(logs, as_of, stages)
    with stages.stage("train", 0.8):
        return _fit(prepared, seed=seed, threads=threads or 1)


def score_logs(
    logs: Mapping[str, pl.LazyFrame],
    model: ProxyModel | None = None,
    as_of: datetime | None = None,
    *,
    seed: int = 0,
    alpha: float = 0.01,
    previous: Results | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    prior: str = "none",
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

    Raises
    ------
    DataError
        Where the logs cannot be scored.
    ModelError
        Where the model does not fit this version's features.
    """
    if prior != "none":
        raise ModelError(f"the model has no prior named '{prior}'; score with --prior none")
    stages = Stages(progress)
    prepared = prepare(logs, as_of, stages)
    trained = model is None
    if model is None:
        with stages.stage("train", 0.75):
            model = _fit(prepared, seed=seed, threads=threads or 1)
    with stages.stage("score", 0.85):
        try:
            scored = score_population(model, prepared, threads=threads or 1)
        except ModelFormatError as error:
            raise ModelError(str(error)) from error
    with stages.stage("explain", 0.95):
        scores, rings = assemble(prepared, scored, model, alpha, previous)
        lines = timelines(prepared.rollups, scores)
    run = run_record(
        logs, prepared, scores, rings, stages,
        seed=seed, alpha=alpha, threads=threads or 1, model_id=model.model_id,
        model={"trained_on_these_logs": trained, "features": len(REGISTRY), "prior": prior},
        drift={},
    )  # fmt: skip
    return Results(scores, rings, prepared.table, _quarantine(logs), lines, run)


def save_model(model: ProxyModel, path: Path | str) -> None:
    """Write a model folder: arrays and JSON alone."""
    model.save(Path(path), card={"saved_at": datetime.now(UTC).isoformat(timespec="seconds")})


def load_model(path: Path | str) -> ProxyModel:
    """Read a model folder.

    Raises
    ------
    ModelError
        Where the folder is missing, damaged or of another format.
    """
    try:
        return ProxyModel.load(Path(path))
    except (ModelFormatError, OSError) as error:
        raise ModelError(str(error)) from error


def _fit(prepared: Prepared, *, seed: int, threads: int) -> ProxyModel:
    if prepared.table.height < MIN_ACCOUNTS:
        raise DataError(
            f"{prepared.table.height} account to learn from; a forest compares accounts and "
            f"needs at least {MIN_ACCOUNTS}: score with --model instead"
        )
    specs = [FeatureSpec(f.name, f.family, f.direction) for f in REGISTRY]
    return ProxyModel.fit(
        prepared.values,
        specs,
        prepared.peers,
        groups=prepared.groups,
        exclude=prepared.excluded,
        seed=seed,
        threads=threads,
    )


def _quarantine(logs: Mapping[str, pl.LazyFrame]) -> pl.DataFrame:
    held = getattr(logs, "quarantine", None)
    return held if isinstance(held, pl.DataFrame) else pl.DataFrame()
