"""Whether two words are one word, misspelt or spelt by another ear."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from detector.policy.names.tables import DISTINCTIVE, tables

#: Shorter words have too many neighbours: a slip of theirs is never looked for.
SHORTEST: Final = 4
#: Words of this length may differ by two letters, or sound alike.
LONG: Final = 9
SOUNDS: Final = 5

#: How far apart: the same, one slip, two slips, the same sound, another word.
SAME: Final = 0
SLIP: Final = 1
FAR: Final = 2
SOUND: Final = 3
OTHER: Final = 4

_DOUBLED: Final = re.compile(r"(.)\1+")
_SOUND: Final = (("kh", "h"), ("ph", "f"), ("sch", "x"), ("sh", "x"), ("ch", "x"), ("zh", "x"),
                 ("ck", "k"), ("ts", "z"), ("dj", "j"), ("gh", "g"), ("th", "t"))  # fmt: skip
_ALIKE: Final = str.maketrans("cqwyeiousz", "kkv" + "\0\0\0\0\0ss")


def skeleton(word: str) -> str:
    """The consonants of `word` by their sound, behind its first letter's.

    Examples
    --------
    >>> skeleton("mohammed") == skeleton("muhamad"), skeleton("qaddafi") == skeleton("kadafi")
    (True, True)
    """
    for letters, sound in _SOUND:
        word = word.replace(letters, sound)
    first = word[:1].translate(_ALIKE).replace("\0", "a")
    rest = word[1:].translate(_ALIKE).replace("\0", "").replace("a", "").replace("h", "")
    return _DOUBLED.sub(r"\1", first + rest)


def deletions(word: str) -> set[str]:
    """`word` and every word that it becomes by losing one letter."""
    return {word, *[word[:place] + word[place + 1 :] for place in range(len(word))]}


@lru_cache(maxsize=200_000)
def apart(first: str, second: str) -> int:
    """How far two words are apart: SAME, SLIP, FAR, SOUND or OTHER. Symmetric.

    A known word is never taken for another known word: railway is no slip of railroad, and
    Zhejiang none of Zhijiang's.

    Examples
    --------
    >>> apart("gazprom", "gasprom"), apart("trafigura", "trafalgura"), apart("bank", "bond")
    (1, 2, 4)
    """
    if first == second:
        return SAME
    shorter = min(len(first), len(second))
    if shorter < 2 or not (first.isalpha() and second.isalpha()):
        return OTHER
    known = is_common(first) + is_common(second)
    if known == 2:
        return OTHER
    if known and shorter >= SHORTEST:
        common, word = (first, second) if is_common(first) else (second, first)
        return SLIP if common in common_kin(word) else OTHER
    distance = _distance(first, second)
    if distance <= 1:
        # One letter of two or three is a good part of a word.
        return SLIP if shorter >= SHORTEST else FAR
    if known or distance > 3 or shorter < SOUNDS:
        return OTHER
    if distance == 2 and shorter >= LONG:
        return FAR
    sound = skeleton(first)
    return SOUND if len(sound) > 2 and sound == skeleton(second) else OTHER


def is_common(word: str) -> bool:
    """Whether the tables know `word` as one that many firms use."""
    return tables().weights.get(word, DISTINCTIVE) < DISTINCTIVE


@lru_cache(maxsize=200_000)
def common_kin(word: str) -> tuple[str, ...]:
    """Common words that `word` may be a slip of.

    Examples
    --------
    >>> common_kin("tradng"), common_kin("yunda")
    (('trading',), ())
    """
    near = _near_common()
    lost = deletions(word) | deletions(_singular(word))
    tried = {spelling for one in lost for spelling in near.get(one, ())}
    meant = tables().means
    return tuple(
        sorted(
            {
                meant[spelling][0] if spelling in meant else spelling
                for spelling in tried
                if max(len(word), len(spelling)) >= SHORTEST and _distance(word, spelling) == 1
            }
        )
    )


@lru_cache(maxsize=1)
def _near_common() -> dict[str, list[str]]:
    """Common words, and their other spellings, by their deletions."""
    known = tables()
    others = {
        word for word, meant in known.means.items() if len(meant) == 1 and len(word) > SHORTEST
    }
    near: dict[str, list[str]] = {}
    for word in sorted(others.union(filter(is_common, known.weights))):
        for lost in deletions(word):
            near.setdefault(lost, []).append(word)
    return near


def _distance(first: str, second: str) -> int:
    return _osa()(_singular(first), _singular(second), score_cutoff=3)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > SHORTEST and word[-1] == "s" else word


@lru_cache(maxsize=1)
def _osa() -> Callable[..., int]:
    from rapidfuzz.distance import OSA

    return OSA.distance
