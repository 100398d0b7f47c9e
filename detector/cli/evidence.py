"""``evidence``: the rows of the logs behind a reason."""

from __future__ import annotations

from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Annotated

import typer

from detector.cli import completing, options, show
from detector.terminal import open_console, safe_text

if TYPE_CHECKING:
    from detector.evidence.found import Evidence

Account = Annotated[
    str,
    typer.Argument(
        help="Account id.",
        metavar="ACCOUNT",
        show_default=False,
        autocompletion=completing.case,
    ),
]
Reason = Annotated[
    str,
    typer.Argument(
        help="Number of the reason (1 is the first), its code, or a feature's name.",
        metavar="REASON",
        show_default=False,
    ),
]
Logs = Annotated[
    str | None,
    typer.Option(
        help="Log folder that was scored or ingested, or its address. A state keeps sums and "
        "no rows, so rows are read from the folder also where a state was scored.",
        metavar="LOGS",
        show_default=False,
        rich_help_panel=options.INPUT,
    ),
]
Top = Annotated[
    int,
    typer.Option(
        min=0, help="Rows of a table to print.", metavar="N", rich_help_panel=options.OUTPUT
    ),
]
Csv = Annotated[
    Path | None,
    typer.Option(
        help="Write all rows to this file.",
        metavar="FILE",
        show_default=False,
        rich_help_panel=options.OUTPUT,
    ),
]


def evidence(
    ctx: typer.Context,
    out: options.Out,
    account: Account,
    reason: Reason,
    logs: Logs = None,
    top: Top = 20,
    csv: Csv = None,
    json: options.Json = False,
) -> None:
    """List the rows of the logs behind a reason, the newest first.

    As they were typed when the run read them, in its window and up to its as-of.

    Examples
    --------
    The first reason of an account, then another by its code:
        enduse evidence out acct-17 1 --logs logs
        enduse evidence out acct-17 F03-INSTRUMENT-ELSEWHERE --logs logs --top 50
    """
    from detector.cli.opening import open_logs
    from detector.errors import UsageError
    from detector.evidence.asked import asked_of
    from detector.evidence.found import evidence as find
    from detector.evidence.telling import plain

    asked = asked_of(out, account, reason)
    if logs is None:
        raise UsageError(
            "give --logs LOGS, the folder that was scored; a run and a state hold sums and no "
            "rows: where a state was scored, give the folder that was ingested"
        )
    found = find(asked, open_logs(options.load(ctx), logs, asked.run.as_of, max_bad=1.0))
    for warning in found.warnings:
        show.notice(warning)
    if csv is not None:
        _write(csv, found)
    if json:
        show.print_json(plain(found, top))
    else:
        _print(found, top)


def _write(place: Path, found: Evidence) -> None:
    from detector.evidence.telling import as_csv
    from detector.results.tables import flat_csv

    with options.writing(place):
        flat_csv(as_csv(found)).write_csv(place)


def _print(found: Evidence, top: int) -> None:
    from detector.evidence.telling import cells, head, headings, title

    width = open_console().width
    for line in head(found):
        typer.echo(fill(safe_text(line, limit=700), width, break_on_hyphens=False))
    for shown in found.tables:
        typer.echo(f"\n{title(shown, top)}")
        if shown.rows.height and top:
            show.print_table(headings(shown), cells(shown, top))
    if any(shown.rows.height > top for shown in found.tables):
        typer.echo("More with --top N; --csv FILE writes all rows.")
