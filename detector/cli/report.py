"""``report``: the page of a run."""

from __future__ import annotations

import typer

from detector.cli import options, show


def report(out: options.Out, json: options.Json = False) -> None:
    """Write OUT/report.html anew.

    One file that opens offline.

    Examples
    --------
        enduse report out
    """
    from detector.report import write_report

    path = write_report(out)
    if json:
        show.print_json({"report": str(path), "bytes": path.stat().st_size})
    else:
        typer.echo(str(path))
