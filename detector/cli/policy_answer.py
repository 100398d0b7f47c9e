"""How ``policy check`` prints what rules say: by rule, what was not asked, and the queue."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import typer

from detector.cli import show
from detector.terminal import safe_text

if TYPE_CHECKING:
    import polars as pl

    from detector.results.run import RunPolicy

_COLUMNS: Final = ("account_id", "rule", "outcome", "strength", "role", "party", "evidence")
_OUTCOMES: Final = ("match", "inquire", "unknown", "clear")
_EVIDENCE: Final = 90
_FILES: Final = 5
_NOBODY: Final = (
    "No rule has anything to say of an account on that day. Rules about use ask who used it in "
    "the 90 days before: of a day far before or after the logs they ask nobody"
)


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


def print_answer(rows: pl.DataFrame, told: RunPolicy | None, day: str, top: int, why: str) -> None:
    """Print rows of ``POLICY_SCHEMA`` for a person.

    Parameters
    ----------
    told
        What was asked, and what not.
    day
        Of which day, and by the rules of which.
    top
        So many rows of the queue.
    why
        The command that says more of one account.
    """
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
    files = ", ".join(
        f"{safe_text(one.file, limit=80)} of {one.day or 'unknown day'}"
        for one in told.lists[:_FILES]
    )  # fmt: skip
    if len(told.lists) > _FILES:
        files += f" and {len(told.lists) - _FILES} more"
    return f"{told.names:,} names looked up in {files}"


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
        from detector.report.words import plural

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
    from detector.report.words import plural

    first = f", the first {top} of {asks.height} rows" if 0 < top < asks.height else ""
    typer.echo(f"{plural(asks['account_id'].n_unique(), 'account')} in the policy queue{first}")
    if top:
        shown = asks.head(top).select(_COLUMNS).iter_rows()
        cells = [[safe_text(one, limit=_EVIDENCE) for one in row] for row in shown]
        show.print_table(_COLUMNS, cells)
    typer.echo(f"why: {why}")
