"""Label values nothing can break or forge, and pseudonyms for accounts."""

from __future__ import annotations

import hashlib
import hmac
import math
from collections.abc import Iterable, Mapping
from typing import Final

from detector.terminal import safe_text

LABEL_LENGTH: Final = 100
MOST_LABELS: Final = 100
FOLDED: Final = "(other)"
_PSEUDONYM_DIGITS: Final = 16
_MARK_DIGITS: Final = 8


def label(value: object) -> str:
    r"""Return a label value of one printable line, at most 100 characters long.

    Examples
    --------
    >>> label("a\nb\x1b\ud800")
    'a\\nb\\x1b\\ud800'
    """
    return safe_text(value, limit=LABEL_LENGTH)


def distinct(values: Iterable[str]) -> dict[str, str]:
    """Map names to labels; two names that would share a label get a mark of their own.

    Two samples of one series would make the whole scrape fail.
    """
    names = sorted(values)
    plain = {name: label(name) for name in names}
    shown = list(plain.values())
    clashing = {text for text in shown if shown.count(text) > 1 or text == FOLDED}
    return {name: _marked(name) if text in clashing else text for name, text in plain.items()}


def _marked(name: str) -> str:
    mark = hashlib.blake2b(_bytes(name)).hexdigest()[:_MARK_DIGITS]
    return f"{safe_text(name, limit=LABEL_LENGTH - _MARK_DIGITS - 1)}#{mark}"


def fold(values: Mapping[str, float], most: int = MOST_LABELS) -> dict[str, float]:
    """Keep the largest counts and add up the others under one label."""
    kept, rest = _largest(values, most)
    marks = distinct(kept)
    result = {marks[name]: values[name] for name in kept}
    if rest:
        result[FOLDED] = math.fsum(values[name] for name in rest)
    return result


def largest(values: Mapping[str, float], most: int = MOST_LABELS) -> dict[str, float]:
    """Keep the largest values alone, under labels."""
    kept, _ = _largest(values, most)
    marks = distinct(kept)
    return {marks[name]: values[name] for name in kept}


def _largest(values: Mapping[str, float], most: int) -> tuple[list[str], list[str]]:
    order = sorted(values, key=lambda name: (-values[name], name))
    return sorted(order[:most]), order[most:]


def pseudonym(account: str, key: bytes) -> str:
    """Return the keyed name of an account: HMAC-SHA-256, first 64 bits in hex."""
    return hmac.new(key, _bytes(account), hashlib.sha256).hexdigest()[:_PSEUDONYM_DIGITS]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
