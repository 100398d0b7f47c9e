"""A screening that is kept: only what is new since is compared, and the result is a full one's.

What a name hits of an entry depends on these two alone (:mod:`detector.policy.names.against`).
So a new name is compared with every entry, and a new, changed or newly current entry with every
name; both find each other by their marks first. All else stands. Names that are asked for no more
are dropped at once: nobody's name is kept for longer than the name itself.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from detector.policy.names.against import NAME_HITS, Screened, current, hit_rows, read_entries
from detector.policy.names.marks import Places, Sieve, marks
from detector.policy.names.normalise import Name, readings
from detector.policy.names.tables import digest

#: Names that were screened, and what finds them.
NAMES: Final = pl.Schema({"name": pl.String(), "marks": pl.List(pl.UInt32())})
#: Entries they were compared with, all of them that decides a hit, and what finds them.
ENTRIES: Final = pl.Schema(
    {"entry_key": pl.String(), "content": pl.String(), "marks": pl.List(pl.UInt32())}
)
_CONTENT: Final = ("name", "aliases", "weak_aliases")
_READ_WITH: Final = ("anyascii", "pypinyin")
_AT_ONCE: Final = 1 << 14
_HALF: Final = np.uint64(32)

_Marks = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Kept:
    """What was screened, against what, and what came of it.

    Attributes
    ----------
    version : str
        Of the words and rules by which it was screened.
    names, entries : pl.DataFrame
        Rows of :data:`NAMES` and of :data:`ENTRIES`.
    hits : pl.DataFrame
        Rows of :data:`detector.policy.names.against.NAME_HITS`.
    """

    version: str
    names: pl.DataFrame
    entries: pl.DataFrame
    hits: pl.DataFrame


@cache
def rules() -> str:
    """The version of all that decides a hit beside name and entry: words, rules, alphabets."""
    whole = hashlib.sha256(digest().encode())
    whole.update(unicodedata.unidata_version.encode())
    for package in _READ_WITH:
        whole.update(f"{package} {version(package)}\n".encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        whole.update(path.name.encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()


def nothing_kept() -> Kept:
    """A screening of no name against no entry."""
    return Kept(
        rules(),
        pl.DataFrame(schema=NAMES),
        pl.DataFrame(schema=ENTRIES),
        pl.DataFrame(schema=NAME_HITS),
    )


def rescreened(
    kept: Kept | None, names: pl.Series, entries: pl.DataFrame, *, as_of: date | None
) -> Kept:
    """Screen names against the entries in force on a day, from what was kept.

    Parameters
    ----------
    kept
        An earlier screening; None, or one by other rules, means to screen all anew.
    names
        Names, in any order; some may be missing or there twice.
    entries
        As of :func:`detector.policy.names.screen.screen`.
    as_of
        Only entries in force on this day are compared; None: those of every day.

    Returns
    -------
    Kept
        Hits as ``name_hits`` has them of all names and entries, by name and entry key.
    """
    before = kept if kept is not None and kept.version == rules() else nothing_kept()
    rows, asked = current(entries, as_of), names.drop_nulls().unique().alias("name").to_frame()
    told = contents(rows)
    same = those(before.entries, told, ["entry_key", "content"])
    changed = read_entries(rows.join(same, on="entry_key", how="anti", maintain_order="left"))
    stay = those(before.names, asked, ["name"])
    new = asked.join(stay, on="name", how="anti").sort("name")["name"]
    marked = pl.concat([same, _marked(changed, told)])
    fresh, found = _screened(new, rows, marked, changed)
    held = those(those(before.hits, same, ["entry_key"]), stay, ["name"])
    hits = pl.concat([held, _found_again(stay, changed), found]).sort("name", "entry_key")
    return Kept(before.version, pl.concat([stay, fresh]), marked, hits)


def contents(rows: pl.DataFrame) -> pl.DataFrame:
    """Entry keys, and all of each entry that decides what hits it."""
    return rows.select("entry_key", content=pl.struct(_CONTENT).struct.json_encode())


def those(rows: pl.DataFrame, among: pl.DataFrame, on: list[str]) -> pl.DataFrame:
    """Rows whose key is among others, in their order."""
    return rows.join(among, on=on, how="semi", maintain_order="left")


def _marked(changed: Screened, told: pl.DataFrame) -> pl.DataFrame:
    """Entries with the marks of all their names."""
    of_entry: list[list[Name]] = [[] for _ in changed.keys]
    for name, listed in zip(changed.names.names, changed.listed, strict=True):
        for entry in {one.entry for one in listed}:
            of_entry[entry].append(name)
    places, numbers = marks(of_entry, listed=True)
    keys = pl.DataFrame({"entry_key": changed.keys}, schema={"entry_key": pl.String})
    told = keys.join(told, on="entry_key", how="left", maintain_order="left")
    return _with_marks(told, places, _upper(numbers)).select(list(ENTRIES))


def _upper(numbers: npt.NDArray[np.uint64]) -> _Marks:
    return (numbers >> _HALF).astype(np.uint32)


def _screened(
    new: pl.Series, rows: pl.DataFrame, marked: pl.DataFrame, changed: Screened
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """New names with their marks, and what they hit of all entries."""
    among, sieve = _flat(marked), None
    fresh, found = [pl.DataFrame(schema=NAMES)], [pl.DataFrame(schema=NAME_HITS)]
    against = changed if changed.entries.height == rows.height else None
    for start in range(0, new.len(), _AT_ONCE):
        names = new[start : start + _AT_ONCE]
        read = [readings(name) for name in names]
        places, numbers = marks(read, listed=False)
        fresh.append(_with_marks(names.to_frame("name"), places, _upper(numbers)))
        if against is None:
            # Few names are near few entries, and reading all of them takes longest.
            few = new.len() <= _AT_ONCE
            against = read_entries(
                those(rows, touched(marked, _upper(numbers)), ["entry_key"]) if few else rows
            )
        sieve = sieve or Sieve(among)
        near = np.unique(places[sieve.held(_upper(numbers))]).tolist()
        found.append(hit_rows(((names[place], read[place]) for place in near), against))
    return pl.concat(fresh), pl.concat(found)


def _with_marks(rows: pl.DataFrame, places: Places, numbers: _Marks) -> pl.DataFrame:
    """Rows with their marks, each once; a name of no words has none."""
    both = np.unique((places.astype(np.uint64) << _HALF) | numbers)
    found = (
        pl.DataFrame({"place": (both >> _HALF).astype(np.uint32), "marks": both.astype(np.uint32)})
        .group_by("place", maintain_order=True)
        .agg("marks")
    )
    return (
        rows.with_row_index("place")
        .join(found, on="place", how="left", maintain_order="left")
        .drop("place")
    )


def _flat(rows: pl.DataFrame) -> npt.NDArray[Any]:
    return rows["marks"].drop_nulls().explode().to_numpy()


def touched(rows: pl.DataFrame, numbers: npt.NDArray[Any]) -> pl.DataFrame:
    """Rows that have one of the marks."""
    if not rows.height or not numbers.size:
        return rows.clear()
    lengths = rows["marks"].list.len().fill_null(0).to_numpy()
    at = Sieve(numbers).held(_flat(rows))
    return rows[np.unique(np.searchsorted(np.cumsum(lengths), at, side="right"))]


def _found_again(stay: pl.DataFrame, changed: Screened) -> pl.DataFrame:
    """What names that were screened before hit of entries that are new or changed."""
    _, numbers = marks([changed.names.names], listed=True)
    near = touched(stay, _upper(numbers))["name"]
    return hit_rows(_read(near), changed)


def _read(names: pl.Series) -> Iterator[tuple[str, tuple[Name, ...]]]:
    return ((name, readings(name)) for name in names)
