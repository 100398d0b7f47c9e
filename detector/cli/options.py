"""Options that several commands share, and the settings they override."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from detector.errors import OutputError, UsageError

if TYPE_CHECKING:
    from detector.config import Settings

Logs = Annotated[Path, typer.Argument(help="Log folder.", metavar="LOGS", show_default=False)]
Out = Annotated[
    Path, typer.Argument(help="Folder that `score` wrote.", metavar="OUT", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Seed = Annotated[int | None, typer.Option(help="Seed of every random draw (default 0).")]
Threads = Annotated[int | None, typer.Option(help="Threads to use (default all).")]
MaxBad = Annotated[
    float | None,
    typer.Option(help="Quarantined share of a table that stops the run, 0 to 1 (default 0.05)."),
]
Strict = Annotated[bool, typer.Option("--strict", help="Exit 4 if any row is in quarantine.")]
AsOf = Annotated[
    str | None,
    typer.Option(
        help="Look at nothing later than this ISO 8601 time, UTC unless it names an offset "
        "(default: the latest end of a usage row).",
        metavar="TIME",
    ),
]


@dataclass(frozen=True)
class Start:
    """What stands before the command's name."""

    config: Path | None
    debug: bool


def load(ctx: typer.Context, **overrides: Any) -> Settings:
    """Return the settings with this command's own options on top."""
    from detector.config import load_settings

    settings = load_settings(overrides, file=ctx.obj.config).settings
    if settings.threads is not None:
        # Read once by polars when it is imported, which happens after this.
        os.environ["POLARS_MAX_THREADS"] = str(settings.threads)
    return settings


def parse_time(text: str | None) -> datetime | None:
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
            f"--as-of is {text!r}, expected an ISO 8601 time such as 2026-03-01T00:00:00Z"
        ) from None


def need_folder(path: Path, what: str) -> Path:
    """Return `path` if it is a folder.

    Raises
    ------
    UsageError
        It is not there, or is a file.
    """
    if not path.is_dir():
        state = "is a file" if path.exists() else "does not exist"
        raise UsageError(f"{what} {path} {state}; expected a folder")
    return path


def claim_output(out: Path) -> Path:
    """Make sure that a folder can be written to before the work starts.

    Raises
    ------
    OutputError
        It cannot be made or written to.
    """
    probe = out / f".enduse-{os.getpid()}"
    try:
        out.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise OutputError(
            f"cannot write to {out}: {error.strerror}; name a folder you may write to"
        ) from error
    return out


def check_name(value: str, what: str) -> str:
    """Return `value` if it is a plain word of letters, digits, ``_`` and ``-``.

    Raises
    ------
    UsageError
        It is anything else, a path for instance.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", value):
        raise UsageError(f"{what} is {value!r}; expected letters, digits, _ and - alone")
    return value
