"""Numbers as notices write them: 40,000,000, 40.000.000, 4000万, 四千万, 1亿2000万, 0.4亿."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

_DIGITS: Final = {
    "零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "兩": 2, "三": 3, "四": 4, "五": 5, "六": 6,
    "七": 7, "八": 8, "九": 9,
}  # fmt: skip
_SCALES: Final = {
    "十": 10, "百": 100, "千": 1000, "万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8,
}  # fmt: skip
#: From here on a scale counts all that stands before it.
_LARGE: Final = 10**4
_HAN: Final = "".join(_DIGITS)
_SCALE: Final = "".join(_SCALES)
_ARABIC: Final = (
    r"\d{1,3}(?:[,' ]\d{3})+(?:\.\d+)?(?!\d)|\d{1,3}(?:\.\d{3}){2,}(?!\d)|\d+(?:\.\d+)?"
)
#: A number, and what stands behind it in Chinese scales.
NUMBER: Final = rf"(?:(?:{_ARABIC})(?: ?[{_SCALE}])?|[{_HAN}十])(?:[{_SCALE}{_HAN}]|\d)*"
_PARTS: Final = re.compile(rf"(?P<arabic>{_ARABIC})|(?P<han>[{_HAN}])|(?P<scale>[{_SCALE}])")
#: Longer numbers count nothing that is for sale.
_LONGEST: Final = 30


def value(text: str) -> Decimal | None:
    """The number that is written; None where it is none that counts something.

    >>> [int(value(t)) for t in ("40,000,000", "40.000.000", "4000万", "0.4亿", "1亿2000万")]
    [40000000, 40000000, 40000000, 40000000, 120000000]
    >>> [int(value(t)) for t in ("六十四", "十六", "三千五百万", "一百零八", "1万亿")]
    [64, 16, 35000000, 108, 1000000000000]
    """
    if len(text) > _LONGEST:
        return None
    total, section, last = Decimal(0), Decimal(0), None
    for part in _PARTS.finditer(text):
        if part["scale"] is None:
            last = _joined(last, part)
            continue
        scale = _SCALES[part["scale"]]
        if scale < _LARGE:
            section += (Decimal(1) if last is None else last) * scale
        else:
            total, section = _scaled(total, section + (last or 0), scale)
        last = None
    return total + section + (last or 0)


def _scaled(total: Decimal, section: Decimal, scale: int) -> tuple[Decimal, Decimal]:
    """A large scale counts its section; a second one right behind it, all: 1万亿."""
    if total and (total < scale or not section):
        return (total + section) * scale, Decimal(0)
    return total + section * scale, Decimal(0)


def _joined(last: Decimal | None, part: re.Match[str]) -> Decimal:
    if part["han"] is not None:
        digit = Decimal(_DIGITS[part["han"]])
        return digit if last is None else last * 10 + digit
    number = part["arabic"]
    grouped = number.count(".") > 1
    return Decimal(re.sub(r"[,' .]" if grouped else r"[,' ]", "", number))
