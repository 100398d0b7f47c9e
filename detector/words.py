"""Figures, dates and foreign text as a reviewer reads them."""

from __future__ import annotations

import math
import re
from datetime import date, datetime
from typing import Final

from detector.terminal import safe_text

NONE: Final = "–"
ID_LIMIT: Final = 28
TEXT_LIMIT: Final = 400
TITLE_LIMIT: Final = 600
_STACKED_MARKS: Final = re.compile(
    r"([\u0300-\u036f\u1ab0-\u1aff\u20d0-\u20ff\ufe20-\ufe2f]{3})"
    r"[\u0300-\u036f\u1ab0-\u1aff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
# Distances and products of a feature lie between none and all, as shares do.
_SHARES: Final = frozenset({"share", "ratio", "fraction", "probability", "distance", "product"})
_OF_SO_MANY: Final = re.compile(r"(?P<noun>[a-z]+)/\((?P<half>\d+)\+(?P=noun)\)")
# Where a unit's noun ends and what it is counted for begins: "tokens per request".
_HEAD: Final = re.compile(r"(?P<noun>.+?)(?P<rest>(?: per | of | on ).*)?")


def visible(value: object, limit: int = TEXT_LIMIT) -> str:
    r"""Return foreign text as one printable line of at most `limit` characters.

    Control characters, bidirectional marks and lone surrogates become visible escapes, and
    accents piled higher than three are dropped, so that no text draws over its neighbours.

    Examples
    --------
    >>> visible("acct\u202egpj.exe")
    'acct\\u202egpj.exe'
    """
    return safe_text(_STACKED_MARKS.sub(r"\1", str(value)[: 4 * limit]), limit)


def number(value: float | None, digits: int = 3) -> str:
    """Return a figure with `digits` significant digits; millions and more are shortened.

    Examples
    --------
    >>> number(1234567.0), number(123456), number(0.01234), number(12.0), number(None)
    ('1.23 M', '123,456', '0.0123', '12', '–')
    """
    if value is None or math.isnan(value):
        return NONE
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    for unit, step in (("bn", 1e9), ("M", 1e6)):
        if step <= abs(value) < 1e15:
            return f"{number(value / step, digits)} {unit}"
    if abs(value) >= 1e15:
        return f"{value:.2e}".replace("-", "−")
    places = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{min(places, 9)}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return _minus(text)


def _minus(text: str) -> str:
    """A minus sign of its own width, and none before what is shown as nothing."""
    return text.replace("-", "−") if text.strip("-0.,") else text.replace("-", "")


def fixed(value: float | None, digits: int = 3) -> str:
    """Return a figure with `digits` decimals.

    Examples
    --------
    >>> fixed(0.25), fixed(-1.5), fixed(-0.0001), fixed(None)
    ('0.250', '−1.500', '0.000', '–')
    """
    return NONE if value is None else _minus(f"{value:.{digits}f}")


def signed(value: float, digits: int = 3) -> str:
    """Return a figure with `digits` decimals that always carries its sign.

    Examples
    --------
    >>> signed(0.25), signed(-0.5), signed(0.0)
    ('+0.250', '−0.500', '0.000')
    """
    text = _minus(f"{value:+.{digits}f}")
    return text if text.strip("+0.") else text.removeprefix("+")


def percent(share: float | None) -> str:
    """Return a share as a percentage.

    Examples
    --------
    >>> percent(0.123), percent(0.0004), percent(1.0), percent(None)
    ('12 %', '0.04 %', '100 %', '–')
    """
    if share is None or math.isnan(share):
        return NONE
    figure = 100 * share
    digits = 2 if abs(figure) >= 1 else 1
    return f"{number(figure, 3 if 99 < figure < 100 else digits)} %"


def quantity(value: float | None, unit: str) -> str:
    """Return a feature's value with its unit: shares as percentages, transforms undone.

    A unit such as ``log(1+keys)`` or ``1/(1+days)`` names what the feature was made of; the
    reviewer reads keys and days. A span of less than a day is told in hours, a number of days
    on which something happened is not; what is only so or not is "yes" or "no".

    Examples
    --------
    >>> quantity(0.5, "share"), quantity(36, "h"), quantity(7, ""), quantity(1.0, "flag")
    ('50 %', '36 h', '7', 'yes')
    >>> quantity(math.log1p(12), "log(1+keys)"), quantity(0.0, "log(communities)")
    ('12 keys', '1 community')
    >>> quantity(0.25, "1/(1+days)"), quantity(0.0, "log(1+days)"), quantity(0.5, "days/(30+days)")
    ('3 days', '0 days', '30 days')
    """
    if value is None or math.isnan(value):
        return NONE
    if unit == "flag":
        return {0.0: "no", 1.0: "yes"}.get(value, percent(value))
    if unit.split()[-1:] == ["share"] or unit in _SHARES or unit.startswith("share of "):
        return percent(value) if -1 <= value <= 1 else number(value)
    if value == 0 and unit.startswith("1/"):
        return "never" if "days" in unit or "months" in unit else "none"
    # Of a span, nothing at all and no time to speak of differ: "days/(30+days)" from "1/(1+days)".
    span = unit.startswith("1/") or (_OF_SO_MANY.fullmatch(unit) is not None and value > 0)
    value, unit = _undone(value, unit)
    if unit == "days" and span and 0 <= value < 1:
        hours = number(24 * value, 2)
        return f"{hours} {_counted(hours, 'hours')}" if value >= 1 / 12 else "under 2 hours"
    figure = number(value)
    return f"{figure} {_counted(figure, unit)}".rstrip()


def _undone(value: float, unit: str) -> tuple[float, str]:
    """Undo a transform that the unit names, where the value allows it."""
    if unit.startswith("log(1+") and value < 50:
        return math.expm1(value), unit[6:-1]
    if unit.startswith("log(") and value < 50:
        return math.exp(value), unit[4:-1]
    if unit.startswith("1/(1+") and 0 < value <= 1:
        return 1 / value - 1, unit[5:-1]
    if unit.startswith("1/") and value > 0:
        return 1 / value, unit[2:]
    if (part := _OF_SO_MANY.fullmatch(unit)) and 0 <= value < 1:
        return float(part["half"]) * value / (1 - value), part["noun"]
    return value, unit


def _counted(figure: str, unit: str) -> str:
    """The unit beside a figure: one thing, or several."""
    return singular(unit) if figure == "1" else unit


def singular(noun: str) -> str:
    """Return a noun of several things as one of them; what is no plural stays as it is.

    Examples
    --------
    >>> singular("communities"), singular("look-ups"), singular("boxes"), singular("TPP-h")
    ('community', 'look-up', 'box', 'TPP-h')
    >>> singular("tokens per request"), singular("addresses"), singular("places"), singular("gas")
    ('token per request', 'address', 'place', 'gas')
    """
    parts = _HEAD.fullmatch(noun)
    if parts is None:
        return noun
    one, rest = parts["noun"], parts["rest"] or ""
    if re.search(r"[^aeiou]ies$", one):
        return one[:-3] + "y" + rest
    if re.search(r"(?:ss|x|ch|sh)es$", one):
        return one[:-2] + rest
    return (one[:-1] if re.search(r"[^aisu]s$", one) else one) + rest


def several(noun: str) -> str:
    """Return a noun as more than one of them.

    Examples
    --------
    >>> several("account"), several("entry"), several("day"), several("match"), several("look-up")
    ('accounts', 'entries', 'days', 'matches', 'look-ups')
    """
    if re.search(r"[^aeiou]y$", noun):
        return noun[:-1] + "ies"
    return noun + ("es" if re.search(r"(?:s|x|ch|sh)$", noun) else "s")


def one_in(share: float | None) -> str:
    """Return a small share of peers as one of so many.

    Examples
    --------
    >>> one_in(0.0002), one_in(0.3), one_in(0.0), one_in(None)
    ('1 of 5,000', '30 %', 'none', '–')
    """
    if share is None or math.isnan(share):
        return NONE
    if share <= 0:
        return "none"
    if share > 0.1:
        return percent(share)
    count = 1 / share
    magnitude = 10 ** max(0, math.floor(math.log10(count)) - 1)
    return f"1 of {round(count / magnitude) * magnitude:,}"


def in_so_many(share: float | None) -> str:
    """Return a share as so many in a hundred, a thousand and so on.

    Examples
    --------
    >>> in_so_many(0.3), in_so_many(0.042), in_so_many(0.0071), in_so_many(0.0005)
    ('30 in 100', '4 in 100', '7 in 1,000', '5 in 10,000')
    >>> in_so_many(0.0098), in_so_many(1.0), in_so_many(0.0), in_so_many(None)
    ('1 in 100', '100 in 100', 'none', '–')
    """
    if share is None or math.isnan(share):
        return NONE
    if share <= 0:
        return "none"
    among = 10 ** max(2, math.ceil(-math.log10(share) - 1e-9))
    count = round(share * among)
    if count >= 10 and among > 100:
        count, among = count // 10, among // 10
    return f"{count} in {among:,}"


def chance(p_value: float | None) -> str:
    """Return a tail p-value in words: how many ordinary accounts stand as far out, or farther.

    Examples
    --------
    >>> chance(0.0071)
    'about 7 in 1,000 ordinary accounts reach this'
    """
    if p_value is None or math.isnan(p_value):
        return "not compared with others"
    if p_value >= 0.995:
        return "nearly all ordinary accounts reach this"
    return f"about {in_so_many(p_value)} ordinary accounts reach this"


def plural(count: int, noun: str, many: str | None = None) -> str:
    """Return a count with its noun.

    Examples
    --------
    >>> plural(1, "account"), plural(1200, "account"), plural(2, "pack of rules", "packs of rules")
    ('1 account', '1,200 accounts', '2 packs of rules')
    """
    return f"{count:,} {noun if count == 1 else many or several(noun)}"


def moment(value: object) -> str:
    """Return a time as ``2026-10-31 00:00 UTC``; text that is no time is returned as it is."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return visible(value, 40)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    return f"{value:%Y-%m-%d}" if isinstance(value, date) else NONE


def data_size(count: float) -> str:
    """Return bytes in a decimal unit.

    Examples
    --------
    >>> data_size(512), data_size(1_234_567)
    ('512 B', '1.23 MB')
    """
    for unit, step in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= step:
            return f"{number(count / step)} {unit}"
    return f"{int(count)} B"


def listing(words: list[str], limit: int = 6) -> str:
    """Join words as a sentence does, and say how many were left out.

    Examples
    --------
    >>> listing(["a", "b", "c"]), listing(["a", "b", "c"], 2)
    ('a, b and c', 'a, b and 1 more')
    """
    if len(words) > limit:
        words = [*words[:limit], f"{len(words) - limit:,} more"]
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
