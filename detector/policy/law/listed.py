"""Rules about lists: an account's parties beside the entries in force.

A match asks for the same name of an organisation, or a strong alias of it, and for its country
or address; all else is a question. A person, a ship and a weak alias stay weak whatever agrees,
and so does what bears the name of a customer who is a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import polars as pl

from detector.policy.lane import Known
from detector.policy.law.found import EVIDENCE, FOUND, found
from detector.policy.law.parties import BEHIND, people
from detector.policy.lists import Lists, in_force
from detector.policy.names.explain import sentence
from detector.policy.names.screen import AGAIN, HITS
from detector.policy.packs import Packs
from detector.policy.packs.shape import ListRule
from detector.terminal import safe_text
from detector.words import plural

#: The rule under which hits stand whose list no rule knows.
OTHER_LIST: Final = "LIST-OTHER"
#: Without its entries nobody is clear.
_CORE: Final = "EL"
_MOST: Final = 5
_NAME: Final = 80
_SAME: Final = "same"
_UNSEEN: Final = (
    "no name was compared with {:,} entries: they came after names were hidden; ingest the "
    "source anew"
)
_AT_THE_SOURCE: Final = "a hidden name shares words with an entry: screen again at the source;"
#: Kinds of entries that no organisation is; of many lists the kind is not told.
_NO_ORGANISATION: Final = ("person", "vessel", "aircraft")


def hits_of(known: Known, parties: pl.DataFrame) -> pl.DataFrame:
    """``HITS`` of parties with ``person``; of the places a party is told to be in, the nearest."""
    if known.lists is None or parties.is_empty():
        return HITS.to_frame().with_columns(person=pl.lit(None, dtype=pl.Boolean))
    asked = parties.select(
        "name", "country", "address", "role", party_id="account_id"
    )  # fmt: skip
    hits = known.screen(asked)
    nearest = [pl.col(f"{what}_agrees").fill_null(value=False) for what in ("country", "address")]
    keys = ["party_id", "role", "name"]
    best = hits.sort(
        *nearest, pl.col("country_agrees").is_not_null(), descending=True,
        maintain_order=True,
    ).unique([*keys, "entry_key"], keep="first", maintain_order=True)  # fmt: skip
    bearing = parties.filter(pl.col("name").is_in(hits["name"].unique().implode()))
    named = people(bearing).select(*keys, "person")
    return best.join(named, on=keys, how="left", nulls_equal=True).sort(*keys, "entry_key")


def on_lists(known: Known, parties: pl.DataFrame) -> pl.DataFrame:
    """Rows of ``FOUND`` for parties that may stand on a list."""
    hits = hits_of(known, parties)
    if hits.is_empty() or known.lists is None:
        return FOUND.to_frame()
    mapped = known.lists.entries.select("entry_key", "mapped").unique("entry_key")
    judged = hits.join(mapped, on="entry_key", how="left").with_columns(
        rule=pl.col("source").replace_strict(
            rule_of_list(known.packs), default=OTHER_LIST, return_dtype=pl.String
        ),
        behind=pl.col("role").is_in(BEHIND),
        agrees=pl.col("country_agrees").fill_null(value=False)
        | pl.col("address_agrees").fill_null(value=False),
    )
    judged = judged.filter(_of_its_kind())
    sure = (
        (pl.col("band") == _SAME) & (pl.col("alias_kind") != "weak") & pl.col("agrees")
        & ~pl.col("kind").is_in(_NO_ORGANISATION) & pl.col("mapped").fill_null(value=False)
        & (pl.col("rule") != OTHER_LIST) & ~pl.col("behind") & ~pl.col("person")
    )  # fmt: skip
    return found(_told(judged.with_columns(sure=sure)))


def _of_its_kind() -> pl.Expr:
    """Whether a hit may mean the party: a company is no ship, and no person of another country.

    The words of a company are often somebody's name, or a ship's, and in some languages far more
    often than in others. So one that has other words beside such a name is asked about only
    where its country does not differ.
    """
    other = pl.col("kind").is_in(_NO_ORGANISATION) & ~pl.col("person")
    differs = ~pl.col("country_agrees").fill_null(value=True) & ~pl.col("agrees")
    return ~other | (pl.col("band") == _SAME) | ~differs


def _told(judged: pl.DataFrame) -> pl.DataFrame:
    """The first few hits of each party and rule, with what agrees in words."""
    order = ["party_id", "role", "rule", "name", "sure", "score", "entry_key"]
    first = judged.sort(
        order, descending=[False, False, False, False, True, True, False]
    ).group_by("party_id", "role", "rule", maintain_order=True).head(_MOST)  # fmt: skip
    texts = pl.DataFrame(
        [_texts(row) for row in first.iter_rows(named=True)],
        schema={"evidence": pl.String, "bare": pl.String}, orient="row",
    )  # fmt: skip
    return first.hstack(texts).select(
        "rule", "role", "source", "entry_name", "entry_key", "score", "parts", "evidence", "bare",
        account_id="party_id", party="name", list_sha256="file_sha256",
        condition=pl.when("sure").then(pl.lit("met")).otherwise(pl.lit("possible")),
        strength=pl.when("person").then(pl.lit("weak"))
        .when("sure").then(pl.lit("strong")).otherwise("strength"),
        case=pl.format("list:{}", "entry_key"),
    )  # fmt: skip


def _texts(row: Mapping[str, Any]) -> tuple[str, str]:
    """Why, with names and without."""
    alias, entry = str(row["alias"]), str(row["entry_name"])
    called = _short(entry) if alias == entry else f"{_short(alias)} ({_short(entry)})"
    where = f"on {row['source']}" + (f", {_short(row['citation'])}" if row["citation"] else "")
    places = "".join(
        f"; {what} {'agrees' if row[f'{what}_agrees'] else 'differs'}"
        for what in ("country", "address")
        if row[f"{what}_agrees"] is not None
    )
    if row["band"] == AGAIN:
        said = f"{_AT_THE_SOURCE} {where}"
        return said, said
    why = sentence(row["parts"])
    return (
        safe_text(f"{called} {where}{places}; {why}", limit=EVIDENCE),
        safe_text(f"a name {where}: {row['score']} of 1000{places}", limit=EVIDENCE),
    )


def _short(text: str) -> str:
    return safe_text(text, limit=_NAME)


def rule_of_list(packs: Packs) -> dict[str, str]:
    """The rule that speaks about each list, by its code."""
    return {
        code: rule.id for _, rule in packs.rules() if isinstance(rule, ListRule)
        for code in rule.lists
    }  # fmt: skip


def gaps(known: Known) -> list[str]:
    """Why nobody is clear of the lists of a run, a sentence each."""
    if known.lists is None:
        return []
    return [*missing(known.lists, known.as_of.date(), known.list_days), *unseen(known)]


def unseen(known: Known) -> list[str]:
    """Entries with which names that are hidden by now were never compared, in a sentence."""
    return [_UNSEEN.format(known.unseen)] if known.unseen else []


def missing(lists: Lists, on: date, list_days: int) -> list[str]:
    """Why nobody is clear of these lists: one sentence each, none where all are whole and new."""
    now = lists.entries.filter(in_force(on))
    told = [one.sentence for one in lists.refused]
    if now.filter(pl.col("source") == _CORE).is_empty():
        told.append(f"no entry of the Entity List ({_CORE}) that holds on {on} is in lists/")
    return [*told, *stale(lists, on, list_days)]


def stale(lists: Lists, on: date, list_days: int) -> list[str]:
    """Files of a day too long ago, or of none, a sentence each."""
    said = []
    for file in lists.files:
        name = safe_text(file.name, limit=_NAME)
        if file.day is None:
            said.append(f"the day of {name} is not known: manifest.toml may give it")
        elif (on - file.day).days > list_days:
            age = (on - file.day).days
            said.append(
                f"{name} is of {file.day}, {plural(age, 'day')} old, more than {list_days} "
                "(policy_list_days); download it anew"
            )
    return said


def holding(lists: Lists, on: date) -> dict[str, int]:
    """How many entries of each list hold on a day."""
    counts = lists.entries.filter(in_force(on)).group_by("source").len().sort("source")
    return dict(counts.iter_rows())
