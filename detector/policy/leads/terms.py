"""Words of notices and what they mean: tables of this package, and the chips of a catalogue."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from features.catalogue import Catalogue

#: Kinds of things that a notice may be about; furniture and switches are none of them.
CLASSES: Final = ("accelerator", "model", "cloud")
#: What only looks like one of them: accelerators of particles, token rings.
NONE: Final = "none"
_HAN: Final = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True)
class Term:
    """A word that a notice may hold: what kind of thing it is, and which one it names."""

    text: str
    kind: str
    names: str | None


@dataclass(frozen=True)
class Measure:
    """A word of a quantity.

    Its kind is number, scale or unit; money, name or friend, whose number counts nothing of
    ours; or total, for all of it.
    """

    kind: str
    value: str


def folded(text: str) -> str:
    """Text as it is searched: one width, one case.

    >>> folded("Ａ100 ＧＰＵ")
    'a100 gpu'
    """
    return unicodedata.normalize("NFKC", text).casefold()


@cache
def measures() -> Mapping[str, Measure]:
    """Words of quantities."""
    return {row["term"]: Measure(row["kind"], row["value"]) for row in rows_of("quantities.csv")}


@cache
def furniture() -> tuple[str, ...]:
    """What stands behind a product's number that is no chip: "H100 shelf"."""
    return tuple(row["term"] for row in rows_of("friends.csv"))


@cache
def shipped() -> tuple[Term, ...]:
    """The words that ship."""
    return tuple(
        Term(folded(row["term"]), row["class"], row["names"] or None)
        for row in rows_of("terms.csv")
    )


def terms_of(catalogue: Catalogue) -> dict[str, Term]:
    """The words that ship, and the chips of a catalogue by their names."""
    models = catalogue.gpus["gpu_model"].drop_nulls().unique().sort()
    chips = [Term(folded(name), "accelerator", name) for name in models]
    return {term.text: term for term in (*shipped(), *chips)}


def pattern(words: Iterable[str], *, behind_digits: bool = False) -> str:
    """What finds words, the longest first; Latin ones as whole words.

    Parameters
    ----------
    behind_digits
        Whether a digit may stand right before a word, as in "40M".
    """
    # "A100s" and "8xA100" hold the chip; "a1000" does not.
    before = "(?<![a-wyz])" if behind_digits else "(?<![a-wyz0-9])"
    after = "(?![a-rt-z0-9]|s[a-z0-9])"
    kinds: dict[tuple[bool, bool], list[str]] = {}
    for word in sorted(set(words)):
        kinds.setdefault((_is_letter(word[0]), _is_letter(word[-1])), []).append(word)
    return "|".join(
        (before if begins else "") + _branches(group) + (after if ends else "")
        for (begins, ends), group in sorted(kinds.items())
    )


def _branches(words: Sequence[str]) -> str:
    """What finds one of some words, the longest that fits, by their letters one after another."""
    heads: dict[str, list[str]] = {}
    for word in words:
        if word:
            heads.setdefault(word[0], []).append(word[1:])
    found = "|".join(re.escape(head) + _branches(rest) for head, rest in heads.items())
    if not found:
        return ""
    return f"(?:{found})?" if "" in words else f"(?:{found})"


def _is_letter(sign: str) -> bool:
    """Whether a sign makes words; a Chinese one is a word, and one of money is none."""
    return sign.isalnum() and not _HAN.match(sign)


def rows_of(name: str) -> list[dict[str, str]]:
    """The rows of a table of words."""
    text = files(__package__).joinpath("words", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
