"""The folder that a command works on, and who acts with it."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detector.cli import options
from detector.errors import UsageError

if TYPE_CHECKING:
    import sqlite3

    from detector.cases.record.store import Actor, Store

Cases = Annotated[
    Path | None,
    typer.Option(help="Folder of cases (default: the setting cases).", metavar="DIR"),
]
As = Annotated[
    str | None,
    typer.Option(
        "--as",
        help="Who acts (default: the setting reviewer, else the login name).",
        metavar="NAME",
        show_default=False,
    ),
]


def folder(ctx: typer.Context, cases: Path | None) -> Path:
    """The folder of cases that is meant.

    Raises
    ------
    UsageError
        Where none is named.
    """
    found = options.load(ctx, cases=cases).cases
    if found is None:
        raise UsageError("name the folder of cases with --cases DIR, or set ENDUSE_CASES")
    return found


@contextmanager
def opened(
    ctx: typer.Context, cases: Path | None, *, accept_loss: str | None = None
) -> Iterator[Store]:
    """The folder of cases, open for the time of a block."""
    from detector.cases.record.store import Store

    with Store(folder(ctx, cases), accept_loss=accept_loss) as store:
        yield store


def login() -> str:
    """Who the machine says that it is."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        # No name belongs to this number: a container, most likely.
        return f"uid {os.getuid()}"


def actor(ctx: typer.Context, connection: sqlite3.Connection, name: str | None) -> Actor:
    """Who acts: the person named, else that of the setting, else the login's.

    Raises
    ------
    UsageError
        Where that is no active person of the folder.
    """
    from detector.cases.team.people import actor_of, person_of

    given = name or options.load(ctx).reviewer
    if given is not None:
        return actor_of(connection, given)
    try:
        person_of(connection, login())
    except UsageError:
        raise UsageError(
            f"who acts? {login()!r} is no person of these cases: give --as NAME, or set "
            "ENDUSE_REVIEWER; see: enduse cases people list"
        ) from None
    return actor_of(connection, login())


def keeper(ctx: typer.Context, connection: sqlite3.Connection, name: str | None) -> Actor:
    """Who changes people: an admin, else the program for whoever holds the folder.

    A name that is given is that person and nobody else, with the roles that he has.
    """
    from detector.cases.record.store import SYSTEM
    from detector.cases.team.people import actor_of

    if name is not None:
        return actor_of(connection, name)
    try:
        found = actor(ctx, connection, None)
    except UsageError:
        return SYSTEM
    return found if "admin" in found.roles else SYSTEM
