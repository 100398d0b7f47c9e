"""``cases token``: what programs ask with in a person's name."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Annotated

import typer

from detector.cli import options, show
from detector.cli.cases.acting import As, Cases, keeper, login, opened
from detector.cli.commands import Commands
from detector.errors import UsageError

tokens = Commands(no_args_is_help=True, help="Tokens of programs.")


@tokens.callback()
def _tokens() -> None:
    """Tokens of programs that ask in a person's name."""


@tokens.command()
def add(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Whose.", metavar="NAME", show_default=False)],
    until: Annotated[
        str,
        typer.Option(help="Last day, within 400 days from now.", metavar="DAY", show_default=False),
    ],
    roles: Annotated[
        str | None,
        typer.Option(help="Some of the person's roles (default: all).", metavar="ROLE,…"),
    ] = None,
    label: Annotated[str, typer.Option(help="What it is for.", metavar="TEXT")] = "",
    by: As = None,
    cases: Cases = None,
) -> None:
    """Make a token; it is printed now and never again."""
    from detector.cases.team.tokens import issue

    given = [role.strip() for role in (roles or "").split(",") if role.strip()]
    with opened(ctx, cases) as store, store.writing(datetime.now(UTC)) as tx:
        who = keeper(ctx, tx.connection, by)
        token = issue(tx, who, name, given, _end_of(until), label, login=login())
    typer.echo(token)
    show.notice("this token is not shown again; it goes into the header Authorization: Bearer")


@tokens.command("list")
def list_tokens(ctx: typer.Context, cases: Cases = None, json: options.Json = False) -> None:
    """Say which tokens there are, and until when."""
    from detector.cases.team.tokens import every_token

    with opened(ctx, cases) as store, store.reading() as connection:
        found = every_token(connection)
    if json:
        show.print_json([
            {"token": one.token_id, "person": one.person, "label": one.label,
             "roles": sorted(one.roles), "until": one.until, "revoked": one.revoked}
            for one in found
        ])  # fmt: skip
        return
    cells = [
        (one.token_id, one.person, one.label, ", ".join(sorted(one.roles)), one.until[:16],
         "yes" if one.revoked else "no") for one in found
    ]  # fmt: skip
    show.print_table(("token", "person", "label", "roles", "until", "revoked"), cells)


@tokens.command()
def revoke(
    ctx: typer.Context,
    token: Annotated[
        str, typer.Argument(help="Its id in the list.", metavar="TOKEN", show_default=False)
    ],
    by: As = None,
    cases: Cases = None,
) -> None:
    """End a token for good."""
    from detector.cases.team.tokens import revoke as end

    with opened(ctx, cases) as store, store.writing(datetime.now(UTC)) as tx:
        ended = end(tx, keeper(ctx, tx.connection, by), token, login=login())
    typer.echo(f"token {ended.token_id} of {ended.person} was revoked")


def _end_of(day: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(day), time.max, UTC)
    except ValueError:
        raise UsageError(f"--until is {day!r}, expected a day such as 2026-12-31") from None
