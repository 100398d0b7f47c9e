"""How alike two names are, 0 to 1000, in integers, and why.

The score is what the names share of both, less what speaks against: a word on each side that the
other lacks, misspelt words, another legal form. Words that all firms use carry little, and never
alone; numbers that differ tell two firms apart. What one side merely leaves out is no contradiction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from detector.policy.names.alike import FAR, OTHER, SAME, SHORTEST, SLIP, apart
from detector.policy.names.normalise import Name
from detector.policy.names.tables import DISTINCTIVE, FULL, tables

SAME_BAND: Final = 950
STRONG_BAND: Final = 850
POSSIBLE_BAND: Final = 720

#: Deductions, in thousandths of what they concern.
CONTRADICTED: Final = 550
OTHER_PLACE: Final = 300
OTHER_KIND: Final = 120
OMITTED: Final = 220
MISSPELT: Final = {SLIP: 240, FAR: 360}
OTHER_FORM: Final = 60
FAR_FORM: Final = 150
#: The most that names may score that differ in a number, or share no distinctive word.
NUMBERS_DIFFER: Final = 450
NOTHING_DISTINCTIVE: Final = 600
#: Names of common words are believed to be misspelt from this many words on.
ENOUGH_WORDS: Final = 3
#: One word of one side may be this many of the other, and has this many letters.
MOST_JOINED: Final = 4
SHORTEST_JOINED: Final = 5

FAR_FORMS: Final = frozenset({"nonprofit", "state"})


class Pair(NamedTuple):
    """Words of each side that agree, and how far they are apart."""

    mine: tuple[str, ...]
    theirs: tuple[str, ...]
    my_weight: int
    their_weight: int
    apart: int


class Part(NamedTuple):
    """One reason of a score: its points add up to it."""

    kind: str
    mine: str
    theirs: str
    weight: int
    points: int


class Compared(NamedTuple):
    """Words that agree, and what each side has left."""

    pairs: list[Pair]
    mine: dict[str, int]
    theirs: dict[str, int]


def band(score: int) -> str | None:
    """same, strong or possible; None where the names are too far apart."""
    if score >= SAME_BAND:
        return "same"
    if score >= STRONG_BAND:
        return "strong"
    return "possible" if score >= POSSIBLE_BAND else None


def score(mine: Name, theirs: Name) -> int:
    """How alike two names are, 0 to 1000; symmetric, and the same in any order of words.

    Examples
    --------
    >>> from detector.policy.names.normalise import readings
    >>> def of(first, second):
    ...     return score(readings(first)[0], readings(second)[0])
    >>> of("Yunda Technology Co., Ltd", "TECHNOLOGY YUNDA"), of("Royal Bank", "Royal Mail")
    (1000, 380)
    """
    if mine.ordered == theirs.ordered and mine.forms == theirs.forms:
        return 1000
    return sum(part.points for part in reasons(mine, theirs))


def reasons(mine: Name, theirs: Name) -> list[Part]:
    """Every reason of the score of two names; their points add up to it."""
    compared = compare(mine, theirs)
    parts = [*_agreed(compared), *_against(compared), *_form(mine, theirs)]
    total = sum(part.points for part in parts)
    for kind, most in _caps(mine, theirs, compared):
        if total > most:
            parts.append(Part(kind, "", "", 0, most - total))
            total = most
    if total < 0:
        parts.append(Part("floor", "", "", 0, -total))
    return parts


def compare(mine: Name, theirs: Name) -> Compared:
    """Pair the words of two names: equal ones, joined ones, then misspelt ones."""
    left = dict(zip(mine.words, mine.weights, strict=True))
    right = dict(zip(theirs.words, theirs.weights, strict=True))
    pairs = [
        Pair((word,), (word,), left.pop(word), right.pop(word), SAME)
        for word in sorted(left.keys() & right.keys())
    ]
    if left and right:
        pairs += _joined(mine, theirs, left, right)
    if left and right:
        pairs += _slips(left, right)
    return Compared(pairs, left, right)


def _joined(
    mine: Name, theirs: Name, left: dict[str, int], right: dict[str, int]
) -> Iterator[Pair]:
    """Words written as one here and as several there: goodwill, good will."""
    found = [
        *((run, (word,)) for run, word in _joins(mine.words, left, right)),
        *(((word,), run) for run, word in _joins(theirs.words, right, left)),
    ]
    # By the words, not by the side, so that the score is symmetric.
    for first, second in sorted(found, key=sorted):
        if left.keys() >= set(first) and right.keys() >= set(second):
            weights = [sum(left.pop(word) for word in first), sum(right.pop(w) for w in second)]
            yield Pair(first, second, *(min(FULL, weight) for weight in weights), SAME)


def _joins(
    ordered: tuple[str, ...], several: dict[str, int], one: dict[str, int]
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Runs of words of one side that are one word of the other."""
    longest = max(map(len, one))
    for start in range(len(ordered) - 1):
        for end in range(start + 2, min(start + MOST_JOINED, len(ordered)) + 1):
            run = ordered[start:end]
            word = "".join(run)
            if len(word) > longest or run[-1] not in several or run[0] not in several:
                break
            if len(word) < SHORTEST_JOINED or not several.keys() >= set(run):
                continue
            if word in one:
                yield run, word


