"""``models``: which stored model scores."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from detector.cli import options, show
from detector.cli.commands import Commands
from detector.cli.history import now, who
from detector.cli.opening import open_work
from detector.errors import ModelError, UsageError

models = Commands(no_args_is_help=True, help="The trained models.")

Root = Annotated[Path, typer.Argument(help="Folder of models.", metavar="ROOT", show_default=False)]
Stored = Annotated[
    str,
    typer.Argument(
        help="Id of a stored model, or a model folder to take in.",
        metavar="MODEL",
        show_default=False,
    ),
]
Reason = Annotated[str, typer.Option(help="Why, for the history.", metavar="TEXT")]


@models.callback()
def _models() -> None:
    """The trained models."""


@models.command("list")
def list_(root: Root, json: options.Json = False) -> None:
    """List stored models: which one scores, when it was trained, whether its files are sound."""
    from models.files.registry import list_models

    with _as_sentence():
        entries = list_models(root)
    rows = [
        {
            "model_id": entry.model_id, "role": entry.role,
            "trained_at": str(entry.card.get("trained_at") or ""),
            "accounts": entry.card.get("accounts"), "sound": entry.sound,
        }
        for entry in entries
    ]  # fmt: skip
    if json:
        show.print_json(rows)
    elif rows:
        columns = tuple(rows[0])
        show.print_table(columns, [[row[name] for name in columns] for row in rows])
    elif (root / "manifest.json").is_file():
        typer.echo(
            f"{root} is a model, and no folder of models; store it in one with: "
            f"enduse models promote ROOT {root}"
        )
    else:
        typer.echo(f"no model is stored in {root}; add one with: enduse models promote ROOT MODEL")


@models.command()
def promote(
    root: Root,
    model: Stored,
    reason: Reason = "",
    json: options.Json = False,
) -> None:
    """Make a model the champion: the one that `score --model ROOT` uses."""
    from models.files import registry as registry_store

    with _as_sentence():
        chosen = registry_store.add_model(root, Path(model)) if _is_folder(model) else model
        registry_store.promote(root, chosen, at=now(), by=who(), reason=reason)
    _crowned(chosen, json=json)


@models.command()
def challenge(
    root: Root,
    model: Stored,
    json: options.Json = False,
) -> None:
    """Name a model the challenger: `models compare` puts it beside the champion."""
    from models.files import registry as registry_store

    with _as_sentence():
        chosen = registry_store.add_model(root, Path(model)) if _is_folder(model) else model
        registry_store.challenge(root, chosen)
    if json:
        show.print_json({"challenger": chosen})
    else:
        typer.echo(f"challenger: {chosen}")


@models.command()
def compare(
    ctx: typer.Context,
    root: Root,
    logs: options.SomeLogs = None,
    state: options.State = None,
    as_of: options.AsOf = None,
    engine: options.Engine = "local",
    master: options.Master = None,
    threads: options.Threads = None,
    max_bad: options.MaxBad = None,
    json: options.Json = False,
) -> None:
    """Score a log folder, or a stored state, by champion and challenger, side by side.

    Told are the queues, how much of the champion's top the challenger shares, whether
    confirmed accounts still stand at the top, and the AUROC on the logs' own decisions.
    """
    settings = options.load(ctx, max_bad=max_bad, threads=threads)
    time = options.parse_time(as_of)
    from detector.pipeline.comparing import compare as put_beside
    from detector.pipeline.comparing import load_contestant

    with _as_sentence():
        folders = _contestants(root)
    both = [load_contestant(role, folder) for role, folder in folders]
    with (
        show.progress_bar() as progress,
        open_work(settings, (engine, master), logs, state, time) as (source, worker),
    ):
        told = put_beside(
            both, source, time, alpha=settings.alpha, threads=options.thread_count(settings),
            progress=progress, engine=worker,
        )  # fmt: skip
    if json:
        show.print_json(told)
    else:
        _print_beside(told)


def _contestants(root: Path) -> list[tuple[str, Path]]:
    """Folders of champion and challenger.

    Raises
    ------
    UsageError
        Where one of the two is not named.
    """
    from models.files import registry as registry_store

    registry = registry_store.read_registry(root)
    if registry.champion is None or registry.challenger is None:
        lacking = "champion" if registry.champion is None else "challenger"
        verb = "promote" if registry.champion is None else "challenge"
        raise UsageError(f"{root} has no {lacking}; name one with: enduse models {verb} {root} ID")
    named = {"champion": registry.champion, "challenger": registry.challenger}
    return [(role, registry_store.model_path(root, name)) for role, name in named.items()]


def _print_beside(told: list[dict[str, Any]]) -> None:
    """One line a figure, one column a model."""
    flat = [
        {k: v for k, v in row.items() if k != "queues"}
        | {f"queue {name}": count for name, count in row["queues"].items()}
        for row in told
    ]
    lines = list(dict.fromkeys(name for row in flat for name in row))
    rows = [["" if row.get(name) is None else row[name] for row in flat] for name in lines]
    show.print_table(
        ("", *(row["role"] for row in told)),
        [(name, *row) for name, row in zip(lines[1:], rows[1:], strict=True)],
    )


@models.command()
def rollback(root: Root, reason: Reason = "", json: options.Json = False) -> None:
    """Make the champion before the present one champion again."""
    from models.files import registry as registry_store

    with _as_sentence():
        registry = registry_store.rollback(root, at=now(), by=who(), reason=reason)
    _crowned(str(registry.champion), json=json)


def _crowned(model_id: str, *, json: bool) -> None:
    if json:
        show.print_json({"champion": model_id})
    else:
        typer.echo(f"champion: {model_id}")


def _is_folder(model: str) -> bool:
    from detector.modelfolder import is_model

    return is_model(Path(model))


@contextmanager
def _as_sentence() -> Iterator[None]:
    """Errors of the store as sentences with an exit code.

    Raises
    ------
    UsageError
        There is no such model, or none to go back to.
    ModelError
        A file is damaged.
    """
    from models.errors import ModelFormatError

    try:
        yield
    except KeyError as error:
        raise UsageError(str(error.args[0])) from error
    except ModelFormatError as error:
        raise ModelError(str(error)) from error
