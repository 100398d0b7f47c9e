"""The report: one offline page a reviewer can print, and the words it shares with ``explain``.

It reads a finished OUT folder and nothing else, changes no score and sends nothing anywhere.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from detector.errors import OutputError

if TYPE_CHECKING:
    from detector.results import Results

__all__ = ["NAME", "write_page", "write_report", "write_report_of"]

NAME: Final = "report.html"


def write_report(out: Path) -> Path:
    """Write ``report.html`` into a finished OUT folder and return its path.

    Raises
    ------
    OutputError
        Where the folder cannot be written.
    """
    from detector.results.reviewed import read_reviewed

    return write_report_of(read_reviewed(out), out)


def write_report_of(reviewed: Results, out: Path) -> Path:
    """Write the report of what ``read_reviewed`` gave of OUT; see :func:`write_report`."""
    from detector.report.render import render
    from detector.report.units import feature_units

    return write_page(render(reviewed, feature_units()), out / NAME)


def write_page(page: str, target: Path) -> Path:
    """Write a page to a file and return its path.

    The file is whole or absent: it is written beside its place and renamed.

    Raises
    ------
    OutputError
        Where the file cannot be written.
    """
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        beside.write_text(page, encoding="utf-8", newline="\n")
        beside.replace(target)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise OutputError(
            f"{target} could not be written ({error.strerror}); expected a writable folder with "
            "about 1 MB free: choose another place or make room"
        ) from error
    return target
