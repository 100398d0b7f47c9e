"""``explain`` and ``report``: results a person reads."""

from __future__ import annotations

from typing import Annotated

import typer

from detector.cli import options, show
from detector.errors import UsageError
from detector.terminal import open_console, safe_text


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
    import polars as pl

    from detector import Results

    results = Results.read(out)
    rows = results.scores.filter(pl.col("account_id") == account)
    if rows.is_empty():
        raise UsageError(
            f"account {safe_text(account, limit=80)} is not in {out} "
            f"({results.scores.height:,} accounts); ids are case-sensitive"
        )
    if json:
        show.print_json(rows.row(0, named=True))
        return
    from detector.reasons import explain as explain_account

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
