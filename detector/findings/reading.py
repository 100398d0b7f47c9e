"""How values read whose unit alone does not say it: counts behind logarithms, odd fractions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from detector.findings.finding import Reads
from detector.words import number, percent, plural, quantity
from features.rollups import Rollups

#: Days that features look back over.
WINDOW: Final = Rollups.window_days
#: What rounding may add to a whole number that was made into a share.
_ROUNDING: Final = 1e-6

#: What may lack to a whole number of groups.
_EXACT: Final = 0.01
#: Figures beyond it are told as being beyond it.
_MOST: Final = 1e12
#: Beyond it the exponential has no float.
_LARGEST = 700.0


def same(value: float) -> float:
    """A value that counts already."""
    return value


def one_more(value: float) -> float:
    """A value that counts those after the first."""
    return value + 1.0


def power(value: float) -> float:
    """What ``log(n)`` was made of: n."""
    return math.exp(min(value, _LARGEST))


def power_less_one(value: float) -> float:
    """What ``log(1 + n)`` was made of: n."""
    return math.expm1(min(value, _LARGEST))


def counted(one: str, many: str | None = None, of: Callable[[float], float] = same) -> Reads:
    """A count with its noun; ``of`` makes the count of the value.

    Examples
    --------
    >>> keys = counted("API key", of=power)
    >>> keys(0.0), keys(math.log(12))
    ('1 API key', '12 API keys')
    """

    def read(value: float) -> str:
        figure = number(round(of(value), 9))
        return f"{figure} {one if figure == '1' else many or one + 's'}"

    return read


def parts(one: str, many: str | None = None) -> Reads:
    """Of how many equal parts something is as diverse, from the logarithm of that.

    Examples
    --------
    >>> groups = parts("group")
    >>> groups(0.0004), groups(0.6)
    ('hardly more than 1 group', '1.82 groups')
    """
    plain = counted(one, many, power)

    def read(value: float) -> str:
        text = plain(value)
        return f"hardly more than {text}" if value > 0 and text.startswith("1 ") else text

    return read


def groups(value: float) -> str:
    """Of how many groups of like size something is made, from the logarithm of that.

    Examples
    --------
    >>> groups(0.3), groups(math.log(2.88)), groups(math.log(2.0))
    ('one large group and small ones', 'about 3 groups', '2 groups')
    """
    many = power(value)
    figure = round(many)
    if figure < 2:
        return "one large group and small ones"
    return f"{'about ' * (abs(many - figure) > _EXACT)}{number(figure)} groups"


def days_of(half: float) -> Reads:
    """Days from a value made as ``days / (half + days)``.

    Examples
    --------
    >>> days_of(90.0)(0.5), days_of(90.0)(1 / 91), days_of(90.0)(0.0001)
    ('90 days', '1 day', 'under 2 hours')
    """

    def read(value: float) -> str:
        days = half * value / (1.0 - value) if value < 1.0 else math.inf
        return quantity(round(days, 9), "days")

    return read


def out_of(most: int) -> Reads:
    """A value out of the most there can be.

    Examples
    --------
    >>> out_of(4)(2 / 3), out_of(4)(2)
    ('0.67 of 4', '2 of 4')
    """
    return lambda value: f"{number(value, 2)} of {most}"


def rare(noun: str) -> Reads:
    """How rare something is that is worth so many bits: of how many things one has it.

    Examples
    --------
    >>> pairs = rare("pairs")
    >>> pairs(26.3), pairs(5.0), pairs(0.2), pairs(0.0)
    ('1 of 83 million pairs', '1 of 32 pairs', 'most pairs', 'nothing rare')
    """

    def read(value: float) -> str:
        if value <= 0.0:
            return "nothing rare"
        many = 2.0 ** min(value, 100.0)
        if many < 2.0:
            return f"most {noun}"
        return (
            f"less than 1 of a million million {noun}"
            if many > _MOST
            else f"1 of {_about(many)} {noun}"
        )

    return read


def _about(many: float) -> str:
    """Two digits of a large number, in words from a million."""
    rounded = float(f"{many:.2g}")
    for size, word in ((1e9, "billion"), (1e6, "million")):
        if rounded >= size:
            return f"{rounded / size:g} {word}"
    return f"{rounded:,.0f}"


def at_least_days(share: float) -> str:
    """Whole days of silence that a share of the window, or a product with it, means at least.

    Examples
    --------
    >>> at_least_days(0.0041), at_least_days(0.5)
    ('1 day', '45 days')
    """
    return plural(math.ceil(share * WINDOW - _ROUNDING), "day")


def window_days(share: float) -> str:
    """How long a share of the window is."""
    return quantity(round(share * WINDOW, 6), "days")


def by_same_measure(share: float) -> str:
    """The peers' middle of a product of shares.

    Each factor is at least the product, and is told so of the account; of half of its peers
    nothing is known but that the product is at most this.
    """
    return f"at most {percent(share)} by the same measure"


def differ_by(agreement: float) -> str:
    """How far two amounts are apart, the smaller of which is such a share of the larger."""
    return percent(1.0 - agreement)


def differ_more(agreement: float) -> str:
    """The peers' middle of what ``differ_by`` reads: they differ by more."""
    return f"at least {differ_by(agreement)}"


def points(share: float) -> str:
    """A difference of two shares.

    Examples
    --------
    >>> points(0.01), points(0.264)
    ('1 percentage point', '26 percentage points')
    """
    figure = number(100 * share, 2)
    return f"{figure} percentage point{'' if figure == '1' else 's'}"
