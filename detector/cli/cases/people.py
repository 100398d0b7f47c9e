"""``cases people``: who reviews, in which roles."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from detector.cli import options, show
from detector.cli.cases.acting import As, Cases, keeper, login, opened
from detector.cli.commands import Commands
from detector.errors import UsageError

people = Commands(no_args_is_help=True, help="People and their roles.")

Name = Annotated[str, typer.Argument(help="Name of a person.", metavar="NAME", show_default=False)]
Roles = Annotated[
    str, typer.Option(help="Roles, with commas between them.", metavar="ROLE,…", show_default=False)
]
Password = Annotated[
    bool, typer.Option("--password-stdin", help="Read a password from the first line of stdin.")
]


@people.callback()
def _people() -> None:
    """People and their roles: see `enduse cases people roles`.

    They are changed by an admin (--as), or by whoever holds the folder, on the machine itself:
    the program acts then, and the event names the login.
    """


@people.command()
def add(
    ctx: typer.Context,
    name: Name,
    roles: Roles,
    password_stdin: Password = False,
    by: As = None,
    cases: Cases = None,
) -> None:
    """Make a person, or bring back one who left.

    Without a password nobody can log in under the name; the command line and tokens need none.
    """
    from detector.cases.team import people as held

    password = _from_stdin() if password_stdin else None
    with opened(ctx, cases) as store, store.writing(datetime.now(UTC)) as tx:
        who = keeper(ctx, tx.connection, by)
        made = held.add(tx, who, name, _split(roles), password, login=login())
    typer.echo(f"{made.name} is person {made.number}: {', '.join(sorted(made.roles))}")


@people.command()
def change(
    ctx: typer.Context, name: Name, roles: Roles, by: As = None, cases: Cases = None
) -> None:
    """Give a person these roles in place of those before."""
    from detector.cases.team import people as held

    with opened(ctx, cases) as store, store.writing(datetime.now(UTC)) as tx:
        who = keeper(ctx, tx.connection, by)
        held.change_roles(tx, who, name, _split(roles), login=login())
    typer.echo(f"{name} has the roles {', '.join(sorted(_split(roles)))}")


@people.command("list")
def list_people(ctx: typer.Context, cases: Cases = None, json: options.Json = False) -> None:
    """Say who there is, and who there was."""
    from detector.cases.team.people import everybody

    with opened(ctx, cases) as store, store.reading() as connection:
        found = everybody(connection)
    if json:
        show.print_json([
            {"person": one.name, "number": one.number, "roles": sorted(one.roles),
             "active": one.active, "password": one.has_password} for one in found
        ])  # fmt: skip
        return
    cells = [
        (one.number, one.name, ", ".join(sorted(one.roles)), _yes(one.active),
         _yes(one.has_password)) for one in found
    ]  # fmt: skip
    show.print_table(("number", "person", "roles", "active", "password"), cells, right=("number",))


@people.command()
def roles() -> None:
    """Say what each role may do, and which one person cannot have together."""
    from detector.cases.team.people import APART, ROLES

    show.print_table(("role", "what it may do"), list(ROLES.items()))
    for role, others in APART.items():
        typer.echo(f"{role}: never together with {', '.join(sorted(others))}")


@people.command()
def deactivate(ctx: typer.Context, name: Name, by: As = None, cases: Cases = None) -> None:
    """Take a person out; cases are freed, tokens revoked, sessions ended, judgements stay."""
    from detector.cases.team import people as held

    with opened(ctx, cases) as store, store.writing(datetime.now(UTC)) as tx:
        held.deactivate(tx, keeper(ctx, tx.connection, by), name, login=login())
    typer.echo(f"{name} was deactivated")


@people.command()
def password(ctx: typer.Context, name: Name, by: As = None, cases: Cases = None) -> None:
    """Set a person's password, asked for at a terminal, else the first line of stdin.

    Sessions under the old one end.
    """
    from detector.cases.team import people as held

    given = _from_stdin()
    with opened(ctx, cases) as store, store.writing(datetime.now(UTC)) as tx:
        who = keeper(ctx, tx.connection, by)
        held.set_password(tx, who, name, given, login=login())
    typer.echo(f"the password of {name} was set")


def _split(roles: str) -> list[str]:
    return [role.strip() for role in roles.split(",") if role.strip()]


def _from_stdin() -> str:
    """The first line of stdin; from a terminal it is asked for and not shown."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    try:
        line = sys.stdin.readline()
    except UnicodeDecodeError as error:
        raise UsageError("the password on stdin is not text in UTF-8") from error
    return line.rstrip("\r\n")


def _yes(value: object) -> str:
    return "yes" if value else "no"
