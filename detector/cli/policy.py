"""``policy``: rules and their dates: what is in force, where it is written, how sure it is."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from detector.cli import completing, options, policy_told, show
from detector.cli.commands import Commands
from detector.errors import DataError, FindingsAbove, UsageError
from detector.terminal import safe_text

if TYPE_CHECKING:
    from detector.policy.packs import Packs

policy = Commands(
    no_args_is_help=True,
    help="Rules and their dates: what is in force on a day, and what nobody verified.",
)

_DAY: Final = "DAY or TIME"
#: States of rules that nobody is asked by.
_SILENT: Final = ("proposed", "ended")
_DAY_ALONE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
Day = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        help="A day, in each rule's own zone, or an ISO 8601 time (default: now).",
        metavar=_DAY,
        show_default=False,
    ),
]
DayOfLogs = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        help="A day, in each rule's own zone, or an ISO 8601 time (default: the end of the logs, "
        "or the as-of of the results).",
        metavar=_DAY,
        show_default=False,
    ),
]
Folder = Annotated[
    Path | None,
    typer.Option(
        "--packs",
        help="Folder of packs that replace those that ship, by id (default: policy_packs).",
        metavar="DIR",
        show_default=False,
    ),
]
WhatIf = Annotated[
    list[str] | None,
    typer.Option(
        "--what-if",
        help="Suppose a state, such as EAR-50=in_force; may be given again.",
        metavar="ID=STATE",
        show_default=False,
    ),
]


@policy.callback()
def _policy() -> None:
    """Rules and their dates: what is in force on a day, and what nobody verified."""


@policy.command("list")
def list_(
    ctx: typer.Context,
    as_of: Day = None,
    what_if: WhatIf = None,
    packs: Folder = None,
    json: options.Json = False,
) -> None:
    """List every rule with its state on a day, and whether somebody verified that."""
    book = _load(ctx, packs).supposing(_states(what_if))
    when = _moment(as_of, "--as-of")
    from detector.policy.packs.telling import rows

    told = rows(book, when)
    if json:
        show.print_json({"as_of": str(when), "rules": told, "packs": book.hashes()})
        return
    columns = ("rule", "pack", "state", "verified", "since", "until", "title")
    show.print_table(columns, [[_plain(row[name]) for name in columns] for row in told])
    doubtful = [
        row["rule"] for row in told if row["verified"] is False and row["state"] not in _SILENT
    ]
    if doubtful:
        show.notice(
            f"not verified on {policy_told.said(when)}: {', '.join(doubtful)}; these ask at "
            "most, see `enduse policy show RULE`"
        )


@policy.command("show")
def show_(
    ctx: typer.Context,
    name: Annotated[
        str, typer.Argument(help="Id of a pack or of a rule.", metavar="ID", show_default=False)
    ],
    as_of: Day = None,
    what_if: WhatIf = None,
    packs: Folder = None,
    toml: Annotated[bool, typer.Option("--toml", help="Print the pack's own file.")] = False,
    json: options.Json = False,
) -> None:
    """Show a pack: what its rules ask, since when, where that is written, and how sure it is."""
    book = _load(ctx, packs).supposing(_states(what_if))
    pack, _ = book.find(name)
    if toml:
        typer.echo(Path(pack.place).read_text(encoding="utf-8"), nl=False)
        return
    from detector.policy.packs.telling import lines, whole

    when = _moment(as_of, "--as-of")
    if json:
        show.print_json(whole(pack, when))
    else:
        for line in lines(pack, when):
            typer.echo(safe_text(line))


@policy.command()
def diff(
    ctx: typer.Context,
    start: Annotated[str, typer.Option("--from", help="The earlier day or time.", metavar=_DAY)],
    end: Annotated[str, typer.Option("--to", help="The later day or time.", metavar=_DAY)],
    packs: Folder = None,
    json: options.Json = False,
) -> None:
    """Tell which rules and tables of countries change between two days, and by what source."""
    book = _load(ctx, packs)
    from detector.policy.packs.telling import changes

    told = changes(book, _moment(start, "--from"), _moment(end, "--to"))
    if json:
        show.print_json(told)
    elif told:
        columns = ("rule", "pack", "was", "becomes", "on", "source")
        show.print_table(columns, [[_plain(row[name]) for name in columns] for row in told])
    else:
        typer.echo("nothing changes")


@policy.command()
def verify(
    ctx: typer.Context,
    as_of: Day = None,
    packs: Folder = None,
    lists: Annotated[
        Path | None,
        typer.Option(help="Check this folder of lists too.", metavar="DIR", show_default=False),
    ] = None,
    json: options.Json = False,
) -> None:
    """Check packs and lists; exit 5 where what rules was never verified or a list is too old."""
    book = _load(ctx, packs)
    when = _moment(as_of, "--as-of")
    from detector.policy.packs.telling import doubts

    told = doubts(book, when)
    gaps = [] if lists is None else _gaps(ctx, lists, when)
    if json:
        found = {"as_of": str(when), "packs": book.hashes(), "unverified": told, "lists": gaps}
        show.print_json(found)
    else:
        held = _count(len(book.by_id), "pack")
        sound = f"{held} {'is' if len(book.by_id) == 1 else 'are'} sound"
        _print_doubts(told, gaps, sound, when)
    if told or gaps:
        raise FindingsAbove(_remedy(len(told), len(gaps), when))


def _gaps(ctx: typer.Context, lists: Path, when: date | datetime) -> list[str]:
    """What is wrong with lists: refused, too old, of no day, or without the Entity List."""
    from detector.policy.law.listed import missing
    from detector.policy.lists import read_lists

    day = when.date() if isinstance(when, datetime) else when
    return missing(read_lists(lists), day, options.load(ctx).policy_list_days)


def _print_doubts(
    told: list[dict[str, Any]], gaps: list[str], sound: str, when: date | datetime
) -> None:
    if told:
        columns = ("pack", "fact", "source", "read on")
        show.print_table(columns, [[_plain(row[name]) for name in columns] for row in told])
    for sentence in gaps:
        typer.echo(safe_text(f"lists: {sentence}"))
    if not told and not gaps:
        typer.echo(f"{sound}, and what rules on {policy_told.said(when)} is verified")


def _remedy(facts: int, gaps: int, when: date | datetime) -> str:
    said = []
    if facts:
        said.append(
            f"{_count(facts, 'fact')} not verified of those that rule on "
            f"{policy_told.said(when)}; read the sources, copy the pack (`enduse policy show ID "
            "--toml`) into the folder of policy_packs, and write status, source, checked and "
            "verified_by there"
        )
    if gaps:
        said.append(f"{_count(gaps, 'fault')} of lists; download anew, and: enduse lists add FILE")
    return "; ".join(said)


def _count(number: int, noun: str) -> str:
    from detector.words import plural

    return plural(number, noun)


@policy.command()
def check(
    ctx: typer.Context,
    place: Annotated[
        str | None,
        typer.Argument(
            help="A log folder or its address, or the results of a run.",
            metavar="[LOGS|OUT]",
            show_default=False,
        ),
    ] = None,
    state: options.State = None,
    as_of: DayOfLogs = None,
    what_if: WhatIf = None,
    packs: Folder = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Write the rows here, as Parquet.", metavar="FILE"),
    ] = None,
    top: Annotated[int, typer.Option(min=0, help="Rows of the queue to print.", metavar="N")] = 20,
    json: options.Json = False,
) -> None:
    """Ask every rule of every account, as of any day, and of any state you suppose.

    Of a log folder or a --state the accounts are asked anew, with the lists, owners and
    decisions of that day; no model is needed. Of results what was found stands, and is judged
    by the rules of that day.
    """
    settings = options.load(ctx, policy_packs=packs)
    when = _moment(as_of, "--as-of") if as_of is not None else None
    answer = policy_told.asked((place, state), settings, when, _states(what_if))
    rows, told = answer.rows, answer.told
    if out is not None:
        with options.writing(out):
            rows.write_parquet(out)
    if json:
        record = None if told is None else told.model_dump(mode="json")
        counts = policy_told.tally(rows)
        show.print_json({"asked": record, "counts": counts, "rows": rows.to_dicts()})
        return
    policy_told.print_page(answer, top)


@policy.command()
def explain(
    ctx: typer.Context,
    out: Annotated[Path, typer.Argument(help="The results of a run.", metavar="OUT")],
    account: Annotated[
        str,
        typer.Argument(
            help="Id of an account.", metavar="ACCOUNT", autocompletion=completing.account
        ),
    ],
    as_of: DayOfLogs = None,
    what_if: WhatIf = None,
    packs: Folder = None,
    json: options.Json = False,
) -> None:
    """Say of one account which rules were asked, what came of each, and in which words.

    With --as-of, --what-if or --packs: what was found, as it is judged by those rules.
    """
    import polars as pl

    from detector.policy.law.explaining import lines
    from detector.policy.packs import load_packs
    from detector.results import Results

    settings = options.load(ctx, policy_packs=packs)
    supposed = _states(what_if)
    when = _moment(as_of, "--as-of") if as_of is not None else None
    results = Results.read(out)
    if results.scores.filter(pl.col("account_id") == account).is_empty():
        raise UsageError(
            f"no account {safe_text(account, limit=80)!r} in {safe_text(out, limit=200)}; ids "
            "stand in scores.parquet"
        )
    if results.run.policy is None:
        raise DataError(
            f"{safe_text(out, limit=200)} was made by an earlier version or without lane L; run "
            "enduse score again"
        )
    rows, day = results.policy, policy_told.said(results.run.as_of)
    if when is not None or supposed or packs is not None:
        rows, day = policy_told.judged(results, settings, when, supposed)
    rows = rows.filter(pl.col("account_id") == account)
    if json:
        show.print_json({"account_id": account, "rows": rows.to_dicts()})
        return
    for line in lines(account, rows, results.run, load_packs(settings.policy_packs), day):
        typer.echo(safe_text(line))


def _load(ctx: typer.Context, packs: Path | None) -> Packs:
    settings = options.load(ctx, policy_packs=packs)
    from detector.policy.packs import load_packs

    return load_packs(settings.policy_packs)


def _states(what_if: list[str] | None) -> dict[str, str]:
    """States to suppose, by rule or pack.

    Raises
    ------
    UsageError
        One names no state.
    """
    found = {}
    for text in what_if or ():
        name, sign, state = text.partition("=")
        if not sign:
            raise UsageError(f"--what-if is {text!r}, expected ID=STATE such as EAR-50=in_force")
        found[name] = state
    return found


def _moment(text: str | None, option: str) -> date | datetime:
    """A day as it is, a time as an instant in UTC; nothing: now.

    Raises
    ------
    UsageError
        It is neither.
    """
    if text is None:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        if _DAY_ALONE.fullmatch(text):
            return date.fromisoformat(text)
        if "T" not in text:
            raise ValueError(text)
        time = datetime.fromisoformat(text)
        return (time.replace(tzinfo=UTC) if time.tzinfo is None else time).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(
            f"{option} is {text!r}, expected a day such as 2026-11-10 or an ISO 8601 time such "
            "as 2026-11-10T12:00:00Z"
        ) from None


def _plain(value: Any) -> object:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else value
