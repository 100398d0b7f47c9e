"""Country codes out of what lists write: a code, a name, or the end of an address."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

_POSTCODE: Final = " -0123456789"


@cache
def _names() -> Mapping[str, str]:
    text = files(__package__).joinpath("countries.csv").read_text(encoding="utf-8")
    return MappingProxyType({row["name"]: row["code"] for row in csv.DictReader(text.splitlines())})


@cache
def _codes() -> frozenset[str]:
    return frozenset(_names().values())


def country(text: str) -> str | None:
    """The ISO 3166 code of a country that is written as a code or a name.

    >>> country("cn"), country("Korea, North"), country("ZZ")
    ('CN', 'KP', None)
    """
    found = text.strip(" .")
    if found.upper() in _codes():
        return found.upper()
    return _names().get(found.lower())


def country_of_address(address: str) -> str | None:
    """The country at the end of an address; None where it names none.

    >>> country_of_address("Road 4, Xian, China 710015"), country_of_address("Quay 9, Wuhu, CN")
    ('CN', 'CN')

    Before a postcode two letters are a state, and small ones are a word:

    >>> country_of_address("Quay 9, Phoenix, AZ, 85043"), country_of_address("Quay 9, az")
    (None, None)
    """
    parts = [part.strip(" .").strip(_POSTCODE) for part in address.split(",")]
    last = next((part for part in reversed(parts) if part), "")
    if len(last) == 2 and not (last.isupper() and address.rstrip(" .").endswith(last)):
        return None
    return country(last)


def countries(named: Iterable[str], addresses: Iterable[str]) -> list[str]:
    """The codes of all countries named or stood in by an address, sorted."""
    found = {*map(country, named), *map(country_of_address, addresses)}
    return sorted(code for code in found if code)
