"""``version``: which release this is."""

from __future__ import annotations

import typer

import detector
from detector.cli import options, show


def version(json: options.Json = False) -> None:
    """Print the version."""
    if json:
        show.print_json({"version": detector.__version__})
    else:
        typer.echo(detector.__version__)
