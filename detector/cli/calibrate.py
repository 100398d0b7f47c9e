"""``calibrate``: accounts that reviewers cleared, so that a q-value can be told."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from detector.cli import options, show
from detector.cli.commands import INPUT
from detector.cli.opening import open_work

Model = Annotated[
    Path,
    typer.Argument(help="Model that `train` wrote.", metavar="MODEL", show_default=False),
]
Clean = Annotated[
    Path,
    typer.Option(
        help="Cleared accounts in the form of the labels table: a file, or a log folder.",
        metavar="LABELS",
        rich_help_panel=INPUT,
    ),
]
Logs = Annotated[
    str | None,
    typer.Option(
        help="Log folder, or its address, that holds these accounts.",
        metavar="LOGS",
        rich_help_panel=INPUT,
    ),
]


def calibrate(
    ctx: typer.Context,
    model: Model,
    clean: Clean,
    logs: Logs = None,
    state: options.State = None,
    as_of: options.AsOf = None,
    max_bad: options.MaxBad = None,
    engine: options.Engine = "local",
    master: options.Master = None,
    threads: options.Threads = None,
    json: options.Json = False,
) -> None:
    """Calibrate a model on accounts that reviewers cleared, so that `score` tells a q-value.

    The accounts must be a random sample of accounts, reviewed and cleared, and the model must
    not have learnt from them; those it did are left out. Refused with exit code 1 where fewer
    than 1,000 are left, or one is not cleared. Training again drops the calibration.

    Examples
    --------
        enduse calibrate model --clean cleared.csv --logs logs
    """
    settings = options.load(ctx, max_bad=max_bad, threads=threads)
    time = options.parse_time(as_of)
    from detector.pipeline import calibration
    from detector.pipeline.decisions import read_decisions

    with (
        show.progress_bar() as progress,
        open_work(settings, (engine, master), logs, state, time) as (source, worker),
    ):
        decisions = read_decisions(clean, source.as_of, max_bad=settings.max_bad)
        done = calibration.calibrate(
            model, source, decisions, at=datetime.now(UTC).isoformat(timespec="seconds"),
            threads=options.thread_count(settings), progress=progress, engine=worker,
        )  # fmt: skip
    if done.unknown:
        show.notice(f"{len(done.unknown)} cleared accounts are not in the logs")
    if done.learnt_from:
        show.notice(f"{done.learnt_from} were left out: the model learnt from them")
    if json:
        show.print_json(calibration.as_dict(done))
    else:
        typer.echo(f"calibrated on {done.accounts:,} cleared accounts: {', '.join(done.models)}")
