"""``ingest`` and ``state``: logs into stored state, its check and its retention."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from detector.cli import options, show
from detector.errors import StateError, UsageError

if TYPE_CHECKING:
    from detector.config import Settings
    from detector.pipeline.ingest import Ingested
    from detector.sources import Source
    from features.catalogue import Catalogue

StateDir = Annotated[
    Path, typer.Option("--state", help="State folder.", metavar="DIR", show_default=False)
]
Wait = Annotated[float, typer.Option(min=0, help="Seconds to wait for another writer.")]

state = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="The stored state.")


def ingest(
    ctx: typer.Context,
    logs: options.Logs,
    state_dir: StateDir,
    pseudonymise: Annotated[
        bool,
        typer.Option("--pseudonymise", help="Store accounts and people under keyed pseudonyms."),
    ] = False,
    key_file: Annotated[
        Path | None,
        typer.Option(
            help="File with the key of the pseudonyms (else ENDUSE_PSEUDONYM_KEY).",
            metavar="FILE",
        ),
    ] = None,
    max_bad: options.MaxBad = None,
    threads: options.Threads = None,
    wait: Wait = 10.0,
    json: options.Json = False,
) -> None:
    """Take what is new in a log folder into stored state.

    Each file counts once, in whatever order files come; a restated delivery replaces the one
    before. `score --state DIR` scores what is stored.
    """
    settings = options.load(ctx, max_bad=max_bad, threads=threads, pseudonym_key_file=key_file)
    key = settings.read_pseudonym_key()
    if pseudonymise and key is None:
        raise UsageError(
            "--pseudonymise needs a key: give --key-file FILE or ENDUSE_PSEUDONYM_KEY; make one "
            "with: openssl rand -hex 32"
        )
    from detector.pipeline.ingest import ingest as take_in

    done = take_in(
        logs, state_dir, catalogue=open_catalogue(settings), hash_key=key or b"",
        pseudonym_key=key if pseudonymise else None, max_bad=settings.max_bad, wait=wait,
    )  # fmt: skip
    for sentence in done.warnings:
        show.notice(sentence)
    _print(done, json=json)


def _print(done: Ingested, *, json: bool) -> None:
    if json:
        show.print_json(asdict(done))
        return
    what = f"{len(done.added)} new, {len(done.replaced)} replaced, {done.unchanged} unchanged"
    typer.echo(f"{what}; state {done.sequence}, usage until {done.as_of}")


def open_catalogue(settings: Settings) -> Catalogue:
    """The GPU catalogue with the override of the settings.

    Raises
    ------
    UsageError
        The override cannot be used.
    """
    from features.catalogue import Catalogue, CatalogueError

    try:
        return Catalogue.load(settings.catalogue_override)
    except CatalogueError as error:
        raise UsageError(str(error)) from error


@contextmanager
def open_source(
    settings: Settings,
    logs: str | None,
    folder: Path | None,
    time: datetime | None,
    *,
    max_bad: float | None = None,
) -> Iterator[Source]:
    """Open a log folder or a state folder: the one door of every command that reads logs.

    Raises
    ------
    UsageError
        Both were given, or none.
    """
    if (logs is None) == (folder is None):
        raise UsageError("give LOGS or --state DIR, one of the two")
    if logs is not None:
        yield options.open_logs(settings, logs, time, max_bad=max_bad)
    elif folder is not None:
        from detector.pipeline.stored import open_state

        with open_state(
            folder, time, catalogue=open_catalogue(settings),
            max_bad=settings.max_bad if max_bad is None else max_bad,
        ) as held:  # fmt: skip
            yield held


@state.callback()
def _state() -> None:
    """The stored state."""


Folder = Annotated[Path, typer.Argument(help="State folder.", metavar="DIR", show_default=False)]


@state.command()
def check(folder: Folder, json: options.Json = False) -> None:
    """Read every stored file and compare its checksum; exit 1 if one is damaged."""
    from detector.state import check as read_all

    manifest, findings = read_all(folder)
    damaged = [f for f in findings if f.kind == "damaged"]
    if json:
        show.print_json({"sequence": manifest.sequence, "findings": [asdict(f) for f in findings]})
    elif findings:
        show.print_table(("what", "path", "why"), [(f.kind, f.path, f.sentence) for f in findings])
    else:
        files = sum(len(p.files) for p in manifest.parts)
        typer.echo(
            f"state {manifest.sequence}: {files} files of {len(manifest.parts)} inputs, whole"
        )
    if damaged:
        raise StateError(f"{len(damaged)} files are damaged, first {damaged[0].path}")


@state.command()
def retain(
    folder: Folder,
    days: Annotated[int, typer.Option(min=1, help="Days to keep.", metavar="N")],
    wait: Wait = 10.0,
    json: options.Json = False,
) -> None:
    """Delete what ended more than N days ago, with a receipt.

    The days count from today, or from the newest usage where that is earlier.
    """
    from detector.state import retain as delete

    receipt = delete(folder, days, wait=wait)
    path = folder / "kept" / receipt.name
    told: dict[str, Any] = receipt.as_dict()
    if json:
        show.print_json({"receipt": str(path), **told})
    else:
        typer.echo(
            f"deleted what ended before {told['deleted_before']} from {len(receipt.parts)} "
            f"inputs; receipt: {path}"
        )
