"""What rules say of accounts, asked and told: for ``policy check``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer

from detector.cli import show
from detector.terminal import safe_text

if TYPE_CHECKING:
    import polars as pl

    from detector.config import Settings
    from detector.results.run import RunPolicy

_COLUMNS: Final = ("account_id", "rule", "outcome", "strength", "role", "party", "evidence")
_OUTCOMES: Final = ("match", "inquire", "unknown", "clear")
Told = tuple["pl.DataFrame", "RunPolicy | None"]


def asked(
    place: tuple[str | None, Path | None],
    settings: Settings,
    when: date | datetime | None,
    supposed: Mapping[str, str],
) -> Told:
    """Rows of ``policy.parquet`` and what was asked, of logs, of a state, or of results."""
    from detector.results.run import RUN_FILE

    out = None if place[0] is None else Path(place[0])
    if out is not None and (out / RUN_FILE).is_file():
        return _of_results(out, settings, when, supposed)
    return _of_logs(place, settings, when, supposed)


def _of_logs(
    place: tuple[str | None, Path | None],
    settings: Settings,
    when: date | datetime | None,
    supposed: Mapping[str, str],
) -> Told:
    from detector.cli.opening import open_source
    from detector.pipeline.law import check as ask
    from detector.pipeline.run import Asked

    packs = settings.policy_packs
    terms = Asked(
        policy_packs=None if packs is None else str(packs),
        policy_list_days=settings.policy_list_days,
    )
    time = _instant(when)
    with open_source(settings, *place, time) as source:
        found = ask(source, time, terms, supposed)
    return found.policy, found.told


def _of_results(
    out: Path, settings: Settings, when: date | datetime | None, supposed: Mapping[str, str]
) -> Told:
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


def tally(rows: pl.DataFrame) -> list[dict[str, Any]]:
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


def print_page(rows: pl.DataFrame, told: RunPolicy | None, top: int) -> None:
    """Print accounts by rule and outcome, what was not asked, and the first of the queue."""
    columns = ("rule", *_OUTCOMES, "in queue")
    table = [[row[name] for name in columns] for row in tally(rows)]
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
