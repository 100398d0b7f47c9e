"""The command tree, and what becomes of an error.

A failure a person can act on is one sentence on stderr and its exit code; ``--debug`` adds
the traceback. Exit codes are those of :mod:`detector.errors`; 130 is an interrupt.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from detector.cli import (
    calibrate,
    config,
    decide,
    doctor,
    evaluate,
    evidence,
    explain,
    ingest,
    leads,
    learn,
    lists,
    models,
    options,
    owners,
    policy,
    report,
    score,
    screen,
    serve,
    simulate,
    state,
    teach,
    train,
    validate,
    version,
)
from detector.cli.cases.tree import cases
from detector.errors import EnduseError
from detector.terminal import safe_text

RUNTIME_ERROR = 1


class _Guarded(TyperGroup):
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
        typer.echo(f"enduse: {safe_text(sentence, limit=2000)}", err=True)
        raise typer.Exit(code)


def _verdict(error: EnduseError | OSError | MemoryError) -> tuple[int, str]:
    if isinstance(error, EnduseError):
        return error.exit_code, str(error)
    if isinstance(error, MemoryError):
        return RUNTIME_ERROR, "out of memory; score fewer days, or use a larger machine"
    reason = error.strerror or str(error) or type(error).__name__
    return RUNTIME_ERROR, f"{error.filename}: {reason}" if error.filename else reason


app = typer.Typer(
    cls=_Guarded,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
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
) -> None:
    """Find proxy access to export-controlled GPUs and models in a provider's own records.

    What comes out is a queue for people to review. It is a lead, never a verdict.
    """
    ctx.obj = options.Start(config, debug)


# In the order in which --help tells them.
app.command()(validate.validate)
app.command()(simulate.simulate)
app.command()(train.train)
app.command()(teach.teach)
app.command()(learn.learn)
app.command()(calibrate.calibrate)
app.add_typer(models.models, name="models")
app.command()(score.score)
app.command()(ingest.ingest)
app.add_typer(state.state, name="state")
app.add_typer(cases, name="cases")
app.command()(explain.explain)
app.command()(evidence.evidence)
app.command()(decide.decide)
app.command()(leads.leads)
app.command()(report.report)
app.command()(evaluate.evaluate)
app.command()(screen.screen)
app.add_typer(lists.lists, name="lists")
app.add_typer(policy.policy, name="policy")
app.command()(serve.serve)
app.add_typer(owners.owners, name="owners")
app.command()(doctor.doctor)
app.command()(version.version)
app.add_typer(config.config, name="config")


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
    try:
        app(args=None if argv is None else list(argv), prog_name="enduse")
    except SystemExit as stop:
        sys.stdout.flush()
        return stop.code if isinstance(stop.code, int) else RUNTIME_ERROR
    return 0
