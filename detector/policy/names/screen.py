"""Parties beside the entries of lists: who may be listed, how nearly, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

import polars as pl

from detector.policy.names.acronym import split_acronym
from detector.policy.names.address import addresses_agree
from detector.policy.names.keys import Index, index
from detector.policy.names.normalise import Name, readings
from detector.policy.names.score import POSSIBLE_BAND, band, reasons, score
from detector.policy.names.strength import strength
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
#: A hit: one name of a party and one entry of a list.
HITS: Final = pl.Schema(
    {
        "party_id": pl.String(),
        "role": pl.String(),
        "name": pl.String(),
        "entry_key": pl.String(),
        "source": pl.String(),
        "kind": pl.String(),
        "entry_name": pl.String(),
        "alias": pl.String(),
        "alias_kind": pl.String(),
        "score": pl.Int32(),
        "band": pl.String(),
        "country_agrees": pl.Boolean(),
        "address_agrees": pl.Boolean(),
        "strength": pl.String(),
        "citation": pl.String(),
        "file_sha256": pl.String(),
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
    entries : sequence of dict
        The current entries.
    listed : sequence of sequences of Listed
        Whose names they are that ``names`` has, place by place.
    names : Index
        Readings of the names.
    """

    entries: Sequence[dict[str, Any]]
    listed: Sequence[Sequence[Listed]]
    names: Index

    def hits(self, text: str) -> list[Hit]:
        """Entries that a name may mean, the best first."""
        best: dict[int, Hit] = {}
        for mine in readings(text):
            for place in self.names.candidates(mine):
                self._compare(mine, place, best)
        return sorted(best.values(), key=lambda hit: (-hit.score, self._key(hit.entry)))

    def _compare(self, mine: Name, place: int, best: dict[int, Hit]) -> None:
        theirs = self.names.names[place]
        found = score(mine, theirs)
        if found < POSSIBLE_BAND:
            return
        for listed in self.listed[place]:
            hit = Hit(listed.entry, found, listed, mine, theirs)
            known = best.get(listed.entry)
            if known is None or _rank(hit) < _rank(known):
                best[listed.entry] = hit

    def _key(self, entry: int) -> str:
        return str(self.entries[entry]["entry_key"])


def _rank(hit: Hit) -> tuple[bool, int, str, str, tuple[str, ...]]:
    """A strong name before a weak one, then the higher score, then by the text."""
    listed = hit.listed
    return listed.kind == "weak", -hit.score, listed.shown, listed.kind, hit.mine.words


def current(entries: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Entries in force on a day; ``until`` is the last one. One row an entry key."""
    return (
        entries.filter(
            pl.col("from").is_null() | (pl.col("from") <= as_of),
            pl.col("until").is_null() | (pl.col("until") >= as_of),
        )
        .sort("entry_key", "source", "name")
        .unique("entry_key", keep="first", maintain_order=True)
    )


def prepare(entries: pl.DataFrame, *, as_of: date) -> Screened:
    """Read the names of the entries that are current on a day."""
    rows = current(entries, as_of).to_dicts()
    listed: dict[Name, list[Listed]] = {}
    for entry, row in enumerate(rows):
        for shown, kind in _names(row):
            for name in readings(shown):
                listed.setdefault(name, []).append(Listed(entry, shown, _kind(name, kind)))
    return Screened(rows, list(listed.values()), index(list(listed)))


def _names(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for column, kind in _KINDS:
        value = row[column]
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


def screen(parties: pl.DataFrame, entries: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """Names of parties that may be those of listed entries.

    Parameters
    ----------
    parties : pl.DataFrame
        ``party_id``, ``name``, ``country``, ``address`` and ``role``. Rows of one ``party_id``
        are the roles of one case: a weak alias counts only beside a hit of another role.
    entries : pl.DataFrame
        Entries of lists, as :func:`detector.policy.lists.read_lists` gives them.
    as_of : date
        Only entries in force on this day are compared.

    Returns
    -------
    pl.DataFrame
        Rows of :data:`HITS`, sorted: the same on any number of threads, in any order of rows.
    """
    return screen_prepared(parties, prepare(entries, as_of=as_of))


def screen_prepared(parties: pl.DataFrame, against: Screened) -> pl.DataFrame:
    """:func:`screen`, where the entries were read before."""
    names = parties["name"].drop_nulls().unique().sort()
    found = {name: hits for name in names if (hits := against.hits(name))}
    asked = parties.filter(pl.col("name").is_in(list(found))).unique().iter_rows(named=True)
    told = [row for party in asked for row in _rows(party, found[party["name"]], against)]
    order = ["party_id", "role", "name", "score", "entry_key"]
    return _without_lone_weak(pl.DataFrame(told, schema=HITS)).sort(
        order, descending=[False, False, False, True, False], nulls_last=True
    )


def _rows(
    party: dict[str, Any], hits: Sequence[Hit], against: Screened
) -> Iterator[dict[str, Any]]:
    for hit in hits:
        entry, listed = against.entries[hit.entry], hit.listed
        country = _country_agrees(party["country"], entry["countries"])
        address = addresses_agree(party["address"], entry["addresses"])
        yield {
            **{column: party[column] for column in ("party_id", "role", "name")},
            **{
                column: entry[column]
                for column in ("entry_key", "source", "kind", "citation", "file_sha256")
            },
            "entry_name": entry["name"],
            "alias": listed.shown,
            "alias_kind": listed.kind,
            "score": hit.score,
            "band": band(hit.score),
            "country_agrees": country,
            "address_agrees": address,
            "strength": strength(hit.score, entry["kind"], listed.kind, hit.mine, country, address),
            "parts": [part._asdict() for part in reasons(hit.mine, hit.theirs)],
        }


def _country_agrees(country: str | None, countries: Sequence[str] | None) -> bool | None:
    return country.upper() in countries if country and countries else None


def _without_lone_weak(hits: pl.DataFrame) -> pl.DataFrame:
    """A weak alias needs its country, and a hit of another role by more than a weak alias."""
    strong = hits.filter(pl.col("alias_kind") != "weak").select("party_id", other="role").unique()
    beside = (
        hits.select("party_id", "role")
        .unique()
        .join(strong, on="party_id", nulls_equal=True)
        .filter(pl.col("role").ne_missing(pl.col("other")))
        .select("party_id", "role", second=pl.lit(value=True))
        .unique()
    )
    return (
        hits.join(beside, on=["party_id", "role"], how="left", nulls_equal=True)
        .filter((pl.col("alias_kind") != "weak") | (pl.col("second") & pl.col("country_agrees")))
        .drop("second")
    )
