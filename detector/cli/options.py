"""Options that several commands share, and the settings they override."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from detector.cli import completing, show
from detector.cli.commands import INPUT, MODEL, OUTPUT, RUNNING
from detector.errors import OutputError, UsageError

if TYPE_CHECKING:
    from detector.config import Settings

# Text, as a path would lose a slash of an address.
_LOGS: Final = typer.Argument(
    help="Log folder, or its address (s3://, gs://, az://, file://).",
    metavar="LOGS",
    show_default=False,
)
Logs = Annotated[str, _LOGS]
SomeLogs = Annotated[str | None, _LOGS]
State = Annotated[
    Path | None,
    typer.Option(
        help="Read what `ingest` stored, instead of LOGS.", metavar="DIR", rich_help_panel=INPUT
    ),
]
Out = Annotated[
    Path, typer.Argument(help="Folder that `score` wrote.", metavar="OUT", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.", rich_help_panel=OUTPUT)]
Seed = Annotated[
    int | None,
    typer.Option(help="Seed of every random draw (default 0).", metavar="N", rich_help_panel=MODEL),
]
Engine = Annotated[
    str,
    typer.Option(
        help="Where to work: local or spark (docs/spark.md); the scores are the same bits.",
        metavar="NAME",
        rich_help_panel=RUNNING,
    ),
]
Master = Annotated[
    str | None,
    typer.Option(
        help="Spark's address: local[2], spark://HOST:PORT, yarn or k8s://… "
        "(default: Spark's own configuration, else this machine).",
        metavar="URL",
        show_default=False,
        rich_help_panel=RUNNING,
    ),
]

Previous = Annotated[
    Path | None,
    typer.Option(
        help="An earlier OUT, to keep ring ids and name changes.",
        metavar="OUT",
        rich_help_panel=INPUT,
    ),
]
Prior = Annotated[
    str | None,
    typer.Option(
        help="Taught leaf values to use; none for the label-free forests. "
        "Default: the prior that ships.",
        metavar="NAME",
        rich_help_panel=MODEL,
        autocompletion=completing.prior,
    ),
]
Threads = Annotated[
    int | None,
    typer.Option(help="Threads to use (default all).", metavar="N", rich_help_panel=RUNNING),
]
Memory = Annotated[
    str | None,
    typer.Option(
        help="Memory that a log folder may take, such as 2GB (default: half of what is free). "
        "What would take more is worked on in buckets of accounts, which are set aside where "
        "TMPDIR says; the scores are the same bits.",
        metavar="SIZE",
        show_default=False,
        rich_help_panel=RUNNING,
    ),
]
MaxBad = Annotated[
    float | None,
    typer.Option(
        help="Quarantined share of a table that stops the run, 0 to 1 (default 0.05).",
        metavar="SHARE",
        rich_help_panel=INPUT,
    ),
]
Slack = Annotated[
    float | None,
    typer.Option(
        "--slack-days",
        help="How far past this machine's clock usage may end and still count (default 2).",
        metavar="DAYS",
    ),
]
View = Annotated[
    str | None,
    typer.Option(
        help="What scores the rows where a model is trained: forest (the default), or a view that "
        "takes no prior, such as ecod, which adds up single columns.",
        metavar="NAME",
        show_default=False,
        rich_help_panel=MODEL,
    ),
]
Pseudonymise = Annotated[
    bool,
    typer.Option(
        "--pseudonymise",
        help="Store accounts and people under keyed pseudonyms.",
        rich_help_panel=INPUT,
    ),
]
Strict = Annotated[
    bool,
    typer.Option(
        "--strict",
        help="Exit 4 if a row is in quarantine, or a file set aside.",
        rich_help_panel=INPUT,
    ),
]
AsOf = Annotated[
    str | None,
    typer.Option(
        help="Look at nothing later than this ISO 8601 time, UTC unless it names an offset "
        "(default: the latest end of a usage row).",
        metavar="TIME",
        rich_help_panel=INPUT,
    ),
]
Wait = Annotated[
    float,
    typer.Option(
        min=0,
        help="Seconds to wait for another writer.",
        metavar="SECONDS",
        rich_help_panel=RUNNING,
    ),
]


@dataclass(frozen=True)
class Start:
    """What stands before the command's name, and how a failure that ends the command is told."""

    config: Path | None
    debug: bool
    tell: Callable[[str], None] = show.notice


def load(ctx: typer.Context, **overrides: Any) -> Settings:
    """Return the settings with this command's own options on top."""
    from detector.config import load_settings

    settings = load_settings(overrides, file=ctx.obj.config).settings
    if settings.threads is not None:
        # Read once by polars when it is imported, which happens after this.
        os.environ["POLARS_MAX_THREADS"] = str(settings.threads)
    return settings


def thread_count(settings: Settings) -> int:
    """Return the number of threads to use: the setting's, else one for each processor."""
    return settings.threads or os.cpu_count() or 1


def parse_time(text: str | None, option: str = "--as-of") -> datetime | None:
    """Return an aware UTC time; a date means its midnight, a naive time is UTC.

    Raises
    ------
    UsageError
        The text is not an ISO 8601 date or time.

    Examples
    --------
    >>> parse_time("2026-03-01T02:00+02:00")
    datetime.datetime(2026, 3, 1, 0, 0, tzinfo=datetime.timezone.utc)
    """
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
        return (time.replace(tzinfo=UTC) if time.tzinfo is None else time).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(
            f"{option} is {text!r}, expected an ISO 8601 time such as 2026-03-01T00:00:00Z"
        ) from None


def claim_output(out: Path) -> None:
    """Make sure that a folder can be written before the work starts; it is not made yet.

    Raises
    ------
    OutputError
        It is a file, or its place cannot be written to.
    """
    if out.exists() and not out.is_dir():
        raise OutputError(f"'{out}' is a file; expected a folder to write to")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        # Results are made beside the folder and moved into place whole.
        with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent):
            pass
    except OSError as error:
        raise OutputError(
            f"cannot write to '{out}': {error.strerror}; name a folder you may write to"
        ) from error


@contextmanager
def writing(place: Path) -> Iterator[None]:
    """Report a table that polars could not write like any other failed write.

    Raises
    ------
    OutputError
        Polars, which does not keep to ``OSError``, failed.
    """
    from polars.exceptions import PolarsError

    try:
        yield
    except PolarsError as error:
        raise OutputError(
            f"'{place}' could not be written: {error}; free space or name another folder"
        ) from error
