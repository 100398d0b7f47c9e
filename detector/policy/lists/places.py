"""Country codes out of what lists write: a code, a name, or the end of an address."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from detector.countries import country

_POSTCODE: Final = " -0123456789"


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
