"""A kept screening under pseudonyms: names go, and what was found of them stays.

Names are screened in the clear once, where they come in. What is kept are the hits under the
names' pseudonyms, and keyed hashes of what finds a name. With these an entry that is new or
changed later still finds the names that it may mean. How near they are only a comparison of the
names can tell, where they are: such a hit has no score, and the band ``again``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import polars as pl

from detector.policy.names.address import addresses_agree
from detector.policy.names.against import NAME_HITS, Listed, Screened, current, read_entries
from detector.policy.names.kept import Kept, contents, rules, those, touched
from detector.policy.names.keys import Bounds, bounds_of, reach
from detector.policy.names.normalise import Name, readings
from detector.policy.names.secret import Piece, pieces, secret

#: A row for each reading of a name: its pseudonym, its bounds, and what finds it, under the key.
#: Marks, pieces and worths go together, place by place, as do common words and their weights.
HIDDEN_NAMES: Final = pl.Schema(
    {
        "name": pl.String(),
        **dict.fromkeys(("total", "own", "soft"), pl.Int32()),
        "common": pl.List(pl.UInt64()),
        "weights": pl.List(pl.Int32()),
        "marks": pl.List(pl.UInt64()),
        "pieces": pl.List(pl.Int32()),
        "worths": pl.List(pl.Int32()),
    }
)
#: Whether a party's address, under its pseudonym, is one of an entry's.
PLACES: Final = pl.Schema(
    {"address": pl.String(), "entry_key": pl.String(), "agrees": pl.Boolean()}
)
#: What was compared: all that decides a hit of an entry.
COMPARED: Final = pl.Schema({"entry_key": pl.String(), "content": pl.String()})
#: What stands in the parts of a hit for words of a name that are not the entry's own.
HIDDEN_WORDS: Final = "(hidden)"


@dataclass(frozen=True, slots=True)
class Hidden:
    """What was screened and what came of it, without a name.

    Attributes
    ----------
    version : str
        Of the rules by which it was screened.
    names, places, entries, hits : pl.DataFrame
        Rows of :data:`HIDDEN_NAMES`, :data:`PLACES`, :data:`COMPARED` and
        :data:`detector.policy.names.against.NAME_HITS`.
    """

    version: str
    names: pl.DataFrame
    places: pl.DataFrame
    entries: pl.DataFrame
    hits: pl.DataFrame


def nothing_hidden() -> Hidden:
    """A screening of no name against no entry."""
    schemas = (HIDDEN_NAMES, PLACES, COMPARED, NAME_HITS)
    return Hidden(rules(), *(pl.DataFrame(schema=schema) for schema in schemas))


def hidden(
    kept: Kept, parties: pl.DataFrame, entries: pl.DataFrame, key: bytes,
    named: Callable[[str], str],
) -> Hidden:  # fmt: skip
    """A screening without its names.

    Parameters
    ----------
    kept
        The screening in the clear, against the entries of every day.
    parties
        ``name`` and ``address`` as they stand together, in the clear.
    entries
        What was screened against.
    key
        Of the pseudonyms.
    named
        Gives the pseudonym of a name or an address.
    """
    shown = {name: named(name) for name in kept.names["name"]}
    names = [
        _rows(kept.names["name"][start : start + _AT_ONCE], shown, key)
        for start in range(0, kept.names.height, _AT_ONCE)
    ]
    mine = pl.col("name").replace_strict(shown, return_dtype=pl.String)
    hits = kept.hits.with_columns(
        mine, parts=pl.Series([_without_words(p) for p in kept.hits["parts"]], dtype=_PARTS)
    )
    return Hidden(
        kept.version,
        pl.concat([pl.DataFrame(schema=HIDDEN_NAMES), *names]),
        _places(parties, kept.hits, entries, named),
        kept.entries.select(list(COMPARED)),
        hits.sort("name", "entry_key"),
    )


_AT_ONCE: Final = 1 << 14
_PARTS: Final = NAME_HITS["parts"]


def _rows(names: pl.Series, shown: Mapping[str, str], key: bytes) -> pl.DataFrame:
    rows = [_row(shown[name], one, key) for name in names for one in readings(name)]
    return pl.DataFrame(rows, schema=HIDDEN_NAMES, orient="row")


def _row(name: str, reading: Name, key: bytes) -> tuple[Any, ...]:
    bounds = _bounds(reading, key)
    found = sorted({(secret(piece.text, key), piece.number, piece.worth)
                    for piece in pieces(reading, listed=False)})  # fmt: skip
    common = sorted(bounds.common.items())
    return (
        name, bounds.total, bounds.own, bounds.soft,
        [mark for mark, _ in common], [weight for _, weight in common],
        [mark for mark, _, _ in found], [number for _, number, _ in found],
        [worth for _, _, worth in found],
    )  # fmt: skip


def _bounds(name: Name, key: bytes) -> Bounds[int]:
    bounds = bounds_of(name)
    common = {secret(word, key): weight for word, weight in bounds.common.items()}
    return Bounds(bounds.total, bounds.own, bounds.soft, common)


def _without_words(parts: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Reasons of a score, without words that the entry does not have."""
    return [
        {**part, "mine": part["mine"] if part["mine"] in ("", part["theirs"]) else HIDDEN_WORDS}
        for part in parts
    ]


