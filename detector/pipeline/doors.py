"""What a program calls: learn from logs, score them, keep what was learnt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import polars as pl

from detector import policy
from detector.disk import failure
from detector.errors import ModelError, OutputError
from detector.modelfolder import champion, first_champion
from detector.pipeline import training
from detector.pipeline.arguments import (
    Given,
    Own,
    earlier,
    engine_of,
    folder_of,
    is_named,
    model_of,
    present,
    priors_of,
    refuse_given,
    registry_of,
    seed_of,
    share_of,
    threads_of,
    trained_of,
    views_of,
    weight_of,
)
from detector.pipeline.engine import Engine
from detector.pipeline.prepare import Progress, Stages
from detector.pipeline.run import OWN_WEIGHT, Asked, score_source, train
from detector.pipeline.training import Trained
from detector.policy.lane import Lane
from detector.results import Results
from detector.sources.given import as_source
from detector.sources.times import as_moment
from models.account.prior import Prior
from models.account.view import ViewMaker
from models.errors import ModelFormatError

__all__ = ["Trained", "load_model", "save_model", "score_logs", "train_logs"]


def train_logs(
    logs: Given,
    as_of: datetime | date | str | None = None,
    *,
    prior: str | Path | Prior | None = None,
    seed: int = 0,
    view: str | ViewMaker | None = None,
    features: Own = None,
    outside: object = None,
    own_weight: float = OWN_WEIGHT,
    labels: pl.DataFrame | Path | str | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    engine: Engine | None = None,
) -> Trained:
    """Learn from logs what is usual among peers; nobody tells it what is bad.

    The model holds label-free forests and, beside them, a prior: what simulated worlds taught
    about how much each sign says. With another ``view`` than forests it holds that view alone.

    Parameters
    ----------
    logs
        What ``read_logs`` gave, the path of a log folder, or a mapping of table names to
        Polars, pandas or Arrow frames, such as ``{"usage": usage, "accounts": accounts}``.
    as_of
        What is dated at or after it is invisible: a datetime, a date or ISO 8601 text; what
        names no zone is UTC. Default: that of ``logs``.
    prior
        ``"simulated"``, the one that ships (the default); ``"none"`` for label-free forests
        alone; or a prior or the folder of one that was taught elsewhere.
    seed
        Of every draw: the same seed and logs give the same model, bit for bit.
    view
        What scores the rows: ``"forest"`` (the default), ``"ecod"``, or one of your own, such
        as ``models.OutlierView(detector)``.
    features
        Features of your own, made with ``features.feature``.
    outside
        Scores that were made elsewhere: a frame with ``account_id`` and numbers, or what
        ``features.outside_scores`` made of one; several in a list.
    own_weight
        What the columns of ``features`` and ``outside`` add together to a prior's log odds for
        each tenfold in which an account's values are rarer than its peers'; 0: nothing. The
        label-free forests read them as any other column.
    labels
        Decisions in place of the table ``labels``: a frame, or the path of a file. Confirmed
        accounts and their rings teach nothing.
    threads
        Threads of the forest (default 1); the model is the same bits on any number.
    progress
        Called with a stage and the share that is done, 0 to 1.
    engine
        Where the work is done; default: this process.

    Returns
    -------
    Trained
        What was learnt, for ``score_logs`` and ``save_model``.

    Raises
    ------
    DataError
        Where a required table is missing or there are too few accounts to compare.
    ModelError
        Where a prior does not fit, or a view cannot be made of these rows.
    UsageError
        Where an argument is not what it should be.

    Examples
    --------
    >>> from enduse import read_logs, save_model, train_logs
    >>> logs = read_logs("sample_logs")
    >>> model = train_logs(logs, as_of="2026-04-09", seed=7)
    >>> model
    <Trained ... accounts to 2026-04-09: view 'forest', priors simulated>
    >>> save_model(model, "model")
    """
    registry, moment = registry_of(features, outside), as_moment(as_of)
    asked = Asked(
        seed=seed_of(seed), threads=threads_of(threads),
        view=training.check_view(view, None, prior),
        prior=prior if is_named(prior) else None, priors=priors_of(prior),
        own_weight=weight_of(own_weight),
    )  # fmt: skip
    stages, worker = Stages(progress), engine_of(engine, registry)
    prepared = worker.prepare(as_source(logs, moment, labels), moment, stages)
    with stages.stage("train", 0.8):
        return training.with_learnt_from(train(prepared, asked), prepared)


def score_logs(
    logs: Given,
    model: Trained | Path | str | None = None,
    as_of: datetime | date | str | None = None,
    *,
    seed: int = 0,
    alpha: float = 0.01,
    previous: Results | Path | str | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    prior: str | Path | Prior | None = None,
    view: str | ViewMaker | None = None,
    features: Own = None,
    outside: object = None,
    own_weight: float = OWN_WEIGHT,
    labels: pl.DataFrame | Path | str | None = None,
    engine: Engine | None = None,
    lanes: Sequence[Lane] | None = None,
    policy_packs: Path | None = None,
    policy_list_days: int = 14,
) -> Results:
    """Score every account and ring of logs; without a model, train on them first.

    Parameters
    ----------
    logs
        What ``read_logs`` gave, the path of a log folder, or a mapping of table names to
        Polars, pandas or Arrow frames.
    model
        What ``train_logs`` or ``load_model`` gave, or the folder that ``save_model`` wrote.
    as_of
        What is dated at or after it is invisible: a datetime, a date or ISO 8601 text; what
        names no zone is UTC. Default: that of ``logs``.
    seed
        Of the model, where it is trained here.
    alpha
        Largest tail p-value of the proxy queue, 0 to 1.
    previous
        An earlier run or its folder, to keep ring ids and to name changes.
    threads
        Threads of the forest (default 1); the scores are the same bits on any number.
    progress
        Called with a stage and the share that is done, 0 to 1.
    prior
        Name of the taught leaf values to use, ``"none"`` for the label-free forests; default:
        what the model learnt, else the prior that it was trained with. Without a model also a
        prior or its folder, as in ``train_logs``.
    view
        What scores the rows of a model that is trained here; see ``train_logs``. Of a stored
        model with a view of your own, the one it was trained with.
    features, outside, own_weight
        Columns of your own, as in ``train_logs``; a model that learnt some asks for the same.
    labels
        Decisions in place of the table ``labels``: a frame, or the path of a file.
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

    Returns
    -------
    Results
        Tables of scores, rings, reasons and what else ``enduse score`` writes.

    Raises
    ------
    DataError
        Where the logs cannot be scored.
    PackError
        Where a policy pack is none.
    ModelError
        Where the model does not fit the features at hand: it names a column that it lacks.
    UsageError
        Where an argument is not what it should be.

    Examples
    --------
    >>> from enduse import read_logs, score_logs
    >>> results = score_logs(read_logs("sample_logs"), "model")
    >>> results
    <Results: 1,000 accounts, ... rings; queues: proxy ...>
    >>> first = results.scores.row(0, named=True)
    >>> said = sum(reason["contribution"] for reason in first["reasons"])
    >>> abs(first["base"] + said - first["raw_score"]) < 1e-9
    True
    """
    registry, moment = registry_of(features, outside), as_moment(as_of)
    worker, trained = engine_of(engine, registry), trained_of(model)
    if isinstance(trained, Path):
        trained = load_model(trained, view=view)
    if trained is not None:
        refuse_given(prior)
    asked = Asked(
        seed=seed_of(seed), alpha=share_of(alpha), threads=threads_of(threads), as_of=moment,
        previous=earlier(previous),
        prior=prior if is_named(prior) else None,
        priors=None if is_named(prior) else priors_of(prior),
        view=training.check_view(view, trained, prior), own_weight=weight_of(own_weight),
        lanes=policy.LANES if lanes is None else lanes,
        policy_packs=None if policy_packs is None else str(policy_packs),
        policy_list_days=policy_list_days,
    )  # fmt: skip
    return score_source(as_source(logs, moment, labels), trained, asked, worker, Stages(progress))


def save_model(model: Trained, path: Path | str) -> None:
    """Write a model folder: arrays and JSON, and the model card as a page for people.

    Parameters
    ----------
    model
        What ``train_logs`` gave.
    path
        The folder; a model that stands there is replaced. No code is written, no pickle: of a
        feature of your own its name, of a view what its ``to_arrays`` says.

    Raises
    ------
    OutputError
        Where it cannot be written, or the folder holds what is not a model's.
    UsageError
        Where ``model`` is none, or ``path`` no path.

    Examples
    --------
    >>> from enduse import load_model, save_model
    >>> save_model(load_model("model"), "copy")
    >>> load_model("copy").model_id == load_model("model").model_id
    True
    """
    try:
        training.save(model_of(model), folder_of(path))
    except OSError as error:
        raise OutputError(
            f"the model could not be written to '{path}': {failure(error)}; free space or "
            "choose another folder"
        ) from error


def load_model(path: Path | str, *, view: str | ViewMaker | None = None) -> Trained:
    """Read a model folder, or the champion of a folder of models (``enduse models``).

    Parameters
    ----------
    path
        The folder that ``save_model`` or ``enduse train`` wrote.
    view
        The view that it was trained with, where that is one of your own.

    Returns
    -------
    Trained
        It scores the same bits as the model that was written.

    Raises
    ------
    ModelError
        Where the folder is missing, damaged or of another format, or of a view that is not
        known here.

    Examples
    --------
    >>> from enduse import load_model
    >>> load_model("model")
    <Trained ... accounts to 2026-04-09: view 'forest', priors simulated>
    """
    folder = folder_of(path)
    try:
        trained = training.load_open(present(champion(folder)), views_of(view))
        first = first_champion(folder)
    except (ModelFormatError, OSError) as error:
        raise ModelError(str(error)) from error
    # In a folder of models the first champion is what the others are compared with.
    return trained if trained.frozen else replace(trained, frozen=first)
