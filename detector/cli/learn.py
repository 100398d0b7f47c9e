"""``validate``, ``simulate`` and ``train``: a log folder before it is scored."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from detector.cli import options, show
from detector.errors import StrictQuarantine, TooManyBadRows, UsageError

if TYPE_CHECKING:
    from detector.sources import Logs


def validate(
    ctx: typer.Context,
    logs: options.Logs,
    as_of: options.AsOf = None,
    max_bad: options.MaxBad = None,
    strict: options.Strict = False,
    json: options.Json = False,
) -> None:
    """Count what a log folder holds, by table.

    Every row is read and checked. Rows that break a rule are listed with the file, the row
    and the reason; past --max-bad the exit code is 3.
    """
    settings = options.load(ctx, max_bad=max_bad)
    time = options.parse_time(as_of)
    options.need_folder(logs, "the log folder")
    from detector import read_logs

    # All counts first, then the gate: a person who mends an export wants to see every table.
    opened = read_logs(logs, as_of=time, max_bad=1.0, catalogue=settings.catalogue_override)
    for table in opened:
        for _ in opened.parts(table):
            pass
    found = _findings(opened)
    if json:
        show.print_json(found)
    else:
        _print_findings(found)
    for warning in found["warnings"]:
        show.notice(warning)
    _gate(found["tables"], settings.max_bad)
    check_strict(found["tables"], strict=strict)


def _findings(opened: Logs) -> dict[str, Any]:
    import polars as pl

    why = (
        opened.quarantine.group_by("table", "column", "reason")
        .agg(pl.len().alias("rows"), pl.col("file").first(), pl.col("row").first())
        .sort(["rows", "table", "column", "reason"], descending=[True, False, False, False])
    )
    return {
        "as_of": opened.as_of.isoformat(),
        "tables": show.count_rows(opened.counts),
        "quarantine": why.head(50).to_dicts(),
        "warnings": list(opened.warnings),
    }


def _print_findings(found: dict[str, Any]) -> None:
    rows = [(table, *counts.values()) for table, counts in found["tables"].items()]
    show.print_table(("table", *show.OUTCOMES), rows, right=show.OUTCOMES)
    if found["quarantine"]:
        columns = ("rows", "table", "column", "first in", "row", "reason")
        show.print_table(
            columns,
            [
                (q["rows"], q["table"], q["column"] or "", q["file"], q["row"], q["reason"])
                for q in found["quarantine"]
            ],
            right=("rows", "row"),
        )
    typer.echo(f"as of {found['as_of']}")


def _gate(tables: dict[str, dict[str, int]], max_bad: float) -> None:
    for table, counts in tables.items():
        if counts["read"] and counts["quarantined"] > max_bad * counts["read"]:
            share = counts["quarantined"] / counts["read"]
            raise TooManyBadRows(
                f"{counts['quarantined']} of {counts['read']} rows of {table} ({share:.1%}) are in "
                f"quarantine, more than --max-bad {max_bad:.1%}; mend the export (the reasons "
                "stand above) or raise --max-bad"
            )


def check_strict(tables: dict[str, dict[str, int]], *, strict: bool) -> None:
    """Raise if rows are in quarantine and ``--strict`` was asked for.

    Raises
    ------
    StrictQuarantine
        At least one row is in quarantine.
    """
    bad = {table: counts["quarantined"] for table, counts in tables.items()}
    if strict and any(bad.values()):
        named = ", ".join(f"{table} {rows}" for table, rows in bad.items() if rows)
        raise StrictQuarantine(f"rows are in quarantine ({named}) and --strict was asked for")


def simulate(
    ctx: typer.Context,
    out: Annotated[Path, typer.Option(help="Log folder to write.", metavar="LOGS")],
    preset: Annotated[str, typer.Option(help="World to plant.")] = "standard",
    accounts: Annotated[int, typer.Option(min=1, help="Accounts.")] = 2000,
    days: Annotated[int, typer.Option(min=1, help="Days.")] = 90,
    seed: options.Seed = None,
    json: options.Json = False,
) -> None:
    """Write a synthetic log folder.

    Innocent accounts and planted rings; the truth goes to LOGS.truth.parquet beside it.
    """
    settings = options.load(ctx, seed=seed)
    options.check_name(preset, "--preset")
    if out.is_dir() and any(out.iterdir()):
        raise UsageError(f"{out} is not empty; name a new folder, or remove this one first")
    options.claim_output(out)
    from detector.simulate import simulate as make_world

    with show.progress_bar() as progress:
        make_world(preset, accounts, days, settings.seed, out, progress=progress)
    truth = out.with_name(out.name + ".truth.parquet")
    if json:
        show.print_json({"logs": str(out), "truth": str(truth), "seed": settings.seed})
    else:
        typer.echo(
            f"{out}: {accounts} accounts, {days} days, seed {settings.seed}; truth in {truth}"
        )


def train(
    ctx: typer.Context,
    logs: options.Logs,
    model: Annotated[Path, typer.Option(help="Folder to write the model to.", metavar="MODEL")],
    seed: options.Seed = None,
    as_of: options.AsOf = None,
    max_bad: options.MaxBad = None,
    threads: options.Threads = None,
    json: options.Json = False,
) -> None:
    """Learn a model from a log folder.

    The model folder holds arrays and JSON alone.
    """
    settings = options.load(ctx, seed=seed, max_bad=max_bad, threads=threads)
    time = options.parse_time(as_of)
    options.need_folder(logs, "the log folder")
    options.claim_output(model)
    from detector import read_logs, train_logs
    from detector.pipeline import save_model

    with show.progress_bar() as progress:
        opened = read_logs(
            logs, as_of=time, max_bad=settings.max_bad, catalogue=settings.catalogue_override
        )
        trained = train_logs(
            opened, seed=settings.seed, threads=settings.threads, progress=progress
        )
        save_model(trained, model)
    for warning in opened.warnings:
        show.notice(warning)
    if json:
        show.print_json({"model": str(model), "model_id": trained.model_id, "seed": settings.seed})
    else:
        typer.echo(f"model {trained.model_id} in {model}")
