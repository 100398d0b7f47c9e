"""What ``owners check`` found: as plain values, and as a page for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import typer

from detector.cli import show
from detector.terminal import safe_text

if TYPE_CHECKING:
    import polars as pl

    from detector.policy.owners.checking import Checked
    from detector.policy.owners.listing import Listed
    from detector.sources.onefile import OneFile

SHOWN: Final = 50
"""Rows of a table that are printed, and names of a loop; --json has all."""


def of_file(read: OneFile, rows: pl.DataFrame) -> dict[str, Any]:
    """What became of the records of a file, of which ``rows`` hold at as-of."""
    from detector.sources.quarantine import first_reasons

    record = read.record
    counts = record.counts
    return {
        "rows": {"read": counts.read, "ok": counts.ok, "quarantined": counts.quarantined},
        "current_rows": rows.height,
        "not_counted": dict(sorted(record.told.items())),
        "set_aside": first_reasons(record.held()) if counts.quarantined else "",
    }


def of_check(checked: Checked) -> dict[str, Any]:
    """What the rows hold before anybody is listed."""
    from detector.policy.owners.words import percent

    companies = [
        {**row, "least": percent(row["least"]), "most": percent(row["most"])}
        for row in checked.companies.iter_rows(named=True)
    ]
    return {
        "companies": companies,
        "loops": checked.loops,
        "contradicting": [row["name"] for row in companies if row["refused"]],
        "unknown_shares": checked.unknown.to_dicts(),
        "ambiguous": checked.ambiguous,
    }


def of_outcomes(
    outcomes: pl.DataFrame, listed: Listed, rule: str, refused: Sequence[str]
) -> dict[str, Any]:
    """Who is restricted by whom; where a list was refused, nobody is clear."""
    from detector.policy.owners.outcomes import NOT_MET, UNKNOWN

    found = outcomes.to_dicts()
    for row in found if refused else ():
        if row["outcome"] == NOT_MET:
            row |= {"outcome": UNKNOWN, "because": "refused list"}
    return {
        "rule": rule,
        "listed": listed.rows.to_dicts(),
        "refused_lists": list(refused),
        "outcomes": found,
    }


def print_page(found: Mapping[str, Any]) -> None:
    """Print what was found."""
    counts = found["rows"]
    typer.echo(
        f"{safe_text(found['file'], limit=200)}: {counts['ok']} of {counts['read']} rows count, "
        f"{found['current_rows']} of them hold at {found['as_of']}"
    )
    for sentence in _remarks(found):
        typer.echo(safe_text(sentence, limit=2000))
    _print_companies(found["companies"])
    if "outcomes" in found:
        _print_outcomes(found)
    else:
        typer.echo("nobody was taken for listed: --lists DIR or --listed NAME says who is")


def _remarks(found: Mapping[str, Any]) -> Iterator[str]:
    if found["set_aside"]:
        yield (
            f"{found['rows']['quarantined']} rows were set aside ({found['set_aside']}): what "
            "they say of owners is missing below"
        )
    for sentence, count in found["not_counted"].items():
        yield f"{count} x {sentence}"
    for loop in found["loops"][:SHOWN]:
        names = ", ".join(safe_text(name, limit=40) for name in loop[:SHOWN])
        yield f"a loop of {len(loop)}: {names}"
    if found["ambiguous"]:
        names = ", ".join(safe_text(name, limit=40) for name in found["ambiguous"][:SHOWN])
        yield f"names of several ids, somewhere without one: {names}"


def _print_companies(companies: Sequence[Mapping[str, Any]]) -> None:
    rows = [
        (row["name"], row["owners"], f"{row['least']} %", f"{row['most']} %", _note(row))
        for row in companies[:SHOWN]
    ]
    if rows:
        numbers = ("owners", "at least", "at most")
        show.print_table(("owned", *numbers, "note"), rows, right=numbers)
    _rest(len(companies))


def _note(row: Mapping[str, Any]) -> str:
    if row["refused"]:
        return "shares contradict each other: none is believed"
    return f"{row['unknown']} unknown" if row["unknown"] else ""


def _print_outcomes(found: Mapping[str, Any]) -> None:
    for name in found["refused_lists"]:
        typer.echo(f"refused list: {safe_text(name, limit=300)}; nobody is clear")
    names = sorted({f"{row['name']} ({row['source']})" for row in found["listed"]})
    shown = ", ".join(safe_text(name, limit=60) for name in names[:SHOWN]) or "nobody"
    typer.echo(f"rule {found['rule']}; listed among owners and owned, by name alone: {shown}")
    counts: dict[str, int] = {}
    for row in found["outcomes"]:
        counts[row["outcome"]] = counts.get(row["outcome"], 0) + 1
    typer.echo(", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items())))
    told = [row for row in found["outcomes"] if row["evidence"]]
    told.sort(key=lambda row: (row["outcome"] != "met", row["outcome"], row["party"]))
    rows = [(row["name"], row["outcome"], row["evidence"]) for row in told[:SHOWN]]
    if rows:
        show.print_table(("owned", "outcome", "because"), rows)
    _rest(len(told))


def _rest(size: int) -> None:
    if size > SHOWN:
        typer.echo(f"and {size - SHOWN} more (--json has all)")
