"""``lists``: the restricted-party lists that parties are screened against."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from detector.cli import options, show
from detector.cli.commands import Commands
from detector.errors import DataError, UsageError

if TYPE_CHECKING:
    from detector.policy.lists import Lists

lists = Commands(no_args_is_help=True, help="The restricted-party lists.")

_SHOWN: Final = 50
Folder = Annotated[Path, typer.Argument(help="Folder of lists.", metavar="DIR")]
Old = Annotated[Path, typer.Argument(help="A list or a folder.", metavar="OLD", show_default=False)]
New = Annotated[Path, typer.Argument(help="A list or a folder.", metavar="NEW", show_default=False)]


@lists.callback()
def _lists() -> None:
    """The restricted-party lists."""


@lists.command()
def add(
    file: Annotated[
        Path,
        typer.Argument(help="A list as it was downloaded.", metavar="FILE", show_default=False),
    ],
    to: Annotated[Path, typer.Option(help="Folder of lists.", metavar="DIR")] = Path("lists"),
    date: Annotated[
        str | None,
        typer.Option(
            help="Day of the list (default: that of the file's last change).",
            metavar="DAY",
            show_default=False,
        ),
    ] = None,
    accept_shrink: Annotated[
        str | None,
        typer.Option(
            help="Why a list that vanished or lost more than a fifth of its entries is right.",
            metavar="REASON",
            show_default=False,
        ),
    ] = None,
    json: options.Json = False,
) -> None:
    """Check a downloaded list and put it in the place of its older version.

    A page of an error, a file that was cut and a list that holds much less than before are
    refused with exit code 3, and the older version stays. What was replaced is kept below
    _earlier in the folder.
    """
    from detector.policy.lists.accepting import accept

    done = accept(file, to, day=_day(date, "--date"), reason=accept_shrink)
    told = {
        "path": str(done.path), "sha256": done.sha256, "entries": dict(done.counts),
        "before": dict(done.before), "in_quarantine": done.quarantined, "lost": list(done.lost),
        "earlier": None if done.earlier is None else str(done.earlier),
    }  # fmt: skip
    if json:
        show.print_json(told)
        return
    names = sorted({*done.counts, *done.before})
    cells = [(name, done.before.get(name, ""), done.counts.get(name, 0)) for name in names]
    show.print_table(("list", "before", "now"), cells, right=("before", "now"))
    typer.echo(f"accepted as {done.path}, sha256 {done.sha256[:12]}")
    if done.quarantined:
        show.notice(f"{done.quarantined} rows or cells could not be read: enduse lists status {to}")


@lists.command()
def status(
    ctx: typer.Context,
    folder: Folder = Path("lists"),
    as_of: Annotated[
        str | None,
        typer.Option(help="Day on which entries hold (default: today).", metavar="DAY"),
    ] = None,
    json: options.Json = False,
) -> None:
    """Say which lists a folder holds, how old they are, and what was refused.

    Exit code 3 if there is no list, or if a file was refused.
    """
    from detector.policy.lists import read_lists
    from detector.policy.lists.telling import lines, need_entries, summary

    day = _day(as_of, "--as-of") or datetime.now(UTC).date()
    found = read_lists(folder)
    told = summary(found, day)
    if json:
        show.print_json(told)
    else:
        _print_status(told)
        for line in (*lines(told), *_old(ctx, found, day)):
            show.notice(line)
    _refuse_refused(found, folder)
    need_entries(found, folder)


def _old(ctx: typer.Context, found: Lists, day: date) -> list[str]:
    """Files that clear nobody any more, for their age."""
    from detector.policy.law.listed import stale

    dated = replace(found, files=tuple(file for file in found.files if file.day is not None))
    sentences = stale(dated, day, options.load(ctx).policy_list_days)
    return [f"nobody is clear: {sentence}" for sentence in sentences]


def _print_status(told: dict[str, Any]) -> None:
    columns = ("list", "current", "expired", "future", "file", "day", "age")
    rows = [[row[name] for name in columns] for row in told["lists"]]
    if rows:
        cells = [[_cell(cell) for cell in row] for row in rows]
        show.print_table(columns, cells, right=("current", "expired", "future", "age"))


def _cell(value: object) -> object:
    """Nothing for what is not told; "later" for an age below zero: of a day after as-of."""
    if isinstance(value, int) and value < 0:
        return "later"
    return "" if value is None else value


def _refuse_refused(found: Lists, folder: Path) -> None:
    if found.refused:
        raise DataError(
            f"refused of {folder}: {', '.join(file.name for file in found.refused)}; download "
            f"anew, and: enduse lists add FILE --to {folder}"
        )


@lists.command()
def diff(old: Old, new: New, json: options.Json = False) -> None:
    """Say what was added, removed and changed between two versions of lists.

    Entries are compared by list, name, aliases, addresses and dates, never by the publisher's
    id. Removals count as much as additions: who was taken off must not be held up for ever.
    """
    from detector.policy.lists.differing import changes, tally

    found = changes(_entries(old), _entries(new))
    if json:
        show.print_json({"lists": tally(found), "changes": found.to_dicts()})
        return
    counts = [(s, n["added"], n["removed"], n["changed"]) for s, n in tally(found).items()]
    if not counts:
        typer.echo("no entry was added, removed or changed")
        return
    show.print_table(("list", "added", "removed", "changed"), counts, right=("added", "removed"))
    rows = found.head(_SHOWN).select("change", "source", "name", "what").rows()
    show.print_table(("change", "list", "name", "what differs"), rows)
    if found.height > _SHOWN:
        typer.echo(f"and {found.height - _SHOWN} more; --json lists them")


def _entries(path: Path) -> Any:
    from detector.policy.lists import read_files, read_lists

    found = read_lists(path) if path.is_dir() else read_files({path.name: path})
    if found.refused:
        raise DataError(found.refused[0].sentence)
    for warning in found.warnings:
        show.notice(warning)
    return found.entries


def _day(text: str | None, option: str) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option} is {text!r}, expected a day such as 2026-11-28") from None
