"""``report``: the page of a run, of one case, or of the queue alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from detector.cli import completing, options, show
from detector.errors import UsageError

_NAME: Final = 80

Case = Annotated[
    str | None,
    typer.Option(
        help="One case on a page of its own, for one or two sheets of paper: a ring, an account, "
        "or the number of a case; it may be in no queue.",
        metavar="CASE",
        show_default=False,
        autocompletion=completing.case,
    ),
]
Queue = Annotated[bool, typer.Option("--queue", help="The queue alone, for print.")]
File = Annotated[
    Path | None,
    typer.Option(
        "--out",
        "-o",
        help="Where the page of a case or of the queue goes (default: here, by its name).",
        metavar="FILE",
        show_default=False,
    ),
]


def report(
    out: options.Out,
    case: Case = None,
    queue: Queue = False,
    file: File = None,
    json: options.Json = False,
) -> None:
    """Write OUT/report.html anew, or a page for print.

    Each is one file that opens offline.

    Examples
    --------
        enduse report out
        enduse report out --case ACCOUNT -o sheet.html
        enduse report out --queue
    """
    from detector.report import write_report

    if case is not None and queue:
        raise UsageError("--case and --queue are two pages; ask for one of them")
    if case is not None:
        path = _case(out, case, file)
    elif queue:
        path = _queue(out, file or Path("queue.html"))
    elif file is not None:
        raise UsageError(
            "--out is where the page of --case or --queue goes; the page of a run is always "
            "OUT/report.html"
        )
    else:
        path = write_report(out)
    if json:
        show.print_json({"report": str(path), "bytes": path.stat().st_size})
    else:
        typer.echo(str(path))


def _case(out: Path, name: str, file: Path | None) -> Path:
    from detector.explain.naming import find
    from detector.report import write_page
    from detector.report.sheet import case_page
    from detector.report.units import feature_units
    from detector.results.reviewed import read_reviewed

    results = read_reviewed(out, [name])
    found = find(results, name)
    page = case_page(results, found.key, feature_units(), ring=found.ring)
    return write_page(
        page, file or Path(_file_name(found.key.ring_id if found.ring else found.key.lead_id))
    )


def _queue(out: Path, file: Path) -> Path:
    from detector.report import write_page
    from detector.report.sheet import queue_page
    from detector.report.units import feature_units
    from detector.results.reviewed import read_reviewed

    return write_page(queue_page(read_reviewed(out), feature_units()), file)


def _file_name(name: str | None) -> str:
    """A file name of an id: letters and digits as they are, the rest as dashes."""
    plain = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in name or "")
    return f"{plain[:_NAME].strip('-') or 'case'}.html"
