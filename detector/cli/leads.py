"""``leads``: what public notices say of accounts, and which are of no account."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from detector.cli import options, show
from detector.terminal import open_console, safe_text

if TYPE_CHECKING:
    import polars as pl

    from detector.results import Run
    from detector.results.runparts import RunEvidence

_WIDTH: Final = 60
_TEXT: Final = 160
_TABLE: Final = 140
"""Columns that the table needs; on a narrower terminal each row has lines of its own."""
_LEADS: Final = ("notice", "day", "account", "strength", "buyer", "supplier", "agrees",
                 "against")  # fmt: skip
_ALONE: Final = ("notice", "day", "buyer", "supplier", "amount", "about")
_LADDER: Final = (
    "A lead is a question, never a verdict; nothing was done. Read the notice at its source, "
    "find what agrees in your own records, then ask the holder. `enduse explain OUT ACCOUNT` "
    "says what agrees and what was not seen; docs/leads.md says where to look."
)
_ALONE_MEANS: Final = (
    "Of no account: nobody is asked and nothing is to be done. If the source names the supplier, "
    "or another one, send that as a row of the same notice and score again."
)
_SILENT: Final = (
    "Lane E did not run: no notice, abuse report, indicator or exception was sent, or an earlier "
    "version made this run. That nothing is here clears nobody; docs/leads.md says how to send "
    "notices."
)


def leads(
    out: options.Out,
    unattached: Annotated[
        bool,
        typer.Option(
            "--unattached",
            help="Show notices of no account that are about chips, models or clouds.",
        ),
    ] = False,
    everything: Annotated[
        bool,
        typer.Option(
            "--all",
            help="Show weak and disposed rows too (cancelled, did not proceed, another supplier), "
            "which are no leads; with --unattached, notices about anything.",
        ),
    ] = False,
    top: Annotated[int, typer.Option(min=0, help="Rows to print.", metavar="N")] = 50,
    json: options.Json = False,
) -> None:
    """Show which public notices may speak of which accounts: strong leads, then medium ones.

    With what agrees (name, keyword, time, amount, quantity, hand-over) and what speaks against.
    """
    from detector.results.folder import read_leads, refuse_incomplete
    from detector.results.published import plain
    from detector.results.run import read_run

    refuse_incomplete(out)
    run, held = read_run(out), read_leads(out)
    rows = _chosen(held, unattached=unattached, everything=everything)
    if json:
        told = None if run.evidence is None else run.evidence.model_dump(mode="json")
        show.print_json(
            {
                "as_of": run.as_of.isoformat(),
                "ran": run.lanes.get("E", False),
                "evidence": told,
                "rows": [plain(row) for row in rows.iter_rows(named=True)],
            }
        )
        return
    if run.evidence is None:
        typer.echo(_SILENT)
        return
    _print(rows.head(top), unattached=unattached)
    for line in _said(
        rows.height, top, run.evidence, held, unattached=unattached, everything=everything
    ):
        typer.echo(safe_text(line))
    for line in _not_read(run):
        show.notice(line)


def _chosen(held: pl.DataFrame, *, unattached: bool, everything: bool) -> pl.DataFrame:
    """The rows asked for, in their order."""
    from detector.results.leadqueue import LEAD, OF_NOBODY, UNATTACHED, in_order

    if unattached:
        return in_order(held.filter(OF_NOBODY if everything else UNATTACHED))
    strength = held["strength"].cast(str)
    return in_order(held.filter(strength != "unattached") if everything else held.filter(LEAD))


def _print(rows: pl.DataFrame, *, unattached: bool) -> None:
    if rows.is_empty():
        return
    columns = _ALONE if unattached else _LEADS
    told = (_cells(row) for row in rows.iter_rows(named=True))
    width = open_console().width
    if width < _TABLE:
        typer.echo("\n\n".join("\n".join(_folded(cells, columns, width)) for cells in told))
        return
    show.print_table(columns, [[cells[name] for name in columns] for cells in told])


def _folded(cells: dict[str, str], columns: Sequence[str], width: int) -> Iterator[str]:
    """A row as lines of its own: columns this narrow would break its words."""
    for name in columns:
        if cells[name]:
            yield from wrap(
                f"{name}: {cells[name]}", width, subsequent_indent="  ",
                break_long_words=False, break_on_hyphens=False,
            )  # fmt: skip


def _cells(row: dict[str, Any]) -> dict[str, str]:
    """What each column holds, as harmless text."""
    from detector.report.leads import (
        against_words,
        agreeing_words,
        amount_words,
        strength_words,
    )

    cells = {
        "notice": row["notice"], "day": str(row["published_at"])[:10],
        "account": row["account_id"] or "none", "strength": strength_words(row),
        "buyer": _party(row, "buyer"), "supplier": _party(row, "supplier"),
        "agrees": agreeing_words(row), "amount": amount_words(row),
        "against": against_words(row) or (row["evidence"] if not row["account_id"] else ""),
        "about": row["evidence"] or "other things",
    }  # fmt: skip
    limits = dict.fromkeys(("against", "about", "buyer", "supplier"), _TEXT)
    return {name: safe_text(text or "", limit=limits.get(name, _WIDTH))
            for name, text in cells.items()}  # fmt: skip


def _party(row: dict[str, Any], who: str) -> str:
    """A buyer or supplier, and in brackets what lists know of it where they were asked."""
    name, outcome = row[who], row[f"{who}_outcome"]
    shown = safe_text(name, limit=_WIDTH) if name else "not named"
    return f"{shown} ({outcome})" if name and outcome else shown


def _said(
    count: int,
    top: int,
    told: RunEvidence,
    held: pl.DataFrame,
    *,
    unattached: bool,
    everything: bool,
) -> Iterator[str]:
    """What stands under the table: how much is left, what is elsewhere, and what a lead is."""
    from detector.report.leads import LEGEND
    from detector.results.leadqueue import UNATTACHED
    from detector.words import plural

    if not count:
        yield _nothing(told, unattached=unattached, everything=everything)
    elif count > top:
        yield f"{plural(count - top, 'more row')}; --top {count} prints all"
    if unattached and count:
        yield _ALONE_MEANS
    if not unattached:
        alone = held.filter(UNATTACHED).height
        if alone:
            yield f"{plural(alone, 'notice')} of no account: enduse leads OUT --unattached"
        if count:
            yield f"{LEGEND}; in brackets: what lists know of buyer and supplier."
            yield _LADDER


def _nothing(told: RunEvidence, *, unattached: bool, everything: bool) -> str:
    from detector.words import plural

    if not told.notices:
        return "No notice was read."
    what = "is of no account and about chips, models or clouds"
    if unattached and everything:
        what = "is of no account"
    elif everything:
        what = "is near an account, and none went nowhere"
    elif not unattached:
        what = "that stands speaks of an account by more than a name"
    more = "" if everything else " --all shows the others."
    return f"{plural(told.notices, 'notice')} read; none {what}.{more}"


def _not_read(run: Run) -> Iterator[str]:
    """What was not there, so that nobody takes silence for an answer."""
    for table, why in sorted(run.evidence.not_read.items() if run.evidence else ()):
        yield f"not read: {table}: {why}"
