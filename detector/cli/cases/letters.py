"""``cases letters``: drafted, looked at, approved, noted as sent; and their templates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from detector.cli import options, show
from detector.cli.cases.acting import As, Cases, actor, opened
from detector.cli.commands import Commands
from detector.errors import UsageError
from detector.terminal import safe_text

if TYPE_CHECKING:
    from detector.cases.contact.templating import Templates
    from detector.cases.record.store import Store

letters = Commands(
    no_args_is_help=True,
    help="Letters to holders: drafted, approved by another person, noted as sent. Nothing is sent.",
)

Number = Annotated[int, typer.Argument(help="Number of a letter.", metavar="N", show_default=False)]
Case = Annotated[
    str, typer.Argument(help="A case, as C-000123.", metavar="CASE", show_default=False)
]
Language = Annotated[str, typer.Option(help="Language of the template.", metavar="LANG")]


@letters.command()
def draft(
    ctx: typer.Context,
    case: Case,
    kind: Annotated[
        str,
        typer.Argument(
            help="rfi, victim_notice, statement_of_reasons or appeal_outcome.", metavar="KIND",
            show_default=False,
        ),
    ],
    account: Annotated[
        str | None,
        typer.Option(help="To whose holder (default: the lead account's).", metavar="ID"),
    ] = None,
    part: Annotated[
        list[str] | None,
        typer.Option(
            help="What you say, as NAME=TEXT: note; of a statement of reasons measure, duration, "
            "facts, found_by (own_means or notice) and ground. May be repeated.",
            metavar="NAME=TEXT",
        ),
    ] = None,
    language: Language = "en",
    by: As = None,
    cases: Cases = None,
) -> None:  # fmt: skip
    """Draft a letter of a case and print it; what it may not say is refused."""
    from detector.cases.contact.drafting import Draft
    from detector.cases.contact.drafting import draft as make
    from detector.cases.contact.letters import letter_of
    from detector.cases.deciding.opened import the_case

    with opened(ctx, cases) as store:
        with store.writing(datetime.now(UTC)) as tx:
            who = actor(ctx, tx.connection, by)
            to = account or the_case(tx, case)["lead_account"]
            said = Draft(kind, (to,), _parts(part), language)
            number = make(tx, who, case, said, _templates(store))
        with store.reading() as connection:
            row = letter_of(connection, who, number)
    typer.echo(f"drafted as letter {number}; another person approves it\n")
    _print(row)


@letters.command("list")
def list_letters(
    ctx: typer.Context,
    case: Annotated[str | None, typer.Option(help="Of this case.", metavar="CASE")] = None,
    state: Annotated[
        list[str] | None,
        typer.Option(help="draft, approved, sent or withdrawn; may be repeated.", metavar="STATE"),
    ] = None,
    by: As = None,
    cases: Cases = None,
    json: options.Json = False,
) -> None:
    """Show letters that you may see."""
    from detector.cases.contact.letters import letters_of

    with opened(ctx, cases) as store, store.reading() as connection:
        who = actor(ctx, connection, by)
        rows = letters_of(connection, who, case_id=case, states=state or ())
    if json:
        show.print_json(rows)
        return
    show.print_table(
        ("letter", "case", "kind", "account", "state", "drafted by", "when"),
        [(row["letter_id"], row["case_id"], row["kind"], row["accounts"][0], row["state"],
          row["drafted_by"], row["drafted_at"][:16]) for row in rows],
        right=("letter",),
    )  # fmt: skip


@letters.command("show")
def show_letter(
    ctx: typer.Context, number: Number, by: As = None, cases: Cases = None,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Print a letter, and what stands in the way of approving it."""
    from detector.cases.contact.letters import faults_of, letter_of

    with opened(ctx, cases) as store, store.reading() as connection:
        who = actor(ctx, connection, by)
        row = letter_of(connection, who, number)
        faults = faults_of(connection, who, number, _templates(store))
    if json:
        show.print_json({**row, "faults": [str(one) for one in faults]})
        return
    typer.echo(
        f"letter {number} of {row['case_id']}: {row['kind']}, {row['state']}, drafted by "
        f"{row['drafted_by']}, SHA-256 {row['text_sha256'] or 'when it is approved'}\n"
    )
    _print(row)
    for one in faults:
        show.notice(safe_text(str(one), limit=400))


