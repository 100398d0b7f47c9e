"""Chinese names, in both scripts: terms are translated, the rest is spelt in pinyin."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Final

from detector.policy.names.fold import has_han, tokens
from detector.policy.names.tables import tables

_NUMERALS: Final = {character: value for value, character in enumerate("〇一二三四五六七八九")}
_ORDINAL: Final = re.compile(r"第([〇一二三四五六七八九十]{1,3})")
_TEN: Final = 10
# An administrative suffix that English names leave out.
_SUFFIX: Final = re.compile(r"^[市省区區县縣]")


def readings_of_han(text: str) -> tuple[list[str], ...]:
    """Words of a text with Chinese characters: terms translated, and all in pinyin.

    Examples
    --------
    >>> readings_of_han("成都運達科技有限公司")
    (['chengdu', 'yunda', 'technology', 'limited'], ['chengdu', 'yunda', 'keji', 'youxiangongsi'])
    """
    text = _ORDINAL.sub(lambda match: f" {_number(match.group(1))} ", text)
    translated: list[str] = []
    spelt: list[str] = []
    for piece in _pieces().split(text):
        if not piece:
            continue
        meant = tables().terms.get(piece)
        words = _pinyin(_SUFFIX.sub("", piece)) if meant is None else meant
        translated += words
        spelt += words if meant is None else _pinyin(piece)
    both = (translated, spelt)
    return both if translated != spelt else (translated,)


@cache
def _pieces() -> re.Pattern[str]:
    """Cuts at terms, longest first, and keeps them."""
    terms = sorted(tables().terms, key=lambda term: (-len(term), term))
    return re.compile(f"({'|'.join(map(re.escape, terms))})")


@lru_cache(maxsize=50_000)
def _pinyin(text: str) -> tuple[str, ...]:
    """One word for each run of characters; what is not Chinese is read as anywhere."""
    if not has_han(text):
        return tuple(tokens(text))
    from pypinyin import lazy_pinyin

    return tuple(
        word
        for run in re.findall(r"[\u3400-\u9fff\uf900-\ufaff]+|[^\u3400-\u9fff\uf900-\ufaff]+", text)
        for word in ([_one_word(lazy_pinyin(run))] if has_han(run) else tokens(run))
        if word
    )


def _one_word(syllables: list[str]) -> str:
    return "".join(tokens(" ".join(syllables)))


def _number(numeral: str) -> int:
    """Up to 99: 十四 is 14, 二十九 is 29."""
    tens, ten, units = numeral.partition("十")
    if not ten:
        return int("".join(str(_NUMERALS[character]) for character in numeral))
    high = _NUMERALS[tens[-1]] if tens else 1
    return high * _TEN + _NUMERALS.get(units[:1], 0)
