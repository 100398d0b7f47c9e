"""Which feature families speak for which typology: the key to ``reason_hit``."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

# Family by family, as the domain notes list them. T11 has no family of its own there; its
# signs (crypto or vouchers, pseudonymous records) are what F03 and F13 read. T18 is lane L.
_TYPOLOGIES_OF_FAMILY: Final = {
    "F01": ("T01", "T02", "T09"),
    "F02": ("T01", "T12"),
    "F03": ("T01", "T03", "T08", "T11"),
    "F04": ("T01", "T04", "T17"),
    "F05": ("T02",),
    "F06": ("T07", "T15"),
    "F07": ("T17", "T20", "T04"),
    "F08": ("T10", "T13", "T21"),
    "F09": ("T04", "T05", "T06", "T07"),
    "F10": ("T03", "T06"),
    "F11": ("T03", "T08", "T16"),
    "F12": ("T03", "T04", "T14"),
    "F13": ("T08", "T21", "T11"),
    "F14": ("T14",),
    "F15": ("T19",),
}


def _invert() -> dict[str, frozenset[str]]:
    typologies = sorted({t for ts in _TYPOLOGIES_OF_FAMILY.values() for t in ts})
    return {
        typology: frozenset(f for f, ts in _TYPOLOGIES_OF_FAMILY.items() if typology in ts)
        for typology in typologies
    }


FAMILIES_OF_TYPOLOGY: Final = MappingProxyType(_invert())
"""Typology id to the ids of the families that carry its mechanism."""
