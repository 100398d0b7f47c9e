"""What a notice asks for: kinds of things by its words, and how much of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Final

from detector.policy.leads.counting import Amount, Counting
from detector.policy.leads.numerals import NUMBER, value
from detector.policy.leads.terms import NONE, Term, folded, furniture, measures, pattern

#: Characters of a notice that are read.
MOST_TEXT: Final = 20_000
#: GPUs of one machine, at most: a smaller number beside machines is that of each.
_MOST_EACH: Final = 16
_MEMORY: Final = r"\d+(?:\.\d+)? ?(?:gb|gib|g|tb)(?![a-z0-9])"
#: A number that is part of a date, a range or a name, or a vague one: several millions.
_PART: Final = r"(?:(?<=[-/#_.])|(?<=[a-wyz]))\d+|[数數几幾][十百千万萬亿億]+"
_KINDS: Final = {"accelerator": "chips", "model": "models", "cloud": "clouds"}
#: A year: a bare number that a word follows.
_YEAR: Final = r"(?<![\d.,])20[1-3]\d(?= [a-z])"


@dataclass(frozen=True)
class Wanted:
    """What a notice asks for.

    Attributes
    ----------
    classes
        Kinds of things, of ``terms.CLASSES``.
    chips, families
        Chips, and families of models, that are named.
    tokens, gpus, gpu_hours
        Quantities; None where none is told.
    """

    classes: frozenset[str] = frozenset()
    chips: frozenset[str] = frozenset()
    families: frozenset[str] = frozenset()
    tokens: int | None = None
    gpus: int | None = None
    gpu_hours: int | None = None

    @property
    def about(self) -> str:
        """What it names, else of what kind it is, in words.

        >>> Wanted(frozenset({"model"})).about, Wanted(frozenset({"model"}), families={"gpt"}).about
        ('models', 'gpt')
        """
        kinds = [_KINDS[kind] for kind in sorted(self.classes)]
        return ", ".join(sorted(self.chips | self.families) or kinds)


def together(rows: Sequence[Wanted]) -> Wanted:
    """What rows of one notice ask for: all they name, and of quantities the newest."""
    newest = rows[::-1]
    return Wanted(
        frozenset(kind for row in rows for kind in row.classes),
        frozenset(chip for row in rows for chip in row.chips),
        frozenset(family for row in rows for family in row.families),
        tokens=next((row.tokens for row in newest if row.tokens), None),
        gpus=next((row.gpus for row in newest if row.gpus), None),
        gpu_hours=next((row.gpu_hours for row in newest if row.gpu_hours), None),
    )


@dataclass(frozen=True)
class Reader:
    """Reads notices by some words (``terms.terms_of``)."""

    terms: Mapping[str, Term]

    @cached_property
    def _terms(self) -> re.Pattern[str]:
        return re.compile(pattern(self.terms))

    @cached_property
    def _pieces(self) -> re.Pattern[str]:
        """Numbers, words of quantities and chips, one after another."""
        chips = [word for word, term in self.terms.items() if _is_chip(term)]
        words = f"{pattern(measures(), behind_digits=True)}|{pattern(chips)}"
        barrier = f"{_PART}|{_YEAR}"
        return re.compile(
            rf"(?P<memory>{_MEMORY})|(?P<barrier>{barrier})|(?P<word>{words})|(?P<number>{NUMBER})"
        )

    @cached_property
    def _furniture(self) -> re.Pattern[str]:
        return re.compile(rf"\s*(?:{pattern(furniture())})")

    def wanted(self, text: str) -> Wanted:
        """What a text asks for."""
        # A sign may unfold into many.
        plain = folded(text[:MOST_TEXT])[:MOST_TEXT]
        found = list(self._found(plain))
        kinds = frozenset(term.kind for term in found)
        machines = "accelerator" in kinds
        counted = _counted(self._amounts(plain)) if machines or "model" in kinds else {}
        return Wanted(
            kinds,
            chips=_named(found, "accelerator"),
            families=_named(found, "model"),
            tokens=counted.get("tokens") if "model" in kinds else None,
            gpus=_gpus(counted) if machines else None,
            gpu_hours=counted.get("gpu_hours") if machines else None,
        )

    def _found(self, plain: str) -> Iterator[Term]:
        """The words that stand in a text, but for what only looks like them."""
        for match in self._terms.finditer(plain):
            term = self.terms[match.group()]
            if term.kind != NONE and not (
                _is_chip(term) and self._furniture.match(plain, match.end())
            ):
                yield term

    def _amounts(self, plain: str) -> list[Amount]:
        counting = Counting()
        for match in self._pieces.finditer(plain):
            between, end = plain[counting.end : match.start()], match.end()
            if match["number"] is not None:
                counting.number(value(match["number"]), between, end)
            elif match["word"] is not None:
                _word(counting, match["word"], between, end)
            elif match["barrier"] is not None:
                counting.barrier(end)
            else:
                counting.skip(end)
        counting.flush()
        return counting.amounts


def _word(counting: Counting, word: str, between: str, end: int) -> None:
    """A word of a quantity, or a chip, which counts as GPUs."""
    measure = measures().get(word)
    if measure is None:
        counting.unit("gpus", between, end)
    elif measure.kind == "number":
        counting.number(Decimal(measure.value), between, end)
    elif measure.kind == "scale":
        counting.scale(Decimal(measure.value), between, end)
    elif measure.kind == "unit":
        counting.unit(measure.value, between, end)
    elif measure.kind == "total":
        counting.total(between, end)
    else:
        counting.other(measure.kind, between, end)


def _counted(amounts: Iterable[Amount]) -> dict[str, int]:
    """The largest amount of each unit, and of GPUs what is said to be all of them."""
    found: dict[str, int] = {}
    for amount in amounts:
        unit = "all" if amount.whole and amount.unit == "gpus" else amount.unit
        found[unit] = max(found.get(unit, 0), amount.number)
    return found


def _named(found: list[Term], kind: str) -> frozenset[str]:
    return frozenset(term.names for term in found if term.names and term.kind == kind)


def _is_chip(term: Term) -> bool:
    return term.kind == "accelerator" and term.names is not None


def _gpus(counted: Mapping[str, int]) -> int | None:
    """GPUs in all: those said to be all, else machines times those of each."""
    machines, each, whole = (counted.get(unit) for unit in ("servers", "gpus", "all"))
    if whole is not None:
        return whole
    if machines and each and each <= _MOST_EACH:
        return machines * each
    return each
