"""Which words of two names are the same: equal, run together, or misspelt."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

from detector.policy.names.alike import OTHER, SAME, SLIP, apart
from detector.policy.names.normalise import Name
from detector.policy.names.tables import FULL

#: One word of one side may be this many of the other, and has this many letters.
MOST_JOINED: Final = 4
SHORTEST_JOINED: Final = 5
#: Names of this many letters are compared as one word, slips and all.
SHORTEST_GLUED: Final = 8
LONGEST_GLUED: Final = 16


class Pair(NamedTuple):
    """Words of each side that agree, and how far they are apart."""

    mine: tuple[str, ...]
    theirs: tuple[str, ...]
    my_weight: int
    their_weight: int
    apart: int


class Compared(NamedTuple):
    """Words that both have, others that agree, and what each side has left.

    ``weight`` is that of all words that both have, ``heaviest`` that of the heaviest of them.
    """

    same: list[str]
    weight: int
    heaviest: int
    pairs: list[Pair]
    mine: dict[str, int]
    theirs: dict[str, int]


def compare(mine: Name, theirs: Name) -> Compared:
    """Pair the words of two names: equal ones, joined ones, then misspelt ones."""
    left = dict(zip(mine.words, mine.weights, strict=True))
    right = dict(zip(theirs.words, theirs.weights, strict=True))
    same = sorted(left.keys() & right.keys())
    weights = [left.pop(word) for word in same]
    for word in same:
        del right[word]
    pairs: list[Pair] = []
    if left and right:
        pairs += _joined(mine, theirs, left, right)
    if left and right and not (mine.han and theirs.han):
        # Two Chinese names that sound nearly alike are two names.
        pairs += _slips(left, right)
    if left and right and (far := glued_apart(mine.glued, theirs.glued)) < OTHER:
        first, second = (min(FULL, name.total) for name in (mine, theirs))
        return Compared([], 0, 0, [Pair(mine.words, theirs.words, first, second, far)], {}, {})
    return Compared(same, sum(weights), max(weights, default=0), pairs, left, right)


def glued_apart(first: str, second: str) -> int:
    """How far apart the names are as one word: OTHER, but for the same and for one slip."""
    if not first or not second or abs(len(first) - len(second)) > 1:
        return OTHER
    if first == second:
        return SAME
    near = SHORTEST_GLUED <= min(len(first), len(second)) <= LONGEST_GLUED
    return SLIP if near and apart(first, second) == SLIP else OTHER


def _joined(
    mine: Name, theirs: Name, left: dict[str, int], right: dict[str, int]
) -> Iterator[Pair]:
    """Words written as one here and as several there: goodwill, good will."""
    found: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
    if len(left) > 1:
        found += [(run, (word,)) for run, word in _joins(mine.words, left, right)]
    if len(right) > 1:
        found += [((word,), run) for run, word in _joins(theirs.words, right, left)]
    # By the words, not by the side, so that the score is symmetric.
    for first, second in sorted(found, key=sorted):
        if left.keys() >= set(first) and right.keys() >= set(second):
            mine_weight = min(FULL, sum(left.pop(word) for word in first))
            their_weight = min(FULL, sum(right.pop(word) for word in second))
            yield Pair(first, second, mine_weight, their_weight, SAME)


def _joins(
    ordered: tuple[str, ...], several: Collection[str], one: Collection[str]
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Runs of words of one side that are one word of the other."""
    for word in one:
        if len(word) < SHORTEST_JOINED:
            continue
        for start, first in enumerate(ordered[:-1]):
            if word.startswith(first) and first in several:
                yield from (
                    (run, word)
                    for end in range(start + 2, min(start + MOST_JOINED, len(ordered)) + 1)
                    if "".join(run := ordered[start:end]) == word and _all_in(several, run)
                )


def _all_in(several: Collection[str], run: tuple[str, ...]) -> bool:
    return all(word in several for word in run)


def _slips(left: dict[str, int], right: dict[str, int]) -> Iterator[Pair]:
    """The nearest words first; ties by the words, so that no order of text decides."""
    near = sorted(
        (distance, sorted((word, other)), word, other)
        for word in left
        for other in right
        if (distance := apart(word, other)) < OTHER
    )
    for distance, _, word, other in near:
        if word in left and other in right:
            # A slip of a common word is worth what that word is.
            common = min(left.pop(word), right.pop(other))
            yield Pair((word,), (other,), common, common, distance)
