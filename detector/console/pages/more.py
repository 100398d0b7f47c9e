"""All routes beside those about cases, in one tuple."""

from __future__ import annotations

from detector.console.pages import (
    admin,
    appeals,
    audit,
    letters,
    packs,
    proposals,
    quality,
    retention,
    settings,
    suppressors,
    templates,
)
from detector.console.routes import Route
from detector.console.verifying import Verifier


def routes_of(verifier: Verifier) -> tuple[Route, ...]:
    """The routes; ``verifier`` is what the audit starts."""
    return (
        *letters.ROUTES, *templates.ROUTES, *appeals.ROUTES, *suppressors.ROUTES,
        *proposals.ROUTES, *quality.ROUTES, *audit.routes_of(verifier), *packs.ROUTES,
        *retention.ROUTES, *admin.ROUTES, *settings.ROUTES,
    )  # fmt: skip
