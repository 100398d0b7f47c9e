"""The command tree, and what becomes of an error.

A failure a person can act on is one sentence on stderr and its exit code; ``--debug`` adds
the traceback. Exit codes are those of :mod:`detector.errors`; 130 is an interrupt.
"""

from __future__ import annotations

import gc
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any, Final

import typer

import detector
from detector.cli import options
from detector.cli.branches import BRANCHES, add, tell_of
from detector.cli.commands import Commands, Group
from detector.cli.witness import witnessed
from detector.errors import EnduseError

RUNTIME_ERROR = 1
# New objects after which Python looks for what died in circles, instead of 700.
_YOUNG: Final = 10_000
# And of these looks after how many it looks at what is older, instead of 10.
_MIDDLE: Final = 50


class _Guarded(Group):
    """Turns the failures a person can act on into one sentence and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; typer turns an interrupt into exit code 130 by itself."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # Whoever read stdout has gone; there is nobody to tell.
            raise
        except (EnduseError, OSError, MemoryError) as error:
            if ctx.obj.debug:
                traceback.print_exception(error)
            code, sentence = _verdict(error)
        ctx.obj.tell(sentence)
        raise typer.Exit(code)


def _verdict(error: EnduseError | OSError | MemoryError) -> tuple[int, str]:
    if isinstance(error, EnduseError):
        return error.exit_code, str(error)
    if isinstance(error, MemoryError):
        return RUNTIME_ERROR, "out of memory; score fewer days, or use a larger machine"
    reason = error.strerror or str(error) or type(error).__name__
    return RUNTIME_ERROR, f"{error.filename}: {reason}" if error.filename else reason


def _tell_version(asked: bool) -> None:
    if asked:
        typer.echo(f"enduse {detector.__version__}")
        raise typer.Exit


_ORIENTATION: Final = """
Finds proxy access to export-controlled GPUs and models in a provider's own
records. What comes out is a queue for people to review; it is a lead, never a
verdict.

  enduse simulate -o demo             made logs to try it on
  enduse validate LOGS                what a log folder holds, and what is wrong
  enduse score LOGS -o OUT            the queue, and a page that opens offline
  enduse explain OUT ID               why an account stands where it stands
  enduse decide OUT ID OUTCOME …      what a person decided
  enduse serve --results OUT          metrics of the last run for Prometheus
  enduse doctor                       whether the installation is in order

All commands: enduse --help. One of them, with examples: enduse score --help.
Completion of commands, presets and ids: enduse --install-completion.
"""


def start(
    ctx: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(
            help="Settings file (TOML). Without it: ENDUSE_CONFIG, else ./enduse.toml.",
            metavar="FILE",
        ),
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
    version: Annotated[  # noqa: ARG001  # told before anything else is read
        bool,
        typer.Option("--version", help="Print the version.", is_eager=True, callback=_tell_version),
    ] = False,
) -> None:
    """Find proxy access to export-controlled GPUs and models in a provider's own records.

    What comes out is a queue for people to review. It is a lead, never a verdict.
    """
    ctx.obj = options.Start(config, debug)
    if ctx.invoked_subcommand is None:
        typer.echo(f"enduse {detector.__version__}\n{_ORIENTATION}", nl=False)


#: Words that come first where no command is called.
_CALLS_NONE: Final = ("-h", "--help", "--version")


def tree(given: Sequence[str]) -> Commands:
    """What of the tree is needed for what was typed; with a shell that completes words, all."""
    first = given[0] if given else "--help"
    if "_ENDUSE_COMPLETE" not in os.environ:
        if first in BRANCHES:
            return _grown(add, [first])
        if first in _CALLS_NONE:
            return _grown(tell_of, BRANCHES)
    return whole()


def whole() -> Commands:
    """Return the tree with all commands."""
    return _grown(add, BRANCHES)


def _grown(grow: Callable[[Commands, str], None], names: Iterable[str]) -> Commands:
    told = {"help_option_names": ["-h", "--help"]}
    grown = Commands(cls=_Guarded, pretty_exceptions_enable=False, context_settings=told)
    grown.callback(invoke_without_command=True)(start)
    for name in names:
        grow(grown, name)
    return grown


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Parameters
    ----------
    argv
        Arguments without the program's name; None means ``sys.argv[1:]``.
    """
    for stream in (sys.stdout, sys.stderr):
        # An account id that the terminal's encoding lacks must not stop the run.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    # What is imported and read lives on: to look it all through again and again for what might
    # have died took a tenth of a small run.
    gc.set_threshold(_YOUNG, _MIDDLE)
    try:
        with witnessed() if argv is None else nullcontext():
            given = sys.argv[1:] if argv is None else list(argv)
            tree(given)(args=given, prog_name="enduse")
    except SystemExit as stop:
        sys.stdout.flush()
        return stop.code if isinstance(stop.code, int) else RUNTIME_ERROR
    finally:
        if argv is None:
            # The process ends: looking through all it has for circles took a tenth of a small run.
            gc.freeze()
    return 0
