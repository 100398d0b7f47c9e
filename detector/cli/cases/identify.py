"""``cases identify``: who a pseudonym is, for a purpose that is noted."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from detector.cli import options, show
from detector.cli.cases.acting import As, Cases, actor, opened
from detector.errors import UsageError
from detector.terminal import safe_text


def identify(
    ctx: typer.Context,
    case: Annotated[
        str, typer.Argument(help="The case that it is about.", metavar="CASE", show_default=False)
    ],
    pseudonyms: Annotated[
        list[str], typer.Argument(help="Pseudonyms.", metavar="PSEUDONYM...", show_default=False)
    ],
    accounts: Annotated[
        Path,
        typer.Option(help="CSV of accounts with a column account_id, or one id a line.",
                     metavar="FILE", exists=True, dir_okay=False),
    ],
    purpose: Annotated[str, typer.Option(help="What for; noted for good.", metavar="TEXT")],
    by: As = None,
    cases: Cases = None,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Find the ids behind pseudonyms of a state, of metrics or of a pack (identifier).

    No map of them is kept: the ids of a file of yours are hashed with the site's key until they
    match. That it was asked is noted, found or not.
    """
    from detector.cases.leaving.identifying import identify as match
    from detector.cases.leaving.identifying import ids_in
    from detector.exporter.labels import pseudonym as of_metrics
    from detector.state import pseudonym

    key = options.load(ctx).read_pseudonym_key()
    if key is None:
        raise UsageError(
            "there is no key: set ENDUSE_PSEUDONYM_KEY or pseudonym_key_file to the one that the "
            "pseudonyms were made with"
        )
    ways = (lambda one: pseudonym(one, key), lambda one: of_metrics(one, key))
    with opened(ctx, cases) as store, store.writing(datetime.now(UTC)) as tx:
        who = actor(ctx, tx.connection, by)
        found = match(tx, who, case, pseudonyms, ids_in(accounts), ways, purpose=purpose)
    if json:
        show.print_json(found)
        return
    for name in pseudonyms:
        is_ = found.get(name.strip().lower())
        typer.echo(safe_text(f"{name}: {is_ or 'of no account in this file'}", limit=400))
