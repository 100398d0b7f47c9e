"""Values that need words of their own.

A product of shares is at most each of them. So the sentence says "at least" of each, and of the
peers' middle, which bounds none of theirs, that it is of the same measure.
"""

from __future__ import annotations

import math
from typing import Final

from detector.words import number, percent, plural, quantity
from features.rollups import Rollups

WINDOW: Final = Rollups.window_days
"""Days that features look back over."""
# What rounding may add to a count that a logarithm or a product was made of.
_ROUNDING: Final = 1e-6


def at_least_days(share_of_window: float) -> str:
    """The whole days of silence that a share of the window stands for at the least."""
    return plural(math.ceil(share_of_window * WINDOW - _ROUNDING), "day")


def window_days(share_of_window: float) -> str:
    """How long a share of the window is."""
    return quantity(share_of_window * WINDOW, "days")


def by_same_measure(share: float) -> str:
    """The peers' middle of a product of shares."""
    return f"at most {percent(share)} by the same measure"


def differ_by(agreement: float) -> str:
    """How far two amounts are apart of which the smaller is a share of the larger."""
    return percent(1.0 - agreement)


def differ_more(agreement: float) -> str:
    """The peers' middle of what ``differ_by`` reads."""
    return f"at least {differ_by(agreement)}"


def points(share: float) -> str:
    """A difference of two shares."""
    figure = number(100 * share, 2)
    return f"{figure} percentage point{'' if figure == '1' else 's'}"


def counted(logarithm: float, one: str, many: str | None = None) -> str:
    """The whole number that ``log(1+number)`` was made of, with its noun."""
    return plural(round(math.expm1(logarithm)), one, many)


def others(share: float) -> int:
    """How many there are beside the one, of ``1/number``."""
    return round(1.0 / share) - 1
