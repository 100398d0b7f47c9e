"""Shares and chains of owners in words, for a reviewer.

``X 50 % -> A; A 25 % + B 25 % -> account 7; 50.0 % of >= 50 %``
"""

from __future__ import annotations

from typing import Final

from detector.policy.owners.shares import WHOLE
from detector.terminal import safe_text

NAME: Final = 40
"""Most characters of a name."""
_UNITS_A_PERCENT: Final = WHOLE // 100


def percent(units: int, *, digits: int = 0) -> str:
    """A share in percent, exactly; with so many digits at least.

    >>> percent(WHOLE // 2), percent(WHOLE // 2, digits=1), percent(WHOLE // 2 - 1)
    ('50', '50.0', '49.99999999')
    """
    whole, part = divmod(units, _UNITS_A_PERCENT)
    decimals = f"{part:08d}".rstrip("0").ljust(digits, "0")
    return f"{whole}.{decimals}" if decimals else str(whole)


def share(low: int, high: int, *, low_open: bool = False, high_open: bool = False) -> str:
    """A share, or its bounds.

    >>> share(WHOLE // 4, WHOLE // 4), share(0, WHOLE)
    ('25 %', 'unknown share')
    >>> share(WHOLE // 4, WHOLE // 2, low_open=True)
    'more than 25 to 50 %'
    """
    if (low, high) == (0, WHOLE) and not (low_open or high_open):
        return "unknown share"
    if low == high:
        return f"{percent(low)} %"
    over, under = ("more than " * low_open), ("less than " * high_open)
    return f"{over}{percent(low)} to {under}{percent(high)} %"


def limit(threshold: int, *, strict: bool) -> str:
    """The share that a rule asks for.

    >>> limit(WHOLE // 2, strict=False), limit(WHOLE // 2, strict=True)
    ('>= 50 %', '> 50 %')
    """
    return f"{'>' if strict else '>='} {percent(threshold)} %"


def name(text: str) -> str:
    """A name that no terminal obeys, cut to its length."""
    return safe_text(text, limit=NAME)
