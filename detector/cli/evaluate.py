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

    The truth of a simulated world, at the reviewers' capacity of cases. Cases are taken in the
    order of rank, those in queue victim or other last; of the page's own order, by queue and
    then by rank, tell the two figures "as shown". Exit code 3 where the truth is of other
    accounts.
    """
    settings = options.load(ctx, capacity=capacity)
    from detector.evaluate import evaluate as compare
    from detector.evaluate import render

    result = compare(scores, truth, capacity=settings.capacity)
    if untold := result["without_truth"]:
        show.notice(f"scored accounts that have no truth count as innocent: {untold:,}")
    if unscored := result["without_score"]:
        show.notice(f"accounts of the truth that have no score come last: {unscored:,}")
    if json:
        show.print_json(result)
    else:
        open_console().print(render(result))
