"""Names beside the entries of lists: which entries a name may mean, and how nearly.

What a name hits of one entry depends on that name and that entry alone: no other name, entry or
order has a say. So hits can be kept, and only what is new be compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

import polars as pl

from detector.policy.lists import in_force
from detector.policy.names.acronym import split_acronym
from detector.policy.names.keys import Index, index
from detector.policy.names.normalise import Name, readings
from detector.policy.names.score import POSSIBLE_BAND, reasons, score
from detector.policy.names.tables import DISTINCTIVE

#: Why a name scores what it does; the points of all parts are the score.
PARTS: Final = pl.List(
    pl.Struct(
        {
            "kind": pl.String,
            "mine": pl.String,
            "theirs": pl.String,
            "weight": pl.Int32,
            "points": pl.Int32,
        }
    )
)
#: One name and one entry, by the entry's best name; ``words`` counts those that were read.
NAME_HITS: Final = pl.Schema(
    {
        "name": pl.String(),
        "entry_key": pl.String(),
        "alias": pl.String(),
        "alias_kind": pl.String(),
        "score": pl.Int32(),
        "words": pl.Int32(),
        "parts": PARTS,
    }
)
_SHORT_ALIAS: Final = 6
_KINDS: Final = (("name", "name"), ("aliases", "alias"), ("weak_aliases", "weak"))


class Listed(NamedTuple):
    """One name of an entry: which entry, the name as written, and of what kind."""

    entry: int
    shown: str
    kind: str


class Hit(NamedTuple):
    """The best name of one entry for one name of a party."""

    entry: int
    score: int
    listed: Listed
    mine: Name
    theirs: Name


@dataclass(frozen=True, slots=True)
class Screened:
    """Entries that are current on a day, ready to be compared.

    Attributes
    ----------
    entries : pl.DataFrame
        The current entries.
    keys : sequence of str
        Their entry keys.
    listed : sequence of sequences of Listed
        Whose names they are that ``names`` has, place by place.
    names : Index
        Readings of the names.
    """

    entries: pl.DataFrame
    keys: Sequence[str]
    listed: Sequence[Sequence[Listed]]
    names: Index

    def hits(self, text: str) -> list[Hit]:
        """Entries that a name may mean, the best first."""
        return self.hits_of(readings(text))

    def hits_of(self, names: Iterable[Name]) -> list[Hit]:
        """Entries that the readings of one name may mean, the best first."""
        best: dict[int, Hit] = {}
        for mine in names:
            for place in self.names.candidates(mine):
                self._compare(mine, place, best)
        return sorted(best.values(), key=lambda hit: (-hit.score, self.keys[hit.entry]))

    def _compare(self, mine: Name, place: int, best: dict[int, Hit]) -> None:
        theirs = self.names.names[place]
        found = score(mine, theirs, POSSIBLE_BAND)
        if not found:
            return
        for listed in self.listed[place]:
            hit = Hit(listed.entry, found, listed, mine, theirs)
            known = best.get(listed.entry)
            if known is None or _rank(hit) < _rank(known):
                best[listed.entry] = hit


def _rank(hit: Hit) -> tuple[Any, ...]:
    """A strong name before a weak one, then the higher score, then by the text.

    No two hits of an entry are level: which place a name has in an index decides nothing.
    """
    listed = hit.listed
    whole = (*_whole(hit.mine), *_whole(hit.theirs))
    return (listed.kind == "weak", -hit.score, listed.shown, listed.kind, *whole)


def _whole(name: Name) -> tuple[Any, ...]:
    return name.words, sorted(name.forms), name.glued, name.han


def current(entries: pl.DataFrame, as_of: date | None) -> pl.DataFrame:
    """Entries in force on a day; ``until`` is the last one. One row an entry key.

    Without a day they are the entries of every day.
    """
    return (
        entries.filter(True if as_of is None else in_force(as_of))
        .sort("entry_key", "source", "name", "kind", "citation", "file_sha256", nulls_last=True)
        .unique("entry_key", keep="first", maintain_order=True)
    )


def prepare(entries: pl.DataFrame, *, as_of: date) -> Screened:
    """Read the names of the entries that are current on a day."""
    return read_entries(current(entries, as_of))


def read_entries(rows: pl.DataFrame) -> Screened:
    """Read the names of entries, each of which stands once."""
    listed: dict[Name, list[Listed]] = {}
    columns = [column for column, _ in _KINDS]
    for entry, row in enumerate(rows.select(columns).iter_rows()):
        for shown, kind in _names(row):
            for name in readings(shown):
                listed.setdefault(name, []).append(Listed(entry, shown, _kind(name, kind)))
    return Screened(rows, rows["entry_key"].to_list(), list(listed.values()), index(list(listed)))


def _names(row: Sequence[Any]) -> Iterator[tuple[str, str]]:
    for value, (_, kind) in zip(row, _KINDS, strict=True):
        for shown in [value] if isinstance(value, str) else (value or ()):
            if shown:
                yield shown, kind
                if acronym := split_acronym(shown)[1]:
                    yield acronym, "weak" if kind == "weak" else "alias"


def _kind(name: Name, kind: str) -> str:
    """An alias of one short word, or of common words alone, is weak."""
    short = len(name.words) == 1 and len(name.words[0]) < _SHORT_ALIAS
    common = max(name.weights) < DISTINCTIVE
    return "weak" if kind == "alias" and (short or common) else kind


def name_hits(names: Iterable[str], against: Screened) -> pl.DataFrame:
    """What each name may mean: rows of :data:`NAME_HITS`, by name, the best first."""
    return hit_rows(((name, readings(name)) for name in names), against)


def hit_rows(read: Iterable[tuple[str, Sequence[Name]]], against: Screened) -> pl.DataFrame:
    """:func:`name_hits` of names that were read before."""
    rows = [
        (
            name,
            against.keys[hit.entry],
            hit.listed.shown,
            hit.listed.kind,
            hit.score,
            len(hit.mine.words),
            [part._asdict() for part in reasons(hit.mine, hit.theirs)],
        )
        for name, of_name in read
        for hit in against.hits_of(of_name)
    ]
    return pl.DataFrame(rows, schema=NAME_HITS, orient="row")
