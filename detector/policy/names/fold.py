"""Text to plain words: one alphabet, one case, no invisible characters."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

#: A name longer than this is cut: no firm needs more, and hostile text must not cost more.
LONGEST: Final = 600
#: Words past this number are dropped, for the same reason.
MOST_WORDS: Final = 32

_HAN: Final = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_APOSTROPHES: Final = re.compile(r"['`´‘’ʼʻ]")
_DOTTED: Final = re.compile(r"(?<![a-z0-9])((?:[a-z]\.)+[a-z]?)(?![a-z0-9])")
_AND: Final = re.compile(r"&|\band\b")
_WORD: Final = re.compile(r"[a-z0-9]+")
_ORDINAL: Final = re.compile(r"(\d+)(?:st|nd|rd|th)")
_MIXED: Final = re.compile(r"[^\W\d_]+")
# Letters of other alphabets by what they look like, for words that mix them with Latin ones.
_LOOKS: Final = str.maketrans(
    "АВЕЅІЈКМНОРСТУХавеѕіјкмнорстухԁԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧαικνορτυχ",
    "ABESIJKMHOPCTYXabesijkmhopctyxdqwABEZHIKMNOPTYXaiknoptux",
)


def plain(text: str) -> str:
    """`text` in one Unicode form, on one line, without marks that hide or turn it."""
    text = text[: 4 * LONGEST]
    if text.isascii() and text.isprintable():
        return text[:LONGEST]
    text = unicodedata.normalize("NFKC", text)
    if not text.isprintable():
        text = "".join(_kept(character) for character in text)
    return text[:LONGEST]


def _kept(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cf", "Cs", "Co", "Cn"):
        return ""
    return " " if category[0] in "CZ" else character


def has_han(text: str) -> bool:
    """Whether Chinese characters occur."""
    return not text.isascii() and _HAN.search(text) is not None


def latin(text: str) -> str:
    """`text` in lower-case ASCII; letters that look Latin amid Latin ones are read as such.

    Examples
    --------
    >>> latin("Société «Рога»"), latin("Gаzprоm")  # the second has Cyrillic vowels
    ('societe <<roga>>', 'gazprom')
    """
    if text.isascii():
        return text.lower()
    from anyascii import anyascii

    return anyascii(_MIXED.sub(_as_it_looks, text)).lower()


def _as_it_looks(match: re.Match[str]) -> str:
    word = match.group()
    if not word.isascii() and any("a" <= letter <= "z" for letter in word.lower()):
        return word.translate(_LOOKS)
    return word


def tokens(text: str) -> list[str]:
    """The words of `text`, single letters joined: "J. P. Morgan & Co" is jp, morgan, co.

    Examples
    --------
    >>> tokens("A.B.C. (UK) Ltd."), tokens("18th Fund of X'ian")
    (['abc', 'uk', 'ltd'], ['18', 'fund', 'of', 'xian'])
    """
    folded = _APOSTROPHES.sub("", latin(text))
    if "." in folded:
        folded = _DOTTED.sub(lambda match: match.group().replace(".", ""), folded)
    if "&" in folded or "and" in folded:
        folded = _AND.sub(" ", folded)
    found = _WORD.findall(folded)[:MOST_WORDS]
    return _joined(found) if any(len(word) == 1 for word in found) else _ordinals(found)


def _joined(words: list[str]) -> list[str]:
    joined: list[str] = []
    run = ""
    for word in words:
        if len(word) == 1 and word.isalpha():
            run += word
            continue
        if run:
            joined.append(run)
            run = ""
        joined.append(word)
    if run:
        joined.append(run)
    return _ordinals(joined)


def _ordinals(words: list[str]) -> list[str]:
    return [
        match.group(1) if word[0].isdigit() and (match := _ORDINAL.fullmatch(word)) else word
        for word in words
    ]
