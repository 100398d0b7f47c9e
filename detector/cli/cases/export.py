"""``cases export`` and ``coop-appeals``: files for other review tools, and appeals from one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from detector.cli.cases.acting import As, Cases, actor, opened
from detector.errors import FindingsAbove, UsageError
from detector.terminal import safe_text


def export(
    ctx: typer.Context,
    coop: Annotated[
        Path | None,
        typer.Option(help="Write bodies of Coop's POST /api/v1/report, one a line.",
                     metavar="FILE", dir_okay=False),
    ] = None,
    osprey: Annotated[
        Path | None,
        typer.Option(help="Write a CSV of labels to add and remove in Osprey.", metavar="FILE",
                     dir_okay=False),
    ] = None,
    reporter: Annotated[
        str, typer.Option(help="Id in Coop of the user that reports.", metavar="ID")
    ] = "enduse",
    item_type: Annotated[
        str, typer.Option(help="Id in Coop of the type of item that an account is.", metavar="ID")
    ] = "cloud-account",
    by: As = None,
    cases: Cases = None,
) -> None:  # fmt: skip
    """Write settled decisions for other review tools (lead, counsel); nothing is sent."""
    from detector.cases.leaving.exporting import coop_reports, osprey_labels
    from detector.cases.leaving.labels import labels_of
    from detector.cases.measuring.judged import golden_lower

    if coop is None and osprey is None:
        raise UsageError("name a file with --coop FILE or --osprey FILE, or both")
    with opened(ctx, cases) as store, store.reading() as connection:
        actor(ctx, connection, by).acting_as("lead", "counsel")
        decided = labels_of(connection, golden_lower)
    if coop is not None:
        _write(coop, coop_reports(decided, reporter=reporter, item_type=item_type))
    if osprey is not None:
        _write(osprey, osprey_labels(decided))


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"{path} could not be written ({error.strerror})") from error
    typer.echo(f"{path}: {text.count(chr(10))} lines")


def coop_appeals(
    ctx: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(help="Bodies of Coop's POST /api/v1/report/appeal, one a line.",
                       metavar="FILE", exists=True, dir_okay=False, show_default=False),
    ],
    by: As = None,
    cases: Cases = None,
) -> None:  # fmt: skip
    """File the appeals that came in through Coop (letters); exit code 5 where some are refused."""
    from detector.cases.leaving.exporting import coop_appeals as read
    from detector.cases.leaving.exporting import file_appeals

    appeals = read(file.read_bytes(), file.name)
    with opened(ctx, cases) as store, store.writing(datetime.now(UTC)) as tx:
        filed = file_appeals(tx, actor(ctx, tx.connection, by), appeals)
    for one in filed:
        what = "refused" if one.number is None else f"appeal {one.number}"
        told = f"{one.appeal_id}, account {one.account_id}: {what}: {one.sentence}"
        typer.echo(safe_text(told, limit=400))
    refused = sum(one.number is None for one in filed)
    if refused:
        raise FindingsAbove(f"{refused} of {len(filed)} appeals were refused")
