"""Countries by the names that people write them with, and their ISO 3166 codes."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType


@cache
def names() -> Mapping[str, str]:
    """Codes by name, in small letters."""
    text = files("detector").joinpath("countries.csv").read_text(encoding="utf-8")
    return MappingProxyType({row["name"]: row["code"] for row in csv.DictReader(text.splitlines())})


@cache
def _codes() -> frozenset[str]:
    return frozenset(names().values())


def country(text: str) -> str | None:
    """The ISO 3166 code of a country that is written as a code or a name.

    >>> country("cn"), country("Korea, North"), country("ZZ")
    ('CN', 'KP', None)
    """
    found = text.strip(" .")
    if found.upper() in _codes():
        return found.upper()
    return names().get(found.lower())
