"""Which names of a list are worth comparing: those that share enough of a name's own words.

Words are looked up as they are, one slip away, by their sound, and run together; nothing is
compared that could not reach the lowest band, so that the result is that of comparing all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, NamedTuple, TypeVar

from detector.policy.names.alike import (
    OTHER,
    SHORTEST,
    SOUNDS,
    apart,
    common_kin,
    deletions,
    is_common,
    skeleton,
)
from detector.policy.names.compare import (
    LONGEST_GLUED,
    MOST_JOINED,
    SHORTEST_GLUED,
    SHORTEST_JOINED,
    glued_apart,
)
from detector.policy.names.normalise import Name
from detector.policy.names.score import ENOUGH_WORDS, POSSIBLE_BAND, WHOLE
from detector.policy.names.tables import DISTINCTIVE, FULL

_Found = dict[int, tuple[int, int]]


_Word = TypeVar("_Word", str, int)


class Bounds(NamedTuple, Generic[_Word]):
    """Weights of a name.

    All; what must be found, as it is or by its slips; what may be a slip of anything; and the
    common words (or a hash of each), which agree or do not.
    """

    total: int
    own: int
    soft: int
    common: dict[_Word, int]


@dataclass(frozen=True, slots=True)
class Index:
    """Names of a list, by what finds them.

    Attributes
    ----------
    names : sequence of Name
        Every reading; what finds it is its place here.
    words, runs : dict
        A distinctive word, or words run together, to the names that hold it, and its weight.
    whole, spared : dict
        All words, sorted, to the names of just these; all but one short word of its own.
    glued, near_glued : dict
        The name as one word, and its deletions.
    bounds : list of Bounds
        Of the names, place by place.
    near, sounds : dict
        Deletions and sounds of distinctive words, to the words.
    """

    names: Sequence[Name]
    words: dict[str, list[int]] = field(default_factory=dict)
    runs: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    whole: dict[tuple[str, ...], list[int]] = field(default_factory=dict)
    spared: dict[tuple[str, ...], list[int]] = field(default_factory=dict)
    glued: dict[str, list[int]] = field(default_factory=dict)
    near_glued: dict[str, list[str]] = field(default_factory=dict)
    near: dict[str, list[str]] = field(default_factory=dict)
    sounds: dict[str, list[str]] = field(default_factory=dict)
    bounds: list[Bounds[str]] = field(default_factory=list)
    _kin: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def candidates(self, name: Name) -> set[int]:
        """Places of the names that may reach the lowest band beside `name`."""
        found: _Found = {}
        for word, weight in zip(name.words, name.weights, strict=True):
            if weight >= DISTINCTIVE:
                self._by_word(word, weight, found)
            for place, other in self.runs.get(word, ()):
                _add(found, place, weight, other)
        if len(name.words) > 1:
            for run, weight in runs_of(name):
                for place in self.words.get(run, ()):
                    _add(found, place, weight, FULL)
        bounds = bounds_of(name)
        near = {
            place
            for place, (mine, theirs) in found.items()
            if reach(bounds, self.bounds[place], mine, theirs)
        }
        near.update(self.whole.get(name.ordered, ()))
        near.update(self._put_right(name))
        near.update(self._glued(name.glued))
        near.update(place for key in spared(name) for place in self.spared.get(key, ()))
        return near

    def _by_word(self, word: str, weight: int, found: _Found) -> None:
        for kin in self._kin_of(word):
            for place in self.words[kin]:
                mine, theirs = found.get(place, (0, 0))
                found[place] = (mine + weight, theirs + FULL)

    def _kin_of(self, word: str) -> tuple[str, ...]:
        """Words of the list that `word` may be: itself, one slip away, of the same sound."""
        kin = self._kin.get(word)
        if kin is None:
            kin = tuple(sorted(self._look_for(word)))
            if len(self._kin) > _MOST_KEPT:
                self._kin.clear()
            self._kin[word] = kin
        return kin

    def _look_for(self, word: str) -> Iterator[str]:
        if word in self.words:
            yield word
        if not has_slips(word):
            return
        near = self.near
        tried = {other for lost in deletions(word) if lost in near for other in near[lost]}
        if len(word) >= SOUNDS:
            tried.update(self.sounds.get(skeleton(word), ()))
        tried.discard(word)
        yield from (other for other in tried if apart(word, other) < OTHER)

    def _glued(self, glued: str) -> Iterator[int]:
        """Names that are the same as one word, or one slip away from it."""
        yield from self.glued.get(glued, ())
        if glued_has_slips(glued):
            near = self.near_glued
            tried = {other for lost in deletions(glued) if lost in near for other in near[lost]}
            for other in tried:
                if other != glued and glued_apart(glued, other) < OTHER:
                    yield from self.glued[other]

    def _put_right(self, name: Name) -> Iterator[int]:
        """Names of common words alone, one of which `name` has misspelt."""
        for words in righted(name):
            yield from self.whole.get(words, ())


_MOST_KEPT: Final = 300_000


def _add(found: _Found, place: int, weight: int, other: int) -> None:
    mine, theirs = found.get(place, (0, 0))
    found[place] = (mine + weight, theirs + other)


def bounds_of(name: Name) -> Bounds[str]:
    """What of `name` must be found, and what may agree without being looked for."""
    own = soft = 0
    common: dict[str, int] = {}
    for word, weight in zip(name.words, name.weights, strict=True):
        if is_common(word) or not word.isalpha():
            common[word] = weight
        elif len(word) > SHORTEST and not common_kin(word):
            own += weight
        else:
            soft += weight
    return Bounds(name.total, own, soft, common)


def reach(mine: Bounds[_Word], theirs: Bounds[_Word], shared: int, other: int) -> bool:
    """Whether names may reach the lowest band that share words of these weights."""
    if shared < mine.own and other < theirs.own:
        return False
    same = sum([mine.common[word] for word in mine.common.keys() & theirs.common.keys()])
    shared += mine.soft + (mine.total - mine.own - mine.soft if theirs.soft else same)
    other += theirs.soft + (theirs.total - theirs.own - theirs.soft if mine.soft else same)
    shared, other = min(shared, mine.total), min(other, theirs.total)
    # The harmonic mean of both shares, as the score has it.
    return 2 * WHOLE * shared * other >= POSSIBLE_BAND * (
        shared * theirs.total + other * mine.total
    )


def runs_of(name: Name) -> Iterator[tuple[str, int]]:
    """Neighbouring words run together, and their weight."""
    for start in range(len(name.words) - 1):
        for end in range(start + 2, min(start + MOST_JOINED, len(name.words)) + 1):
            run = "".join(name.words[start:end])
            if len(run) >= SHORTEST_JOINED:
                yield run, min(FULL, sum(name.weights[start:end]))


def spared(name: Name) -> Iterator[tuple[str, ...]]:
    """All words but a short one, of a name that has no longer word of its own.

    Short words are not found by their slips, yet one slip is believed where all else agrees.
    """
    own = [word for word in name.words if not is_common(word)]
    if len(own) == 1 and len(own[0]) <= SHORTEST and len(name.words) >= ENOUGH_WORDS:
        yield tuple(word for word in name.ordered if word != own[0])


def righted(name: Name) -> Iterator[tuple[str, ...]]:
    """All words, sorted, with one put right that may be a slip of a common word."""
    if len(name.words) > 1:
        for slip in name.words:
            for common in () if is_common(slip) else common_kin(slip):
                yield tuple(sorted(common if word == slip else word for word in name.words))


def has_slips(word: str) -> bool:
    """Whether a distinctive word is also found one slip away."""
    return len(word) >= SHORTEST and word.isalpha()


def glued_has_slips(glued: str) -> bool:
    """Whether a name as one word is also found one slip away."""
    return SHORTEST_GLUED <= len(glued) <= LONGEST_GLUED + 1


def index(names: Sequence[Name]) -> Index:
    """Index `names`: a list's, about 50 microseconds each."""
    made = Index(names)
    for place, name in enumerate(names):
        _index_one(made, place, name)
    for word in made.words:
        if has_slips(word):
            for lost in deletions(word):
                made.near.setdefault(lost, []).append(word)
            if len(word) >= SOUNDS:
                made.sounds.setdefault(skeleton(word), []).append(word)
    for glued in made.glued:
        if glued_has_slips(glued):
            for lost in deletions(glued):
                made.near_glued.setdefault(lost, []).append(glued)
    return made


def _index_one(made: Index, place: int, name: Name) -> None:
    made.bounds.append(bounds_of(name))
    for key in spared(name):
        made.spared.setdefault(key, []).append(place)
    if name.glued:
        made.glued.setdefault(name.glued, []).append(place)
    made.whole.setdefault(name.ordered, []).append(place)
    for word, weight in zip(name.words, name.weights, strict=True):
        if weight >= DISTINCTIVE:
            made.words.setdefault(word, []).append(place)
    for run, weight in runs_of(name):
        made.runs.setdefault(run, []).append((place, weight))