def _slips(left: dict[str, int], right: dict[str, int]) -> Iterator[Pair]:
    """The nearest words first; ties by the words, so that no order of text decides."""
    near = sorted(
        (distance, *sorted((word, other)), word, other)
        for word in left
        for other in right
        if (distance := apart(word, other)) < OTHER
    )
    for distance, _, _, word, other in near:
        if word in left and other in right:
            # A slip of a common word is worth what that word is.
            common = min(left.pop(word), right.pop(other))
            yield Pair((word,), (other,), common, common, distance)


def _agreed(compared: Compared) -> list[Part]:
    """What the names share of both: the harmonic mean of the two shares, dealt out to words."""
    pairs = compared.pairs
    mine, theirs = (sum(pair[side] for pair in pairs) for side in (2, 3))
    shared = harmonic(mine, sum(compared.mine.values()), theirs, sum(compared.theirs.values()))
    parts, dealt, given = [], 0, 0
    for pair in pairs:
        dealt += pair.my_weight + pair.their_weight
        points = shared * dealt // (mine + theirs) - given
        given += points
        kind = "agrees" if pair.apart == SAME else "misspelt"
        heavier = max(pair.my_weight, pair.their_weight)
        parts.append(Part(kind, " ".join(pair.mine), " ".join(pair.theirs), heavier, points))
    return parts


def harmonic(mine: int, my_rest: int, theirs: int, their_rest: int) -> int:
    """Twice what both share, in thousandths of both: 1000 where neither has a rest."""
    below = mine * (theirs + their_rest) + theirs * (mine + my_rest)
    return 2000 * mine * theirs // below if below else 0


def _against(compared: Compared) -> list[Part]:
    """What speaks against: misspelt words, and words that one side or both have left."""
    mine = sum(pair.my_weight for pair in compared.pairs) + sum(compared.mine.values())
    theirs = sum(pair.their_weight for pair in compared.pairs) + sum(compared.theirs.values())
    parts = [
        Part(
            "slip",
            " ".join(pair.mine),
            " ".join(pair.theirs),
            pair.my_weight,
            -(MISSPELT[pair.apart] * (pair.my_weight + pair.their_weight) // (mine + theirs)),
        )
        for pair in compared.pairs
        if pair.apart != SAME
    ]
    left, right = compared.mine, compared.theirs
    words = (" ".join(sorted(left)), " ".join(sorted(right)))
    rest = sum(left.values()) + sum(right.values())
    if left and right:
        parts.append(Part("contradicts", *words, rest, -_contradiction(left, right)))
    elif rest:
        parts.append(Part("omitted", *words, rest, -(OMITTED * rest // (mine + theirs))))
    return parts


def _contradiction(left: Mapping[str, int], right: Mapping[str, int]) -> int:
    """A firm's own word on each side is the most, then another country, then another trade."""
    if min(max(left.values()), max(right.values())) >= DISTINCTIVE:
        return CONTRADICTED
    places = tables().places
    mine, theirs = ({places[word] for word in side if word in places} for side in (left, right))
    return OTHER_PLACE if mine and theirs and mine != theirs else OTHER_KIND


def _form(mine: Name, theirs: Name) -> list[Part]:
    """Another legal form; a form that is not told, or tells nothing, contradicts none."""
    left, right = mine.forms - {"neutral"}, theirs.forms - {"neutral"}
    if not left or not right or left & right:
        return []
    far = bool((left ^ right) & FAR_FORMS)
    words = (" ".join(sorted(left)), " ".join(sorted(right)))
    return [Part("form", *words, 0, -(FAR_FORM if far else OTHER_FORM))]


def _caps(mine: Name, theirs: Name, compared: Compared) -> Iterator[tuple[str, int]]:
    first, second = set(mine.numbers), set(theirs.numbers)
    if first - second and second - first:
        yield "numbers", NUMBERS_DIFFER
    pairs = compared.pairs
    if any(_tells(pair) for pair in pairs):
        return
    every = not compared.mine and not compared.theirs
    exact = all(pair.apart == SAME for pair in pairs)
    if not every or not (exact or len(pairs) >= ENOUGH_WORDS):
        yield "common words", NOTHING_DISTINCTIVE


def _tells(pair: Pair) -> bool:
    """Whether a pair can tell one firm from another; a slip of a common word cannot."""
    shortest = min(map(len, pair.mine + pair.theirs))
    heavy = max(pair.my_weight, pair.their_weight) >= DISTINCTIVE
    return heavy and (pair.apart == SAME or shortest >= SHORTEST)
