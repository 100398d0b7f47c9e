"""``doctor``: whether an installation, or a running service, is in order."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from detector.cli import options, show
from detector.errors import EnduseError, UsageError


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

    Examples
    --------
        enduse doctor
        enduse doctor --service http://127.0.0.1:9464
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
