"""``learn``: reviewers' decisions into a model."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detector.cli import options, show
from detector.cli.commands import INPUT, MODEL
from detector.cli.history import now
from detector.cli.opening import open_work
from detector.errors import UsageError

if TYPE_CHECKING:
    from detector.pipeline.decisions import Learnt

Decided = Annotated[
    Path | None,
    typer.Argument(
        help="Decisions in the form of the labels table: a file, or a log folder.",
        metavar="LABELS",
        show_default=False,
    ),
]
Model = Annotated[
    Path, typer.Option(help="Model that `train` wrote.", metavar="MODEL", rich_help_panel=MODEL)
]
Logs = Annotated[
    str | None,
    typer.Option(
        help="Log folder, or its address, in which the accounts were reviewed.",
        metavar="LOGS",
        rich_help_panel=INPUT,
    ),
]
Undo = Annotated[
    str | None,
    typer.Option(
        help="Take the decision about this account back.", metavar="KEY", rich_help_panel=INPUT
    ),
]
Force = Annotated[
    bool,
    typer.Option(
        "--force", help="Learn also where the check says that it harms.", rich_help_panel=MODEL
    ),
]


def learn(
    ctx: typer.Context,
    model: Model,
    labels: Decided = None,
    logs: Logs = None,
    state: options.State = None,
    undo: Undo = None,
    force: Force = False,
    as_of: options.AsOf = None,
    max_bad: options.MaxBad = None,
    engine: options.Engine = "local",
    master: options.Master = None,
    threads: options.Threads = None,
    json: options.Json = False,
) -> None:
    """Learn from reviewers' decisions, or take one back.

    confirmed_proxy moves an account's kind up, cleared moves it down; other decisions teach
    nothing. Decisions name accounts as the logs do: by their pseudonyms where a state holds
    pseudonyms. Refused with exit code 1 where decisions held out of learning are ranked
    worse after it. `score --model MODEL` uses what was learnt, `--prior none` never does.

    Examples
    --------
    Learn from what reviewers decided since the model was trained:
        enduse learn labels.csv --logs logs --model model
    Take one decision back:
        enduse learn --undo acct-17 --logs logs --model model
    """
    if (labels is None) == (undo is None):
        raise UsageError("give LABELS to learn from or --undo KEY, one of the two")
    settings = options.load(ctx, max_bad=max_bad, threads=threads)
    time = options.parse_time(as_of)
    from detector.pipeline import decisions

    at, count = now(), options.thread_count(settings)
    none = logs is None and state is None
    place = (engine, master)
    opening = nullcontext((None, None)) if none else open_work(settings, place, logs, state, time)
    with show.progress_bar() as progress, opening as (source, worker):
        if undo is not None:
            told = decisions.undo(
                model, undo, source, at=at, threads=count, progress=progress, engine=worker
            )
        elif labels is None or source is None:
            raise UsageError(
                "learning needs the accounts' features: give --logs LOGS or --state DIR"
            )
        else:
            decided = decisions.read_labels(labels, source.as_of, max_bad=settings.max_bad)
            told = decisions.learn(
                model, source, decided, at=at, force=force, threads=count, progress=progress,
                engine=worker,
            )  # fmt: skip
    if told.unknown:
        show.notice(_not_there(told.unknown))
    if json:
        show.print_json(decisions.as_dict(told))
    else:
        _print(told)


def _not_there(ids: Sequence[str]) -> str:
    if len(ids) == 1:
        return f"1 decided account is not in the logs: {ids[0]}"
    return f"{len(ids)} decided accounts are not in the logs, first {ids[0]}"


def _print(told: Learnt) -> None:
    typer.echo(
        f"{len(told.added)} learnt, {len(told.replaced)} changed, {len(told.undone)} taken back; "
        f"the model holds {told.decisions} decisions, {told.confirmed} of them confirmed"
    )
    held = told.held_out
    if held.before == held.before:  # not NaN
        typer.echo(f"AUROC on held-out decisions: {held.before:.3f} before, {held.after:.3f} after")
    elif told.decisions:
        typer.echo("too few cases to tell yet whether learning helps; it moves little until then")
    typer.echo(f"scores now come from model {told.model_id}")
