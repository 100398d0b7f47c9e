"""Rare identifiers that accounts share (F11): words and rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from detector.findings.finding import Finding
from detector.findings.reading import rare
from detector.findings.subjects import SHARED_IDENTIFIER
from detector.words import quantity

_SHOWN: Final = ("kind", "value_hash", "first_seen", "last_seen")
_TIED_TO_NOBODY: Final = "Rare identifiers tie it to no other account"


def _apart(value: float) -> str:
    """Days in a value of ``1 / (1 + days)``; peers without a linked account have none."""
    return quantity(value, "1/(1+days)") if value > 0.0 else "none"


def _tied(
    said: str, none: str = _TIED_TO_NOBODY, reads: Callable[[float], str] | None = None
) -> Finding:
    return Finding(said, SHARED_IDENTIFIER, shows=_SHOWN, none=none, reads=reads)


SAID: Final[Mapping[str, Finding]] = {
    "f11_shared_bits": _tied(
        "It shares with {whom} what {value} of strangers would share by chance",
        "It shares no rare identifier with any other account", rare("pairs"),
    ),
    "f11_shared_kinds": _tied(
        "It shares {value} of rare identifier{kinds} with {whom}",
        "It shares no kind of rare identifier with an account of no declared connection",
    ),
    "f11_partners": _tied("Rare identifiers tie it to {value} of no declared connection{those}"),
    "f11_group_size": _tied(
        "It is one of {value} that rare identifiers tie together without a declaration{those}",
        "Rare identifiers make it part of no group",
    ),
    "f11_group_density": _tied(
        "{value} of all pairs in its linked group{detail} are tied directly{those}",
        "It is in no linked group of three or more",
    ),
    "f11_signed_up_together": _tied(
        "It signed up {value} apart from {whom}, of no declared connection",
        "No linked account of no declared connection signed up near it", _apart,
    ),
    "f11_near_confirmed": _tied(
        "Rare identifiers lead from it to a confirmed account{those}; {value} sure",
        "Rare identifiers lead from it to no confirmed account",
    ),
    "f11_suspicion": _tied(
        "Of the doubt that a confirmed account casts on all whom rare identifiers tie to it, "
        "{value} falls on this one{those}",
        "No confirmed account casts doubt on it by a rare identifier",
    ),
    "f11_returned": _tied(
        "It was opened after an account with the same rare identifiers was shut or "
        "confirmed{those}; {value} sure and near in time",
        "It was opened after no linked account was shut or confirmed",
    ),
}  # fmt: skip
