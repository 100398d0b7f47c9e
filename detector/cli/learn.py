"""``simulate``, ``train`` and ``teach``: a log folder before it is scored."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from detector.cli import options, show
from detector.cli.state import open_source

if TYPE_CHECKING:
    from detector.config import Settings

# Named here so that --help need not load the worlds; a test compares them.
PRESET_NAMES: Final = (
    "standard", "volume_matched", "public_cases", "clean", "no_access", "split5", "split20",
    "split100", "throttle", "mimic", "aged", "perfect_kyc", "poison", "ramp", "drift", "dirty",
)  # fmt: skip


def simulate(
    ctx: typer.Context,
    out: Annotated[Path, typer.Option(help="Log folder to write.", metavar="LOGS")],
    preset: Annotated[
        str, typer.Option(help=f"World to plant: {', '.join(PRESET_NAMES)}.", metavar="NAME")
    ] = "standard",
    accounts: Annotated[int, typer.Option(min=1, help="Accounts.", metavar="N")] = 2000,
    days: Annotated[int, typer.Option(min=1, help="Days.", metavar="N")] = 90,
    ranges: Annotated[
        str,
        typer.Option(help="Parameter ranges: dev, valid or test (disjoint).", metavar="NAME"),
    ] = "dev",
    seed: options.Seed = None,
    json: options.Json = False,
) -> None:
    """Write a synthetic log folder.

    Innocent accounts and planted rings; the truth goes to LOGS.truth.parquet beside it.
    """
    settings = options.load(ctx, seed=seed)
    from detector.simulate import simulate as make_world

    with show.progress_bar() as progress, options.writing(out):
        truth = make_world(
            preset, accounts, days, settings.seed, out, ranges=ranges, progress=progress
        )
    if json:
        show.print_json({"logs": str(out), "truth": str(truth), "seed": settings.seed})
    else:
        typer.echo(
            f"{out}: {accounts} accounts, {days} days, seed {settings.seed}; truth in {truth}"
        )


def train(
    ctx: typer.Context,
    model: Annotated[Path, typer.Option(help="Folder to write the model to.", metavar="MODEL")],
    logs: options.SomeLogs = None,
    state: options.State = None,
    view: options.View = None,
    seed: options.Seed = None,
    as_of: options.AsOf = None,
    max_bad: options.MaxBad = None,
    threads: options.Threads = None,
    json: options.Json = False,
) -> None:
    """Learn a model from a log folder, or from a stored state.

    The model folder holds arrays and JSON alone.
    """
    settings = options.load(ctx, seed=seed, max_bad=max_bad, threads=threads)
    time = options.parse_time(as_of)
    options.claim_output(model)
    from detector import train_logs
    from detector.pipeline import save_model

    with show.progress_bar() as progress, open_source(settings, logs, state, time) as source:
        trained = train_logs(
            source,
            seed=settings.seed,
            threads=options.thread_count(settings),
            progress=progress,
            view=view,
        )
        save_model(trained, model)
        warnings = list(source.warnings)
    for warning in warnings:
        show.notice(warning)
    if json:
        show.print_json({"model": str(model), "model_id": trained.model_id, "seed": settings.seed})
    else:
        typer.echo(f"model {trained.model_id} in {model}")


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
    """
    settings = options.load(ctx, seed=seed, threads=threads)
    from detector.modelfolder import is_model
    from detector.pipeline.teaching import save_prior, teach_logs

    with show.progress_bar() as progress:
        prior = teach_logs(logs, seed=settings.seed, left_out=leave_out or (), progress=progress)
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
    opened = options.open_logs(settings, logs, None)
    save_model(train_logs(opened, seed=settings.seed), model)
    show.notice(f"no model was in {model}, so one was trained on {logs} first")
