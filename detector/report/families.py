"""Families by name, and those that speak without a line among the reasons."""

from __future__ import annotations

from typing import Final

from detector.dossier import Case, Row
from detector.findings.alone import said_alone
from detector.words import one_in, visible
from features.build import REGISTRY
from features.families import about_family

SIGN: Final = 300


def family_name(family: str | None) -> str:
    """Return ``F03 payer and instrument``."""
    if not family:
        return ""
    return f"{visible(family, 8)} {about_family(family)}".strip()


def unshown(case: Case) -> list[str]:
    """Families that speak without a line among the reasons, each with its rarest sign."""
    return [f"{family_name(row['family'])} speaks too{_sign(row)}" for row in case.unshown]


def _sign(row: Row) -> str:
    if row["feature"] not in REGISTRY.names():
        return "; none of its signs alone is rare."
    text = visible(said_alone(REGISTRY[row["feature"]], row["value"]), SIGN)
    return f". Its rarest sign: {text.rstrip('.')} (so with {_so_many(row['beyond'])} accounts)."


def _so_many(share: float) -> str:
    return f"{one_in(share)}{' of' * (share > 0.1)}"