def _places(
    parties: pl.DataFrame, hits: pl.DataFrame, entries: pl.DataFrame, named: Callable[[str], str]
) -> pl.DataFrame:
    """Whether addresses of who is hit are those of the entry."""
    pairs = (
        parties.select("name", "address").drop_nulls()
        .join(hits.select("name", "entry_key"), on="name")
        .select("address", "entry_key").unique()
        .join(current(entries, None).select("entry_key", "addresses"), on="entry_key")
    )  # fmt: skip
    told = [
        (named(address), entry, agrees)
        for address, entry, addresses in pairs.iter_rows()
        if (agrees := addresses_agree(address, addresses)) is not None
    ]
    return pl.DataFrame(told, schema=PLACES, orient="row").sort("address", "entry_key")


def rejoined(
    before: Hidden | None, fresh: Hidden | None, entries: pl.DataFrame, key: bytes
) -> Hidden:
    """What was screened before, as it stands beside the lists of now, and what is screened anew.

    Parameters
    ----------
    before
        Names that nobody can compare here any more.
    fresh
        Names that were compared with these lists: these hits count, where both know a name.
    entries
        Entries of every day.
    key
        Of the pseudonyms.

    Returns
    -------
    Hidden
        Hits of unchanged entries stand; those of entries that are gone fall out; entries that are
        new or changed are to be screened again by who has the names. So are all, where the rules
        are others.
    """
    before, fresh = before or nothing_hidden(), fresh or nothing_hidden()
    rows = current(entries, None)
    told = contents(rows)
    if before.version != rules():
        before = replace(before, entries=before.entries.clear())
    same = those(before.entries, told, ["entry_key", "content"])
    old = before.names.join(fresh.names, on="name", how="anti", maintain_order="left")
    changed = read_entries(rows.join(same, on="entry_key", how="anti", maintain_order="left"))
    stay = those(those(before.hits, same, ["entry_key"]), old, ["name"])
    places = pl.concat([those(before.places, same, ["entry_key"]), fresh.places])
    return Hidden(
        rules(),
        pl.concat([old, fresh.names]).sort("name", "marks"),
        places.unique(["address", "entry_key"], keep="last").sort("address", "entry_key"),
        told.sort("entry_key"),
        pl.concat([stay, again(old, changed, key), fresh.hits]).sort("name", "entry_key"),
    )


class _Theirs(NamedTuple):
    """A listed name: its bounds and whose it is."""

    bounds: Bounds[int]
    listed: tuple[Listed, ...]


def again(names: pl.DataFrame, changed: Screened, key: bytes) -> pl.DataFrame:
    """What hidden names may mean of entries, for the source to compare: hits without a score."""
    found: list[tuple[int, Piece, int]] = [
        (place, piece, secret(piece.text, key))
        for place, name in enumerate(changed.names.names)
        for piece in pieces(name, listed=True)
    ]
    theirs = pl.DataFrame(
        [(place, piece.number, piece.worth, mark) for place, piece, mark in found],
        schema={"place": pl.Int64, "their": pl.Int32, "other": pl.Int32, "mark": pl.UInt64},
        orient="row",
    ).unique()
    near = touched(names, theirs["mark"].to_numpy()).with_row_index("row")
    shared = (
        near.select("row", "marks", "pieces", "worths").explode("marks", "pieces", "worths")
        .join(theirs, left_on="marks", right_on="mark")
        .unique(["row", "place", "pieces", "their"])
        .group_by("row", "place")
        .agg(pl.col("worths", "other").sum(), whole=(pl.col("pieces") < 0).any())
        .sort("row", "place")
    )  # fmt: skip
    known = [
        _Theirs(_bounds(name, key), tuple(listed))
        for name, listed in zip(changed.names.names, changed.listed, strict=True)
    ]
    mine = near.to_dicts()
    pairs = [
        (mine[row]["name"], one)
        for row, place, worth, other, whole in shared.iter_rows()
        if whole or reach(_bounds_of_row(mine[row]), known[place].bounds, worth, other)
        for one in known[place].listed
    ]
    return _without_score(pairs, changed)


def _bounds_of_row(row: Mapping[str, Any]) -> Bounds[int]:
    common = dict(zip(row["common"], row["weights"], strict=True))
    return Bounds(row["total"], row["own"], row["soft"], common)


def _without_score(pairs: Iterable[tuple[str, Listed]], changed: Screened) -> pl.DataFrame:
    """One hit a name and entry, of the entry's strongest name."""
    best: dict[tuple[str, int], Listed] = {}
    for name, listed in pairs:
        known = best.setdefault((name, listed.entry), listed)
        if _order(listed) < _order(known):
            best[name, listed.entry] = listed
    rows: list[tuple[Any, ...]] = [
        (name, changed.keys[entry], listed.shown, listed.kind, 0, 0, [])
        for (name, entry), listed in best.items()
    ]
    return pl.DataFrame(rows, schema=NAME_HITS, orient="row").sort("name", "entry_key")


def _order(listed: Listed) -> tuple[bool, str, str]:
    return listed.kind == "weak", listed.shown, listed.kind
