"""``state``: the check and the retention of what is stored."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from detector.cli import options, show
from detector.cli.commands import Commands
from detector.errors import StateError
from detector.terminal import safe_text

state = Commands(no_args_is_help=True, help="The stored state.")

Folder = Annotated[Path, typer.Argument(help="State folder.", metavar="DIR", show_default=False)]


@state.callback()
def _state() -> None:
    """The stored state."""


@state.command()
def check(folder: Folder, json: options.Json = False) -> None:
    """Read every stored file and compare its checksum; exit 1 if one is damaged.

    Files that could not be taken in are named too: they stand aside, and damage nothing.
    """
    from detector.state import check as read_all

    manifest, findings = read_all(folder)
    damaged = [f for f in findings if f.kind == "damaged"]
    aside = [
        {"table": a.table or "", "path": safe_text(a.path), "reason": a.reason}
        for a in manifest.aside()
    ]
    if json:
        found = [asdict(f) for f in findings]
        show.print_json({"sequence": manifest.sequence, "findings": found, "aside": aside})
    elif findings:
        show.print_table(("what", "path", "why"), [(f.kind, f.path, f.sentence) for f in findings])
    else:
        from detector.words import plural

        files = sum(len(p.files) for p in manifest.parts)
        inputs = plural(len(manifest.parts), "input")
        typer.echo(f"state {manifest.sequence}: {plural(files, 'file')} of {inputs}, whole")
    if aside and not json:
        show.print_table(("set aside", "why"), [(a["path"], a["reason"]) for a in aside])
        typer.echo(
            "What was set aside is read again when it changes, or after `enduse state retry`."
        )
    if damaged:
        what = "1 file is" if len(damaged) == 1 else f"{len(damaged):,} files are"
        raise StateError(f"{what} damaged, first {damaged[0].path}")


@state.command()
def retry(
    folder: Folder,
    path: Annotated[
        str | None, typer.Argument(help="Its path below the log folder.", metavar="INPUT")
    ] = None,
    json: options.Json = False,
) -> None:
    """Have what was set aside read again at the next ingest: one input, or all.

    A service that holds the state does so at its next look.
    """
    from detector.state import retry as ask_again

    wanted = ask_again(folder, path)
    if json:
        show.print_json({"wanted": wanted})
        return
    files = "1 file is" if len(wanted) == 1 else f"{len(wanted)} files are"
    typer.echo(f"{files} read again at the next ingest, or look of a service")


@state.command()
def retain(
    folder: Folder,
    days: Annotated[int, typer.Option(min=1, help="Days to keep.", metavar="N")],
    wait: options.Wait = 10.0,
    json: options.Json = False,
) -> None:
    """Delete what ended more than N days ago, with a receipt.

    The days count from today, or from the newest usage where that is earlier.
    """
    from detector.state import retain as delete

    receipt = delete(folder, days, wait=wait)
    path = folder / "kept" / receipt.name
    told: dict[str, Any] = receipt.as_dict()
    if json:
        show.print_json({"receipt": str(path), **told})
    else:
        typer.echo(
            f"deleted what ended before {told['deleted_before']} from {len(receipt.parts)} "
            f"inputs; receipt: {path}"
        )
