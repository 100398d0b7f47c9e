"""``serve``, ``doctor``, ``config`` and ``version``."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

import detector
from detector.cli import options, show
from detector.errors import EnduseError, UsageError

config = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="The settings in force.")


def serve(
    ctx: typer.Context,
    results: Annotated[
        Path, typer.Option(help="Folder that `score` wrote.", metavar="OUT", show_default=False)
    ],
    listen: Annotated[
        str | None,
        typer.Option(help="Address (default 127.0.0.1:9464).", metavar="HOST:PORT"),
    ] = None,
) -> None:
    """Serve the last run at /metrics.

    For Prometheus; /healthz and /readyz are there too. The address is the loopback one unless
    --listen says otherwise.
    """
    settings = options.load(ctx, listen=listen)
    from detector.exporter import serve_results

    # Uptime is for the operator, on stderr, one safe line each.
    logging.basicConfig(format="enduse: %(message)s", stream=sys.stderr, level=logging.INFO)
    serve_results(
        results,
        settings.listen,
        key=settings.read_pseudonym_key(),
        top_k=settings.top_k,
        started=lambda host, port: show.notice(f"serving on http://{host}:{port}/metrics"),
    )


def doctor(
    ctx: typer.Context,
    service: Annotated[
        str | None,
        typer.Option(help="Check a running service instead.", metavar="URL", show_default=False),
    ] = None,
    token_file: Annotated[
        Path | None,
        typer.Option(help="File with the bearer token of --service.", metavar="FILE"),
    ] = None,
    ca_file: Annotated[
        Path | None,
        typer.Option(help="PEM file of who signed the certificate of --service.", metavar="FILE"),
    ] = None,
    json: options.Json = False,
) -> None:
    """Check the installation and the settings, or a running service.

    Of a service: whether it answers, its clock, its disk, and how fresh its data are.
    """
    from detector.doctor import examine
    from detector.doctor_service import Address, examine_service

    if service is None:
        if token_file is not None or ca_file is not None:
            raise UsageError("--token-file and --ca-file go with --service URL")
        findings = examine(ctx.obj.config)
    else:
        findings = examine_service(Address(service, _token(token_file), ca_file))
    if json:
        show.print_json([finding.as_dict() for finding in findings])
    else:
        rows = [(f.state, f.subject, f.detail) for f in findings]
        show.print_table(("state", "what", "detail"), rows)
    broken = [f.subject for f in findings if f.state == "fail"]
    if broken:
        raise EnduseError(f"not in order: {', '.join(broken)}")


def _token(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        token = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the token file {path} cannot be read: {error}") from error
    if not token.isprintable() or not token:
        raise UsageError(f"the token file {path} holds no token; expected one line of text")
    return token


def version(json: options.Json = False) -> None:
    """Print the version."""
    if json:
        show.print_json({"version": detector.__version__})
    else:
        typer.echo(detector.__version__)


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
