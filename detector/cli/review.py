"""``learn`` and ``models``: reviewers' decisions into a model, and which model scores."""

from __future__ import annotations

import getpass
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from detector.cli import options, show
from detector.cli.state import open_source
from detector.errors import ModelError, UsageError

if TYPE_CHECKING:
    from detector.pipeline.decisions import Learnt

models = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="The trained models.")

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
Decided = Annotated[
    Path | None,
    typer.Argument(
        help="Decisions in the form of the labels table: a file, or a log folder.",
        metavar="LABELS",
        show_default=False,
    ),
]


def learn(
    ctx: typer.Context,
    model: Annotated[Path, typer.Option(help="Model that `train` wrote.", metavar="MODEL")],
    labels: Decided = None,
    logs: Annotated[
        str | None,
        typer.Option(
            help="Log folder, or its address, in which the accounts were reviewed.",
            metavar="LOGS",
        ),
    ] = None,
    state: options.State = None,
    undo: Annotated[
        str | None,
        typer.Option(help="Take the decision about this account back.", metavar="KEY"),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Learn also where the check does not help.")
    ] = False,
    as_of: options.AsOf = None,
    max_bad: options.MaxBad = None,
    threads: options.Threads = None,
    json: options.Json = False,
) -> None:
    """Learn from reviewers' decisions, or take one back.

    confirmed_proxy moves an account's kind up, cleared moves it down; other decisions teach
    nothing. Decisions name accounts as the logs do: by their pseudonyms where a state holds
    pseudonyms. Refused with exit code 1 where decisions held out of learning are ranked no
    better. `score --model MODEL` uses what was learnt, `--prior none` never does.
    """
    if (labels is None) == (undo is None):
        raise UsageError("give LABELS to learn from or --undo KEY, one of the two")
    settings = options.load(ctx, max_bad=max_bad, threads=threads)
    time = options.parse_time(as_of)
    from detector.pipeline import decisions

    at, count = _now(), options.thread_count(settings)
    none = logs is None and state is None
    opening = nullcontext() if none else open_source(settings, logs, state, time)
    with show.progress_bar() as progress, opening as source:
        if undo is not None:
            told = decisions.undo(model, undo, source, at=at, threads=count, progress=progress)
        elif labels is None or source is None:
            raise UsageError(
                "learning needs the accounts' features: give --logs LOGS or --state DIR"
            )
        else:
            decided = decisions.read_labels(labels, source.as_of, max_bad=settings.max_bad)
            told = decisions.learn(
                model, source, decided, at=at, force=force, threads=count, progress=progress
            )
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
    typer.echo(f"scores now come from model {told.model_id}")


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
        registry_store.promote(root, chosen, at=_now(), by=_who(), reason=reason)
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
    with show.progress_bar() as progress, open_source(settings, logs, state, time) as source:
        told = put_beside(
            both, source, time, alpha=settings.alpha, threads=options.thread_count(settings),
            progress=progress,
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
        registry = registry_store.rollback(root, at=_now(), by=_who(), reason=reason)
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


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _who() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no name for this user on this machine
        return "unknown"
