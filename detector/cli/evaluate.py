"""``evaluate``: scores against a known truth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detector.cli import options, show
from detector.errors import UsageError
from detector.terminal import open_console

if TYPE_CHECKING:
    from detector.config import Settings


def evaluate(
    ctx: typer.Context,
    scores: Annotated[
        Path,
        typer.Argument(
            help="scores.parquet of a run; with --weeks the log folder.",
            metavar="SCORES",
            show_default=False,
        ),
    ],
    truth: Annotated[
        Path,
        typer.Argument(help="Truth that `simulate` wrote.", metavar="TRUTH", show_default=False),
    ],
    capacity: Annotated[
        int | None, typer.Option(min=1, help="Cases reviewers can work on (default 50).")
    ] = None,
    weeks: Annotated[
        int | None,
        typer.Option(min=1, help="Review the world of a log folder for so many weeks."),
    ] = None,
    accuracy: Annotated[
        float, typer.Option(min=0, max=1, help="Share of the team's decisions that are right.")
    ] = 1.0,
    on_last_day: Annotated[
        bool,
        typer.Option(
            "--on-last-day",
            help="Look at the world on its last day every week, so that learning alone changes "
            "the list.",
        ),
    ] = False,
    seed: options.Seed = None,
    threads: options.Threads = None,
    json: options.Json = False,
) -> None:
    """Compare scores with a known truth.

    The truth of a simulated world, at the reviewers' capacity of cases. Cases are taken in the
    order of rank, those in queue victim or other last; of the page's own order, by queue and
    then by rank, tell the two figures "as shown". Exit code 3 where the truth is of other
    accounts.

    With --weeks N a team decides the first cases of a log folder each week, with learning from
    its decisions and without: right cases, rings confirmed, what rings used until then, AUROC
    of held-out decisions, and the innocent kind that is flagged most. The world is looked at
    in its last N weeks, one after the other, and decisions so far count as its labels.

    Examples
    --------
        enduse evaluate out/scores.parquet demo.truth.parquet --capacity 50
    Eight weeks of review of a simulated world:
        enduse evaluate demo demo.truth.parquet --weeks 8
    """
    if weeks is None and (accuracy != 1.0 or on_last_day):
        raise UsageError("--accuracy and --on-last-day are about weeks of review: give --weeks N")
    settings = options.load(ctx, capacity=capacity, seed=seed, threads=threads)
    if weeks is None:
        _once(scores, truth, settings, json=json)
    else:
        _weekly(scores, truth, settings, weeks, accuracy, on_last_day=on_last_day, json=json)


def _once(scores: Path, truth: Path, settings: Settings, *, json: bool) -> None:
    from detector.evaluate import evaluate as compare
    from detector.evaluate import render

    result = compare(scores, truth, capacity=settings.capacity, seed=settings.seed)
    if untold := result["without_truth"]:
        show.notice(f"scored accounts that have no truth count as innocent: {untold:,}")
    if unscored := result["without_score"]:
        show.notice(f"accounts of the truth that have no score come last: {unscored:,}")
    if json:
        show.print_json(result)
    else:
        open_console().print(render(result))


def _weekly(
    logs: Path,
    truth: Path,
    settings: Settings,
    weeks: int,
    accuracy: float,
    *,
    on_last_day: bool,
    json: bool,
) -> None:
    from detector.evaluate.team import Team
    from detector.evaluate.weekly import evaluate_weeks
    from detector.evaluate.weekly_rendering import render_weeks

    result = evaluate_weeks(
        logs, truth, Team(accuracy, settings.seed), weeks=weeks, capacity=settings.capacity,
        on_last_day=on_last_day, seed=settings.seed, threads=options.thread_count(settings),
    )  # fmt: skip
    if json:
        show.print_json(result)
    else:
        open_console().print(render_weeks(result))
