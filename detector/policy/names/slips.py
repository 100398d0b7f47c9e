"""Misspelt small words and legal forms, put right before a name is read."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Final

from detector.policy.names.alike import OTHER, SLIP, apart, deletions
from detector.policy.names.tables import FULL, SHORT, tables, weight

_LONG_FORM: Final = 5
_LONG_WORD: Final = 8
_STOPS: Final = ("and", "for", "the")
_SHORT_FORMS: Final = (
    "corp", "fze", "gmbh", "inc", "jsc", "llc", "ltd", "ltda", "oao", "ojsc", "ooo", "pjsc", "pte",
    "pvt", "sarl",
)  # fmt: skip
_LOST: Final = {word: deletions(word) for word in (*_STOPS, *_SHORT_FORMS)}


def put_right(words: list[str]) -> Iterator[tuple[list[str], bool]]:
    """Words with misspelt legal forms put right, and with small words too (then True).

    Examples
    --------
    >>> list(put_right(["yunda", "nad", "sons", "limted"]))
    [(['yunda', 'nad', 'sons', 'limited'], False), (['yunda', 'sons', 'limited'], True)]
    """
    forms = [righted_word(word, _LONG_FORM) or word for word in words]
    if forms != words:
        yield forms, False
    small = [righted_word(word, _LONG_WORD) or word for word in forms if not _slip_of_stop(word)]
    if small:
        for edge in {0, len(small) - 1}:
            small[edge] = _short_form(small[edge]) or small[edge]
    if small and small != forms:
        yield small, True


@lru_cache(maxsize=200_000)
def righted_word(word: str, letters: int) -> str | None:
    """The word of a legal form, or one of another spelling, that `word` is a slip of.

    Examples
    --------
    >>> righted_word("limted", 5), righted_word("limited", 5), righted_word("yunda", 5)
    ('limited', None, None)
    """
    if len(word) < letters - 1 or word in _long_words(letters) or weight(word) < FULL:
        return None
    near = _near_long(letters)
    tried = {near[lost] for lost in deletions(word) if lost in near}
    return min((other for other in tried if apart(word, other) == SLIP), default=None)


@lru_cache(maxsize=200_000)
def _slip_of_stop(word: str) -> bool:
    """Whether an unknown short word is a slip of the commonest: "hte", "nad", "fo"."""
    if len(word) not in (2, 3) or weight(word) < SHORT or word in tables().stops:
        return False
    if word in tables().forms or word in tables().means:
        return False
    lost = deletions(word)
    return any(lost & _LOST[stop] for stop in _STOPS)


@cache
def _long_words(letters: int) -> frozenset[str]:
    """Words of legal forms, or words with another spelling, of so many letters."""
    known = tables()
    phrases = [phrase for forms in known.forms.values() for phrase, _ in forms]
    words = {word for phrase in phrases for word in phrase}
    if letters != _LONG_FORM:
        words = set(known.means)
    return frozenset(word for word in words if len(word) >= letters)


@cache
def _near_long(letters: int) -> dict[str, str]:
    words = sorted(_long_words(letters), reverse=True)
    return {lost: word for word in words for lost in deletions(word)}


@lru_cache(maxsize=200_000)
def _short_form(word: str) -> str | None:
    """The short legal form that an unknown word at an edge is a slip of: "lcl" is llc."""
    if len(word) not in (2, 3, 4) or word in tables().forms or weight(word) < SHORT:
        return None
    lost = deletions(word)
    near = [form for form in _SHORT_FORMS if lost & _LOST[form]]
    return min((form for form in near if apart(word, form) < OTHER), default=None)
