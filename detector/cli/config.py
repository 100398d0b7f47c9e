"""``config``: the settings in force."""

from __future__ import annotations

from typing import Annotated

import typer

from detector.cli import options, show
from detector.cli.commands import Commands

config = Commands(no_args_is_help=True, help="The settings in force.")


@config.callback()
def _settings() -> None:
    """The settings in force."""


@config.command("show")
def config_show(
    ctx: typer.Context,
    origin: Annotated[
        bool, typer.Option("--origin", help="Tell where each value came from.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Print every setting and its value; secrets are masked."""
    from detector.config import describe, load_settings

    rows = describe(load_settings(file=ctx.obj.config))
    if json:
        keys = ("value", "origin") if origin else ("value",)
        show.print_json({name: dict(zip(keys, rest, strict=False)) for name, *rest in rows})
    elif origin:
        show.print_table(("setting", "value", "origin"), rows)
    else:
        show.print_table(("setting", "value"), [row[:2] for row in rows])
