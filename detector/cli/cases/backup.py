"""``cases backup`` and ``cases restore``: copies of the folder, and putting one back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from detector.cli.cases.acting import Cases, folder, opened


def backup(
    ctx: typer.Context,
    to: Annotated[
        Path | None,
        typer.Option(help="New folder for the copy (default: backup in the folder of cases, under "
                     "the time).", metavar="DIR"),
    ] = None,
    cases: Cases = None,
) -> None:  # fmt: skip
    """Copy the folder of cases while others work in it; the copy is whole and opens as it is."""
    from detector.cases.keeping.backup import backup as copy

    with opened(ctx, cases) as store:
        place, head = copy(store, datetime.now(UTC), to)
    typer.echo(f"{place}: {head.seq} events, head {head.hash[:16]}")


def restore(
    ctx: typer.Context,
    copy: Annotated[
        Path,
        typer.Argument(help="A copy that `cases backup` made.", metavar="COPY", exists=True,
                       file_okay=False, show_default=False),
    ],
    accept_loss: Annotated[
        str | None,
        typer.Option(help="Why events that were acknowledged after the copy are given up; noted "
                     "for good.", metavar="REASON"),
    ] = None,
    cases: Cases = None,
) -> None:  # fmt: skip
    """Put a copy back into the folder of --cases, new or there; stop the service before.

    The former database is kept in backup/. Where the folder's anchors know of later events than
    the copy has, it does not open until somebody accepts the loss with a reason.
    """
    from detector.cases.keeping.backup import restore as put_back
    from detector.cases.record.store import Store

    place = folder(ctx, cases)
    done = put_back(copy, place, datetime.now(UTC))
    if done.former is not None:
        typer.echo(f"the former database is in {done.former}")
    Store(place, accept_loss=accept_loss).close()
    typer.echo(f"{place}: {done.head.seq} events; now: enduse cases verify --cases {place}")
