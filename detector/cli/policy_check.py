"""``policy check`` and ``policy explain``: what rules say of accounts, and why of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from detector.cli import options, show
from detector.cli.policy import Day, Folder, WhatIf, moment, states
from detector.errors import DataError, UsageError
from detector.terminal import safe_text

if TYPE_CHECKING:
    import polars as pl

    from detector.config import Settings
    from detector.results.run import RunPolicy

_COLUMNS: Final = ("account_id", "rule", "outcome", "strength", "role", "party", "evidence")
_OUTCOMES: Final = ("match", "inquire", "unknown", "clear")


def check(
    ctx: typer.Context,
    place: Annotated[
        str | None,
        typer.Argument(
            help="A log folder or its address, or the results of a run.",
            metavar="[LOGS|OUT]",
            show_default=False,
        ),
    ] = None,
    state: options.State = None,
    as_of: Day = None,
    what_if: WhatIf = None,
    packs: Folder = None,
    out: Annotated[
        Path | None, typer.Option(help="Write the rows here, as Parquet.", metavar="FILE")
    ] = None,
    top: Annotated[int, typer.Option(min=0, help="Rows of the queue to print.")] = 20,
    json: options.Json = False,
) -> None:
    """Ask every rule of every account, as of any day, and of any state you suppose.

    Of a log folder or a --state the accounts are asked anew, with the lists, owners and
    decisions of that day; no model is needed. Of results what was found stands, and is judged
    by the rules of that day.
    """
    settings = options.load(ctx, policy_packs=packs)
    supposed = states(what_if)
    when = moment(as_of, "--as-of") if as_of is not None else None
    from detector.results.run import RUN_FILE

    if place is not None and (Path(place) / RUN_FILE).is_file():
        rows, told = _of_results(Path(place), settings, when, supposed)
    else:
        rows, told = _of_logs((place, state), settings, when, supposed)
    if out is not None:
        with options.writing(out):
            rows.write_parquet(out)
    if json:
        record = None if told is None else told.model_dump(mode="json")
        show.print_json({"asked": record, "counts": _tally(rows), "rows": rows.to_dicts()})
        return
    _print(rows, told, top)


def _of_logs(
    place: tuple[str | None, Path | None],
    settings: Settings,
    when: date | datetime | None,
    supposed: Mapping[str, str],
) -> tuple[pl.DataFrame, RunPolicy | None]:
    from detector.cli.opening import open_source
    from detector.pipeline.law import check as ask
    from detector.pipeline.run import Asked

    packs = settings.policy_packs
    asked = Asked(
        policy_packs=None if packs is None else str(packs),
        policy_list_days=settings.policy_list_days,
    )
    time = _instant(when)
    with open_source(settings, *place, time) as source:
        found = ask(source, time, asked, supposed)
    return found.policy, found.told


def _of_results(
    out: Path, settings: Settings, when: date | datetime | None, supposed: Mapping[str, str]
) -> tuple[pl.DataFrame, RunPolicy | None]:
    from detector.policy.law.judging import again
    from detector.policy.packs import load_packs
    from detector.results import Results

    results = Results.read(out)
    packs = load_packs(settings.policy_packs).supposing(supposed)
    rows = again(results.policy, packs, when or results.run.as_of)
    return rows, results.run.policy


def _instant(when: date | datetime | None) -> datetime | None:
    """A day as its end: what happened on it counts."""
    from datetime import UTC, time, timedelta

    if when is None or isinstance(when, datetime):
        return when
    return datetime.combine(when + timedelta(days=1), time(), UTC)


def _tally(rows: pl.DataFrame) -> list[dict[str, Any]]:
    """Accounts by rule and outcome, and how many of them stand in the queue."""
    import polars as pl

    counted = rows.group_by("rule").agg(
        *(
            pl.col("account_id").filter(pl.col("outcome") == word).n_unique().alias(word)
            for word in _OUTCOMES
        ),
        pl.col("account_id").filter("queues").n_unique().alias("in queue"),
    )
    return counted.sort("rule").to_dicts()


def _print(rows: pl.DataFrame, told: RunPolicy | None, top: int) -> None:
    columns = ("rule", *_OUTCOMES, "in queue")
    table = [[row[name] for name in columns] for row in _tally(rows)]
    show.print_table(columns, table, right=columns[1:])
    for sentence in _gaps(told):
        show.notice(sentence)
    asks = rows.filter("queues")
    if asks.is_empty():
        typer.echo("No rule asks a person to look at an account.")
        return
    typer.echo(f"{asks['account_id'].n_unique()} accounts in the policy queue, first {top} rows:")
    shown = asks.head(top).select(_COLUMNS).iter_rows()
    show.print_table(_COLUMNS, [[safe_text(one, limit=90) for one in row] for row in shown])


def _gaps(told: RunPolicy | None) -> Iterator[str]:
    """What was not asked, in few words."""
    if told is None:
        return
    yield from (f"not screened: {sentence}" for sentence in (*told.refused, *told.stale))
    if not told.lists:
        yield "no list was there: nobody was looked up, and nobody is clear of any"
    silent = ", ".join(sorted(told.not_asked))
    if silent:
        yield f"asked of nobody: {silent}; --json says why"


def explain(
    ctx: typer.Context,
    out: Annotated[Path, typer.Argument(help="The results of a run.", metavar="OUT")],
    account: Annotated[str, typer.Argument(help="Id of an account.", metavar="ACCOUNT")],
    packs: Folder = None,
    json: options.Json = False,
) -> None:
    """Say of one account which rules were asked, what came of each, and in which words."""
    import polars as pl

    from detector.policy.law.explaining import lines
    from detector.policy.packs import load_packs
    from detector.results import Results

    settings = options.load(ctx, policy_packs=packs)
    results = Results.read(out)
    if results.scores.filter(pl.col("account_id") == account).is_empty():
        raise UsageError(
            f"no account {safe_text(account, limit=80)!r} in {safe_text(out, limit=200)}; ids "
            "stand in scores.parquet"
        )
    if results.run.policy is None:
        raise DataError(
            f"{safe_text(out, limit=200)} was made by an earlier version or without lane L; run "
            "enduse score again"
        )
    rows = results.policy.filter(pl.col("account_id") == account)
    if json:
        show.print_json({"account_id": account, "rows": rows.to_dicts()})
        return
    for line in lines(account, rows, results.run, load_packs(settings.policy_packs)):
        typer.echo(safe_text(line))
