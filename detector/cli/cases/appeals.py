"""``cases appeal``: what holders object to, and what is decided of it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from detector.cli import options, show
from detector.cli.cases.acting import As, Cases, actor, opened
from detector.cli.commands import Commands
from detector.errors import UsageError

appeal = Commands(
    no_args_is_help=True,
    help="Appeals: filed by letters, decided by somebody who judged nothing in the case.",
)

Number = Annotated[
    int, typer.Argument(help="Number of an appeal.", metavar="N", show_default=False)
]
_DAY = ["%Y-%m-%d"]


@appeal.command()
def file(
    ctx: typer.Context,
    case: Annotated[
        str, typer.Argument(help="A closed case, as C-000123.", metavar="CASE", show_default=False)
    ],
    text: Annotated[
        Path,
        typer.Option(help="File with what the holder wrote, as text.", metavar="FILE",
                     exists=True, dir_okay=False),
    ],
    received: Annotated[
        datetime, typer.Option(help="Day on which it came in.", formats=_DAY, metavar="DAY")
    ],
    account: Annotated[
        list[str] | None,
        typer.Option(help="Account that he objects for; the answer goes to the first. May be "
                     "repeated (default: the lead account).", metavar="ID"),
    ] = None,
    by: As = None,
    cases: Cases = None,
) -> None:  # fmt: skip
    """File an appeal (role letters); the case is appealed until it is decided."""
    from detector.cases.contact.appeals import file as take_in
    from detector.cases.deciding.opened import the_case

    try:
        said = text.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"'{text}' is no UTF-8 text: {error}; save it as plain text") from error
    with opened(ctx, cases) as store, store.writing(datetime.now(UTC)) as tx:
        who = actor(ctx, tx.connection, by)
        accounts = account or [the_case(tx, case)["lead_account"]]
        number = take_in(tx, who, case, accounts, said, received.replace(tzinfo=UTC))
    typer.echo(f"filed as appeal {number}; somebody who judged nothing in {case} decides it")


@appeal.command()
def acknowledge(ctx: typer.Context, number: Number, by: As = None, cases: Cases = None) -> None:
    """Note that the holder was told that his appeal came in (role letters)."""
    from detector.cases.contact.appeals import acknowledge as note

    with opened(ctx, cases) as store, store.writing(datetime.now(UTC)) as tx:
        note(tx, actor(ctx, tx.connection, by), number)
    typer.echo(f"appeal {number} is acknowledged")


@appeal.command()
def decide(
    ctx: typer.Context,
    number: Number,
    outcome: Annotated[str, typer.Argument(help="upheld, partly or rejected.", metavar="OUTCOME",
                                           show_default=False)],
    reasons: Annotated[str, typer.Option(help="As the holder reads them.", metavar="TEXT")],
    account: Annotated[
        list[str] | None,
        typer.Option(help="Where he is right in part: for which of his accounts. May be repeated.",
                     metavar="ID"),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(help="Until when the accounts are kept away (default: the setting "
                     "clear_days; 400 days at most).", formats=_DAY, metavar="DAY"),
    ] = None,
    version: Annotated[
        int | None,
        typer.Option(help="The version of the case that you looked at (default: the present one)."),
    ] = None,
    language: Annotated[str, typer.Option(help="Of the answer.", metavar="LANG")] = "en",
    by: As = None,
    cases: Cases = None,
) -> None:  # fmt: skip
    """Decide an appeal; where the holder is right, his accounts are cleared for a time.

    The answer is drafted. Nothing is sent, and nothing is done to any account.
    """
    from detector.cases.contact.appeals import Decision, version_of
    from detector.cases.contact.appeals import decide as rule
    from detector.cases.contact.templating import Templates

    end = None if until is None else until.replace(tzinfo=UTC)
    said = Decision(outcome, reasons, tuple(account or ()), end, language)
    with opened(ctx, cases) as store, store.writing(datetime.now(UTC)) as tx:
        who = actor(ctx, tx.connection, by)
        seen = version_of(tx, number) if version is None else version
        done = rule(tx, who, number, seen, said, Templates.beside(store.folder))
    kept = f", suppressor {', '.join(map(str, done.suppressors))}" if done.suppressors else ""
    typer.echo(f"appeal {number} is {outcome}; drafted letter {done.letter_id}{kept}")


@appeal.command("list")
def list_appeals(
    ctx: typer.Context,
    case: Annotated[str | None, typer.Option(help="Of this case.", metavar="CASE")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also those that are decided.")] = False,
    by: As = None,
    cases: Cases = None,
    json: options.Json = False,
) -> None:
    """Show appeals, those first that are due first."""
    from detector.cases.contact.appeals import PENDING, appeals_of

    with opened(ctx, cases) as store, store.reading() as connection:
        who = actor(ctx, connection, by)
        rows = appeals_of(connection, who, case_id=case, states=() if everything else PENDING)
    if json:
        show.print_json(rows)
        return
    show.print_table(
        ("appeal", "case", "accounts", "state", "received", "due", "filed by", "decided by"),
        [(row["appeal_id"], row["case_id"], ", ".join(row["accounts"]), row["state"],
          row["received_at"][:10], row["due_at"][:10], row["filed_by"], row["decided_by"] or "")
         for row in rows],
        right=("appeal",),
    )  # fmt: skip
