"""``score``: from a log folder to a review queue."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from detector.cli import options, show
from detector.cli.state import open_catalogue, open_source
from detector.cli.validate import check_strict
from detector.errors import FindingsAbove, UsageError
from detector.terminal import safe_text

if TYPE_CHECKING:
    from detector.config import Settings
    from detector.pipeline.engine import Engine as Worker
    from detector.results import Results
    from detector.sources import Source


_INSTEAD: Final = 5


Engine = Annotated[
    str,
    typer.Option(
        help="Where to work: local or spark (docs/spark.md); the scores are the same bits.",
        metavar="NAME",
    ),
]
Master = Annotated[
    str | None,
    typer.Option(
        help="Spark's address: local[2], spark://HOST:PORT, yarn or k8s://… "
        "(default: Spark's own configuration, else this machine).",
        metavar="URL",
        show_default=False,
    ),
]
Model = Annotated[
    Path | None,
    typer.Option(
        help="Model that `train` wrote. Without it, LOGS is learnt from first.", metavar="MODEL"
    ),
]
Alpha = Annotated[
    float | None, typer.Option(help="Largest tail p-value of the proxy queue (default 0.01).")
]
Previous = Annotated[
    Path | None,
    typer.Option(help="An earlier OUT, to keep ring ids and name changes.", metavar="OUT"),
]
Prior = Annotated[
    str | None,
    typer.Option(
        help="Taught leaf values to use; none for the label-free forests. "
        "Default: the prior that ships.",
        metavar="NAME",
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
    previous: Previous = None,
    engine: Engine = "local",
    master: Master = None,
    prior: Prior = None,
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

    All results go to OUT: scores, rings, features, quarantine, run.json and report.html.
    """
    settings = options.load(ctx, seed=seed, alpha=alpha, threads=threads, max_bad=max_bad)
    time = options.parse_time(as_of)
    options.claim_output(out)
    with _open(settings, (engine, master), logs, state, time) as (source, worker):
        results = _run(settings, source, worker, model, previous, prior, view)
    report = _publish(results, out, csv=csv)
    if model is None:
        show.notice("no --model was given, so the model was trained on these logs first")
    for sentence in [*results.run["notes"], *results.run["warnings"]]:
        show.notice(sentence)
    _print(results, top, out, report, json=json)
    check_strict(results.run["counts"], _aside(results.run), strict=strict)
    _check_findings(results.run["accounts"]["queues"], fail_on)


@contextmanager
def _open(
    settings: Settings,
    place: tuple[str, str | None],
    logs: str | None,
    state: Path | None,
    time: datetime | None,
) -> Iterator[tuple[Source, Worker]]:
    """Open what is to be scored, and the engine that does the work."""
    engine, master = place
    if engine not in ("local", "spark"):
        raise UsageError(f"--engine is {engine!r}; expected local or spark")
    if engine == "local":
        if master is not None:
            raise UsageError("--master is Spark's address; give --engine spark with it")
        from detector.pipeline.engine import LocalEngine

        with open_source(settings, logs, state, time) as source:
            yield source, LocalEngine()
        return
    if logs is None or state is not None:
        raise UsageError("--engine spark reads a log folder: give LOGS, and no --state")
    from detector.spark import SparkEngine, open_cluster_logs, running_session

    with running_session(master) as session:
        folder = open_cluster_logs(
            session, logs, time, max_bad=settings.max_bad, catalogue=open_catalogue(settings),
            hash_key=settings.read_pseudonym_key() or b"",
        )  # fmt: skip
        yield folder, SparkEngine(session)


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


def _aside(run: Mapping[str, Any]) -> int:
    """How many files could not be read."""
    return sum(file["aside"] for file in run["unread"])


def _check_findings(queues: Mapping[str, int], fail_on: int | None) -> None:
    if fail_on is not None and queues["proxy"] > fail_on:
        raise FindingsAbove(
            f"{queues['proxy']} accounts are in the proxy queue, more than --fail-on {fail_on}"
        )
