"""``cases pack``: what a case was judged on, in one file that checks itself."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detector.cli import options, show
from detector.cli.cases.acting import As, Cases, actor, opened

if TYPE_CHECKING:
    from collections.abc import Callable


def pack(
    ctx: typer.Context,
    case: Annotated[
        str, typer.Argument(help="A case, as C-000123.", metavar="CASE", show_default=False)
    ],
    purpose: Annotated[
        str, typer.Option(help="What it is for; noted, and on its cover.", metavar="TEXT")
    ],
    identify: Annotated[
        bool,
        typer.Option("--identify", help="Tell ids, names and what events say in plain."),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o",
                     help="Folder for the file (default: packs in the folder of cases, from where "
                     "it goes when the case is erased).", metavar="DIR", file_okay=False),
    ] = None,
    by: As = None,
    cases: Cases = None,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Make an evidence pack of a decided case (counsel).

    A ZIP with the page, the snapshots, judgements, letters, members, links, the case's own chain
    of events, and a program of plain Python that finds any change. Ids are pseudonyms under the
    site's key (else one that only this folder can make). That it was made is noted with its hash.
    """
    from detector.cases.leaving.pack import PACKS, Contents, keep, make
    from detector.report.packpage import pages
    from detector.report.units import feature_units

    def draw(held: Contents) -> dict[str, bytes]:
        return pages(held, feature_units())

    with opened(ctx, cases) as store:
        with store.reading() as connection:
            who = actor(ctx, connection, by)
        made = make(
            store, who, case, datetime.now(UTC), purpose=purpose, draw=draw, identify=identify,
            shown=shown_of(ctx),
        )  # fmt: skip
        path = keep(out or store.folder / PACKS, made)
    if json:
        show.print_json({"pack": str(path), "sha256": made.sha256, "bytes": len(made.data)})
    else:
        typer.echo(f"{path}\nSHA-256 {made.sha256}")


def shown_of(ctx: typer.Context) -> Callable[[str], str] | None:
    """The pseudonyms of the site's key, where it has one."""
    from detector.state import pseudonym

    key = options.load(ctx).read_pseudonym_key()
    return None if key is None else lambda value: pseudonym(value, key)
