"""What finds a name, piece by piece, and its hash under a key."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import count
from typing import Final, NamedTuple

from detector.policy.names.alike import SOUNDS, deletions, skeleton
from detector.policy.names.compare import SHORTEST_JOINED
from detector.policy.names.keys import glued_has_slips, has_slips, righted, runs_of, spared
from detector.policy.names.normalise import Name
from detector.policy.names.tables import DISTINCTIVE, FULL

#: The number of what finds a name as a whole: no weight is asked for.
WHOLE_NAME: Final = -1
_KEY_BYTES: Final = 64
_PERSON: Final = b"enduse marks"


class Piece(NamedTuple):
    """One thing that finds a name, the piece of it that is found so, and what that is worth."""

    text: str
    number: int
    worth: int


def secret(text: str, key: bytes) -> int:
    """The keyed hash of what finds a name."""
    digest = hashlib.blake2b(
        text.encode(), key=key[:_KEY_BYTES], digest_size=8, person=_PERSON
    ).digest()
    return int.from_bytes(digest, "big")


def pieces(name: Name, *, listed: bool) -> Iterator[Piece]:
    """All that finds a name of a party, or of a list, as its index has it.

    The kinds of text begin with a sign each, so that none is another's.
    """
    numbers = count()
    for word, weight in zip(name.words, name.weights, strict=True):
        if weight >= DISTINCTIVE:
            number = next(numbers)
            worth = FULL if listed else weight
            yield from (Piece(text, number, worth) for text in _of_word(word))
    runs = ((run, weight, next(numbers)) for run, weight in runs_of(name))
    if listed:
        yield from (Piece(f"+{run}", number, weight) for run, weight, number in runs)
    else:
        yield from (Piece(f"={run}", number, weight) for run, weight, number in runs)
        for word, weight in zip(name.words, name.weights, strict=True):
            if len(word) >= SHORTEST_JOINED:
                yield Piece(f"+{word}", next(numbers), weight)
    yield from (Piece(text, WHOLE_NAME, 0) for text in _of_all(name, listed=listed))


def _of_word(word: str) -> Iterator[str]:
    yield f"={word}"
    if has_slips(word):
        yield from (f"-{lost}" for lost in deletions(word))
        if len(word) >= SOUNDS:
            yield f"~{skeleton(word)}"


def _of_all(name: Name, *, listed: bool) -> Iterator[str]:
    yield f"*{' '.join(name.ordered)}"
    yield from (f"/{' '.join(words)}" for words in spared(name))
    if name.glued:
        yield f"#{name.glued}"
        if glued_has_slips(name.glued):
            yield from (f"_{lost}" for lost in deletions(name.glued))
    if not listed:
        yield from (f"*{' '.join(words)}" for words in righted(name))
