"""What name screening is judged on: labelled pairs, misspelt listed names, innocent names."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import polars as pl

from detector.policy.names.normalise import readings
from detector.policy.names.score import POSSIBLE_BAND, score
from detector.simulate.names import firms_of, words_of
from tools.name_weights import organisations

_ORGANISATIONS: Final = ("Company", "Organization", "LegalEntity")
_LISTS: Final = ("aliases", "weak_aliases", "addresses", "countries")
_TEXTS: Final = ("source_name", "entry_id", "citation", "file_sha256")
_FORMS: Final = frozenset({
    "ltd", "limited", "llc", "inc", "corp", "corporation", "company", "co", "gmbh", "ltda", "sa",
    "jsc", "ooo", "oao", "pjsc", "ojsc", "sas", "fze", "srl", "sarl", "plc", "ag", "kg", "spa",
    "bv", "nv", "pte", "pvt",
})  # fmt: skip
# Words of many firms, chosen without a look at the shipped table.
_COMMON: Final = (
    "global", "international", "general", "united", "world", "first", "new", "modern", "advanced",
    "premier", "star", "golden", "pacific", "asia", "europe", "eastern", "western", "northern",
    "southern", "central", "green", "blue", "sky", "sun", "ocean", "river", "mountain", "royal",
    "city", "trading", "technology", "solutions", "services", "systems", "industries", "group",
    "holdings", "investment", "development", "engineering", "construction", "consulting",
    "management", "logistics", "shipping", "energy", "oil", "gas", "power", "electronics",
    "software", "digital", "data", "cloud", "network", "media", "capital", "finance", "bank",
    "insurance", "medical", "health", "chemical", "steel", "metal", "mining", "food",
    "agriculture", "textile", "transport", "aviation", "marine", "automotive", "equipment",
    "machinery", "materials", "research", "institute", "university",
)  # fmt: skip
_ENDS: Final = ("Ltd", "LLC", "Inc", "Corp", "Co., Ltd", "GmbH", "JSC", "")


class Pair(NamedTuple):
    """Two names, whether they are one organisation's, and whether their numbers differ."""

    first: str
    second: str
    same: bool
    numbers: bool


def pairs(folder: Path) -> list[Pair]:
    """The organisations of nomenklatura's name_bench, in its order."""
    with (folder / "nomenklatura_name_bench_cases.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["schema"] in _ORGANISATIONS]
    return [
        Pair(
            row["name1"],
            row["name2"],
            row["is_match"] == "true",
            _numbers(row["name1"]) != _numbers(row["name2"]),
        )
        for row in rows
    ]


def _numbers(text: str) -> set[str]:
    return {number for name in readings(text) for number in name.numbers}


def ours(first: str, second: str) -> int:
    """The score of two texts: the best of their readings."""
    found = (score(mine, theirs) for mine in readings(first) for theirs in readings(second))
    return max(found, default=0)


def f1(scores: Iterable[float], same: Iterable[bool], threshold: float = POSSIBLE_BAND) -> float:
    """F1 of "the same organisation" at a threshold.

    Examples
    --------
    >>> f1([900, 900, 100, 100], [True, False, True, False])
    0.5
    """
    told = [(value >= threshold, truth) for value, truth in zip(scores, same, strict=True)]
    right = sum(hit and truth for hit, truth in told)
    wrong = sum(hit != truth for hit, truth in told)
    return 2 * right / (2 * right + wrong) if right else 0.0


def listed(folder: Path) -> list[str]:
    """Names of organisations on OFAC's list, aliases among them, sorted."""
    return sorted(set(organisations(folder)))


def entries(names: Sequence[str]) -> pl.DataFrame:
    """Entries of a list with these names and nothing else."""
    return pl.DataFrame(
        {
            "entry_key": [f"{number:016x}" for number in range(len(names))],
            "source": "SDN",
            "kind": "organisation",
            "name": list(names),
        }
    ).with_columns(
        *(pl.lit(None, pl.String).alias(name) for name in _TEXTS),
        *(pl.lit([], pl.List(pl.String)).alias(name) for name in _LISTS),
        *(pl.lit(None, pl.Date).alias(name) for name in ("from", "until")),
    )


def changed(
    rows: pl.DataFrame, count: int, among: Sequence[str], draw: random.Random
) -> pl.DataFrame:
    """Entries of which some are given another name, written otherwise."""
    names, write = rows["name"].to_list(), list(makers(draw).values())
    for place in draw.sample(range(len(names)), count):
        names[place] = draw.choice(write)(draw.choice(among))
    return rows.with_columns(name=pl.Series(names))


def makers(draw: random.Random) -> Mapping[str, Callable[[str], str]]:
    """Ways to write a listed name otherwise."""
    return {
        "exact": str,
        "upper": str.upper,
        "label": lambda name: f"Messrs. {name}",
        "branch": lambda name: f"{name} (Shanghai Branch)",
        "form": _without_form,
        "swap": lambda name: " ".join([*name.split()[1::-1], *name.split()[2:]]),
        "reversed": lambda name: " ".join(name.split()[::-1]),
        "transposed": lambda name: _at_letter(name, draw, lambda two: two[1] + two[0], 2),
        "dropped": lambda name: _at_letter(name, draw, lambda _: "", 1),
        "replaced": lambda name: _at_letter(name, draw, lambda one: _another(one, draw), 1),
    }


def _without_form(name: str) -> str:
    words = name.replace(",", " ").split()
    rest = [word for word in words if word.lower().replace(".", "") not in _FORMS]
    return " ".join(rest or words)


def _at_letter(name: str, draw: random.Random, change: Callable[[str], str], letters: int) -> str:
    places = [
        place
        for place in range(len(name) - letters + 1)
        if name[place : place + letters].isalpha() and len(set(name[place : place + 2])) > 1
    ]
    if not places:
        return name
    place = draw.choice(places)
    return name[:place] + change(name[place : place + letters]) + name[place + letters :]


def _another(letter: str, draw: random.Random) -> str:
    return draw.choice([other for other in "abcdefghijklmnopqrstuvwxyz" if other != letter.lower()])


def common_names(count: int, seed: int) -> list[str]:
    """Names of two to four words that all firms use."""
    draw = random.Random(seed)  # noqa: S311 - a sample, no secret
    return [
        f"{' '.join(draw.sample(_COMMON, draw.choice((2, 3, 3, 4))))} {draw.choice(_ENDS)}".title()
        for _ in range(count)
    ]


def invented_firms(count: int, seed: int) -> list[str]:
    """Names of simulated firms."""
    return firms_of(np.arange(count, dtype=np.int64), seed)


def many_firms(count: int, seed: int) -> list[str]:
    """As many names, hardly any word of which is another's too."""
    ids = np.arange(count, dtype=np.int64)
    firms = zip(words_of(ids, seed + 7), firms_of(ids, seed), strict=True)
    return [f"{word}{firm.lower()}" for word, firm in firms]
