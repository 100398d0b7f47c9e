"""The consolidated list: invented parties that nobody in the world has to do with."""

from __future__ import annotations

from typing import Final

import numpy as np

from detector.simulate.policy.facts import Entry
from detector.simulate.policy.words import GENERIC, chinese, listed_kind, listed_words

#: Entries of each list, and how many of them are persons.
_LISTS: Final[dict[str, tuple[int, int]]] = {
    "EL": (84, 2), "SDN": (62, 22), "UVL": (16, 0), "MEU": (10, 0), "DPL": (12, 8),
    "ISN": (10, 2), "DTC": (8, 8), "SSI": (8, 0), "FSE": (4, 3), "CAP": (4, 0), "MBS": (4, 0),
    "CMIC": (4, 0), "PLC": (2, 2),
}  # fmt: skip
_SEATS: Final = ("CN", "RU", "IR", "HK", "AE", "TR", "PK", "KP", "SG", "MY", "DE", "BY")
_CHANCES: Final = (0.34, 0.18, 0.1, 0.08, 0.07, 0.06, 0.05, 0.02, 0.03, 0.03, 0.02, 0.02)
_CHINESE: Final = ("CN", "HK")


class Words:
    """Words for listed parties, each given once."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self._left = listed_words(rng, 900)

    def word(self) -> str:
        """Return a word that no listed party has yet."""
        return self._left.pop()

    def organisation(self, source: str, country: str, aliases: tuple[str, ...] = ()) -> Entry:
        """Invent an organisation that is on a list."""
        name = f"{self.word()} {listed_kind(self.rng)}"
        return Entry(source, name, country, aliases, start=self.start(), city=self.word())

    def start(self) -> int:
        """Draw the day since which somebody is listed."""
        return -int(self.rng.integers(40, 3000))


def strangers(words: Words) -> list[Entry]:
    """Invent the entries of all lists: some have aliases, some are over, some are people."""
    found = []
    for source, (count, people) in _LISTS.items():
        seats = words.rng.choice(_SEATS, count, p=_CHANCES).tolist()
        found += [_person(words, source, seat) for seat in seats[:people]]
        found += [_organisation(words, source, seat) for seat in seats[people:]]
    generic = [Entry("EL", name, "CN", start=-700, city=words.word()) for name in GENERIC]
    return [*found, *generic]


def _organisation(words: Words, source: str, country: str) -> Entry:
    rng = words.rng
    aliases = []
    if rng.random() < 0.35:
        aliases.append(f"{words.word()} {listed_kind(rng)}")
    if rng.random() < 0.15:
        aliases.append(words.word()[:4].upper())
    if country in _CHINESE and rng.random() < 0.5:
        aliases.append(chinese(rng, listed=True))
    entry = words.organisation(source, country, tuple(aliases))
    return _over(entry) if rng.random() < 0.06 else entry


def _person(words: Words, source: str, country: str) -> Entry:
    name = f"{words.word().upper()}, {words.word()}"
    entry = Entry(source, name, country, person=True, start=words.start(), city=words.word())
    return _over(entry) if source == "DPL" and words.rng.random() < 0.4 else entry


def _over(entry: Entry) -> Entry:
    """An entry that ended before the window."""
    return Entry(entry.source, entry.name, entry.country, entry.aliases, entry.person,
                 start=entry.start - 1500, end=-20, city=entry.city)  # fmt: skip
