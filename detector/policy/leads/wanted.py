"""What a notice asks for: kinds of things by its words, and how much of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Final

from detector.policy.leads.terms import Term, folded, measures, pattern

#: Characters of a notice that are read.
MOST_TEXT: Final = 20_000
#: GPUs of one machine, at most: a smaller number beside machines is that of each.
_MOST_EACH: Final = 16
_MOST: Final = Decimal(10) ** 15
_NUMBER: Final = r"\d{1,3}(?:[,' ]\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?"
#: What may stand between a number and what it counts.
_REACH: Final = 12
_TIMES: Final = re.compile(r"\s*[x×*]\s*")


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


@dataclass(frozen=True)
class Reader:
    """Reads notices by some words (``terms.terms_of``)."""

    terms: Mapping[str, Term]

    @cached_property
    def _terms(self) -> re.Pattern[str]:
        return re.compile(pattern(self.terms))

    @cached_property
    def _pieces(self) -> re.Pattern[str]:
        """Numbers, scales, units and chips, one after another."""
        chips = [word for word, term in self.terms.items() if _is_chip(term)]
        words = f"{pattern(measures(), behind_digits=True)}|{pattern(chips)}"
        return re.compile(rf"(?P<number>{_NUMBER})|(?P<word>{words})")

    def wanted(self, text: str) -> Wanted:
        """What a text asks for."""
        plain = folded(text[:MOST_TEXT])
        found = [self.terms[match.group()] for match in self._terms.finditer(plain)]
        counted = self._counted(plain)
        return Wanted(
            frozenset(term.kind for term in found),
            chips=_named(found, "accelerator"),
            families=_named(found, "model"),
            tokens=counted.get("tokens"),
            gpus=_gpus(counted),
            gpu_hours=counted.get("gpu_hours"),
        )

    def _counted(self, plain: str) -> dict[str, int]:
        """The largest amount of each unit."""
        found: dict[str, int] = {}
        for amount, unit in self._amounts(plain):
            found[unit] = max(found.get(unit, 0), amount)
        return found

    def _amounts(self, plain: str) -> list[tuple[int, str]]:
        counts = _Counting()
        for match in self._pieces.finditer(plain):
            number, word = match.group("number"), match.group("word")
            between = plain[counts.end : match.start()]
            if number is not None:
                counts.number(_value(number), between, match.end())
            elif word in measures():
                self._measure(counts, word, between, match.end())
            else:
                counts.unit("gpus", between, match.end())
        return counts.amounts

    def _measure(self, counts: _Counting, word: str, between: str, end: int) -> None:
        measure = measures()[word]
        if measure.kind == "number":
            counts.number(Decimal(measure.value), between, end)
        elif measure.kind == "scale":
            counts.scale(Decimal(measure.value), between, end)
        else:
            counts.unit(measure.value, between, end)


@dataclass
class _Counting:
    """A number on its way to what it counts."""

    amounts: list[tuple[int, str]] = field(default_factory=list)
    end: int = 0
    _held: Decimal | None = None

    def number(self, value: Decimal, between: str, end: int) -> None:
        """A number: a second one multiplies the first where a sign says so."""
        times = self._held is not None and _TIMES.fullmatch(between)
        self._held = value if not times or self._held is None else self._held * value
        self.end = end

    def scale(self, factor: Decimal, between: str, end: int) -> None:
        """A scale right behind a number."""
        if self._held is not None and len(between.strip()) == 0:
            self._held *= factor
            self.end = end

    def unit(self, unit: str, between: str, end: int) -> None:
        """What the number counts, if it stands near; "A100 hours" counts hours of GPUs."""
        last = self.amounts[-1][1] if self.amounts else None
        if self._held is None and unit == "hours" and last == "gpus" and not between.strip():
            self.amounts[-1] = (self.amounts[-1][0], "gpu_hours")
        elif self._held is not None and len(between) <= _REACH and self._held <= _MOST:
            self.amounts.append((int(self._held), unit))
        self._held = None
        self.end = end


def _named(found: list[Term], kind: str) -> frozenset[str]:
    return frozenset(term.names for term in found if term.names and term.kind == kind)


def _is_chip(term: Term) -> bool:
    return term.kind == "accelerator" and term.names is not None


def _gpus(counted: Mapping[str, int]) -> int | None:
    """GPUs in all: machines times those of each, where both are told."""
    machines, each = counted.get("servers"), counted.get("gpus")
    if machines and each and each <= _MOST_EACH:
        return machines * each
    return each


def _value(number: str) -> Decimal:
    try:
        return Decimal(re.sub(r"[,' ]", "", number))
    except InvalidOperation:
        return Decimal(0)
