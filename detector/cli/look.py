"""``explain`` and ``report``: results a person reads."""

from __future__ import annotations

from typing import Annotated

import typer

from detector.cli import options, show
from detector.terminal import open_console


def explain(
    out: options.Out,
    account: Annotated[
        str, typer.Argument(help="Account id.", metavar="ACCOUNT", show_default=False)
    ],
    json: options.Json = False,
) -> None:
    """Show why an account stands where it does.

    With what speaks for the innocent explanation.
    """
    from detector import Results
    from detector.explain import explain as explain_account
    from detector.explain import explain_json

    results = Results.read(out)
    if json:
        show.print_json(explain_json(results, account))
    else:
        open_console().print(explain_account(results, account))


def report(out: options.Out, json: options.Json = False) -> None:
    """Write OUT/report.html anew.

    One file that opens offline.
    """
    from detector.report import write_report

    path = write_report(out)
    if json:
        show.print_json({"report": str(path), "bytes": path.stat().st_size})
    else:
        typer.echo(str(path))
