"""How alike two names are, 0 to 1000, in integers, and why.

The score is what the names share of both, less what speaks against: a word on each side that
the other lacks, misspelt words, another legal form. Words that all firms use carry little, and
never alone; numbers that differ tell two firms apart. What one side merely leaves out is no
contradiction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from detector.policy.names.alike import FAR, SAME, SHORTEST, SLIP, SOUND
from detector.policy.names.compare import Compared, Pair, compare
from detector.policy.names.normalise import Name
from detector.policy.names.tables import DISTINCTIVE, tables, weight

SAME_BAND: Final = 950
STRONG_BAND: Final = 850
POSSIBLE_BAND: Final = 720
WHOLE: Final = 1000

#: Deductions. Those of omitted, misspelt and surplus words are for a whole name: a word's are
#: its share of the weight.
CONTRADICTED: Final = 550
OTHER_PLACE: Final = 300
OTHER_KIND: Final = 150
OMITTED: Final = 220
MISSPELT: Final = {SAME: 0, SLIP: 240, FAR: 270, SOUND: 360}
OTHER_FORM: Final = 60
FAR_FORM: Final = 150
#: The most that names may score that differ in a number, or share no distinctive word.
NUMBERS_DIFFER: Final = 450
NOTHING_DISTINCTIVE: Final = 600
#: Names of common words are believed to be misspelt from this many words on, or in a long word.
ENOUGH_WORDS: Final = 3
LONG_COMMON: Final = 5

FAR_FORMS: Final = frozenset({"nonprofit", "state"})


class Part(NamedTuple):
    """One reason of a score: its points add up to it.

    Kinds are agrees, misspelt, slip (what misspelling costs), omitted, contradicts, form,
    numbers, common words, floor.
    """

    kind: str
    mine: str
    theirs: str
    weight: int
    points: int


class _Shares(NamedTuple):
    """Weight of both names, of what is left over of them, and the points for what they share."""

    whole: int
    left: int
    shared: int


class _Points(NamedTuple):
    """What is shared, what is taken off for slips, for words left over, and for the form."""

    shared: int
    slips: tuple[int, ...]
    left: int
    form: int


def band(score: int) -> str | None:
    """same, strong or possible; None where the names are too far apart."""
    if score >= SAME_BAND:
        return "same"
    if score >= STRONG_BAND:
        return "strong"
    return "possible" if score >= POSSIBLE_BAND else None


def score(mine: Name, theirs: Name, least: int = 0) -> int:
    """How alike two names are, 0 to 1000; symmetric, and the same in any order of words.

    A score below `least` is told as 0, which most pairs are known to be before all is weighed.

    Examples
    --------
    >>> from detector.policy.names.normalise import readings
    >>> def of(first, second):
    ...     return score(readings(first)[0], readings(second)[0])
    >>> of("Yunda Technology Co., Ltd", "TECHNOLOGY YUNDA"), of("Royal Bank", "Royal Mail")
    (1000, 350)
    """
    if mine == theirs:
        return WHOLE
    compared = compare(mine, theirs)
    shares = _shares(compared)
    if shares.shared < least:
        return 0
    points = _points(mine, theirs, compared, shares)
    total = points.shared - sum(points.slips) - points.left - points.form
    if total >= least:
        total = min(total, *(most for _, most in _caps(mine, theirs, compared)), WHOLE)
    return total if total >= least else 0


def reasons(mine: Name, theirs: Name) -> list[Part]:
    """Every reason of the score of two names; their points add up to it."""
    compared = compare(mine, theirs)
    points = _points(mine, theirs, compared, _shares(compared))
    pairs = _every_pair(compared)
    parts = [
        *_agreed(pairs, points.shared),
        *_slipped(compared.pairs, points.slips),
        *_left_over(compared, points.left),
    ]
    if points.form:
        left, right = (" ".join(sorted(name.forms - {"neutral"})) for name in (mine, theirs))
        parts.append(Part("form", left, right, 0, -points.form))
    total = sum(part.points for part in parts)
    for kind, most in (*_caps(mine, theirs, compared), ("floor", max(total, 0))):
        if total > most or total < 0 == most:
            parts.append(Part(kind, "", "", 0, most - total))
            total = most
    return parts


def _every_pair(compared: Compared) -> list[Pair]:
    known = (Pair((word,), (word,), weight(word), weight(word), SAME) for word in compared.same)
    return [*known, *compared.pairs]


def _agreed(pairs: list[Pair], shared: int) -> Iterator[Part]:
    """What is shared, dealt out to the words by their weight."""
    whole = sum(pair.my_weight + pair.their_weight for pair in pairs)
    dealt = given = 0
    for pair in pairs:
        dealt += pair.my_weight + pair.their_weight
        points = shared * dealt // whole - given
        given += points
        kind = "agrees" if pair.apart == SAME else "misspelt"
        heavier = max(pair.my_weight, pair.their_weight)
        yield Part(kind, " ".join(pair.mine), " ".join(pair.theirs), heavier, points)


def _slipped(pairs: list[Pair], slips: tuple[int, ...]) -> Iterator[Part]:
    for pair, points in zip(pairs, slips, strict=True):
        if pair.apart != SAME:
            words = (" ".join(pair.mine), " ".join(pair.theirs))
            yield Part("slip", *words, max(pair.my_weight, pair.their_weight), -points)


def _left_over(compared: Compared, points: int) -> Iterator[Part]:
    left, right = compared.mine, compared.theirs
    if left or right:
        kind = "contradicts" if left and right and _contradiction(left, right) else "omitted"
        rest = sum(left.values()) + sum(right.values())
        yield Part(kind, " ".join(sorted(left)), " ".join(sorted(right)), rest, -points)


def _shares(compared: Compared) -> _Shares:
    first = second = compared.weight
    for pair in compared.pairs:
        first += pair.my_weight
        second += pair.their_weight
    left, right = sum(compared.mine.values()), sum(compared.theirs.values())
    below = first * (second + right) + second * (first + left)
    # The harmonic mean of the two shares.
    shared = 2 * WHOLE * first * second // below if below else 0
    return _Shares(first + left + second + right, left + right, shared)


def _points(mine: Name, theirs: Name, compared: Compared, shares: _Shares) -> _Points:
    whole = shares.whole
    against = OMITTED * shares.left // whole
    if compared.mine and compared.theirs:
        against = max(against, _contradiction(compared.mine, compared.theirs))
    return _Points(
        shares.shared,
        tuple([MISSPELT[pair.apart] * (pair[2] + pair[3]) // whole for pair in compared.pairs]),
        against,
        _form(mine.forms, theirs.forms),
    )


def _contradiction(left: Mapping[str, int], right: Mapping[str, int]) -> int:
    """A firm's own word on each side is the most, then another country, town or trade."""
    if min(max(left.values()), max(right.values())) >= DISTINCTIVE:
        return CONTRADICTED
    places = tables().places
    mine, theirs = ({places[word] for word in side if word in places} for side in (left, right))
    if mine and theirs:
        return OTHER_PLACE if mine != theirs else OTHER_KIND
    # A place here and a trade there are two omissions, and contradict nothing.
    trades = all(any(word not in places for word in side) for side in (left, right))
    return OTHER_KIND if trades else 0


