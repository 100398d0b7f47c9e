"""The main job: a log folder in, a ranked and explained queue out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import polars as pl

from detector.errors import ModelError
from detector.modelfolder import UNTAUGHT, champion, first_champion
from detector.pipeline import training
from detector.pipeline.card import drift, model_record, training_card
from detector.pipeline.engine import Engine, LocalEngine
from detector.pipeline.prepare import Prepared, Progress, Stages, prepare
from detector.pipeline.record import run_record, timelines
from detector.pipeline.scoring import assemble, score_rings
from detector.pipeline.training import Trained
from detector.pipeline.watching import drift_since, watch
from detector.results import Results
from detector.sources import Source
from detector.sources.frames import as_source
from features.build import REGISTRY
from models.account.view import FOREST
from models.errors import ModelFormatError

__all__ = ["Trained", "load_model", "save_model", "score_logs", "train_logs"]


def train_logs(
    logs: Mapping[str, pl.LazyFrame] | Source,
    as_of: datetime | None = None,
    *,
    seed: int = 0,
    threads: int | None = None,
    progress: Progress | None = None,
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
    prepared = prepare(as_source(logs, as_of), as_of, stages)
    with stages.stage("train", 0.8):
        trained = _train(prepared, seed, threads or 1, None, view)
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

    Raises
    ------
    DataError
        Where the logs cannot be scored.
    ModelError
        Where the model does not fit this version's features.
    """
    stages, worker = Stages(progress), engine or LocalEngine()
    view = training.check_view(view, model, prior)
    source = as_source(logs, as_of)
    prepared = worker.prepare(source, as_of, stages)
    untrained = model is None
    if model is None:
        with stages.stage("train", 0.75):
            model = _train(prepared, seed, threads or 1, prior, view)
    with stages.stage("score", 0.85):
        name = model.choose(prior)
        try:
            case = model.case(name, prepared, threads or 1)
            accounts = worker.score(case.accounts, prepared, threads or 1)
            scored = score_rings(case, prepared, accounts)
        except (ModelFormatError, ValueError) as error:
            raise ModelError(str(error)) from error
    with stages.stage("explain", 0.95):
        scores, rings = assemble(prepared, scored, case.accounts.model_id, alpha, previous)
        lines = timelines(prepared.rollups, scores)
    run = run_record(
        source, prepared, scores, rings, stages,
        engine=worker.name, seed=seed, alpha=alpha, threads=threads or 1,
        model_id=case.accounts.model_id,
        model={
            "trained_on_these_logs": untrained, "features": len(REGISTRY), "prior": name,
            **model_record(case.accounts, model.card),
        },
        drift=(
            drift_since(previous, prepared.values)
            if untrained else drift(case.accounts, prepared)
        ),
        **watch(model, prepared, scores, previous, threads or 1),
    )  # fmt: skip
    run["notes"] += training.notes(case)
    return Results(scores, rings, prepared.table, source.quarantine, lines, run)


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


def _train(prepared: Prepared, seed: int, threads: int, prior: str | None, view: str) -> Trained:
    """Train with the shipped priors, unless they are not asked for or have no leaves to teach."""
    plain_only = prior == UNTAUGHT or view != FOREST
    priors = {} if plain_only else training.shipped_priors()
    try:
        trained = training.train(prepared, seed=seed, threads=threads, priors=priors, view=view)
        plain = trained.cases[UNTAUGHT].accounts
        return replace(trained, card=training_card(prepared, plain))
    except ModelFormatError as error:
        raise ModelError(str(error)) from error
