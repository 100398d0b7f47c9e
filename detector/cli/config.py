"""``config``: the settings in force."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final

import typer

from detector.cli import options, show
from detector.cli.commands import Commands
from detector.errors import UsageError

_LINK: Final = re.compile(r"(?m)^(\s*runbook_url:[ ]*)[^\s#]+(#\w+)[ ]*$")

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


@config.command("rules")
def config_rules(
    ctx: typer.Context,
    rules: Annotated[
        Path,
        typer.Argument(help="Rules of alerts, or their tests.", metavar="FILE", show_default=False),
    ],
    runbook_base: Annotated[
        str | None,
        typer.Option(
            help="Address of docs/runbook.md at your site (or the setting runbook_base).",
            metavar="URL",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Print rules of alerts whose links lead to the runbook at your site.

    Examples
    --------
    Rules as Prometheus is to read them:
        enduse config rules rules.yml > /etc/prometheus/enduse.yml
    """
    base = options.load(ctx, runbook_base=runbook_base).runbook_base
    if base is None:
        raise UsageError("no address of the runbook is set: give --runbook-base URL, or set it")
    try:
        text = rules.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"'{rules}' is no file of rules: {error}") from error
    found, links = _LINK.subn(lambda link: f"{link[1]}{base}{link[2]}", text)
    if not links:
        raise UsageError(f"'{rules}' has no runbook_url; expected deploy/prometheus/rules.yml")
    typer.echo(found, nl=False)