def _form(mine: frozenset[str], theirs: frozenset[str]) -> int:
    """Another legal form; a form that is not told, or tells nothing, contradicts none."""
    if mine == theirs:
        return 0
    left, right = mine - {"neutral"}, theirs - {"neutral"}
    if not left or not right or left & right:
        return 0
    return FAR_FORM if (left ^ right) & FAR_FORMS else OTHER_FORM


def _caps(mine: Name, theirs: Name, compared: Compared) -> Iterator[tuple[str, int]]:
    first, second = mine.numbers, theirs.numbers
    if first and second and set(first) - set(second) and set(second) - set(first):
        yield "numbers", NUMBERS_DIFFER
    pairs = compared.pairs
    if compared.heaviest >= DISTINCTIVE or any(map(_tells, pairs)):
        return
    if compared.mine or compared.theirs or not _believed(mine, theirs, compared):
        yield "common words", NOTHING_DISTINCTIVE


def _believed(mine: Name, theirs: Name, compared: Compared) -> bool:
    """Whether names of common words alone, all of which agree, are one name.

    "Digital Services" is the name of many firms: the legal form may not differ; two words name a
    place, or have the same letters, not a translation's; a slip is in a long word.
    """
    if _form(mine.forms, theirs.forms):
        return False
    if len(compared.same) + len(compared.pairs) >= ENOUGH_WORDS:
        return True
    letters = sorted(mine.glued) == sorted(theirs.glued)
    placed = any(word in tables().places for word in compared.same)
    return (letters or placed or bool(compared.pairs)) and all(map(_sure, compared.pairs))


def _sure(pair: Pair) -> bool:
    """Whether a common word agrees, or is surely it: a long one, and no place."""
    place = tables().places
    words = pair.mine + pair.theirs
    long = min(map(len, words)) >= LONG_COMMON and not any(word in place for word in words)
    return pair.apart == SAME or long


def _tells(pair: Pair) -> bool:
    """Whether a pair can tell one firm from another; a slip of a common word cannot."""
    shortest = min(map(len, pair.mine + pair.theirs))
    heavy = max(pair.my_weight, pair.their_weight) >= DISTINCTIVE
    return heavy and (pair.apart == SAME or shortest >= SHORTEST)
