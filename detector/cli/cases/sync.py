"""``cases sync``, ``proposals``, ``merge``, ``decline``, ``unmerge``: runs into cases."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from detector.cli import options, show
from detector.cli.cases.acting import As, Cases, actor, opened
from detector.terminal import safe_text

if TYPE_CHECKING:
    from detector.cases.runs.taking import Taken

#: What a run brought, in the order in which it is told.
_WORDS: Final[Mapping[str, str]] = {
    "opened": "opened", "split": "split from another", "samples": "drawn as samples",
    "reopened": "came back", "merged": "merged", "proposed": "proposed to be merged",
    "seen": "changed", "grown": "of these grown", "shrunk": "of these shrunk",
    "returned": "returned to a queue", "left": "left their queue",
    "ranked": "moved in figures alone", "seen_before": "seen before",
    "unchanged_cleared": "cleared, unchanged", "unchanged_unresolved": "unresolved, unchanged",
    "unchanged_confirmed_proxy": "confirmed, unchanged",
    "unchanged_confirmed_victim": "confirmed as victims, unchanged",
    "below": "below the line", "suppressed": "suppressed after an appeal",
}  # fmt: skip
_COLUMNS: Final = ("proposal", "case", "other", "run", "state", "why")

Proposal = Annotated[
    int, typer.Argument(help="Its number in `cases proposals`.", metavar="N", show_default=False)
]


def sync(
    ctx: typer.Context,
    out: Annotated[
        list[Path],
        typer.Argument(
            help="Folders that `score` wrote, in any order.", metavar="OUT...", show_default=False
        ),
    ],
    cases: Cases = None,
    json: options.Json = False,
) -> None:
    """Take runs into the cases; one that was taken before is passed over.

    They are taken in the order of their as-of. The newest says what is in a queue now; one that
    is older than what was taken before adds what was seen then. Nothing of a run is taken where
    it cannot be read whole.
    """
    from detector.cases.runs.intake import in_order, sync_folder

    told = []
    with opened(ctx, cases) as store:
        for folder in in_order(out):
            taken = sync_folder(store, folder, datetime.now(UTC))
            told.append({"out": str(folder), **vars(taken)})
            if not json:
                _tell(folder, taken)
    if json:
        show.print_json(told)


def _tell(folder: Path, taken: Taken) -> None:
    name = safe_text(folder, limit=200)
    if taken.already:
        typer.echo(f"{name}: run {taken.run}, taken before")
        return
    known = [(word, taken.counts[key]) for key, word in _WORDS.items() if key in taken.counts]
    rest = [(key.replace("_", " "), count) for key, count in taken.counts.items()
            if key not in _WORDS]  # fmt: skip
    words = ", ".join(f"{count} {word}" for word, count in (*known, *rest)) or "no case"
    older = ", older than the last" if taken.older else ""
    typer.echo(f"{name}: run {taken.run}{older}: {words}")


def proposals(
    ctx: typer.Context,
    every: Annotated[bool, typer.Option("--all", help="Also those that were answered.")] = False,
    by: As = None,
    cases: Cases = None,
    json: options.Json = False,
) -> None:
    """Show which cases a run found to be one."""
    from detector.cases.showing.reading import may_read

    with opened(ctx, cases) as store, store.reading() as connection:
        may_read(actor(ctx, connection, by))
        rows = connection.execute(
            "SELECT proposal_id, case_id, other_id, run, state, reason FROM proposals "
            "WHERE state = 'open' OR ? ORDER BY proposal_id", (every,),
        ).fetchall()  # fmt: skip
    if json:
        show.print_json([dict(row) for row in rows])
        return
    show.print_table(_COLUMNS, [tuple(row) for row in rows], right=("proposal", "run"))
    if rows:
        show.notice("answer with: enduse cases merge N, or enduse cases decline N")


def merge(ctx: typer.Context, proposal: Proposal, by: As = None, cases: Cases = None) -> None:
    """Let two cases go on as one, as a proposal says."""
    from detector.cases.runs.merging import merge

    with opened(ctx, cases) as store, store.writing(datetime.now(UTC)) as tx:
        case = merge(tx, actor(ctx, tx.connection, by), proposal)
    typer.echo(f"both go on in {case}; take it back with: enduse cases unmerge CASE")


def decline(ctx: typer.Context, proposal: Proposal, by: As = None, cases: Cases = None) -> None:
    """Say that two cases are two."""
    from detector.cases.runs.merging import decline

    with opened(ctx, cases) as store, store.writing(datetime.now(UTC)) as tx:
        decline(tx, actor(ctx, tx.connection, by), proposal)
    typer.echo("declined; runs do not ask again")


def unmerge(
    ctx: typer.Context,
    case: Annotated[
        str, typer.Argument(help="The case that was merged.", metavar="CASE", show_default=False)
    ],
    by: As = None,
    cases: Cases = None,
) -> None:
    """Take a merge back: the case is as it was before."""
    from detector.cases.runs.merging import unmerge

    with opened(ctx, cases) as store, store.writing(datetime.now(UTC)) as tx:
        into = unmerge(tx, actor(ctx, tx.connection, by), case)
    typer.echo(f"{case} is as it was; its accounts are no longer of {into}")
