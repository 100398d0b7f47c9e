"""What rules say of accounts, asked and told: for ``policy check`` and ``policy explain``."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import typer

from detector.cli import show
from detector.terminal import safe_text

if TYPE_CHECKING:
    import polars as pl

    from detector.config import Settings
    from detector.results import Results
    from detector.results.runparts import RunPolicy

_COLUMNS: Final = ("account_id", "rule", "outcome", "strength", "role", "party", "evidence")
_OUTCOMES: Final = ("match", "inquire", "unknown", "clear")
_EVIDENCE: Final = 90
_FILES: Final = 5
_NOBODY: Final = (
    "No rule has anything to say of an account on that day. Rules about use ask who used it in "
    "the 90 days before: of a day far before or after the logs they ask nobody"
)


class Answer(NamedTuple):
    """What rules say, what they were asked of, of which day, and the command that says more."""

    rows: pl.DataFrame
    told: RunPolicy | None
    day: str
    why: str


def asked(
    place: tuple[str | None, Path | None],
    settings: Settings,
    when: date | datetime | None,
    supposed: Mapping[str, str],
) -> Answer:
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
) -> Answer:
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
        day = said(when or source.as_of)
    logs = "LOGS" if place[1] is None else "--state DIR"
    why = f"enduse score {logs} --out OUT, then enduse policy explain OUT ACCOUNT"
    return Answer(found.policy, found.told, day, why)


def _of_results(
    out: Path, settings: Settings, when: date | datetime | None, supposed: Mapping[str, str]
) -> Answer:
    from detector.results import Results

    results = Results.read(out)
    rows, day = judged(results, settings, when, supposed)
    why = f"enduse policy explain {safe_text(shlex.quote(str(out)), limit=200)} ACCOUNT"
    return Answer(rows, results.run.policy, day, why)


def judged(
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
    by = "" if when is None else f", judged by the rules of {said(when)}"
    return again(results.policy, packs, when or found), said(found) + by


def said(when: date | datetime) -> str:
    """A day or a time in words."""
    from detector.words import moment

    return moment(when)


def _instant(when: date | datetime | None) -> datetime | None:
    """A day as its last moment: what happened on it counts, and nothing that begins after it."""
    from datetime import UTC, time

    if when is None or isinstance(when, datetime):
        return when
    return datetime.combine(when, time.max, UTC)


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


def print_page(answer: Answer, top: int) -> None:
    """Print accounts by rule and outcome, what was not asked, and the first of the queue."""
    rows, told, day, why = answer
    typer.echo(f"as of {day}" + (f"; {_lists(told)}" if told is not None and told.lists else ""))
    if rows.is_empty():
        typer.echo(_NOBODY)
    else:
        columns = ("rule", *_OUTCOMES, "in queue")
        table = [[row[name] for name in columns] for row in tally(rows)]
        show.print_table(columns, table, right=columns[1:])
    if told is not None:
        _print_silence(rows, told)
    _print_queue(rows, top, why)


def _lists(told: RunPolicy) -> str:
    """How many names were looked up in which files."""
    from detector.words import plural

    files = ", ".join(
        f"{safe_text(one.file, limit=80)} of {one.day or 'unknown day'}"
        for one in told.lists[:_FILES]
    )  # fmt: skip
    if len(told.lists) > _FILES:
        files += f" and {len(told.lists) - _FILES} more"
    return f"{plural(told.names, 'name')} looked up in {files}"


def _print_silence(rows: pl.DataFrame, told: RunPolicy) -> None:
    """Where nothing was found, where that says nothing, and what was not asked."""
    from detector.results.lawqueue import SILENCED

    heard = set(rows["rule"])
    quiet = [rule for rule, said in told.counts.items() if rule not in heard and "clear" in said]
    if quiet:
        typer.echo(
            f"nothing found: {', '.join(sorted(quiet))}; a name that is not found is not cleared"
        )
    for sentence in _gaps(told):
        show.notice(sentence)
    silenced = rows.filter(SILENCED).height
    if silenced:
        from detector.words import plural

        typer.echo(f"decisions keep {plural(silenced, 'row')} out of the queue")


def _gaps(told: RunPolicy) -> Iterator[str]:
    """What was not asked, and why, in few words."""
    yield from lists_lacking(told)
    if not told.lists:
        yield "no list could be read: nobody was looked up, and nobody is clear of any"
    by_reason: dict[str, list[str]] = {}
    for rule, why in sorted(told.not_asked.items()):
        by_reason.setdefault(why, []).append(rule)
    for why, rules in by_reason.items():
        yield f"asked of nobody ({why}): {', '.join(rules)}"


def lists_lacking(told: RunPolicy) -> Iterator[str]:
    """Lists that were refused, and those that clear nobody."""
    yield from (f"not screened: {sentence}" for sentence in told.refused)
    yield from (f"nobody is clear: {sentence}" for sentence in told.stale)


def _print_queue(rows: pl.DataFrame, top: int, why: str) -> None:
    asks = rows.filter("queues")
    if asks.is_empty():
        typer.echo("No rule asks a person to look at an account.")
        return
    from detector.words import plural

    first = f", the first {top} of {asks.height} rows" if 0 < top < asks.height else ""
    typer.echo(f"{plural(asks['account_id'].n_unique(), 'account')} in the policy queue{first}")
    if top:
        shown = asks.head(top).select(_COLUMNS).iter_rows()
        cells = [[safe_text(one, limit=_EVIDENCE) for one in row] for row in shown]
        show.print_table(_COLUMNS, cells)
    typer.echo(f"why: {why}")
