"""``cases init``, ``verify``, ``anchor``, ``rebuild``, ``set``: the folder itself."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detector.cli import options, show
from detector.cli.cases.acting import As, Cases, folder, keeper, opened
from detector.errors import FindingsAbove
from detector.terminal import safe_text

if TYPE_CHECKING:
    from detector.cases.record.verify import Verdict

_SHOWN = 20


def init(ctx: typer.Context, cases: Cases = None) -> None:
    """Make a folder of cases."""
    from detector.cases.record.store import Store

    path = folder(ctx, cases)
    Store.create(path).close()
    typer.echo(f"made {path}; next: enduse cases people add NAME --roles reviewer --cases {path}")


def verify(
    ctx: typer.Context,
    anchors: Annotated[
        Path | None,
        typer.Option(
            help="A copy of anchors.jsonl that was kept elsewhere: shows what somebody with the "
            "whole folder in hand could have rewritten.",
            metavar="FILE",
        ),
    ] = None,
    cases: Cases = None,
    json: options.Json = False,
) -> None:
    """Check that the folder is what was written to it; exit code 5 where it is not.

    That nothing was found is noted as an event, which metrics tell the time of.

    The chain of events, its anchors, the blocks of the file, every snapshot, and every table
    made anew from the events and compared.
    """
    from detector.cases.errors import CasesError
    from detector.cases.record.verify import verified, verify_folder

    verdict = verify_folder(folder(ctx, cases), anchors)
    if not verdict.findings:
        try:
            with opened(ctx, cases) as store, store.writing(datetime.now(UTC)) as tx:
                verified(tx, verdict)
        except (CasesError, OSError) as error:
            # A copy that nobody may write to can be checked all the same.
            show.notice(f"that nothing was found could not be noted: {error}")
    if json:
        show.print_json(
            {"events": verdict.events, "head": verdict.head, "anchors": verdict.anchors,
             "findings": [vars(one) for one in verdict.findings]}
        )  # fmt: skip
    else:
        _tell(verdict)
    if verdict.findings:
        raise FindingsAbove(
            f"{len(verdict.findings)} findings: the folder is not what was written to it; keep it "
            "as it is, restore a backup beside it and compare"
        )


def _tell(verdict: Verdict) -> None:
    for one in verdict.findings[:_SHOWN]:
        typer.echo(safe_text(f"{one.kind}: {one.sentence}", limit=400))
    if len(verdict.findings) > _SHOWN:
        typer.echo(f"and {len(verdict.findings) - _SHOWN} more; see --json")
    if not verdict.findings:
        typer.echo(
            f"{verdict.events} events, head {verdict.head[:16]}, {verdict.anchors} anchors: all "
            "is as it was written"
        )


def anchor(
    ctx: typer.Context,
    accept_loss: Annotated[
        str | None,
        typer.Option(
            help="Why a folder that lacks events which were acknowledged is used all the same.",
            metavar="REASON",
        ),
    ] = None,
    cases: Cases = None,
) -> None:
    """Add the head of the chain to anchors.jsonl and print it, to be kept elsewhere."""
    with opened(ctx, cases, accept_loss=accept_loss) as store:
        typer.echo(store.anchor().line())


def rebuild(ctx: typer.Context, cases: Cases = None) -> None:
    """Make every table anew from the events, for a folder whose tables `verify` found wrong."""
    from detector.cases.record.replay import rebuilt

    place = folder(ctx, cases)
    with opened(ctx, cases) as store:
        events = rebuilt(store, datetime.now(UTC))
    typer.echo(
        f"made the tables anew from {events} events; now: enduse cases verify --cases {place}"
    )


def change(
    ctx: typer.Context,
    name: Annotated[
        str | None, typer.Argument(help="A setting.", metavar="NAME", show_default=False)
    ] = None,
    value: Annotated[
        str | None, typer.Argument(help="What it is to be.", metavar="VALUE", show_default=False)
    ] = None,
    by: As = None,
    cases: Cases = None,
) -> None:
    """Show the settings of the cases, or set one (as admin, or who holds the folder)."""
    from detector.cases.settings import change_setting, read_settings

    with opened(ctx, cases) as store:
        if name is not None and value is not None:
            with store.writing(datetime.now(UTC)) as tx:
                change_setting(tx, keeper(ctx, tx.connection, by), name, value)
        with store.reading() as connection:
            held = vars(read_settings(connection))
    rows = [row for row in held.items() if name in (None, row[0])]
    show.print_table(("setting", "value"), [(key, str(found)) for key, found in rows])
