"""The shipped word tables: legal forms, abbreviations, places, common words and their weights.

They are data with a version, never counted from the lists in use: a list that grows by one entry
must not move the score of another.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

#: Of the tables in ``words/``: a change of a row is a new version, and moves scores.
VERSION: Final = "2026-11-28"

#: Weights run to this: what a word is worth that no table knows.
FULL: Final = 100
GENERIC: Final = 20
PLACE: Final = 25
SHORT: Final = 30
FEW_DIGITS: Final = 40
MANY_DIGITS: Final = 60
#: A word from here on can tell one firm from another.
DISTINCTIVE: Final = 60

_FOLDER: Final = Path(__file__).parent / "words"
_LONE_LETTERS: Final = 2


#: Words, and what they mean.
Phrase = tuple[tuple[str, ...], str]
#: By their first word, the longest first.
Phrases = Mapping[str, tuple[Phrase, ...]]


@dataclass(frozen=True)
class Tables:
    """What is known of words.

    Attributes
    ----------
    means : mapping
        A word to the words that stand for it: abbreviations, spellings, other languages.
    phrases, forms, labels : mapping
        By first word, the phrases that begin so (longest first) and what they mean: other
        words, a class of legal form, nothing.
    numerals : mapping
        A word to its number and its kind: word, tens, roman, last.
    stops : frozenset of str
        Words that tell nothing: articles and prepositions.
    places : mapping
        A place to its country, "" where it is larger than one.
    weights : mapping
        Known words to their weight.
    terms : mapping
        Chinese terms, in both scripts, to English words.
    """

    means: Mapping[str, tuple[str, ...]]
    phrases: Phrases
    forms: Phrases
    labels: Phrases
    numerals: Mapping[str, tuple[int, str]]
    stops: frozenset[str]
    places: Mapping[str, str]
    weights: Mapping[str, int]
    terms: Mapping[str, tuple[str, ...]]


def read(name: str) -> list[list[str]]:
    """Rows of one shipped table, without its header."""
    with (_FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


@cache
def digest() -> str:
    """The sha256 of all tables, so that a run can say by which it screened."""
    whole = hashlib.sha256(VERSION.encode())
    for path in sorted(_FOLDER.glob("*.csv")):
        whole.update(path.name.encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()


@cache
def tables() -> Tables:
    """Every table, read once."""
    from detector.policy.names.fold import tokens

    means = {word: tuple(meant.split()) for word, meant in read("abbreviations")}
    places = dict(read("places"))
    return Tables(
        means=means,
        phrases=_by_first_word(read("phrases"), tokens),
        forms=_by_first_word(read("legal_forms"), tokens),
        labels=_by_first_word([[row[0], ""] for row in read("labels")], tokens),
        numerals={word: (int(value), kind) for word, value, kind in read("numerals")},
        stops=frozenset(row[0] for row in read("stops")),
        places=places,
        weights=_weights(places, means),
        terms={term: tuple(meant.split()) for term, meant in read("zh_terms")},
    )


def _by_first_word(rows: list[list[str]], tokens: Callable[[str], list[str]]) -> Phrases:
    found: dict[str, dict[tuple[str, ...], str]] = {}
    for phrase, meant in rows:
        words = tuple(tokens(phrase))
        if words:
            found.setdefault(words[0], {}).setdefault(words, meant)
    return {
        first: tuple(sorted(phrases.items(), key=lambda item: (-len(item[0]), item[0])))
        for first, phrases in found.items()
    }


def _weights(places: Mapping[str, str], means: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    """Counted weights, and below them what is common by its kind."""
    # A firm of many entries does not make its own name a common word: people say which are.
    weights = {word: max(DISTINCTIVE, int(weight)) for word, weight in read("weights")}
    common = {row[0] for row in read("generic")}
    common |= {word for meant in means.values() for word in meant}
    common |= {word for phrase, _ in read("legal_forms") for word in phrase.split()}
    for word in common - places.keys():
        weights[word] = min(weights.get(word, FULL), GENERIC)
    for word in places:
        weights[word] = min(weights.get(word, FULL), PLACE)
    return weights


def weight(word: str) -> int:
    """How much it tells that two names share a word: 1 to 100.

    Examples
    --------
    >>> weight("trading"), weight("yunda"), weight("47")
    (20, 100, 40)
    """
    if not word.isalpha():
        few = word.isdigit() and len(word) <= _LONE_LETTERS
        return FEW_DIGITS if few else MANY_DIGITS
    known = tables().weights.get(word, FULL)
    return min(known, SHORT) if len(word) <= _LONE_LETTERS else known
