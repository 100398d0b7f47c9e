"""``score``: from a log folder to a review queue."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from detector.cli import options, show
from detector.cli.commands import MODEL, OUTPUT
from detector.cli.opening import open_work
from detector.cli.strict import check_strict
from detector.errors import FindingsAbove

if TYPE_CHECKING:
    from detector.config import Settings
    from detector.pipeline.engine import Engine as Worker
    from detector.results import Results, Run
    from detector.sources import Source


# What `--json` says of the run, beside its queue.
_TOLD: Final = (
    "as_of", "model_id", "accounts", "rings", "chance", "counts", "followups", "week", "capacity",
)  # fmt: skip


Model = Annotated[
    Path | None,
    typer.Option(
        help="Model that `train` wrote. Without it, LOGS is learnt from first.",
        metavar="MODEL",
        rich_help_panel=MODEL,
    ),
]
Alpha = Annotated[
    float | None,
    typer.Option(
        help="Largest tail p-value of the proxy queue (default 0.01).", rich_help_panel=MODEL
    ),
]
Capacity = Annotated[
    int | None,
    typer.Option(
        min=0,
        help="Cases that the team can review; so many are marked (default none).",
        metavar="N",
        rich_help_panel=OUTPUT,
    ),
]
FailOn = Annotated[
    int | None,
    typer.Option(
        min=0,
        help="Exit 5 if more accounts than this are in the proxy queue.",
        rich_help_panel=OUTPUT,
    ),
]
Out = Annotated[
    Path,
    typer.Option(
        "--out", "-o", help="Folder to write results to.", metavar="OUT", rich_help_panel=OUTPUT
    ),
]
Csv = Annotated[bool, typer.Option("--csv", help="Write scores.csv too.", rich_help_panel=OUTPUT)]
Top = Annotated[
    int, typer.Option(min=0, help="Cases to print.", metavar="N", rich_help_panel=OUTPUT)
]


def score(
    ctx: typer.Context,
    out: Out,
    logs: options.SomeLogs = None,
    state: options.State = None,
    model: Model = None,
    as_of: options.AsOf = None,
    seed: options.Seed = None,
    alpha: Alpha = None,
    previous: options.Previous = None,
    capacity: Capacity = None,
    engine: options.Engine = "local",
    master: options.Master = None,
    prior: options.Prior = None,
    view: options.View = None,
    threads: options.Threads = None,
    memory: options.Memory = None,
    max_bad: options.MaxBad = None,
    slack: options.Slack = None,
    strict: options.Strict = False,
    fail_on: FailOn = None,
    csv: Csv = False,
    top: Top = 20,
    json: options.Json = False,
) -> None:
    """Score a log folder and print the cases in its queues.

    All results go to OUT: scores, rings, follow-up lists, what rules and public notices say
    (policy, leads), what records say of whoever is in review (facts, identity, links), features,
    quarantine, run.json and report.html.

    Examples
    --------
    The first look, learning from these logs themselves:
        enduse score logs -o out
    This week against last week, by a model that was trained before:
        enduse score logs --model model --previous last_week -o this_week
    What is stored, and nothing later than a day:
        enduse score --state state --model model --as-of 2026-03-01 -o out
    """
    settings = options.load(
        ctx, seed=seed, alpha=alpha, threads=threads, memory=memory, max_bad=max_bad,
        slack_days=slack,
    )  # fmt: skip
    time = options.parse_time(as_of)
    options.claim_output(out)
    with open_work(settings, (engine, master), logs, state, time) as (source, worker):
        results = _run(settings, source, worker, model, previous, prior, view)
    results = _with_capacity(results, capacity)
    with options.writing(out):
        results.write(out, csv=csv)
    # What is shown needs no more of the run than those who are reviewed: all else is let go first.
    del results
    results, report = _reported(out)
    if model is None:
        show.notice("no --model was given, so the model was trained on these logs first")
    for sentence in [*results.run.notes, *results.run.warnings]:
        show.notice(sentence)
    _print(results, top, out, report, logs, json=json)
    check_strict(_bad(results.run), _aside(results.run), strict=strict)
    _check_findings(results.run.accounts.queues, fail_on)


def _reported(out: Path) -> tuple[Results, Path]:
    """The run as far as people read it, and where its report is."""
    from detector.report import write_report_of
    from detector.results.reviewed import read_reviewed

    reviewed = read_reviewed(out)
    return reviewed, write_report_of(reviewed, out)


def _run(
    settings: Settings,
    source: Source,
    worker: Worker,
    model: Path | None,
    previous: Path | None,
    prior: str | None,
    view: str | None,
) -> Results:
    from detector import Results, score_logs
    from detector.pipeline import load_model

    with show.progress_bar() as progress:
        return score_logs(
            source,
            model=None if model is None else load_model(model),
            seed=settings.seed,
            alpha=settings.alpha,
            previous=None if previous is None else Results.read(previous),
            threads=options.thread_count(settings),
            progress=progress,
            prior=prior,
            view=view,
            engine=worker,
            policy_packs=settings.policy_packs,
            policy_list_days=settings.policy_list_days,
        )


def _with_capacity(results: Results, cases: int | None) -> Results:
    from detector.dossier import with_capacity

    return results if cases is None else with_capacity(results, cases)


def _print(
    results: Results, top: int, out: Path, report: Path, logs: str | None, *, json: bool
) -> None:
    from detector.cli import caserows, firstscreen
    from detector.terminal import open_console

    if not json:
        typer.echo(firstscreen.page(results, top, out, report, open_console().width, logs))
        return
    mine, _ = caserows.parted(caserows.numbered(results))
    cases = caserows.case_rows(results, mine[:top])
    told = {name: results.run.get(name) for name in _TOLD}
    found = {
        "cases": cases,
        "queue": caserows.queue_rows(results, [case["case"] for case in cases]),
        "policy_queue": show.policy_rows(results, top),
    }
    show.print_json({"out": str(out), "report": str(report), **told, **found})


def _bad(run: Run) -> dict[str, int]:
    """Rows in quarantine by table."""
    return {table: counts.quarantined for table, counts in run.counts.items()}


def _aside(run: Run) -> int:
    """How many files could not be read."""
    return sum(file.aside for file in run.unread)


def _check_findings(queues: Mapping[str, int], fail_on: int | None) -> None:
    if fail_on is not None and queues["proxy"] > fail_on:
        found = queues["proxy"]
        what = "1 account is" if found == 1 else f"{found:,} accounts are"
        raise FindingsAbove(f"{what} in the proxy queue, more than --fail-on {fail_on}")
