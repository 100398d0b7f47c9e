"""``ingest``: logs into stored state."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detector.cli import options, show
from detector.cli.commands import INPUT
from detector.cli.opening import open_catalogue
from detector.errors import UsageError

if TYPE_CHECKING:
    from detector.pipeline.ingest import Ingested

StateDir = Annotated[
    Path, typer.Option("--state", help="State folder.", metavar="DIR", show_default=False)
]
KeyFile = Annotated[
    Path | None,
    typer.Option(
        help="File with the key of the pseudonyms (else ENDUSE_PSEUDONYM_KEY).",
        metavar="FILE",
        rich_help_panel=INPUT,
    ),
]
AcceptShrink = Annotated[
    str | None,
    typer.Option(
        help="Why a restricted-party list that lost more than a fifth is right.",
        metavar="REASON",
        show_default=False,
        rich_help_panel=INPUT,
    ),
]


def ingest(
    ctx: typer.Context,
    logs: options.Logs,
    state_dir: StateDir,
    pseudonymise: options.Pseudonymise = False,
    key_file: KeyFile = None,
    accept_shrink: AcceptShrink = None,
    max_bad: options.MaxBad = None,
    slack: options.Slack = None,
    threads: options.Threads = None,
    wait: options.Wait = 10.0,
    json: options.Json = False,
) -> None:
    """Take what is new in a log folder into stored state.

    Each file counts once, in whatever order files come; a restated delivery replaces the one
    before. `score --state DIR` scores what is stored.

    Examples
    --------
    Take in what is new, then score all that is stored:
        enduse ingest logs --state state
        enduse score --state state --model model -o out
    """
    settings = options.load(
        ctx, max_bad=max_bad, slack_days=slack, threads=threads, pseudonym_key_file=key_file
    )
    key = settings.read_pseudonym_key()
    if pseudonymise and key is None:
        raise UsageError(
            "--pseudonymise needs a key: give --key-file FILE or ENDUSE_PSEUDONYM_KEY; make one "
            "with: openssl rand -hex 32"
        )
    if accept_shrink is not None and not accept_shrink.strip():
        raise UsageError("--accept-shrink is empty; say why the lists may hold less")
    from detector.pipeline.ingest import ingest as take_in

    done = take_in(
        logs, state_dir, catalogue=open_catalogue(settings), hash_key=key or b"",
        pseudonym_key=key if pseudonymise else None, max_bad=settings.max_bad, wait=wait,
        accept_shrink=accept_shrink, slack=settings.slack,
    )  # fmt: skip
    for sentence in done.warnings:
        show.notice(sentence)
    _print(done, json=json)


def _print(done: Ingested, *, json: bool) -> None:
    if json:
        show.print_json(asdict(done))
        return
    what = f"{len(done.added)} new, {len(done.replaced)} replaced, {done.unchanged} unchanged"
    until = "no usage yet" if done.as_of is None else f"usage until {done.as_of}"
    typer.echo(f"{what}; state {done.sequence}, {until}")
