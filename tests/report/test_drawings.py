"""The drawings say what the figures say."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import date
from itertools import pairwise
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.dossier import Series
from detector.report import distribution, ring, svg, timeline, waterfall

AMOUNT = st.floats(-5, 5, allow_nan=False)


@given(AMOUNT, st.lists(AMOUNT, max_size=8))
def test_each_bar_starts_where_the_last_ended(base: float, parts: list[float]) -> None:
    steps = waterfall.cumulate(base, parts)
    assert [step.start for step in steps] == [base, *(step.end for step in steps)][: len(steps)]
    assert (steps[-1].end if steps else base) == pytest.approx(base + sum(parts), abs=1e-9)


@given(AMOUNT, st.lists(AMOUNT, max_size=8))
def test_bars_stay_inside_the_drawing(base: float, parts: list[float]) -> None:
    rows = waterfall.bars(base, parts)
    assert len(rows) == len(parts) + 2
    for row in rows:
        for box in ET.fromstring(row).iter("rect"):
            left, width = (float(box.get(key, "").rstrip("%")) for key in ("x", "width"))
            assert left >= 0
            assert left + width <= 100.5


def _edge(a: str, b: str, kind: str = "phone", weight: float = 9.0) -> dict[str, Any]:
    return {"a": a, "b": b, "kind": kind, "weight": weight}


@given(
    st.lists(
        st.builds(_edge, *[st.sampled_from("abcdefgh")] * 2, st.sampled_from(["ip", "phone"])),
        max_size=30,
    )
)
def test_ties_hold_every_link_once_and_split_nothing_connected(edges: list[dict[str, Any]]) -> None:
    found = ring.ties(edges)
    assert sum(tie.links for tie in found) == len(edges)
    for edge in edges:
        holders = [t for t in found if t.kind == edge["kind"] and edge["a"] in t.accounts]
        assert len(holders) == 1
        assert edge["b"] in holders[0].accounts


def test_ties_do_not_depend_on_the_order_of_links() -> None:
    edges = [_edge("a", "b"), _edge("c", "d"), _edge("b", "c"), _edge("x", "y", "ip")]
    assert ring.ties(edges) == ring.ties(edges[::-1])


def test_a_large_ring_is_drawn_within_bounds() -> None:
    names = [f"account-{index:04d}" for index in range(900)]
    links = [_edge(a, b, f"kind{i % 90}") for i, (a, b) in enumerate(pairwise(names))]
    drawn = ring.draw("r", names, ring.ties(links), names[:3])
    assert len(drawn) < 20_000
    assert (drawn.count('class="who"'), drawn.count('class="who fringe"')) == (3, 17)
    said = ring.shown_words(names, ring.ties(links))
    assert said == "Drawn are 20 of 900 accounts and 14 of 899 groups of ties. "


def _series(name: str, *values: float) -> Series:
    return Series(name, values, tuple(0.0 for _ in values))


DAY = date(2026, 1, 1)


def _drawn(row: timeline.UseRow) -> list[float]:
    """Heights of the bars of a row, as its path goes up and down."""
    path = ET.fromstring(row.drawing).findall("path")[-1].get("d", "")
    heights, at = [], 0.0
    for move in re.findall(r"v(-?[\d.]+)", path):
        at -= float(move)
        heights.append(at)
    return heights


def test_each_row_of_use_has_a_scale_of_its_own() -> None:
    rows = timeline.table([_series("a", 0, 4e6, 2e6), _series("b", 0, 20, 40)], DAY).rows
    assert [row.account for row in rows] == ["a", "b"]
    assert max(_drawn(rows[0])) == pytest.approx(max(_drawn(rows[1])), abs=0.2)
    assert max(_drawn(rows[0])) == pytest.approx(timeline.TALL - 2, abs=0.2)


def test_each_row_of_use_names_what_is_measured_and_in_what_unit() -> None:
    both = Series("a", (0.0, 5.0, 0.0), (7, 0, 9))
    rows = timeline.table([both], DAY).rows
    assert [(row.measure, row.most, row.total, row.days) for row in rows] == [
        ("GPU, TPP-hours", "5 on 2 Jan", "5", "1, 2 Jan to 2 Jan"),
        ("models, tokens", "9 on 3 Jan", "16", "2, 1 Jan to 3 Jan"),
    ]


def test_the_busiest_accounts_have_rows_and_the_others_are_added_up() -> None:
    series = [_series(f"a{i:02d}", float(i), 0.0) for i in range(1, 15)]
    series.append(_series("idle", 0.0, 0.0))
    told = timeline.table(series, DAY)
    assert [row.account for row in told.rows] == [
        *(f"a{i:02d}" for i in range(4, 15)),
        "3 others together",
    ]
    assert told.rows[-1].total == "6"
    assert told.without == 1


def test_a_thousand_accounts_are_drawn_within_bounds() -> None:
    series = [
        _series(f"a{i:04d}", *[float(1 + (i * d) % 7) for d in range(90)]) for i in range(1000)
    ]
    told = timeline.table(series, DAY)
    assert len(told.rows) == timeline.ACCOUNTS
    assert sum(len(row.drawing) for row in told.rows) < 20_000


def test_the_sentence_names_first_last_peak_and_idle_days() -> None:
    series = [_series("a", 0, 2, 0, 5, 0), _series("b", 0, 0, 0, 0, 0)]
    words = timeline.in_words(series, "tpp_hours", date(2026, 1, 1))
    assert "from 2026-01-02 to 2026-01-04, with 1 idle day between" in words
    assert "most on 2026-01-04: 5 TPP-h" in words
    assert "1 account without any." in words


@given(st.lists(st.floats(0, 100), min_size=1, max_size=90))
def test_a_path_of_bars_ends_where_it_began_to_stand(values: list[float]) -> None:
    path = svg.steps(values, 10, 50, 5, 0.4)
    moves = [float(move) for move in re.findall(r"v(-?[\d.]+)", path)]
    assert sum(moves) == pytest.approx(0, abs=1e-6)


def test_scores_are_counted_once_and_the_last_bin_holds_one() -> None:
    table = pl.DataFrame(
        {"score": [0.0, 0.019, 0.5, 0.999, 1.0], "p_value": [1.0, 1, 0.5, 0.01, 0]}
    )
    counts = distribution.spread(table, 0.01)
    assert sum(counts.every) == 5
    assert counts.every[-1] == 2
    assert counts.rare[-1] == 2
    assert counts.band == distribution.BINS - 1


def test_words_in_a_drawing_are_escaped() -> None:
    drawn = svg.label(0, 0, "</text><script>alert(1)</script>")
    assert "<script" not in drawn
    assert "&lt;script" in drawn
