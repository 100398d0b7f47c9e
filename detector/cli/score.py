"""``score``: from a log folder to a review queue."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from detector.cli import options, show
from detector.cli.learn import check_strict
from detector.cli.state import open_source
from detector.errors import FindingsAbove, UsageError
from detector.terminal import safe_text

if TYPE_CHECKING:
    from detector.config import Settings
    from detector.results import Results


_INSTEAD: Final = 5


def score(
    ctx: typer.Context,
    out: Annotated[Path, typer.Option(help="Folder to write results to.", metavar="OUT")],
    logs: Annotated[
        Path | None, typer.Argument(help="Log folder.", metavar="LOGS", show_default=False)
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option(help="Score what `ingest` stored, instead of LOGS.", metavar="DIR"),
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option(
            help="Model that `train` wrote. Without it, LOGS is learnt from first.",
            metavar="MODEL",
        ),
    ] = None,
    as_of: options.AsOf = None,
    seed: options.Seed = None,
    alpha: Annotated[
        float | None,
        typer.Option(help="Largest tail p-value of the proxy queue (default 0.01)."),
    ] = None,
    previous: Annotated[
        Path | None,
        typer.Option(help="An earlier OUT, to keep ring ids and name changes.", metavar="OUT"),
    ] = None,
    engine: Annotated[str, typer.Option(help="Where to work.", metavar="local")] = "local",
    prior: Annotated[
        str | None,
        typer.Option(
            help="Taught leaf values to use; none for the label-free forests. "
            "Default: the prior that ships.",
            metavar="NAME",
        ),
    ] = None,
    threads: options.Threads = None,
    max_bad: options.MaxBad = None,
    strict: options.Strict = False,
    fail_on: Annotated[
        int | None,
        typer.Option(min=0, help="Exit 5 if more accounts than this are in the proxy queue."),
    ] = None,
    csv: Annotated[bool, typer.Option("--csv", help="Write scores.csv too.")] = False,
    top: Annotated[int, typer.Option(min=0, help="Accounts to print.")] = 20,
    json: options.Json = False,
) -> None:
    """Score a log folder and print the queue.

    All results go to OUT: scores, rings, features, quarantine, run.json and report.html.
    """
    settings = options.load(ctx, seed=seed, alpha=alpha, threads=threads, max_bad=max_bad)
    time = options.parse_time(as_of)
    if engine != "local":
        raise UsageError(f"--engine is {engine!r}; this version has the engine local alone")
    options.claim_output(out)
    with open_source(settings, logs, state, time) as source:
        results = _run(settings, source, model, previous, prior)
    from detector.report import write_report

    with options.writing(out):
        results.write(out, csv=csv)
    report = write_report(out)
    if model is None:
        show.notice("no --model was given, so the model was trained on these logs first")
    for sentence in [*results.run["notes"], *results.run["warnings"]]:
        show.notice(sentence)
    _print(results, top, out, report, json=json)
    check_strict(results.run["counts"], strict=strict)
    _check_findings(results.run["accounts"]["queues"], fail_on)


def _run(
    settings: Settings,
    source: Mapping[str, Any],
    model: Path | None,
    previous: Path | None,
    prior: str | None,
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
        )


def _print(results: Results, top: int, out: Path, report: Path, *, json: bool) -> None:
    rows = show.queue_rows(results, top)
    run = results.run
    if json:
        show.print_json(
            {
                "out": str(out),
                "report": str(report),
                "as_of": run["as_of"],
                "model_id": run["model_id"],
                "accounts": run["accounts"],
                "rings": run["rings"],
                "counts": run["counts"],
                "queue": rows,
            }
        )
        return
    if not rows and top:
        typer.echo(
            f"No account is in a queue: that takes a tail of at most {run['alpha']} and two kinds "
            "of evidence. The highest ranked are:"
        )
        rows = show.queue_rows(results, min(top, _INSTEAD), queued=False)
    show.print_queue(rows)
    typer.echo(_queue_line(run["accounts"]))
    typer.echo(_quality_line(run))
    typer.echo(f"report: {report}")
    if rows:
        account = safe_text(shlex.quote(rows[0]["account_id"]), limit=200)
        typer.echo(f"why:    enduse explain {safe_text(shlex.quote(str(out)))} {account}")


def _queue_line(accounts: Mapping[str, Any]) -> str:
    queues = ", ".join(f"{name} {count:,}" for name, count in accounts["queues"].items())
    return f"{accounts['total']:,} accounts: {queues}"


def _quality_line(run: Mapping[str, Any]) -> str:
    counts = run["counts"].values()
    read, bad = (sum(c[name] for c in counts) for name in ("read", "quarantined"))
    missing = ", ".join(run["missing_tables"])
    absent = f"; no table for {missing}" if missing else ""
    return f"{read:,} rows read, {bad:,} in quarantine{absent}"


def _check_findings(queues: Mapping[str, int], fail_on: int | None) -> None:
    if fail_on is not None and queues["proxy"] > fail_on:
        raise FindingsAbove(
            f"{queues['proxy']} accounts are in the proxy queue, more than --fail-on {fail_on}"
        )
