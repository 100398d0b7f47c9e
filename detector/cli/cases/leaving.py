"""``cases labels``: settled decisions out, as tables that the next run reads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from detector.cli import show
from detector.cli.cases.acting import As, Cases, actor, opened


def labels(
    ctx: typer.Context,
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            help="Log folder or inbox that the next run reads.",
            metavar="INBOX",
            file_okay=False,
        ),
    ],
    for_learning: Annotated[
        bool,
        typer.Option(
            "--for-learning",
            help="Only what two people settled, or one whose golden cases say that he is right.",
        ),
    ] = False,
    by: As = None,
    cases: Cases = None,
) -> None:
    """Write settled decisions as the tables `labels` and `policy_decisions`, a month each.

    A month that changed (by an appeal) is written again and replaces the one before. Nothing
    that one person alone says against an account leaves, and no clearing without an end.
    """
    from detector.cases.leaving.labels import labels_of, policy_of, write_labels
    from detector.cases.measuring.judged import golden_lower

    with opened(ctx, cases) as store, store.reading() as connection:
        who = actor(ctx, connection, by)
        decided = labels_of(connection, golden_lower, for_learning=for_learning)
        of_counsel = policy_of(connection)
    for table, rows in (("labels", decided), ("policy_decisions", of_counsel)):
        months = write_labels(out, table, rows, who)
        told = f"; wrote {', '.join(months)}" if months else "; nothing changed"
        typer.echo(f"{table}: {rows.height} rows{told}")
    if not decided.height:
        show.notice("no case is settled yet: what is adverse takes two people")
