"""``validate``: what a log folder or a stored state holds, before it is scored."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer

from detector.cli import options, show
from detector.cli.opening import open_source
from detector.cli.page import page
from detector.cli.strict import check_strict
from detector.terminal import open_console, safe_text

if TYPE_CHECKING:
    from detector.sources import Source
    from detector.sources.gaps import Gap

_REASONS: Final = 50


def validate(
    ctx: typer.Context,
    logs: options.SomeLogs = None,
    state: options.State = None,
    as_of: options.AsOf = None,
    max_bad: options.MaxBad = None,
    slack: options.Slack = None,
    strict: options.Strict = False,
    json: options.Json = False,
) -> None:
    """Say what a log folder holds: what counts, what does not, and what to do.

    Every row is read and checked. Told are the rows of each table, files that were passed over
    or set aside, rows that break a rule, and ids that do not meet; past --max-bad the exit code
    is 3.

    Examples
    --------
        enduse validate logs
    Strictly, and as JSON for a script that delivers them:
        enduse validate logs --strict --json
    """
    settings = options.load(ctx, max_bad=max_bad, slack_days=slack)
    time = options.parse_time(as_of)
    # All counts first, then the gate: a person who mends an export wants to see every table.
    with open_source(settings, logs, state, time, max_bad=1.0) as source:
        gaps: Sequence[Gap] = ()
        doubtful: Sequence[str] = ()
        seen_until = None
        try:
            gaps = _read_all(source)
            doubtful = _doubts(source)
            seen_until = source.as_of.isoformat()
        finally:
            # Also on the way out of a file of the wrong shape: what was counted until then.
            found = {"as_of": seen_until, **_findings(source, gaps, doubtful)}
            found["lists"] = _lists(source, seen_until)
            _print(found, settings.max_bad, _named(logs, state), json=json)
        # Whoever asks for no bad row at all is told so, whatever the share.
        bad = {table: counts["quarantined"] for table, counts in found["tables"].items()}
        refused = found["lists"]["refused"] if found["lists"] else ()
        check_strict(bad, len(found["aside"]) + len(refused), strict=strict)
        _gate(source, settings.max_bad)


def _read_all(source: Source) -> list[Gap]:
    """Read every table to its end; what was seen of ids on the way."""
    from detector.sources import Logs
    from detector.sources.gaps import in_rollups, in_rows
    from features.rollups import Sums, complete

    if isinstance(source, Logs):
        source.validate()
        return in_rows(source.named)
    sums = Sums()
    for table in source.tables():
        sums.add(source.rollups(table, source.as_of))
    whole = complete(sums.whole(), source.tables(), source.as_of, source.catalogue)
    return in_rollups(whole)


def _doubts(source: Source) -> list[str]:
    """What is doubtful about decisions, which are few and are read once more."""
    import polars as pl

    from detector.sources.doubts import doubts
    from features.tables.decisions import LABELS

    if LABELS.name not in source.tables():
        return []
    rows = list(source.parts(LABELS.name))
    return doubts(pl.concat(rows)) if rows else []


def _findings(source: Source, gaps: Sequence[Gap], doubtful: Sequence[str]) -> dict[str, Any]:
    import polars as pl

    why = (
        source.quarantine.group_by("table", "column", "reason")
        .agg(pl.len().alias("rows"), pl.col("file").first(), pl.col("row").first())
        .sort(["rows", "table", "column", "reason"], descending=[True, False, False, False])
    )
    unread = [vars(file) for file in source.unread]
    warned = [gap.sentence for gap in gaps if gap.warning]
    return {
        "tables": show.count_rows(source.counts),
        "quarantine": why.head(_REASONS).to_dicts(),
        "unread": unread,
        "aside": [file for file in unread if file["aside"]],
        "id_gaps": [asdict(gap) for gap in gaps],
        "warnings": [*source.warnings, *warned, *doubtful],
    }


def _lists(source: Source, seen_until: str | None) -> dict[str, Any] | None:
    """The restricted-party lists beside the tables; None where there is none."""
    from detector.pipeline.lists import lists_of_source
    from detector.policy.lists.telling import summary

    lists = None if seen_until is None else lists_of_source(source)
    return None if lists is None else summary(lists, source.as_of.date())


def _print(found: Mapping[str, Any], max_bad: float, opened: str, *, json: bool) -> None:
    if json:
        show.print_json(found)
        for warning in found["warnings"]:
            show.notice(warning)
        return
    console = open_console()
    told = {**found, "noticed": _noticed(found)}
    typer.echo(page(told, console.width, max_bad=max_bad, opened=opened))


def _noticed(found: Mapping[str, Any]) -> list[str]:
    """Warnings about what no other part of the page names."""
    from detector.sources.ledger import said_of, said_of_aside
    from detector.sources.listing import Unread

    files = [Unread(**file) for file in found["unread"]]
    said = {
        *said_of([file for file in files if not file.aside]),
        *said_of_aside(file for file in files if file.aside),
        *(gap["sentence"] for gap in found["id_gaps"]),
    }
    return [warning for warning in found["warnings"] if warning not in said]


def _named(logs: str | None, state: Path | None) -> str:
    words = [logs] if logs is not None else ["--state", str(state)]
    return safe_text(shlex.join(words), limit=200)


def _gate(source: Source, max_bad: float) -> None:
    from detector.sources.ledger import gate

    for table, counts in source.counts.items():
        gate(table, counts, source.quarantine, max_bad)
