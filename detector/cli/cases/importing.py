"""``cases import``: decisions made elsewhere, as first judgements."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detector.cli import options, show
from detector.cli.cases.acting import As, Cases, actor, opened
from detector.errors import FindingsAbove, UsageError
from detector.terminal import safe_text

if TYPE_CHECKING:
    from detector.cases.deciding.importing import Line


class _GivenUp(Exception):
    pass


def import_file(
    ctx: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV with the columns of the table labels, or case_id, outcome, reviewer.",
            metavar="FILE", exists=True, dir_okay=False, show_default=False,
        ),
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would become of each row, and store none.")
    ] = False,
    settled: Annotated[
        bool,
        typer.Option(
            "--settled",
            help="Take them over as settled, on the word of a lead (--as) and --counsel together.",
        ),
    ] = False,
    counsel: Annotated[
        str | None, typer.Option(help="Who stands for it as counsel.", metavar="NAME")
    ] = None,
    reason: Annotated[
        str, typer.Option(help="Why they are taken over as settled.", metavar="TEXT")
    ] = "",
    by: As = None,
    cases: Cases = None,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Take decisions that were made elsewhere in (lead, counsel).

    Each row becomes a first judgement of its reviewer, marked as imported; it settles nothing and
    is no second voice: another person judges the case. Rows without a reviewer, of people who are
    none here, and of accounts in no case are refused, the others come; then the exit code is 5.
    """
    if settled and counsel is None:
        raise UsageError("--settled takes a lead (--as) and --counsel NAME together")
    lines: list[Line] = []
    try:
        _take(ctx, file, by, cases, counsel if settled else None, reason, lines, dry_run=dry_run)
    except _GivenUp:
        show.notice("nothing was stored: this was a dry run")
    _tell(lines, json=json)
    refused = sum(line.what == "refused" for line in lines)
    if refused:
        raise FindingsAbove(f"{refused} of {len(lines)} rows were refused; mend them, import again")


def _take(
    ctx: typer.Context, file: Path, by: str | None, cases: Path | None, counsel: str | None,
    reason: str, lines: list[Line], *, dry_run: bool,
) -> None:  # fmt: skip
    import hashlib

    from detector.cases.deciding.importfile import read_decisions
    from detector.cases.deciding.importing import import_decisions, take_over
    from detector.cases.team.people import actor_of

    rows = read_decisions(file)
    source = hashlib.sha256(file.read_bytes()).hexdigest()
    with opened(ctx, cases) as store, store.writing(datetime.now(UTC)) as tx:
        who = actor(ctx, tx.connection, by)
        if counsel is None:
            lines += import_decisions(tx, who, rows, source=source)
        else:
            other = actor_of(tx.connection, counsel)
            lines += take_over(tx, who, other, rows, reason=reason, source=source)
        if dry_run:
            raise _GivenUp


def _tell(lines: list[Line], *, json: bool) -> None:
    if json:
        show.print_json([vars(line) for line in lines])
        return
    for line in lines:
        typer.echo(safe_text(f"row {line.row}: {line.what}: {line.sentence}", limit=400))
    counted = Counter(line.what for line in lines)
    typer.echo(", ".join(f"{what} {number}" for what, number in sorted(counted.items())) or "empty")
