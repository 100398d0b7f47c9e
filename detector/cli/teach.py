"""``teach``: leaf values from simulated worlds, as a named prior."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detector.cli import options, show
from detector.cli.opening import open_logs

if TYPE_CHECKING:
    from detector.config import Settings


def teach(
    ctx: typer.Context,
    logs: Annotated[
        list[Path],
        typer.Argument(help="Simulated log folders with their truth beside them.", metavar="LOGS…"),
    ],
    model: Annotated[Path, typer.Option(help="Model to store the prior with.", metavar="MODEL")],
    name: Annotated[str, typer.Option(help="Name of the prior.", metavar="NAME")],
    leave_out: Annotated[
        list[str] | None,
        typer.Option(help="Typology to keep out of the lesson; may be repeated.", metavar="ID"),
    ] = None,
    seed: options.Seed = None,
    threads: options.Threads = None,
    json: options.Json = False,
) -> None:
    """Learn leaf values from simulated worlds as a named prior.

    Truth is read from LOGS.truth.parquet. Where MODEL is not there yet, it is trained on the
    first LOGS. Use the prior with `score --model MODEL --prior NAME`.

    Examples
    --------
    Teach a prior on two simulated worlds, and score with it:
        enduse simulate --seed 1 -o w1
        enduse simulate --seed 2 -o w2
        enduse teach w1 w2 --model model --name ours
        enduse score logs --model model --prior ours -o out
    """
    settings = options.load(ctx, seed=seed, threads=threads)
    from detector.modelfolder import is_model
    from detector.pipeline.teaching import Lesson, save_prior, teach_prior

    with show.progress_bar() as progress:
        lessons = [Lesson.of(folder) for folder in logs]
        prior = teach_prior(
            lessons, seed=settings.seed, left_out=leave_out or (), progress=progress
        )
        if not is_model(model):
            _train_first(settings, logs[0], model)
        folder = save_prior(prior, model, name, worlds=[path.name for path in logs])
    if json:
        show.print_json({"prior": name, "folder": str(folder), "worlds": len(logs)})
    else:
        typer.echo(f"prior {name} in {folder}")


def _train_first(settings: Settings, logs: Path, model: Path) -> None:
    from detector import train_logs
    from detector.pipeline import save_model

    options.claim_output(model)
    opened = open_logs(settings, logs, None)
    save_model(train_logs(opened, seed=settings.seed), model)
    show.notice(f"no model was in {model}, so one was trained on {logs} first")
