"""``state``: the check and the retention of what is stored."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated, Any

import typer

from detector.cli import options, show
from detector.cli.commands import Commands
from detector.errors import StateError
from detector.terminal import open_console, safe_text

if TYPE_CHECKING:
    from detector.state import Finding

state = Commands(no_args_is_help=True, help="The stored state.")

Folder = Annotated[Path, typer.Argument(help="State folder.", metavar="DIR", show_default=False)]


@state.callback()
def _state() -> None:
    """The stored state."""


@state.command()
def check(folder: Folder, json: options.Json = False) -> None:
    """Read every stored file and compare its checksum; exit 1 if one is damaged."""
    from detector.state import check as read_all

    manifest, findings = read_all(folder)
    damaged = [f for f in findings if f.kind == "damaged"]
    if json:
        show.print_json({"sequence": manifest.sequence, "findings": [asdict(f) for f in findings]})
    elif findings:
        typer.echo("\n".join(line for finding in findings for line in _told(finding)))
    else:
        from detector.words import plural

        files = sum(len(p.files) for p in manifest.parts)
        inputs = plural(len(manifest.parts), "input")
        typer.echo(f"state {manifest.sequence}: {plural(files, 'file')} of {inputs}, whole")
    if damaged:
        what = "1 file is" if len(damaged) == 1 else f"{len(damaged):,} files are"
        raise StateError(f"{what} damaged, first {damaged[0].path}")


def _told(finding: Finding) -> list[str]:
    """A finding: its path on one line, to copy, and below it why, to the end of what to do."""
    why = safe_text(finding.sentence.removeprefix(finding.path).strip(), limit=1000)
    lines = wrap(why, open_console().width - 2, break_long_words=False, break_on_hyphens=False)
    return [f"{finding.kind}: {safe_text(finding.path)}", *(f"  {line}" for line in lines)]


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
