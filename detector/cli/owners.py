"""``owners``: what files of owners hold, and whom they restrict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from detector.cli import options, owners_told, show
from detector.cli.commands import Commands
from detector.errors import UsageError
from detector.terminal import safe_text

if TYPE_CHECKING:
    import polars as pl

    from detector.policy.owners.listing import Listed

owners = Commands(no_args_is_help=True, help="Who owns whom.")

File = Annotated[
    Path,
    typer.Argument(
        help="File of entity_owners: CSV, Parquet, JSON lines, or beneficial ownership "
        "statements (BODS).",
        metavar="FILE",
        show_default=False,
    ),
]
Lists = Annotated[
    Path | None,
    typer.Option(help="Folder of lists; owners are found on them by name alone.", metavar="DIR"),
]
Names = Annotated[
    list[str] | None,
    typer.Option("--listed", help="A name to take for listed; may be given again.", metavar="NAME"),
]
Threshold = Annotated[
    str, typer.Option(help="The share that restricts, above 0 and at most 1.", metavar="SHARE")
]
MoreThan = Annotated[
    bool, typer.Option("--more-than", help="Only more than the threshold restricts.")
]
Method = Annotated[
    str,
    typer.Option(
        help="How shares along a chain count: cascade (an owner that is restricted counts in "
        "full) or product (they multiply).",
        metavar="NAME",
    ),
]

AsOf = Annotated[
    str | None,
    typer.Option(
        help="Rows and lists that hold at this ISO 8601 time, UTC unless it names an offset "
        "(default: now).",
        metavar="TIME",
        show_default=False,
    ),
]


@owners.callback()
def _owners() -> None:
    """Who owns whom."""


@dataclass(frozen=True)
class _Asked:
    """What was asked, checked."""

    as_of: datetime
    threshold: Decimal
    strict: bool
    method: Literal["cascade", "product"]


@owners.command()
def check(
    file: File,
    lists: Lists = None,
    listed: Names = None,
    as_of: AsOf = None,
    threshold: Threshold = "0.5",
    more_than: MoreThan = False,
    method: Method = "cascade",
    json: options.Json = False,
) -> None:
    """Say what a file of owners holds, and who is restricted by whom.

    Told are the bounds of what owners hold of each company, loops, shares that contradict each
    other, and unknown shares; with --lists or --listed also who is restricted, or may be, and
    through which chain.
    """
    asked = _asked(as_of, threshold, more_than, method)
    from detector.policy.owners.checking import check as look
    from detector.policy.owners.parties import named, with_parties
    from detector.policy.owners.shares import current
    from detector.sources.onefile import read_one

    read = read_one(file, "entity_owners")
    rows = with_parties(current(read.rows, asked.as_of))
    found = {"file": str(file), "as_of": asked.as_of.isoformat()}
    found |= owners_told.of_file(read, rows) | owners_told.of_check(look(rows))
    if lists is not None or listed:
        everybody, refused = _listed(named(rows), lists, listed or [], asked.as_of)
        found |= _outcomes(rows, everybody, asked, refused)
    if json:
        show.print_json(found)
    else:
        owners_told.print_page(found)


def _asked(as_of: str | None, threshold: str, more_than: bool, method: str) -> _Asked:
    from datetime import UTC

    if method not in ("cascade", "product"):
        raise UsageError(f"--method is {method!r}, expected cascade or product")
    try:
        share = Decimal(threshold)
    except InvalidOperation:
        share = Decimal(0)
    if not (share.is_finite() and 0 < share <= 1 and share == round(share, 10)):
        raise UsageError(
            f"--threshold is {threshold!r}, expected a share above 0 and at most 1, such as 0.5"
        )
    moment = options.parse_time(as_of) or datetime.now(UTC)
    return _Asked(moment, share, more_than, "cascade" if method == "cascade" else "product")


def _listed(
    parties: pl.DataFrame, lists: Path | None, names: Sequence[str], as_of: datetime
) -> tuple[Listed, list[str]]:
    """Parties that are named or stand on lists, and the lists that were refused."""
    import polars as pl

    from detector.policy.lists import read_lists
    from detector.policy.owners.listing import Listed, called, on_lists

    found, refused = [called(parties, names)], list[str]()
    for name in sorted(set(names)):
        if not called(parties, [name]).sure:
            show.notice(f"nobody in the file is called {safe_text(name, limit=60)}")
    if lists is not None:
        if not lists.is_dir():
            raise UsageError(f"there is no folder at {safe_text(lists)}; name a folder of lists")
        held = read_lists(lists)
        found.append(on_lists(parties, held.entries, as_of.date()))
        refused = [list_.sentence for list_ in held.refused]
        if held.entries.is_empty():
            refused.append(f"no entry of a list was read in {safe_text(lists, limit=200)}")
    sure = frozenset().union(*(one.sure for one in found))
    perhaps = frozenset().union(*(one.perhaps for one in found)) - sure
    return Listed(sure, perhaps, pl.concat([one.rows for one in found])), refused


def _outcomes(
    rows: pl.DataFrame, listed: Listed, asked: _Asked, refused: Sequence[str]
) -> dict[str, Any]:
    from detector.policy.owners.outcomes import outcomes
    from detector.policy.owners.words import limit
    from detector.policy.ownership import restricted

    found = restricted(
        rows, listed.sure, asked.threshold, asked.strict,
        perhaps=listed.perhaps, method=asked.method,
    )  # fmt: skip
    rule = f"{limit(found.rule.threshold, strict=asked.strict)}, {asked.method}"
    return owners_told.of_outcomes(outcomes(found, rows), listed, rule, refused)
