"""``policy check`` and ``policy explain``: what rules say of accounts, and why of one."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from detector.cli import options, show
from detector.cli.policy import Folder, WhatIf, moment, states
from detector.errors import DataError, UsageError
from detector.terminal import safe_text

if TYPE_CHECKING:
    import polars as pl

    from detector.config import Settings
    from detector.results import Results
    from detector.results.run import RunPolicy

Day = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        help="A day, in each rule's own zone, or an ISO 8601 time (default: the end of the logs, "
        "or the as-of of the results).",
        metavar="DAY or TIME",
        show_default=False,
    ),
]


class _Answer(NamedTuple):
    """What rules say, what they were asked of, of which day, and how to ask further."""

    rows: pl.DataFrame
    told: RunPolicy | None
    day: str
    why: str


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
        answer = _of_results(Path(place), settings, when, supposed)
    else:
        answer = _of_logs((place, state), settings, when, supposed)
    if out is not None:
        with options.writing(out):
            answer.rows.write_parquet(out)
    from detector.cli.policy_answer import print_answer, tally

    rows, told, day, why = answer
    if json:
        record = None if told is None else told.model_dump(mode="json")
        show.print_json({"asked": record, "counts": tally(rows), "rows": rows.to_dicts()})
        return
    print_answer(rows, told, day, top, why)


def _of_logs(
    place: tuple[str | None, Path | None],
    settings: Settings,
    when: date | datetime | None,
    supposed: Mapping[str, str],
) -> _Answer:
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
        day = _words(when or source.as_of)
    logs = "LOGS" if place[1] is None else "--state DIR"
    why = f"enduse score {logs} --out OUT, then enduse policy explain OUT ACCOUNT"
    return _Answer(found.policy, found.told, day, why)


def _of_results(
    out: Path, settings: Settings, when: date | datetime | None, supposed: Mapping[str, str]
) -> _Answer:
    from detector.results import Results

    results = Results.read(out)
    rows, day = _judged(results, settings, when, supposed)
    why = f"enduse policy explain {safe_text(shlex.quote(str(out)), limit=200)} ACCOUNT"
    return _Answer(rows, results.run.policy, day, why)


def _judged(
    results: Results,
    settings: Settings,
    when: date | datetime | None,
    supposed: Mapping[str, str],
) -> tuple[pl.DataFrame, str]:
    """What was found, as it is judged by the rules of another day, and of which day that is."""
    from detector.policy.law.judging import again
    from detector.policy.packs import load_packs

    found = results.run.as_of
    packs = load_packs(settings.policy_packs).supposing(supposed)
    rows = again(results.policy, packs, when or found)
    by = "" if when is None else f", judged by the rules of {_words(when)}"
    return rows, _words(found) + by


def _words(when: date | datetime) -> str:
    from detector.report.words import moment as words

    return words(when)


def _instant(when: date | datetime | None) -> datetime | None:
    """A day as its last moment: what happened on it counts, and nothing that begins after it."""
    from datetime import UTC, time

    if when is None or isinstance(when, datetime):
        return when
    return datetime.combine(when, time.max, UTC)


def explain(
    ctx: typer.Context,
    out: Annotated[Path, typer.Argument(help="The results of a run.", metavar="OUT")],
    account: Annotated[str, typer.Argument(help="Id of an account.", metavar="ACCOUNT")],
    as_of: Day = None,
    what_if: WhatIf = None,
    packs: Folder = None,
    json: options.Json = False,
) -> None:
    """Say of one account which rules were asked, what came of each, and in which words.

    With --as-of, --what-if or --packs: what was found, as it is judged by those rules.
    """
    import polars as pl

    from detector.policy.law.explaining import lines
    from detector.policy.packs import load_packs
    from detector.results import Results

    settings = options.load(ctx, policy_packs=packs)
    supposed = states(what_if)
    when = moment(as_of, "--as-of") if as_of is not None else None
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
    rows, day = results.policy, _words(results.run.as_of)
    if when is not None or supposed or packs is not None:
        rows, day = _judged(results, settings, when, supposed)
    rows = rows.filter(pl.col("account_id") == account)
    if json:
        show.print_json({"account_id": account, "rows": rows.to_dicts()})
        return
    for line in lines(account, rows, results.run, load_packs(settings.policy_packs), day):
        typer.echo(safe_text(line))
