"""``cases retain`` and ``cases hold``: what is erased when its time is over, and what is kept."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from detector.cli import options, show
from detector.cli.cases.acting import As, Cases, actor, keeper, opened

if TYPE_CHECKING:
    from detector.cases.keeping.retention import Retained


def retain(
    ctx: typer.Context,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what is due, and erase nothing.")
    ] = False,
    copies_now: Annotated[
        bool,
        typer.Option(
            "--copies-now", help="Take copies away that hold an erased case, however young."
        ),
    ] = False,
    by: As = None,
    cases: Cases = None,
    json: options.Json = False,
) -> None:
    """Erase cases whose time is over (counsel, admin, or who holds the folder).

    How long a case is kept is a setting by what was decided (`cases set`). What is held stays.
    Hashes and a receipt are left, so `cases verify` still finds the folder whole. Copies in the
    folder that hold an erased case go when they are as old as keep_backup_days; copies elsewhere
    are yours to let go.
    """
    from detector.cases.keeping.retention import retain as sweep

    now = datetime.now(UTC)
    with opened(ctx, cases) as store:
        with store.reading() as connection:
            who = keeper(ctx, connection, by)
        done = sweep(store, who, now, copies_now=copies_now, dry_run=dry_run)
    if json:
        show.print_json({
            "due": [vars(one) for one in done.due], "erased": done.erased,
            "removed": [str(path) for path in done.removed],
            "holding": [str(copy.path) for copy in done.holding], "clean": done.clean,
        })  # fmt: skip
    else:
        _tell(done, dry_run=dry_run)


def _tell(done: Retained, *, dry_run: bool) -> None:
    for one in done.due:
        what = "is held and stays" if one.held else "would go" if dry_run else "was erased"
        typer.echo(f"{one.case_id} (kept as {one.kept_as} until {one.until[:10]}) {what}")
    for path in done.removed:
        typer.echo(f"removed {path}")
    for copy in done.holding:
        show.notice(f"{copy.path} of {copy.at[:10]} still holds an erased case; see --copies-now")
    if not done.clean:
        show.notice(
            "somebody reads an older state, so the file still holds bytes of what was erased; run "
            "this again"
        )
    if not done.due:
        typer.echo("nothing is due")


def hold(
    ctx: typer.Context,
    case: Annotated[
        str, typer.Argument(help="A case, as C-000123.", metavar="CASE", show_default=False)
    ],
    reason: Annotated[str, typer.Option(help="Why.", metavar="TEXT")],
    lift: Annotated[bool, typer.Option("--lift", help="End the hold.")] = False,
    by: As = None,
    cases: Cases = None,
) -> None:
    """Keep a case whatever its time, or end that (counsel)."""
    from detector.cases.keeping import holding

    with opened(ctx, cases) as store, store.writing(datetime.now(UTC)) as tx:
        who = actor(ctx, tx.connection, by)
        if lift:
            holding.lift(tx, who, case, reason)
        else:
            holding.hold(tx, who, case, reason)
    typer.echo(f"{case} is {'no longer held' if lift else 'held'}")
