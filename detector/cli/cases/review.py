"""``cases list``, ``show``, ``claim``, ``release``, ``decide``, ``ask``, ``reopen``, ``snooze``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from detector.cli import completing, options, show
from detector.cli.cases.acting import As, Cases, actor, opened
from detector.errors import UsageError
from detector.terminal import safe_text

if TYPE_CHECKING:
    from detector.cases.deciding.judgement import Judgement

_COLUMNS: Final = ("case", "queue", "state", "rank", "accounts", "who", "due", "brief")
_BRIEF: Final = 60
_MOST: Final = 100_000

Id = Annotated[str, typer.Argument(help="A case, as C-000123.", metavar="CASE", show_default=False)]
Note = Annotated[str, typer.Option(help="Why, in your own words.", metavar="TEXT")]
Reason = Annotated[str, typer.Option(help="Why.", metavar="TEXT")]


def list_cases(
    ctx: typer.Context,
    queue: Annotated[
        str | None,
        typer.Option(
            help="Of this queue.", autocompletion=completing.among(completing.QUEUE_NAMES)
        ),
    ] = None,
    state: Annotated[str | None, typer.Option(help="In this state (default: all open).")] = None,
    assignee: Annotated[str | None, typer.Option(help="Whose.", metavar="NAME")] = None,
    account: Annotated[str | None, typer.Option(help="With this account.", metavar="ID")] = None,
    top: Annotated[int, typer.Option(min=0, help="Rows to print.", metavar="N")] = 50,
    by: As = None,
    cases: Cases = None,
    json: options.Json = False,
) -> None:
    """Show cases in the order of their queues."""
    from detector.cases.deciding.states import MEANINGS
    from detector.cases.measuring.figures import CASE_QUEUES
    from detector.cases.showing.reading import Asked, cases_of, may_read

    given = {"queue": queue, "state": state, "assignee": assignee, "account": account}
    asked = {name: value for name, value in given.items() if value is not None}
    _one_of("queue", queue, CASE_QUEUES)
    _one_of("state", state, tuple(MEANINGS))
    if state is None:
        asked["open"] = "1"
    with opened(ctx, cases) as store, store.reading() as connection:
        who = actor(ctx, connection, by)
        may_read(who)
        rows = cases_of(connection, Asked(asked, who, limit=_MOST if json else top))
    if json:
        show.print_json(rows)
        return
    cells = [
        (row["case_id"], row["queue"], row["state"], _or_dash(row["rank"]), row["size"],
         row["assignee"] or "", (row["due_at"] or "")[:10],
         safe_text(row["brief"] or "", limit=_BRIEF)) for row in rows
    ]  # fmt: skip
    show.print_table(_COLUMNS, cells, right=("rank", "accounts"))
    if len(rows) == top:
        show.notice(f"the first {top}; more with --top, or all with --json")


def _one_of(name: str, given: str | None, known: tuple[str, ...]) -> None:
    if given is not None and given not in known:
        raise UsageError(f"--{name} is {given!r}; expected one of {', '.join(known)}")


def show_case(
    ctx: typer.Context, case: Id, by: As = None, cases: Cases = None, json: options.Json = False
) -> None:
    """Show a case: its accounts, what was judged, what was settled, and what happened.

    What another judged is shown when you have judged, or the case is closed.
    """
    from detector.cases.showing import reading
    from detector.cases.showing.rehearsing import truth_for

    with opened(ctx, cases) as store, store.reading() as connection:
        who = actor(ctx, connection, by)
        row = reading.case_of(connection, case)
        told: dict[str, Any] = {
            "case": reading.shown(row, who),
            "accounts": reading.members(connection, case),
            "judgements": reading.judgements(connection, row, who),
            "settlements": (
                reading.settlements(connection, case) if reading.hears(connection, row, who) else []
            ),
            "comments": reading.comments(connection, row, who),
            "history": list(reading.history(connection, row, who)),
        }
        true = truth_for(connection, row, who)
        if true is not None:
            told["truth"] = vars(true)
    if json:
        show.print_json(told)
    else:
        _print(told)


def _print(told: Mapping[str, Any]) -> None:
    case = told["case"]
    typer.echo(
        f"{case['case_id']}: {case['queue']}, {case['state']}, version {case['version']}, "
        f"{case['size']} account{'' if case['size'] == 1 else 's'}"
        + (f", {case['assignee']} has it" if case["assignee"] else "")
    )
    if case["brief"]:
        typer.echo(safe_text(case["brief"], limit=400))
    show.print_table(
        ("account", "own queue", "ties"),
        [
            (row["account_id"], _or_dash(row["own_queue"]), _ties(row["tie_kinds"]))
            for row in told["accounts"]
        ],
    )
    for row in told["judgements"]:
        undone = ", taken back" if row["undone"] else ""
        line = (f"round {row['round']}, {row['person']}, {row['at'][:16]}: {row['outcome']}, step "
                f"{row['step']}{undone}: {row['note']}")  # fmt: skip
        typer.echo(safe_text(line, limit=1000))
    if "truth" in told:
        each = ", ".join(f"{name} {word}" for name, word in told["truth"]["accounts"].items())
        line = f"in truth: {told['truth']['outcome']} ({each})"
        typer.echo(safe_text(line, limit=1000))
    for row in told["settlements"]:
        gone = "" if row["superseded_by"] is None else ", superseded"
        typer.echo(f"settled {row['at'][:16]} ({row['basis']}): {row['outcome']}{gone}")
    for row in told["comments"]:
        typer.echo(safe_text(f"{row['person']}, {row['at'][:16]}: {row['text']}", limit=1000))
    show.print_table(
        ("event", "when", "who", "what"),
        [(row["seq"], row["at"][:19], row["person"], row["action"]) for row in told["history"]],
        right=("event",),
    )


def _or_dash(value: object) -> object:
    return "–" if value is None else value


def _ties(kinds: str | None) -> str:
    """The kinds of tie of an account, in words."""
    import json

    from features.links.kinds import WORDS

    return ", ".join(WORDS.get(kind, kind) for kind in json.loads(kinds or "[]")) or "–"


def claim(ctx: typer.Context, case: Id, by: As = None, cases: Cases = None) -> None:
    """Take a case, so that nobody else does."""
    from detector.cases.deciding.claiming import claim as take

    with opened(ctx, cases) as store, store.writing(datetime.now(UTC)) as tx:
        who = actor(ctx, tx.connection, by)
        take(tx, who, case)
    typer.echo(f"{who.person} has {case}")


def release(ctx: typer.Context, case: Id, by: As = None, cases: Cases = None) -> None:
    """Give a case back."""
    from detector.cases.deciding.claiming import release as give

    with opened(ctx, cases) as store, store.writing(datetime.now(UTC)) as tx:
        give(tx, actor(ctx, tx.connection, by), case)
    typer.echo(f"{case} is free")


def decide(
    ctx: typer.Context,
    case: Id,
    outcome: Annotated[
        str,
        typer.Option(help="cleared, unresolved, confirmed_victim or confirmed_proxy; in queue "
                     "policy false_match, unresolved, licensed or true_match.", metavar="OUTCOME"),
    ],
    note: Note,
    step: Annotated[
        str, typer.Option(help="What you recommend: none, verify, limit or suspend.")
    ] = "none",
    members: Annotated[
        Path | None,
        typer.Option(help="CSV of account_id, outcome and why, for accounts that differ.",
                     metavar="FILE"),
    ] = None,
    code: Annotated[
        list[str] | None, typer.Option(help="A reason code; may be repeated.", metavar="CODE")
    ] = None,
    version: Annotated[
        int | None,
        typer.Option(help="The version that you looked at (default: the present one)."),
    ] = None,
    by: As = None,
    cases: Cases = None,
) -> None:  # fmt: skip
    """Store your judgement of a case; it is taken for you where nobody has it.

    What is adverse goes to a second person. Nothing is done to any account.
    """
    from detector.cases.deciding.judging import judge
    from detector.cases.deciding.opened import the_case

    said = _said(outcome, note, step, members, code)
    with opened(ctx, cases) as store, store.writing(datetime.now(UTC)) as tx:
        who = actor(ctx, tx.connection, by)
        seen = the_case(tx, case)["version"] if version is None else version
        stored = judge(tx, who, case, seen, said)
    typer.echo(f"stored as judgement {stored.judgement_id}; {case} is {_in_words(stored.state)}")


def _in_words(state: str) -> str:
    from detector.cases.deciding.states import MEANINGS

    return f"{state.replace('_', ' ')}: {MEANINGS[state]}"


def _said(
    outcome: str, note: str, step: str, members: Path | None, codes: list[str] | None
) -> Judgement:
    from detector.cases.deciding.judgement import Judgement

    return Judgement(outcome, note, step, _members(members), tuple(codes or ()))


def _members(path: Path | None) -> dict[str, tuple[str, str]]:
    """What a file says of single accounts."""
    import csv

    if path is None:
        return {}
    with path.open(newline="", encoding="utf-8-sig") as stream:
        rows = csv.DictReader(stream)
        if not {"account_id", "outcome"} <= set(rows.fieldnames or ()):
            raise UsageError(
                f"{path} has the columns {', '.join(rows.fieldnames or ()) or 'none'}; expected "
                "account_id, outcome and, where you have one, why"
            )
        return {row["account_id"]: (row["outcome"], row.get("why") or "") for row in rows}


def ask(
    ctx: typer.Context,
    case: Id,
    note: Annotated[
        str,
        typer.Option(help="What the letter asks beside the questions of the typology.",
                     metavar="TEXT"),
    ],
    language: Annotated[str, typer.Option(help="Of the letter.", metavar="LANG")] = "en",
    by: As = None,
    cases: Cases = None,
) -> None:  # fmt: skip
    """Have the holder asked: the case waits until the answer is due, and the letter is drafted.

    It is taken for you where nobody has it.
    Nothing is sent: enduse cases letters says how a letter goes on.
    """
    from detector.cases.contact.drafting import ask_with_letter
    from detector.cases.contact.templating import Templates
    from detector.cases.deciding.claiming import claim as take
    from detector.cases.deciding.opened import the_case

    with opened(ctx, cases) as store, store.writing(datetime.now(UTC)) as tx:
        who = actor(ctx, tx.connection, by)
        if the_case(tx, case)["state"] == "new":
            take(tx, who, case)
        letter = ask_with_letter(tx, who, case, the_case(tx, case)["version"], note, language,
                                 templates=Templates.beside(store.folder))  # fmt: skip
    typer.echo(f"{case} waits for an answer; drafted letter {letter}")


def answer(
    ctx: typer.Context,
    case: Id,
    text: Annotated[str, typer.Option(help="What came back.", metavar="TEXT")],
    by: As = None,
    cases: Cases = None,
) -> None:
    """Note what the holder answered; the case goes on."""
    from detector.cases.deciding.claiming import answer as note

    with opened(ctx, cases) as store, store.writing(datetime.now(UTC)) as tx:
        note(tx, actor(ctx, tx.connection, by), case, text)
    typer.echo(f"{case} is in review again")


def reopen(
    ctx: typer.Context, case: Id, reason: Reason, by: As = None, cases: Cases = None
) -> None:
    """Open a closed case again (lead); what was settled holds until it is settled anew."""
    from detector.cases.deciding.claiming import reopen as open_again

    with opened(ctx, cases) as store, store.writing(datetime.now(UTC)) as tx:
        open_again(tx, actor(ctx, tx.connection, by), case, reason)
    typer.echo(f"{case} is new again")


def send_back(
    ctx: typer.Context, case: Id, reason: Reason, by: As = None, cases: Cases = None
) -> None:
    """Have a disputed case judged anew from the start (lead)."""
    from detector.cases.deciding.claiming import send_back as back

    with opened(ctx, cases) as store, store.writing(datetime.now(UTC)) as tx:
        back(tx, actor(ctx, tx.connection, by), case, reason)
    typer.echo(f"{case} is judged anew")


def snooze(
    ctx: typer.Context,
    case: Id,
    reason: Reason,
    days: Annotated[int, typer.Option(min=1, max=30, help="For how long.", metavar="N")] = 7,
    by: As = None,
    cases: Cases = None,
) -> None:
    """Put a case off for some days."""
    from detector.cases.deciding.claiming import snooze as put_off

    now = datetime.now(UTC)
    with opened(ctx, cases) as store, store.writing(now) as tx:
        put_off(tx, actor(ctx, tx.connection, by), case, now + timedelta(days=days), reason)
    typer.echo(f"{case} waits for {days} days")


def undo(
    ctx: typer.Context,
    judgement: Annotated[
        int, typer.Argument(help="Number of your judgement.", metavar="N", show_default=False)
    ],
    by: As = None,
    cases: Cases = None,
) -> None:
    """Take back your own judgement within ten minutes."""
    from detector.cases.deciding.judging import undo as take_back

    with opened(ctx, cases) as store, store.writing(datetime.now(UTC)) as tx:
        take_back(tx, actor(ctx, tx.connection, by), judgement)
    typer.echo(f"judgement {judgement} was taken back; it stays in the record as such")


def comment(
    ctx: typer.Context,
    case: Id,
    text: Annotated[str, typer.Argument(metavar="TEXT", show_default=False)],
    by: As = None,
    cases: Cases = None,
) -> None:
    """Say something about a case."""
    from detector.cases.deciding.judging import comment as say

    with opened(ctx, cases) as store, store.writing(datetime.now(UTC)) as tx:
        say(tx, actor(ctx, tx.connection, by), case, text)
    typer.echo(f"noted at {case}")
