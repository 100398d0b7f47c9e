"""``score``: from a log folder to a review queue."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from detector.cli import options, show, week_told
from detector.cli.opening import open_work
from detector.cli.strict import check_strict
from detector.errors import FindingsAbove
from detector.terminal import safe_text

if TYPE_CHECKING:
    from detector.config import Settings
    from detector.pipeline.engine import Engine as Worker
    from detector.results import Results, Run
    from detector.results.run import RunEvidence, Tally
    from detector.sources import Source


_INSTEAD: Final = 5
# What `--json` says of the run, beside its queue.
_TOLD: Final = (
    "as_of",
    "model_id",
    "accounts",
    "rings",
    "chance",
    "counts",
    "followups",
    "week",
    "capacity",
)


Model = Annotated[
    Path | None,
    typer.Option(
        help="Model that `train` wrote. Without it, LOGS is learnt from first.", metavar="MODEL"
    ),
]
Alpha = Annotated[
    float | None, typer.Option(help="Largest tail p-value of the proxy queue (default 0.01).")
]
Capacity = Annotated[
    int | None,
    typer.Option(
        min=0,
        help="Cases that the team can review; so many are marked (default none).",
        metavar="N",
    ),
]
FailOn = Annotated[
    int | None,
    typer.Option(min=0, help="Exit 5 if more accounts than this are in the proxy queue."),
]


def score(
    ctx: typer.Context,
    out: Annotated[Path, typer.Option(help="Folder to write results to.", metavar="OUT")],
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
    max_bad: options.MaxBad = None,
    strict: options.Strict = False,
    fail_on: FailOn = None,
    csv: Annotated[bool, typer.Option("--csv", help="Write scores.csv too.")] = False,
    top: Annotated[int, typer.Option(min=0, help="Accounts to print.")] = 20,
    json: options.Json = False,
) -> None:
    """Score a log folder and print the queue.

    All results go to OUT: scores, rings, follow-up lists, what rules and public notices say
    (policy, leads), what records say of whoever is in review (facts, identity, links), features,
    quarantine, run.json and report.html.
    """
    settings = options.load(ctx, seed=seed, alpha=alpha, threads=threads, max_bad=max_bad)
    time = options.parse_time(as_of)
    options.claim_output(out)
    with open_work(settings, (engine, master), logs, state, time) as (source, worker):
        results = _run(settings, source, worker, model, previous, prior, view)
    results = _with_capacity(results, capacity)
    report = _publish(results, out, csv=csv)
    if model is None:
        show.notice("no --model was given, so the model was trained on these logs first")
    for sentence in [*results.run.notes, *results.run.warnings]:
        show.notice(sentence)
    _print(results, top, out, report, json=json)
    check_strict(_bad(results.run), _aside(results.run), strict=strict)
    _check_findings(results.run.accounts.queues, fail_on)


def _publish(results: Results, out: Path, *, csv: bool) -> Path:
    """Write the results and their report; return where the report is."""
    from detector.report import write_report

    with options.writing(out):
        results.write(out, csv=csv)
    return write_report(out)


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


def _print(results: Results, top: int, out: Path, report: Path, *, json: bool) -> None:
    rows, law = show.queue_rows(results, top), show.policy_rows(results, top)
    run = results.run
    if json:
        told = {name: run.get(name) for name in _TOLD}
        found = {"queue": rows, "policy_queue": law}
        show.print_json({"out": str(out), "report": str(report), **told, **found})
        return
    if not rows and top:
        typer.echo(
            f"No account is in a queue: that takes a tail of at most {run.alpha} and two kinds "
            "of evidence. The highest ranked are:"
        )
        rows = show.queue_rows(results, min(top, _INSTEAD), queued=False)
    show.print_queue(rows)
    if law:
        typer.echo(_policy_line(results))
        show.print_policy(law)
    if run.policy is not None:
        from detector.cli.policy_told import lists_lacking

        for sentence in lists_lacking(run.policy):
            show.notice(sentence)
    typer.echo(_queue_line(run.accounts))
    if run.chance is not None:
        typer.echo(run.chance.sentence)
    for line in week_told.lines(results):
        typer.echo(line)
    typer.echo(_quality_line(run))
    if run.followups:
        typer.echo(_followups_line(run))
    if run.evidence is not None and run.evidence.notices:
        typer.echo(_leads_line(run.evidence))
    typer.echo(f"report: {report}")
    if rows:
        account = safe_text(shlex.quote(rows[0]["account_id"]), limit=200)
        typer.echo(f"why:    enduse explain {safe_text(shlex.quote(str(out)))} {account}")


def _queue_line(accounts: Tally) -> str:
    queues = ", ".join(f"{name} {count:,}" for name, count in accounts.queues.items())
    return f"{accounts.total:,} accounts: {queues}"


def _policy_line(results: Results) -> str:
    """What the policy queue is, and how to ask further."""
    asked, noticed = results.policy.filter("queues"), results.leads.filter("queues")
    leads = f", and {noticed['account_id'].n_unique():,} by public notices" * bool(noticed.height)
    return (
        f"policy queue: {asked['account_id'].n_unique():,} accounts by rules, "
        f"{asked['case'].n_unique():,} cases{leads}; a match or an inquiry asks a person, and no "
        "step is taken (why: enduse policy explain OUT ACCOUNT)"
    )


def _leads_line(told: RunEvidence) -> str:
    """How many notices are leads; a lead is a question."""
    strong, medium = (told.leads.get(word, 0) for word in ("strong", "medium"))
    return (
        f"public notices: {told.notices:,}, of which leads {strong:,} strong and {medium:,} medium "
        "(enduse leads OUT); a lead is a question, never a verdict"
    )


def _followups_line(run: Run) -> str:
    from detector.words import plural

    listed, cases = sum(run.followups.values()), len(run.followups)
    return (
        f"follow-up lists: {plural(listed, 'open account')} like "
        f"{plural(cases, 'confirmed case')} (followups.parquet, report)"
    )


def _quality_line(run: Run) -> str:
    read = sum(counts.read for counts in run.counts.values())
    bad = sum(counts.quarantined for counts in run.counts.values())
    missing = ", ".join(run.missing_tables)
    absent = f"; no table for {missing}" if missing else ""
    return f"{read:,} rows read, {bad:,} in quarantine{absent}"


def _bad(run: Run) -> dict[str, int]:
    """Rows in quarantine by table."""
    return {table: counts.quarantined for table, counts in run.counts.items()}


def _aside(run: Run) -> int:
    """How many files could not be read."""
    return sum(file.aside for file in run.unread)


def _check_findings(queues: Mapping[str, int], fail_on: int | None) -> None:
    if fail_on is not None and queues["proxy"] > fail_on:
        raise FindingsAbove(
            f"{queues['proxy']} accounts are in the proxy queue, more than --fail-on {fail_on}"
        )
