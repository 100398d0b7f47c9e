"""What a letter may not say, and what it must: each fault with its place and what to do.

It looks at text alone, so it reads a site's own templates as strictly as the shipped ones. What
it cannot judge is tone: a person approves every letter.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from detector.cases.contact.folding import fold, found, mixed, rows_of
from detector.cases.contact.templating import PARTS, Field, harmless
from detector.countries import names as country_names

#: Kinds that ask or warn, where no word may accuse.
GENTLE: Final = ("rfi", "victim_notice")
_FIGURES: Final = (
    r"(?<!\w)(?:scor(?:e|es|ed|ing)|percentiles?|probabilit(?:y|ies)|likelihood|posterior"
    r"|[pq][ -]?values?)(?!\w)[^.\n]{0,40}?\d",
    r"\d(?:[\d.,]*)\W{0,3}(?:\w+\W+){0,2}(?:scor(?:e|es|ed|ing)|percentiles?|probability"
    r"|likelihood|[pq][ -]?values?)(?!\w)",
    r"(?<!\w)(?:risk|suspicion|trust|fraud)\W+(?:scor(?:e|es)|levels?|ratings?|rank(?:s|ing)?)(?!\w)",
    r"(?<!\w)(?:rank|ranks|ranked|ranking|placed)\W+(?:\w+\W+){0,3}"
    r"(?:#?\d+|first|second|third|top|highest|worst)(?!\w)",
    r"(?:#|(?<!\w)(?:number|no\.?)\s*)\d+ of \d+", r"(?<!\w)one in [\d,. ]*\d",
)  # fmt: skip
_RING: Final = r"(?<!\w)ring[-_ ]?[0-9a-f]{6,}(?!\w)"
_DECIMAL: Final = re.compile(
    r"(?<![\w.,])\d*[.,]\d+(?:\s*(?:%|per cent|percent))?|(?<!\w)\d+\s*(?:%|per cent|percent)"
)
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


@dataclass(frozen=True)
class Finding:
    """One fault of a letter: what, on which line, and what to do."""

    what: str
    line: int
    do: str

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line else ""
        return f"{where}{self.what}; {self.do}"


@dataclass(frozen=True)
class Known:
    """What is known beside a letter's text.

    Attributes
    ----------
    own
        Accounts of the holder whom the letter goes to.
    strangers
        Other accounts, rings and cases that the text could name.
    figures
        Scores and p-values of the case.
    listed
        Names that lane L gives: lists, entries, keys, rules.
    released
        Those of them that counsel released.
    declared
        Codes of countries that the holder declared; None where they are not to be looked at.
    wording
        The template: a country that stands there is the site's own word.
    accusing
        Words of the letter's language that accuse, beside the English ones.
    fields
        What the template was filled with.
    """

    own: Collection[str] = ()
    strangers: Collection[str] = ()
    figures: Collection[float] = ()
    listed: Collection[str] = ()
    released: Collection[str] = ()
    declared: Collection[str] | None = None
    wording: str = ""
    accusing: Collection[str] = ()
    fields: Mapping[str, Field] = field(default_factory=dict)


def lint(kind: str, text: str, known: Known) -> tuple[Finding, ...]:
    """Every fault of a letter, by line; none where it may go."""
    faults = [
        *_controls(text), *_hidden(known), *_strangers(text, known), *_figures(text, known),
        *_lists(text, known), *_countries(text, known), *_parts(kind, text, known),
    ]  # fmt: skip
    if kind in GENTLE:
        faults += _accusing(text, known)
    return tuple(sorted(set(faults), key=lambda one: (one.line, one.what)))


def names_lists(text: str, known: Known) -> bool:
    """Whether a letter names a list or what stands on it, released or not."""
    return any(found(text, [*_generic_lists(), *known.listed]))


def _controls(text: str) -> Iterator[Finding]:
    for number, line in enumerate(text.split("\n"), 1):
        for letter in sorted({c for c in line if unicodedata.category(c) in _INVISIBLE}):
            yield Finding(
                f"the invisible character U+{ord(letter):04X}", number, "take it out of the text"
            )


def _hidden(known: Known) -> Iterator[Finding]:
    """Invisible characters in what was given: the text has escapes, which no holder reads."""
    for name, value in known.fields.items():
        said = value if isinstance(value, str) else "".join(value)
        for letter in sorted({c for c in said if unicodedata.category(c) in _INVISIBLE - {"Cc"}}):
            yield Finding(
                f"the invisible character U+{ord(letter):04X} in {name!r}", 0,
                "take it out of the text",
            )  # fmt: skip


def _strangers(text: str, known: Known) -> Iterator[Finding]:
    """Rings, and accounts or cases that are not this holder's."""
    own = {fold(name) for name in known.own}
    others = [name for name in known.strangers if fold(name) not in own]
    for line, word in (*_exact(text, others), *_matches(text, _RING)):
        yield Finding(
            f"{word!r} is another account, a ring or another case", line,
            "say what was seen on this account alone",
        )  # fmt: skip


