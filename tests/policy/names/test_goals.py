"""The goals of screening, on public data: what is found, and what is left alone."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import pytest

from detector.policy.names.against import Screened, prepare
from detector.policy.names.normalise import readings
from lab.screening import common_names, entries, f1, invented_firms, listed, makers, ours, pairs

LEAST = {
    "exact": 0.99, "upper": 0.99, "label": 0.99, "branch": 0.99, "form": 0.98, "swap": 0.97,
    "reversed": 0.93, "transposed": 0.90, "dropped": 0.90, "replaced": 0.90,
}  # fmt: skip


@pytest.fixture(scope="module")
def names(shared_data: Path) -> list[str]:
    return listed(shared_data / "screening")


@pytest.fixture(scope="module")
def against(names: list[str]) -> Screened:
    return prepare(entries(names), as_of=date(2026, 6, 1))


def test_labelled_pairs_are_told_apart(shared_data: Path) -> None:
    bench = pairs(shared_data / "screening")
    scores = [ours(pair.first, pair.second) for pair in bench]
    assert f1(scores, [pair.same for pair in bench]) >= 0.85
    whole = [
        (value, pair.same) for value, pair in zip(scores, bench, strict=True) if not pair.numbers
    ]
    assert f1(*zip(*whole, strict=True)) >= 0.90


@pytest.mark.long
@pytest.mark.parametrize("way", LEAST)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_listed_names_are_found_however_they_are_written(
    names: list[str], against: Screened, way: str, seed: int
) -> None:
    assert _recall(names, against, way, 400, seed) >= LEAST[way]


def test_a_few_listed_names_are_found_in_a_short_list(names: list[str]) -> None:
    few = names[:: len(names) // 500]
    short = prepare(entries(few), as_of=date(2026, 6, 1))
    for way, least in LEAST.items():
        assert _recall(few, short, way, 60, seed=9) >= least - 0.05, way


@pytest.mark.long
def test_names_of_common_words_and_of_invented_firms_hit_nothing(against: Screened) -> None:
    assert [name for name in common_names(1500, seed=5) if _hits_another(against, name)] == []
    hits = sum(bool(against.hits(name)) for name in invented_firms(20_000, seed=5))
    assert hits <= 20


def test_names_of_common_words_hit_nothing_in_a_short_list(names: list[str]) -> None:
    short = prepare(entries(names[::20]), as_of=date(2026, 6, 1))
    assert [name for name in common_names(300, seed=6) if short.hits(name)] == []
    assert [name for name in invented_firms(300, seed=6) if short.hits(name)] == []


def _hits_another(against: Screened, name: str) -> bool:
    """Whether an entry of other words is hit; "Digital Services" is on the list itself."""
    words = {reading.ordered for reading in readings(name)}
    return any(hit.theirs.ordered not in words for hit in against.hits(name))


def _recall(names: list[str], against: Screened, way: str, count: int, seed: int) -> float:
    """The share of names that come first, or level with the first, when written otherwise."""
    draw = random.Random(seed)
    write = makers(draw)[way]
    listed, found = against.entries["name"], 0
    for name in draw.sample(names, count):
        hits = against.hits(write(name))
        mine = [hit.score for hit in hits if listed[hit.entry] == name]
        found += bool(mine) and mine[0] == hits[0].score
    return found / count
