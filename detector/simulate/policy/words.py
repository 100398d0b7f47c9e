"""Invented names of listed parties, holding companies and partners.

Listed parties have syllables of their own, so that no holder is like one by chance.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from detector.simulate.names import words_of
from detector.simulate.rng import Ints, mix64

_HEADS: Final = (
    "Krob", "Plesh", "Zvan", "Trusk", "Grev", "Ombr", "Shelv", "Dront", "Vlim", "Chorn", "Ghand",
    "Hrast", "Pshek", "Skval", "Thrun", "Zhemp",
)  # fmt: skip
_MIDDLES: Final = ("ak", "eg", "yt", "opk", "ubr", "ish", "arg", "esk")
_TAILS: Final = ("ovet", "ushka", "ygrad", "echin", "omysh", "atov", "erbek", "inzha")
_LISTED_KINDS: Final = (
    "Lightwave Instruments", "Aerospace Works", "Electronics Co., Ltd.", "Microsystems",
    "Semiconductor Manufacturing Co., Ltd.", "Shipping LLC", "General Trading FZE",
    "Navigation Research Institute", "Precision Machinery", "Computing Laboratory",
)  # fmt: skip
_HELD_KINDS: Final = ("Holdings", "Capital", "Ventures", "Beteiligungen", "Participations")
_SOLD_KINDS: Final = ("Distribution", "Resale", "Channel Services", "Supply", "Solutions")
# Signs of Chinese names: read aloud, none of the first is like one of the second.
_SIGNS: Final = tuple("槐砚棹蓼荻橹堇筠苔屿柚芡")
_LISTED_SIGNS: Final = tuple("翮嵯谧瀑萼鞍铎霁磐筏楮蔻")
_TRADES: Final = ("科技有限公司", "数据有限公司", "软件有限公司", "网络有限公司")
_LISTED_TRADES: Final = ("光电研究所", "精密机械厂", "电子有限公司", "航天研究院")
GENERIC: Final = (
    "Digital Services Group", "Data Research Institute", "Cloud Systems", "Media Networks Group",
)  # fmt: skip


def listed_words(rng: np.random.Generator, count: int) -> list[str]:
    """Draw words for listed parties, no two alike."""
    every = len(_HEADS) * len(_MIDDLES) * len(_TAILS)
    numbers = rng.permutation(every)[:count].tolist()
    return [_HEADS[n // 64] + _MIDDLES[n // 8 % 8] + _TAILS[n % 8] for n in numbers]


def listed_kind(rng: np.random.Generator) -> str:
    """Draw what a listed organisation is."""
    return _LISTED_KINDS[int(rng.integers(len(_LISTED_KINDS)))]


def chinese(rng: np.random.Generator, *, listed: bool) -> str:
    """Draw an invented Chinese name: three signs and a trade."""
    signs, trades = (_LISTED_SIGNS, _LISTED_TRADES) if listed else (_SIGNS, _TRADES)
    stem = "".join(signs[i] for i in rng.integers(0, len(signs), 3).tolist())
    return stem + trades[int(rng.integers(len(trades)))]


def companies_of(ids: Ints, salt: int) -> list[str]:
    """Return the name of a holding company for each id: two words, so that none is twice."""
    return _two_words(ids, salt, _HELD_KINDS)


def partners_of(ids: Ints, salt: int) -> list[str]:
    """Return the name of a partner for each id."""
    return _two_words(ids, salt, _SOLD_KINDS)


def _two_words(ids: Ints, salt: int, kinds: tuple[str, ...]) -> list[str]:
    kind = (mix64(ids, salt + 82) % len(kinds)).tolist()
    both = zip(words_of(ids, salt + 80), words_of(ids, salt + 81), kind, strict=True)
    return [f"{first} {second} {kinds[number]}" for first, second, number in both]