def _figures(text: str, known: Known) -> Iterator[Finding]:
    what = "a score, a chance or a rank"
    for expression in _FIGURES:
        for line, word in _matches(text, expression):
            yield Finding(f"{word!r} tells {what}", line, "say what was seen, without it")
    told = {said for value in known.figures for said in _written(value)}
    for number, words in enumerate(fold(text).split("\n"), 1):
        for hit in _DECIMAL.finditer(words):
            said = hit[0].replace(",", ".").replace("per cent", "%").replace("percent", "%")
            if said.replace(" ", "").lstrip("0") in told:
                yield Finding(f"{hit[0]!r} is a figure of this case's score", number, "take it out")


def _written(value: float) -> set[str]:
    """How a share may be written: .592, 59.2 %."""
    plain = {f"{value:.{places}f}".lstrip("0") for places in range(2, 7)}
    share = {f"{100 * value:.{places}f}%".lstrip("0") for places in range(4)}
    return {said for said in plain | share if any(c in "123456789" for c in said)}


def _lists(text: str, known: Known) -> Iterator[Finding]:
    released = {fold(name) for name in known.released}
    wanted = [name for name in {*_generic_lists(), *known.listed} if fold(name) not in released]
    for line, word in found(text, wanted):
        yield Finding(
            f"{word!r} names a list or who is on it", line,
            "ask counsel to release the name for this case, or leave it out",
        )  # fmt: skip


def _countries(text: str, known: Known) -> Iterator[Finding]:
    if known.declared is None:
        return
    named = _names_of_countries()
    allowed = {*known.declared, *(named[word] for _, word in found(known.wording, named))}
    for line, word in found(text, named):
        code = named.get(word)
        if code is not None and code not in allowed:
            yield Finding(
                f"{word!r} is a country that the holder did not declare", line,
                "ask without naming it; wording that always names it belongs into the template",
            )  # fmt: skip


def _parts(kind: str, text: str, known: Known) -> Iterator[Finding]:
    """What the letter must tell and does not."""
    flat = " ".join(text.split())
    for name, meaning in PARTS[kind].items():
        value = known.fields.get(name, "")
        said = [value] if isinstance(value, str) else list(value)
        if not said or not all(one.strip() for one in said):
            yield Finding(f"{meaning} is missing", 0, f"give the part {name!r}")
        elif not all(" ".join(harmless(one).split()) in flat for one in said):
            yield Finding(
                f"the template leaves out {meaning}", 0, f"have it print the field {name!r}"
            )


def _accusing(text: str, known: Known) -> Iterator[Finding]:
    words = [*(row["word"] for row in rows_of("accusing.csv")), *known.accusing]
    for line, word in found(text, words):
        yield Finding(f"{word!r} accuses", line, "ask about what was seen instead")
    for line, word in mixed(text):
        yield Finding(
            f"{word!r} mixes the letters of two alphabets", line, "write it in one alphabet"
        )


def _generic_lists() -> list[str]:
    return [row["word"] for row in rows_of("lists.csv")]


def _names_of_countries() -> dict[str, str]:
    """Codes by what countries and those who live there are called, folded."""
    called = {**country_names(), **{row["name"]: row["code"] for row in rows_of("peoples.csv")}}
    return {
        " ".join(re.split(r"[\W_]+", fold(name))).strip(): code for name, code in called.items()
    }


def _exact(text: str, names: Iterable[str]) -> Iterator[tuple[int, str]]:
    parts = sorted({re.escape(fold(name)) for name in names if name.strip()}, key=len, reverse=True)
    if parts:
        yield from _matches(text, rf"(?<![\w-])(?:{'|'.join(parts)})(?![\w-])")


def _matches(text: str, expression: str) -> Iterator[tuple[int, str]]:
    folded = fold(text)
    for hit in re.finditer(expression, folded):
        yield folded.count("\n", 0, hit.start()) + 1, " ".join(hit[0].split())
