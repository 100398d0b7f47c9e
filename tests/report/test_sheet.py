"""Pages for print: one case, in a queue or not, and the queue alone."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import polars as pl
import pytest

from detector.dossier import case_keys, key_of, key_of_ring
from detector.report.sheet import LARGEST, case_page, queue_page
from detector.results import Results
from tests.report.test_report import Outline


def _sound(page: str) -> None:
    outline = Outline(page)
    assert outline.open == []
    assert len(outline.ids) == len(set(outline.ids))
    assert {link for link in outline.links if link != "data:,"} <= {f"#{i}" for i in outline.ids}
    assert outline.tags.count("h1") == 1
    assert "script" not in outline.tags


def test_the_page_of_a_ring_lists_all_members_and_all_ties(
    results: Results, maker: ModuleType
) -> None:
    page = case_page(results, key_of_ring(results, "ring-003"), maker.UNITS, ring=True)
    _sound(page)
    [row] = results.rings.filter(pl.col("ring_id") == "ring-003").to_dicts()
    assert row["size"] == 28
    assert all(f'<th scope="row">{name}</th>' in page for name in row["account_ids"])
    assert page.count('data-label="Weight, bits"') == len(row["edges"])
    assert "left out here" not in page
    assert "ring-003, 28 accounts</h1>" in page


def test_an_account_in_no_queue_has_a_page(small: Results, maker: ModuleType) -> None:
    none = small.scores.filter((pl.col("queue") == "none") & pl.col("ring_id").is_null())
    name = none["account_id"][0]
    page = case_page(small, key_of(small, name), maker.UNITS, ring=False)
    _sound(page)
    assert f"Account {name}</h1>" in page
    assert "<li>In no queue</li>" in page
    assert "Not in a queue: only one family speaks (F03 payer and instrument, p 0.02)." in page


def test_the_page_of_a_member_says_whose_reasons_it_shows(
    small: Results, maker: ModuleType
) -> None:
    member = small.rings.filter(pl.col("ring_id") == "ring-001")["account_ids"][0][4]
    page = case_page(small, key_of(small, member), maker.UNITS, ring=False)
    assert f"Account {member}, one of the 6 accounts of ring-001" in page
    assert f"Reasons of <span>{member}</span>" in page


def test_the_page_for_print_lists_the_cases_of_every_queue_and_nothing_else(
    small: Results, maker: ModuleType
) -> None:
    page = queue_page(small, maker.UNITS)
    _sound(page)
    keys = case_keys(small)
    assert page.count('<td class="n no">') == len(keys)
    for key in keys:
        assert (key.ring_id or key.lead_id) in page
    assert "<article" not in page
    assert 'href="#' not in page


def test_a_queue_without_a_case_prints_so(small: Results, maker: ModuleType) -> None:
    none = pl.lit("none").cast(small.scores.schema["queue"]).alias("queue")
    page = queue_page(replace(small, scores=small.scores.with_columns(none)), maker.UNITS)
    assert "No case." in page


@pytest.mark.long
def test_the_page_of_a_ring_too_large_for_it_stays_below_a_megabyte_and_says_who_is_left_out(
    maker: ModuleType,
) -> None:
    large = maker.make_results(1_300, sizes=(1_200,), singles=1)
    long = maker.poisoned(large, lambda: "W" * 700)
    for made, shown in ((large, 1_200), (long, 200)):
        ring = made.rings["ring_id"][0]
        page = case_page(made, key_of_ring(made, ring), maker.UNITS, ring=True)
        assert len(page.encode()) <= LARGEST
        assert page.count('<td class="n" data-label="Rank">') == shown
    assert "1,000 accounts left out here: rings.parquet and scores.parquet list all" in page
