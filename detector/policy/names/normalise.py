"""A name as it stands in a record, to the readings of it that are compared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from detector.policy.names.acronym import split_acronym
from detector.policy.names.fold import has_han, plain, tokens
from detector.policy.names.han import readings_of_han
from detector.policy.names.slips import put_right
from detector.policy.names.tables import DISTINCTIVE, Phrase, Phrases, tables, weight

#: More readings of one text (former names, Chinese) are not made.
MOST_READINGS: Final = 6

_LEGALESE: Final = re.compile(
    r"[;,]\s*(?:and|including)\s+(?:any|all|its|their)\s+(?:\w+\s+)?"
    r"(?:successors?|sub-?units?|subsidiar).*$"
    r"|,?\s*a\.?\s*k\.?\s*a\.?,?\s+the following.*$",
    re.IGNORECASE | re.DOTALL,
)
_OTHER_NAME: Final = re.compile(
    r"[\s,;(\[]*(?:\b(?:[afn]\s?/\s?k\s?/\s?a|[afn]\.k\.a\.?|[afn]ka|d\s?/\s?b\s?/\s?a"
    r"|d\.b\.a\.?|t\s?/\s?a|also known as|now known as|doing business as|trading as)"
    r"(?!\w)|\b(?:formerly|previously|ex-)(?:\s+(?:known|named|called)(?:\s+as)?)?(?=\s)"
    r"|(?:曾用名|原名|又名|前称|前稱)[:：]?)[\s,:;]*",
    re.IGNORECASE,
)
_BRANCH: Final = re.compile(
    r"[(\[][^()\[\]]*\b(?:branch|representative office|rep\.? office)\b[^()\[\]]*[)\]]"
    r"|[(\[（][^()（）]*分(?:公司|行)[)\]）]",
    re.IGNORECASE,
)
_EDGE_LETTERS: Final = 2
_FEW: Final = 3


class Name(NamedTuple):
    """One reading of a name.

    Attributes
    ----------
    words : tuple of str
        What is compared, in the order of the text, each in its plainest form.
    weights : tuple of int
        Of the words.
    forms : frozenset of str
        Classes of its legal forms; "neutral" fits every other.
    numbers : tuple of str
        Words that hold a digit, sorted.
    ordered : tuple of str
        The words, sorted.
    total : int
        Weight of all words.
    glued : str
        The name as one word, small words too, without its legal form; "" where it holds a digit.
    han : bool
        Whether it was written in Chinese characters, whose spelling has no slips.
    """

    words: tuple[str, ...]
    weights: tuple[int, ...]
    forms: frozenset[str]
    numbers: tuple[str, ...]
    ordered: tuple[str, ...]
    total: int
    glued: str
    han: bool = False


def readings(text: str) -> tuple[Name, ...]:
    """Every reading of `text` that is compared, without repetition; none for no words.

    Examples
    --------
    >>> readings("Messrs. The Yunda Tech. Co., Ltd")[0].words
    ('yunda', 'technology')
    >>> [name.words for name in readings("Alpha Trading (formerly Beta Ltd)")]
    [('alpha', 'trading'), ('beta',)]
    """
    found: dict[Name, None] = {}
    for part in _parts(plain(text)):
        if has_han(part):
            found.update(dict.fromkeys(_of_han(part)))
        elif words := tokens(part):
            found.update(dict.fromkeys(_spelt(words)))
    return tuple(found)[:MOST_READINGS]


def _of_han(text: str) -> Iterator[Name]:
    for words in filter(None, readings_of_han(text)):
        yield read_words(words)._replace(han=True)


def _spelt(words: list[str]) -> Iterator[Name]:
    """The words as they stand, and with small words and legal forms put right."""
    yield read_words(words)
    for righted, small in put_right(words):
        name = read_words(righted)
        # Where few and common words are left, it was no slip, but the name.
        if not small or max(name.weights) >= DISTINCTIVE or len(name.words) >= _FEW:
            yield name


def _parts(text: str) -> Iterator[str]:
    """The name and its former and other names, without what lawyers and clerks add."""
    if len(text) > 10 and (";" in text or "," in text):
        text = _LEGALESE.sub("", text)
    if "(" in text or "[" in text or "（" in text:
        text = _BRANCH.sub(" ", text)
    yield from (split_acronym(part)[0] for part in _OTHER_NAME.split(text) if part)


def read_words(words: list[str]) -> Name:
    """One reading, from plain words."""
    words = _without_labels(words)
    rest, forms = _without_forms(words)
    kept = list(dict.fromkeys(_without_stops(_numbered(_meant(rest)))))
    if not kept:
        # A firm called "The Company" has no other words.
        kept = list(dict.fromkeys(_numbered(words)))
    weights = tuple(map(weight, kept))
    numbers = tuple(sorted(word for word in kept if not word.isalpha()))
    glued = "" if numbers else "".join(rest)
    return Name(tuple(kept), weights, forms, numbers, tuple(sorted(kept)), sum(weights), glued)


def _without_labels(words: list[str]) -> list[str]:
    labels = tables().labels
    while len(words) > 1 and (phrase := _phrase_at(labels, words, 0)):
        if len(phrase[0]) == len(words):
            break
        words = words[len(phrase[0]) :]
    return words


def _phrase_at(phrases: Phrases, words: list[str], place: int) -> Phrase | None:
    for phrase in phrases.get(words[place], ()):
        if len(phrase[0]) == 1 or tuple(words[place : place + len(phrase[0])]) == phrase[0]:
            return phrase
    return None


def _without_forms(words: list[str]) -> tuple[list[str], frozenset[str]]:
    """Words without legal forms: long ones wherever they stand, short ones at an edge."""
    forms = tables().forms
    rest: list[str] = []
    found: set[str] = set()
    place = 0
    short: list[int] = []
    while place < len(words):
        phrase = _phrase_at(forms, words, place) if words[place] in forms else None
        if phrase is None:
            rest.append(words[place])
            place += 1
            continue
        length = len(phrase[0])
        if length == 1 and len(words[place]) <= _EDGE_LETTERS and words[place] != "co":
            short.append(len(rest))
            rest.append(words[place])
        else:
            found.add(phrase[1])
        place += length
    for edge in _at_edges(short, len(rest)):
        found.add(forms[rest[edge]][-1][1])
        rest[edge] = ""
    rest = [word for word in rest if word]
    return (rest, frozenset(found)) if rest else (words, frozenset())


def _at_edges(short: list[int], length: int) -> list[int]:
    edges = []
    if short and short[-1] == length - 1:
        edges.append(short[-1])
    if short and short[0] == 0 and length > 1:
        edges.append(0)
    return edges


def _meant(words: list[str]) -> list[str]:
    """Words by what they stand for: phrases, abbreviations, plurals of common words."""
    known = tables()
    meant: list[str] = []
    place = 0
    while place < len(words):
        word = words[place]
        if word in known.phrases and (phrase := _phrase_at(known.phrases, words, place)):
            meant.extend(phrase[1].split())
            place += len(phrase[0])
            continue
        place += 1
        if word in known.means:
            meant.extend(known.means[word])
        elif word[-1] == "s" and word not in known.weights and word[:-1] in known.weights:
            meant.append(word[:-1])
        else:
            meant.append(word)
    return meant


def _numbered(words: list[str]) -> list[str]:
    """Numerals as digits: "forty four" and "XLIV" are 44, a last "V" is 5."""
    numerals = tables().numerals
    found: list[str] = []
    tens = 0
    for place, word in enumerate(words):
        value, kind = numerals.get(word, (0, ""))
        if kind == "last" and (place == 0 or place != len(words) - 1):
            kind = ""
        if tens and kind == "word" and 0 < value < 10:
            found[-1] = str(tens + value)
        elif tens and len(word) == 1 and word.isdigit():
            found[-1] = str(tens + int(word))
        elif kind:
            found.append(str(value))
        elif word.isdigit():
            found.append(word.lstrip("0") or "0")
        else:
            found.append(word)
        tens = value if kind == "tens" else 0
    return found


def _without_stops(words: list[str]) -> list[str]:
    stops = tables().stops
    return [word for word in words if word not in stops] or words


def distinctive(name: Name) -> list[str]:
    """Words of `name` that can tell one firm from another."""
    return [
        word for word, weight in zip(name.words, name.weights, strict=True) if weight >= DISTINCTIVE
    ]
