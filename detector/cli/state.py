"""``state``: check, mend and delete what is stored."""

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
    from detector.config import Settings
    from detector.state import Finding

state = Commands(no_args_is_help=True, help="The stored state.")

Folder = Annotated[Path, typer.Argument(help="State folder.", metavar="DIR", show_default=False)]


@state.callback()
def _state() -> None:
    """The stored state."""


@state.command()
def check(
    ctx: typer.Context, folder: Folder, slack: options.Slack = None, json: options.Json = False
) -> None:
    """Read every stored file and compare its checksum; exit 1 if one is damaged.

    Files that could not be taken in are named too: they stand aside, and damage nothing. So are
    rows that are dated past the clock.
    """
    from detector.state import check as read_all

    manifest, findings = read_all(folder)
    packed = {part.pack for part in manifest.parts if part.pack is not None}
    damaged = [f for f in findings if f.kind == "damaged"]
    aside = [
        {"table": a.table or "", "path": safe_text(a.path), "reason": a.reason}
        for a in manifest.aside()
    ]
    # What is damaged cannot be read for its times.
    warnings = [] if damaged else _said_of_clock(folder, options.load(ctx, slack_days=slack))
    if json:
        found = [asdict(f) for f in findings]
        show.print_json({
            "sequence": manifest.sequence, "findings": found, "aside": aside,
            "packs": len(packed), "warnings": warnings,
        })  # fmt: skip
    elif findings:
        typer.echo("\n".join(line for finding in findings for line in _told(finding)))
    else:
        from detector.words import plural

        files = sum(len(p.files) for p in manifest.parts)
        inputs = plural(len(manifest.parts), "input")
        typer.echo(f"state {manifest.sequence}: {plural(files, 'file')} of {inputs}, whole")
        if packed:
            held = plural(sum(part.pack is not None for part in manifest.parts), "input")
            typer.echo(f"{held} of them lie in {plural(len(packed), 'pack')}")
    if aside and not json:
        show.print_table(("set aside", "why"), [(a["path"], a["reason"]) for a in aside])
        typer.echo(
            "What was set aside is read again when it changes, or after `enduse state retry`."
        )
    for sentence in warnings:
        show.notice(sentence)
    if damaged:
        what = "1 file is" if len(damaged) == 1 else f"{len(damaged):,} files are"
        raise StateError(f"{what} damaged, first {damaged[0].path}")


def _said_of_clock(folder: Path, settings: Settings) -> list[str]:
    from detector.pipeline.ahead import said_of_clock
    from detector.sources.reading import now

    return said_of_clock(folder, now() + settings.slack)


def _told(finding: Finding) -> list[str]:
    """A finding: its path on one line, to copy, and below it why, to the end of what to do."""
    why = safe_text(finding.sentence.removeprefix(finding.path).strip(), limit=1000)
    lines = wrap(why, open_console().width - 2, break_long_words=False, break_on_hyphens=False)
    return [f"{finding.kind}: {safe_text(finding.path)}", *(f"  {line}" for line in lines)]


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
            f"inputs and {len(receipt.runs)} runs; receipt: {path}"
        )


@state.command()
def forget(
    folder: Folder,
    path: Annotated[str, typer.Argument(help="Its path below the log folder.", metavar="INPUT")],
    wait: options.Wait = 10.0,
    json: options.Json = False,
) -> None:
    """Take one input out of the state, with a receipt.

    The file is not taken in again as long as its content is the same.
    """
    from detector.state import forget as take_out

    done = take_out(folder, path, wait=wait)
    receipt = folder / "kept" / done.name
    if json:
        show.print_json({"receipt": str(receipt), "instead": done.instead, **done.as_dict()})
        return
    typer.echo(
        f"{safe_text(path)} was taken out ({done.part.counts['read']} rows of {done.part.table}); "
        f"receipt: {receipt}"
    )
    if done.instead is not None:
        show.notice(f"{safe_text(done.instead)} has the same content and counts now")


@state.command()
def rebuild(
    folder: Folder,
    accept_loss: Annotated[
        bool,
        typer.Option("--accept-loss", help="Go on without parts that are damaged or gone."),
    ] = False,
    wait: options.Wait = 10.0,
    json: options.Json = False,
) -> None:
    """Make a manifest that was lost or damaged again, of the parts and of what stands beside it."""
    from detector.pipeline.rebuilding import rebuild as make_again

    made = make_again(folder, wait=wait, accept_loss=accept_loss)
    if made is None:
        show.notice("the manifest is whole: nothing was rebuilt")
        return
    told = {
        "sequence": made.manifest.sequence, "inputs": len(made.manifest.parts),
        "lost": made.lost, "unknown": made.unknown,
    }  # fmt: skip
    if json:
        show.print_json(told)
        return
    as_it_was = ", as it was" if made.whole else ""
    typer.echo(f"rebuilt state {told['sequence']} of {told['inputs']} inputs{as_it_was}")
    for sentence in made.unknown:
        show.notice(sentence)
    for lost in made.lost:
        show.notice(f"not whole, and left out: {safe_text(lost)}; ingest it again")