@letters.command()
def approve(ctx: typer.Context, number: Number, by: As = None, cases: Cases = None) -> None:
    """Freeze a letter for sending (role letters)."""
    from detector.cases.contact.letters import approve as freeze

    with opened(ctx, cases) as store, store.writing(datetime.now(UTC)) as tx:
        frozen = freeze(tx, actor(ctx, tx.connection, by), number, _templates(store))
    typer.echo(f"letter {number} is approved; SHA-256 {frozen}")


@letters.command()
def sent(
    ctx: typer.Context,
    number: Number,
    how: Annotated[str, typer.Option(help="mail, post, portal, phone or other.", metavar="HOW")],
    by: As = None,
    cases: Cases = None,
) -> None:
    """Note that you sent an approved letter (role letters)."""
    from detector.cases.contact.letters import sent as note

    with opened(ctx, cases) as store, store.writing(datetime.now(UTC)) as tx:
        note(tx, actor(ctx, tx.connection, by), number, how)
    typer.echo(f"letter {number} is noted as sent")


@letters.command()
def withdraw(
    ctx: typer.Context,
    number: Number,
    reason: Annotated[str, typer.Option(help="Why.", metavar="TEXT")],
    by: As = None,
    cases: Cases = None,
) -> None:
    """Take back a letter that was not sent; it stays on record."""
    from detector.cases.contact.letters import withdraw as take_back

    with opened(ctx, cases) as store, store.writing(datetime.now(UTC)) as tx:
        take_back(tx, actor(ctx, tx.connection, by), number, reason)
    typer.echo(f"letter {number} is withdrawn")


@letters.command()
def release(
    ctx: typer.Context,
    case: Case,
    name: Annotated[
        str, typer.Argument(help="A list, or an entry.", metavar="NAME", show_default=False)
    ],
    reason: Annotated[str, typer.Option(help="Why.", metavar="TEXT")],
    by: As = None,
    cases: Cases = None,
) -> None:
    """Let letters of a case name a list, or an entry of one (counsel)."""
    from detector.cases.contact.letters import release as allow

    with opened(ctx, cases) as store, store.writing(datetime.now(UTC)) as tx:
        allow(tx, actor(ctx, tx.connection, by), case, name, reason)
    typer.echo(f"letters of {case} may name {safe_text(name, limit=100)}")


@letters.command()
def templates(
    ctx: typer.Context,
    approve: Annotated[
        str | None,
        typer.Option(
            help="Approve a template as it stands, by the digest that this command prints "
            "(counsel).", metavar="DIGEST",
        ),
    ] = None,
    text: Annotated[
        str | None, typer.Option(help="Print the source of one, by its digest.", metavar="DIGEST")
    ] = None,
    by: As = None,
    cases: Cases = None,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Show the templates of letters, and which of them counsel approved.

    Your own stand in the folder templates/LANG beside cases.db.
    """
    from detector.cases.contact.letters import approve_template, approved_templates

    with opened(ctx, cases) as store:
        held = _templates(store)
        known = {held.digest(*key): key for key in held.all()}
        if text is not None:
            typer.echo(held.source(*known[_one(text, known)]))
            return
        if approve is not None:
            with store.writing(datetime.now(UTC)) as tx:
                key = known[_one(approve, known)]
                approve_template(tx, actor(ctx, tx.connection, by), *key, held)
        with store.reading() as connection:
            actor(ctx, connection, by)
            said = approved_templates(connection)
    rows = [
        {"digest": name, "kind": kind, "language": language,
         "approved_by": said.get(name, {}).get("approved_by")}
        for name, (kind, language) in known.items()
    ]  # fmt: skip
    if json:
        show.print_json(rows)
        return
    cells = [
        (row["kind"], row["language"], row["approved_by"] or "", (row["digest"] or "")[:16])
        for row in rows
    ]
    show.print_table(("kind", "language", "approved by", "digest"), cells)


def _one(digest: str, known: Mapping[str, Any]) -> str:
    """The one that a beginning names."""
    found = [name for name in known if name.startswith(digest)]
    if len(found) != 1 or len(digest) < 8:
        raise UsageError(
            f"{digest!r} names {len(found)} templates; give the digest that enduse cases letters "
            "templates prints"
        )
    return found[0]


def _parts(given: list[str] | None) -> dict[str, str]:
    found = {}
    for text in given or ():
        name, mark, value = text.partition("=")
        if not mark:
            raise UsageError(f"{text!r} is no part of a letter; write it as NAME=TEXT")
        found[name.strip()] = value
    return found


def _templates(store: Store) -> Templates:
    from detector.cases.contact.templating import Templates

    return Templates.beside(store.folder)


def _print(row: Mapping[str, Any]) -> None:
    for line in row["text"].splitlines():
        typer.echo(safe_text(line))
