"""A kept screening is a full one, whatever changed since."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from io import BytesIO

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.policy.names.against import name_hits, prepare
from detector.policy.names.kept import Kept, nothing_kept, rescreened, rules
from detector.policy.names.keys import index
from detector.policy.names.marks import Sieve, marks
from detector.policy.names.normalise import readings
from lab import screening
from tests.examples import examples

Make = Callable[..., pl.DataFrame]
DAY = date(2026, 6, 1)
WORDS = (
    "yunda", "yundaa", "yunada", "kestrel", "kestral", "kestrels", "qaddafi", "kadafi", "good",
    "will", "goodwill", "trading", "tradng", "bank", "china", "royal", "prs", "pars", "44",
    "technology", "digital", "services", "ltd", "star", "light", "starlight", "trafigura",
    "trafalgura", "成都運達科技",
)  # fmt: skip
NAMES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join)


def _full(names: list[str], entries: pl.DataFrame) -> pl.DataFrame:
    asked = sorted(set(names))
    return name_hits(asked, prepare(entries, as_of=DAY)).sort("name", "entry_key")


def _series(names: list[str]) -> pl.Series:
    return pl.Series("party", names, pl.String)


@settings(max_examples=examples(400))
@given(NAMES, NAMES)
def test_what_the_index_finds_shares_a_mark(asked: str, listed: str) -> None:
    mine, theirs = readings(asked), readings(listed)
    found = any(index(theirs).candidates(name) for name in mine)
    _, ours = marks([mine], listed=False)
    _, others = marks([theirs], listed=True)
    shared = set(ours.tolist()) & set(others.tolist())
    assert shared or not found


#: Names that are found by one thing alone.
FOUND_BY = {
    "a slip": ("Romashka Bexima", "Romashca Bexina"),
    "a sound": ("Qaddafi Ltd", "Kadafi"),
    "one word here, two there": ("Starlight Trading", "Trading Star Light"),
    "two words here, one there": ("Trading Star Light", "Starlight Trading"),
    "a common word put right": (
        "Investment International Servces", "Services International Investment"
    ),
    "all but a short word": ("Quv International Investment", "Quz International Investment"),
    "a slip in the name as one word": ("Bex Imazar", "Bexim Azer"),
    "all words": ("International Investment Bank", "Investment International Bank"),
}  # fmt: skip


@pytest.mark.parametrize("way", FOUND_BY)
def test_each_way_to_find_a_name_has_a_mark(way: str) -> None:
    asked, listed = (readings(text) for text in FOUND_BY[way])
    assert any(index(listed).candidates(name) for name in asked)
    _, ours = marks([asked], listed=False)
    _, others = marks([listed], listed=True)
    assert set(ours.tolist()) & set(others.tolist())


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_text_has_marks_of_its_own(first: str, second: str) -> None:
    both = [readings(first), readings(second)]
    places, numbers = marks(both, listed=True)
    for place, names in enumerate(both):
        _, alone = marks([names], listed=True)
        assert sorted(numbers[places == place].tolist()) == sorted(alone.tolist())
        assert bool(alone.size) == bool(names)


def test_names_that_share_no_word_share_no_mark() -> None:
    _, mine = marks([readings("Zarnitsa Trading Bank of China")], listed=False)
    _, theirs = marks([readings("Kestrel Trading Bank of China")], listed=True)
    assert set(mine.tolist()) & set(theirs.tolist()) == set()


@given(st.lists(st.integers(0, 60)), st.lists(st.integers(0, 60)))
def test_a_sieve_finds_where_its_numbers_stand(known: list[int], asked: list[int]) -> None:
    numbers = np.array(asked, np.uint32) * np.uint32(71_000_003)
    sieve = Sieve(np.array(known, np.uint32) * np.uint32(71_000_003))
    expected = [place for place, number in enumerate(asked) if number in known]
    assert sieve.held(numbers).tolist() == expected


@settings(max_examples=examples(60))
@given(
    st.lists(st.lists(NAMES, max_size=6), min_size=1, max_size=4),
    st.lists(st.lists(NAMES, max_size=6), min_size=4, max_size=4),
)
def test_a_kept_screening_is_a_full_one(
    entries: Make, listed: list[list[str]], asked: list[list[str]]
) -> None:
    kept: Kept | None = None
    for names, rows in zip(asked, [*listed, *listed][:4], strict=False):
        table = entries(*rows)
        kept = rescreened(kept, _series(names), table, as_of=DAY)
        assert kept.hits.equals(_full(names, table))


@pytest.mark.parametrize("seed", [1, 2])
def test_ten_changes_of_lists_and_names_leave_a_full_screening(entries: Make, seed: int) -> None:
    draw = random.Random(seed)
    world = _World(draw, entries)
    kept: Kept | None = None
    for _ in range(10):
        world.change()
        rows, names = world.entries(), world.names()
        kept = _stored(rescreened(kept, _series(names), rows, as_of=DAY))
        assert kept.hits.height
        assert kept.hits.equals(_full(names, rows))
        turned = rescreened(kept, _series(names[::-1]), rows.reverse(), as_of=DAY)
        assert turned.hits.equals(kept.hits)


class _World:
    """Entries and names that change: in name, alias, day, one by one."""

    def __init__(self, draw: random.Random, make: Make) -> None:
        self._draw, self._make = draw, make
        self._firms = screening.invented_firms(400, seed=draw.randrange(99))
        self._ways = list(screening.makers(draw).values())
        self._rows = {f"{key:016x}": self._row() for key in range(60)}
        self._asked = [self._written() for _ in range(120)]

    def _written(self) -> str:
        return self._draw.choice(self._ways)(self._draw.choice(self._firms))

    def _row(self) -> dict[str, object]:
        names = [self._written() for _ in range(3)]
        until = self._draw.choice([None, None, date(2026, 5, 1)])
        return {"name": names[0], "aliases": names[1:2], "weak_aliases": names[2:], "until": until}

    def change(self) -> None:
        for key in self._draw.sample(sorted(self._rows), 6):
            self._rows[key] = self._row()
        del self._rows[self._draw.choice(sorted(self._rows))]
        self._rows[f"{self._draw.getrandbits(60):016x}"] = self._row()
        self._asked = self._asked[8:] + [self._written() for _ in range(9)]

    def entries(self) -> pl.DataFrame:
        rows = [{"entry_key": key, **row} for key, row in self._rows.items()]
        self._draw.shuffle(rows)
        return self._make(*rows)

    def names(self) -> list[str]:
        return self._draw.sample(self._asked, len(self._asked))


def _stored(kept: Kept) -> Kept:
    """As it comes back from files."""

    def back(frame: pl.DataFrame) -> pl.DataFrame:
        file = BytesIO()
        frame.write_parquet(file)
        file.seek(0)
        return pl.read_parquet(file)

    return Kept(kept.version, back(kept.names), back(kept.entries), back(kept.hits))


def test_only_what_is_new_is_compared(entries: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["Yunda Kestrel Ltd", "Bexima Holding", "Somebody Else"]
    kept = rescreened(None, _series(names), entries("Kestrel Yunda", "Bexima"), as_of=DAY)
    read: list[str] = []
    monkeypatch.setattr(
        "detector.policy.names.kept.readings", lambda text: read.append(text) or readings(text)
    )
    rows = entries("Kestrel Yunda", "Bexima Holding")
    again = rescreened(kept, _series(names), rows, as_of=DAY)
    assert read == ["Bexima Holding"]
    assert again.hits.equals(_full(names, rows))
    read.clear()
    assert rescreened(again, _series(names), rows, as_of=DAY).hits.equals(again.hits)
    assert read == []


def test_other_rules_screen_all_anew(entries: Make) -> None:
    rows, names = entries("Kestrel Yunda"), ["Yunda Kestrel Ltd"]
    kept = rescreened(None, _series(names), rows, as_of=DAY)
    old = replace(kept, version="old", hits=kept.hits.clear())
    assert rescreened(old, _series(names), rows, as_of=DAY).hits.equals(kept.hits)
    assert rescreened(
        replace(old, version=rules()), _series(names), rows, as_of=DAY
    ).hits.is_empty()


def test_a_day_lets_entries_in_and_out(entries: Make) -> None:
    rows = entries({"name": "Kestrel Yunda", "from": date(2026, 2, 1), "until": date(2026, 3, 1)})
    kept: Kept | None = None
    hits = []
    for day in (date(2026, 1, 31), date(2026, 2, 1), date(2026, 3, 1), date(2026, 3, 2)):
        kept = rescreened(kept, _series(["Yunda Kestrel"]), rows, as_of=day)
        hits.append(kept.hits.height)
    assert hits == [0, 1, 1, 0]


def test_a_name_that_is_asked_for_no_more_is_dropped(entries: Make) -> None:
    rows = entries("Kestrel Yunda")
    kept = rescreened(None, _series(["Yunda Kestrel", "Else"]), rows, as_of=DAY)
    left = rescreened(kept, _series(["Else"]), rows, as_of=DAY)
    assert left.names["name"].to_list() == ["Else"]
    assert left.hits.is_empty()


def test_nothing_asked_of_nothing_is_nothing(entries: Make) -> None:
    kept = rescreened(None, _series([]), entries(), as_of=DAY)
    for frame, empty in zip(
        (kept.names, kept.entries, kept.hits),
        (nothing_kept().names, nothing_kept().entries, nothing_kept().hits),
        strict=True,
    ):
        assert frame.equals(empty)
        assert frame.schema == empty.schema
