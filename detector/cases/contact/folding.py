"""Text as a reader takes it, whatever letters it is written with; and words looked for in it.

NFKC, small letters, no accents and no invisible characters; then letters of other alphabets that
look like Latin ones become these (``words/lookalikes.csv``). No library that is a dependency
knows look-alikes: the table holds the common ones, and `mixed` names words of two alphabets
whatever they look like.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from typing import Final

_DIGITS: Final = str.maketrans("0134578@$", "oieastbas")
_SPACED: Final = re.compile(r"(?<!\w)\w(?:[^\w\n]{1,2}\w){3,}(?!\w)")
_LEET: Final = re.compile(r"\w*[a-z@$]\w*[0134578@$][\w@$]*", re.ASCII)
_APART: Final = re.compile(r"[^\w*]+|_+")
_WORD: Final = re.compile(r"[^\W\d_]+")
_ALPHABETS: Final = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE")


def rows_of(name: str) -> list[dict[str, str]]:
    """The rows of a table of words."""
    text = files("detector.cases.contact").joinpath("words", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def _alike() -> dict[int, str]:
    return {ord(row["letter"]): row["like"] for row in rows_of("lookalikes.csv")}


def fold(text: str) -> str:
    r"""Text in small plain letters; lines stay lines.

    >>> fold("Pro\u200bxy, prоxу, ｐｒｏｘｙ")
    'proxy, proxy, proxy'
    """
    apart = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    kept = (c for c in apart if unicodedata.category(c) not in ("Mn", "Me", "Cf"))
    return unicodedata.normalize("NFKC", "".join(kept).translate(_alike()))


def readings(text: str) -> tuple[str, ...]:
    """The folded text, and as it reads with figures for letters and with letters set apart.

    >>> readings("pr0xy p-r-o-x-y")
    ('pr0xy p-r-o-x-y', 'proxy p-r-o-x-y', 'pr0xy proxy')
    """
    folded = fold(text)
    figures = _LEET.sub(lambda found: found[0].translate(_DIGITS), folded)
    joined = _SPACED.sub(lambda found: re.sub(r"\W", "", found[0]), folded)
    return (folded, figures, joined)


def plain(text: str) -> str:
    """Folded words with one space between them, and the star that stands for any ending.

    >>> plain("Korea, North"), plain("shell-compan*")
    ('korea north', 'shell compan*')
    """
    return " ".join(_APART.split(fold(text))).strip()


@cache
def pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """What finds whole words or phrases in folded text; a star stands for any ending."""
    parts = [
        r"[\W_]+".join(part.replace("*", r"\w*") for part in plain(word).split())
        for word in sorted(words, key=lambda word: (-len(word), word))
    ]
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts) or '(?!)'})(?!\w)")


def found(text: str, words: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Where words stand: the line, from 1, and what stands there, folded."""
    wanted = pattern(tuple(sorted(set(words))))
    seen = set()
    for reading in readings(text):
        for hit in wanted.finditer(reading):
            place = (reading.count("\n", 0, hit.start()) + 1, plain(hit[0]))
            if place not in seen:
                seen.add(place)
                yield place


def mixed(text: str) -> Iterator[tuple[int, str]]:
    """Words made of the letters of two alphabets: the line, and the word."""
    for number, line in enumerate(text.split("\n"), 1):
        for hit in _WORD.finditer(line):
            if not hit[0].isascii() and len({_alphabet(c) for c in hit[0]} - {""}) > 1:
                yield number, hit[0]


def _alphabet(letter: str) -> str:
    name = unicodedata.name(letter, "")
    return next((one for one in _ALPHABETS if name.startswith(one)), "")
