"""``cases suppress``: what two people keep away for a while."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from detector.cli import options, show
from detector.cli.cases.acting import As, Cases, actor, opened
from detector.cli.commands import Commands
from detector.terminal import safe_text

suppress = Commands(
    no_args_is_help=True,
    help="Suppressors: no case is opened on what two people say is in order, until they end.",
)

Number = Annotated[
    int, typer.Argument(help="Number of a suppressor.", metavar="N", show_default=False)
]
Reason = Annotated[str, typer.Option(help="Why.", metavar="TEXT")]


@suppress.command()
def propose(
    ctx: typer.Context,
    subject: Annotated[
        list[str],
        typer.Argument(
            help="An account; two or more accounts; or the kind and the value of an identifier.",
            metavar="SUBJECT...", show_default=False,
        ),
    ],
    until: Annotated[
        datetime,
        typer.Option(help="Day on which it ends, 400 days from now at most.",
                     formats=["%Y-%m-%d"], metavar="DAY"),
    ],
    reason: Reason,
    scope: Annotated[
        str, typer.Option(help="account, members (these together) or identifier.")
    ] = "account",
    typology: Annotated[
        str | None, typer.Option(help="Of this typology alone (default: any).", metavar="T01...")
    ] = None,
    case: Annotated[
        str | None, typer.Option(help="The case that showed it.", metavar="CASE")
    ] = None,
    by: As = None,
    cases: Cases = None,
) -> None:  # fmt: skip
    """Propose one; nothing changes until another person confirms it."""
    from detector.cases.contact.suppressors import Suppressor
    from detector.cases.contact.suppressors import propose as put

    end = until.replace(tzinfo=UTC)
    said = Suppressor(scope, tuple(subject), end, reason, typology, case)
    with opened(ctx, cases) as store, store.writing(datetime.now(UTC)) as tx:
        number = put(tx, actor(ctx, tx.connection, by), said)
    typer.echo(f"proposed as suppressor {number}; another lead or counsel confirms it")


@suppress.command()
def confirm(ctx: typer.Context, number: Number, by: As = None, cases: Cases = None) -> None:
    """Put one in force that another person proposed (lead or counsel)."""
    from detector.cases.contact.suppressors import confirm as put

    with opened(ctx, cases) as store, store.writing(datetime.now(UTC)) as tx:
        put(tx, actor(ctx, tx.connection, by), number)
    typer.echo(f"suppressor {number} is in force; it leaves with: enduse cases labels")


@suppress.command()
def revoke(
    ctx: typer.Context, number: Number, reason: Reason, by: As = None, cases: Cases = None
) -> None:
    """End one before its time (lead or counsel)."""
    from detector.cases.contact.suppressors import revoke as end

    with opened(ctx, cases) as store, store.writing(datetime.now(UTC)) as tx:
        end(tx, actor(ctx, tx.connection, by), number, reason)
    typer.echo(f"suppressor {number} is revoked")


@suppress.command("list")
def list_suppressors(
    ctx: typer.Context,
    everything: Annotated[
        bool, typer.Option("--all", help="Also those that were revoked or have ended.")
    ] = False,
    by: As = None,
    cases: Cases = None,
    json: options.Json = False,
) -> None:
    """Show suppressors."""
    from detector.cases.contact.suppressors import suppressors_of
    from detector.cases.record.moments import text_of

    now = text_of(datetime.now(UTC))
    with opened(ctx, cases) as store, store.reading() as connection:
        rows = suppressors_of(connection, actor(ctx, connection, by))
    if not everything:
        rows = [row for row in rows if row["state"] != "revoked" and row["until"] > now]
    if json:
        show.print_json(rows)
        return
    show.print_table(
        ("suppressor", "scope", "subject", "typology", "state", "until", "by", "reason"),
        [(row["suppressor_id"], row["scope"], ", ".join(row["subject"]), row["typology"] or "any",
          row["state"], row["until"][:10],
          " and ".join(one for one in (row["proposed_by"], row["confirmed_by"]) if one),
          safe_text(row["reason"], limit=60)) for row in rows],
        right=("suppressor",),
    )  # fmt: skip
