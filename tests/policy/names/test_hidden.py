"""Under pseudonyms nothing that was found is lost, no name is left, and new entries still ask."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.policy.names.against import NAME_HITS, current, name_hits, prepare
from detector.policy.names.hidden import Hidden, again, hidden, rejoined
from detector.policy.names.kept import rescreened
from detector.policy.names.screen import AGAIN, HITS, of_parties, screen
from tests.examples import examples

Make = Callable[..., pl.DataFrame]
DAY = date(2026, 6, 1)
KEY = b"a key of the tests"
WORDS = (
    "yunda", "yundaa", "yunada", "kestrel", "kestrels", "qaddafi", "kadafi", "good", "will",
    "goodwill", "trading", "tradng", "bank", "china", "royal", "prs", "pars", "44", "technology",
    "digital", "services", "ltd", "starlight", "star", "light", "成都運達科技",
)  # fmt: skip

NAMES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join)
ROAD = "9 Tongyun Road, Gaoxin District, Chengdu"
YUNDA = {"name": "Chengdu Yunda Technology", "countries": ["CN"], "addresses": [ROAD]}


def named(text: str) -> str:
    return hashlib.blake2b(text.encode(), key=KEY, digest_size=16).hexdigest()


def _hidden(parties: pl.DataFrame, entries: pl.DataFrame) -> Hidden:
    kept = rescreened(None, parties["name"], entries, as_of=None)
    return hidden(kept, parties, entries, KEY, named)


def _under(parties: pl.DataFrame) -> pl.DataFrame:
    """Parties as a state under pseudonyms has them."""
    return parties.with_columns(
        pl.col("name", "address").map_elements(named, return_dtype=pl.String)
    )


def _hits(asked: pl.DataFrame, found: Hidden, entries: pl.DataFrame) -> pl.DataFrame:
    return of_parties(_under(asked), found.hits, current(entries, DAY), found.places)


def _decides(hits: pl.DataFrame) -> pl.DataFrame:
    left_out = ["name", "parts"]
    return hits.drop(left_out).sort("party_id", "role", "entry_key")


def test_hits_under_pseudonyms_are_those_of_the_names(entries: Make, parties: Make) -> None:
    listed = entries(YUNDA, {"name": "Kestrel Optics", "countries": ["RU"], "addresses": [ROAD]})
    asked = parties(
        "Yunda Technology Chengdu", "Kestral Optics Ltd", "Yunda Technology", "Somebody Else",
        country=["CN", "FR", None, "CN"], address=["9 Tongyun Rd, Chengdu", "1 Elm", None, ROAD],
    )  # fmt: skip
    plain = screen(asked, listed, as_of=DAY)
    found = _hits(asked, _hidden(asked, listed), listed)
    assert set(plain["address_agrees"]) == {True, False, None}
    assert found.schema == HITS
    assert _decides(found).equals(_decides(plain))
    assert set(found["name"]) == set(map(named, plain["name"]))


def test_no_name_and_no_address_is_left(entries: Make, parties: Make) -> None:
    listed = entries(YUNDA, "Romashka")
    asked = parties("Chengdu Yundaa Technology", "Quvo Bexima Zarnitsa", address=f"{ROAD} flat 7")
    found = _hidden(asked, listed)
    tables = (found.names, found.places, found.entries, found.hits)
    told = " ".join(str(table.to_dicts()).lower() for table in tables)
    assert found.hits.height
    assert found.places.height
    for word in ("yundaa", "zarnitsa", "quvo", "bexima", "flat"):
        assert word not in told


def test_another_key_gives_other_marks_and_finds_nothing(entries: Make, parties: Make) -> None:
    found = _hidden(parties("Yunda Technology"), entries("Kestrel"))
    changed = prepare(entries(YUNDA), as_of=DAY)
    assert again(found.names, changed, KEY).height == 1
    assert again(found.names, changed, b"another key").is_empty()


@settings(max_examples=examples(150))
@given(st.lists(NAMES, min_size=1, max_size=5), st.lists(NAMES, min_size=1, max_size=5))
def test_a_new_entry_asks_about_every_name_it_would_hit(
    entries: Make, parties: Make, listed: list[str], asked: list[str]
) -> None:
    rows = entries(*listed)
    before = _hidden(parties(*asked), entries())
    after = rejoined(before, None, rows, KEY)
    found = set(after.hits.select("name", "entry_key").iter_rows())
    plain = name_hits(sorted(set(asked)), prepare(rows, as_of=DAY))
    assert {(named(name), key) for name, key in plain.select("name", "entry_key").rows()} <= found


@pytest.mark.parametrize(
    ("asked", "listed"),
    [
        ("Qaddafi Ltd", "Kadafi"),
        ("Starlight Trading", "Trading Star Light"),
        ("Trading Star Light", "Starlight Trading"),
        ("Investment International Servces", "Services International Investment"),
        ("Quv International Investment", "Quz International Investment"),
        ("Bex Imazar", "Bexim Azer"),
        ("International Investment Bank", "Investment International Bank"),
    ],
)
def test_each_way_to_find_a_name_is_kept_under_the_key(
    entries: Make, parties: Make, asked: str, listed: str
) -> None:
    before = _hidden(parties(asked), entries())
    assert rejoined(before, None, entries(listed), KEY).hits.height == 1


def test_a_new_entry_does_not_ask_about_names_that_cannot_be_its(
    entries: Make, parties: Make
) -> None:
    asked = parties("Yunda Kestrel Bexima Holding", "Royal Bank of China", "Digital Trading Group")
    before = _hidden(asked, entries())
    rows = entries("Yunda Zarnitsa Romashka Quvo", "Royal Mail of China", "Digital Bank")
    assert rejoined(before, None, rows, KEY).hits.is_empty()


def test_a_hit_that_nobody_could_compare_says_so_and_is_weak(entries: Make, parties: Make) -> None:
    asked = parties("Yunda Technology Chengdu", country="CN", address=ROAD)
    after = rejoined(_hidden(asked, entries()), None, entries(YUNDA), KEY)
    (hit,) = _hits(asked, after, entries(YUNDA)).to_dicts()
    assert (hit["band"], hit["score"], hit["strength"], hit["parts"]) == (AGAIN, 0, "weak", [])
    assert (hit["country_agrees"], hit["address_agrees"]) == (True, None)


def test_unchanged_entries_keep_their_hits_and_gone_ones_lose_them(
    entries: Make, parties: Make
) -> None:
    asked = parties("Yunda Technology Chengdu", "Kestrel Optics", address=ROAD)
    listed = entries(YUNDA, "Kestrel Optics", "Bexima")
    before = _hidden(asked, listed)
    after = rejoined(before, None, listed[:1], KEY)
    assert after.hits.equals(before.hits.filter(pl.col("entry_key") == listed["entry_key"][0]))
    assert after.places.height == 1
    other = listed.with_columns(aliases=pl.lit(["Yunda"]))
    scores = rejoined(before, None, other, KEY).hits["score"].to_list()
    assert scores == [0, 0, 0, 0]


def test_names_that_come_again_in_the_clear_are_compared(entries: Make, parties: Make) -> None:
    asked, listed = parties("Yunda Technology", "Kestrel Yunda"), entries(YUNDA, "Yunda Kestrel")
    asking = rejoined(_hidden(asked, entries()), None, listed, KEY)
    assert asking.hits["score"].to_list() == [0, 0]
    fresh = _hidden(asked[:1], listed)
    after = rejoined(asking, fresh, listed, KEY)
    scores = dict(after.hits.select("name", "score").rows())
    assert scores[named("Yunda Technology")] == fresh.hits["score"][0] > 0
    assert scores[named("Kestrel Yunda")] == 0
    assert after.names["name"].n_unique() == 2


def test_other_rules_ask_about_all_again(entries: Make, parties: Make) -> None:
    listed = entries(YUNDA)
    before = _hidden(parties("Yunda Technology"), listed)
    assert rejoined(before, None, listed, KEY).hits.equals(before.hits)
    older = replace(before, version="older")
    assert rejoined(older, None, listed, KEY).hits["score"].to_list() == [0]


def test_nothing_hidden_is_nothing(entries: Make) -> None:
    assert rejoined(None, None, entries(YUNDA), KEY).hits.equals(pl.DataFrame(schema=NAME_HITS))
