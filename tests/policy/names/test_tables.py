"""The shipped tables: each word once, weights in bounds, and a version that tells of a change."""

from __future__ import annotations

import pytest

from detector.policy.names import tables
from detector.policy.names.tables import DISTINCTIVE, FULL, digest, read, weight

TABLES = (
    "abbreviations", "generic", "labels", "legal_forms", "numerals", "phrases", "places", "stops",
    "weights", "zh_terms",
)  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_each_word_stands_once_and_in_order(name: str) -> None:
    words = [row[0] for row in read(name)]
    assert words == sorted(set(words))
    assert all(row[0] == row[0].lower() and "" not in row[:1] for row in read(name))


def test_a_spelling_means_words_that_mean_themselves() -> None:
    means = tables.tables().means
    assert {word for meant in means.values() for word in meant} & means.keys() == set()


def test_weights_run_from_one_to_a_hundred() -> None:
    known = tables.tables().weights
    assert all(0 < value <= FULL for value in known.values())
    assert weight("trading") < DISTINCTIVE < weight("bexima") == FULL


def test_places_are_countries_or_nothing() -> None:
    assert {len(country) for _, country in read("places")} == {0, 2}


# A change of a row moves scores: give the tables a new VERSION, then this digest.
def test_a_change_of_tables_is_a_new_version() -> None:
    assert (tables.VERSION, digest()[:12]) == ("2026-11-28", "36cd7c56f540")
