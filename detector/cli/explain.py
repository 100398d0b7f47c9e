"""``explain``: why an account or a ring stands where it does."""

from __future__ import annotations

from typing import Annotated

import typer

from detector.cli import completing, options, show
from detector.terminal import open_console


def explain(
    out: options.Out,
    case: Annotated[
        str,
        typer.Argument(
            help="Id of an account or of a ring, or the number of a case as score printed it.",
            metavar="ACCOUNT|RING|NUMBER",
            show_default=False,
            autocompletion=completing.case,
        ),
    ],
    json: options.Json = False,
) -> None:
    """Show why an account or a ring stands where it does.

    With what speaks for the innocent explanation.

    Examples
    --------
    An account, then its ring:
        enduse explain out acct-17
        enduse explain out ring-661948f3ba
    """
    from detector.explain import explain as explain_case
    from detector.explain import explain_json
    from detector.results.reviewed import read_reviewed

    results = read_reviewed(out, [case])
    if json:
        show.print_json(explain_json(results, case))
    else:
        open_console().print(explain_case(results, case, str(out)))
