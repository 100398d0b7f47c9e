"""``train``: a model from logs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from detector.cli import options, show
from detector.cli.commands import OUTPUT
from detector.cli.opening import open_work


def train(
    ctx: typer.Context,
    model: Annotated[
        Path,
        typer.Option(help="Folder to write the model to.", metavar="MODEL", rich_help_panel=OUTPUT),
    ],
    logs: options.SomeLogs = None,
    state: options.State = None,
    view: options.View = None,
    seed: options.Seed = None,
    as_of: options.AsOf = None,
    max_bad: options.MaxBad = None,
    slack: options.Slack = None,
    engine: options.Engine = "local",
    master: options.Master = None,
    threads: options.Threads = None,
    json: options.Json = False,
) -> None:
    """Learn a model from a log folder, or from a stored state.

    The model folder holds arrays and JSON alone.

    Examples
    --------
    Learn what is usual from the logs of a quarter, and score today's with it:
        enduse train quarter --model model
        enduse score today --model model -o out
    """
    settings = options.load(ctx, seed=seed, max_bad=max_bad, slack_days=slack, threads=threads)
    time = options.parse_time(as_of)
    options.claim_output(model)
    from detector import train_logs
    from detector.pipeline import save_model

    with (
        show.progress_bar() as progress,
        open_work(settings, (engine, master), logs, state, time) as (source, worker),
    ):
        trained = train_logs(
            source, seed=settings.seed, threads=options.thread_count(settings), progress=progress,
            view=view, engine=worker,
        )  # fmt: skip
        save_model(trained, model)
        warnings = list(source.warnings)
    for warning in warnings:
        show.notice(warning)
    if json:
        show.print_json({"model": str(model), "model_id": trained.model_id, "seed": settings.seed})
    else:
        typer.echo(f"model {trained.model_id} in {model}")
