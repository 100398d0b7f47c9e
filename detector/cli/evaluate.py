"""``evaluate``: scores against a known truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from detector.cli import options, show
from detector.terminal import open_console


def evaluate(
    ctx: typer.Context,
    scores: Annotated[
        Path, typer.Argument(help="scores.parquet of a run.", metavar="SCORES", show_default=False)
    ],
    truth: Annotated[
        Path,
        typer.Argument(help="Truth that `simulate` wrote.", metavar="TRUTH", show_default=False),
    ],
    capacity: Annotated[
        int | None, typer.Option(min=1, help="Cases reviewers can work on (default 50).")
    ] = None,
    json: options.Json = False,
) -> None:
    """Compare scores with a known truth.

    The truth of a simulated world, at the reviewers' capacity of cases.
    """
    settings = options.load(ctx, capacity=capacity)
    from detector.evaluate import evaluate as compare
    from detector.evaluate import render

    result = compare(scores, truth, capacity=settings.capacity)
    if json:
        show.print_json(result)
    else:
        open_console().print(render(result))
