"""``explain``: why an account stands where it does."""

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
    from detector.explain import explain as explain_account
    from detector.explain import explain_json
    from detector.results.reviewed import read_reviewed

    results = read_reviewed(out, [account])
    if json:
        show.print_json(explain_json(results, account))
    else:
        open_console().print(explain_account(results, account))
