"""Text laid out for terminals of any width."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from detector.layout import COMFORT, LEAST, Columns, Line, Side, command, folded, middle

WIDTHS = range(50, 161, 10)
TEXT = st.text(st.characters(exclude_categories=["C", "Z", "M"]), max_size=80)


def drawn(table: Columns, width: int) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=width, markup=False, emoji=False).print(table)
    return [line.rstrip() for line in out.getvalue().splitlines()]


@given(TEXT, st.integers(1, 60))
def test_what_is_shortened_fits_and_keeps_both_ends(text: str, width: int) -> None:
    shown = middle(text, width)
    assert cell_len(shown) <= width
    if shown != text:
        head, tail = shown.split("…", 1) if text.count("…") == 0 else ("", "")
        assert text.startswith(head)
        assert text.endswith(tail)


def test_an_id_of_a_megabyte_is_shortened_at_once() -> None:
    assert middle("a" * 1_000_000 + "z", 9) == "aaaa…aaaz"


@given(st.lists(TEXT.filter(bool), max_size=20), st.integers(2, 60))
def test_folded_text_fits_and_loses_no_word(parts: list[str], width: int) -> None:
    lines = folded(" ".join(parts), width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join("".join(parts).split())


def test_a_command_that_is_too_long_is_continued_and_means_the_same() -> None:
    words = ["enduse", "decide", "some/folder", "ring-1", "OUTCOME", "--note", "WHY"]
    lines = command(words, 30)
    assert all(len(line) <= 30 for line in lines)
    assert "\n".join(lines).replace("\\\n", " ").split() == words


SIDES = (Side("value", 4), Side("peers", 3), Side("bar", 1, right=False, stacked=False),
         Side("adds", 5, stacked=False))  # fmt: skip
ROWS = (
    Line("A reason that takes a good many words to be said in full, as reasons do.",
         ("12 fingerprints", "1 fingerprint", "█" * 24, "+0.531")),
    Line("Another; half of its peers: none.", ("100 %", "0 %", "█" * 24, "+0.2"), told=True),
)  # fmt: skip


@pytest.mark.parametrize("width", WIDTHS)
def test_the_main_column_keeps_its_room_at_any_width(width: int) -> None:
    lines = drawn(Columns("reason", SIDES, ROWS), width)
    assert max(map(cell_len, lines)) <= width
    # The words of the first reason begin a line each: that is how wide their column is.
    first = next(line for line in lines if line.startswith("A reason"))
    assert len(first.split("  ")[0]) >= min(LEAST, COMFORT)
    text = " ".join(" ".join(lines).split())
    assert "+0.531" in text
    assert "12 fingerprints" in text
    assert "1 fingerprint" in text


def test_what_a_reason_says_itself_is_not_said_again() -> None:
    narrow = "\n".join(drawn(Columns("reason", SIDES, ROWS), 60))
    assert "value 12 fingerprints; peers 1 fingerprint" in narrow
    assert "value 100 %" not in narrow
    wide = drawn(Columns("reason", SIDES, ROWS), 160)
    assert any("100 %" in line and "█" in line for line in wide)


def test_an_id_is_never_broken() -> None:
    ids = ("9f8a1c52-73d4-4b6e-9c0d-5e7f8a9b0c1d", "x" * 90)
    rows = tuple(Line(name, ("proxy", "1,234 tokens")) for name in ids)
    for width in WIDTHS:
        lines = drawn(Columns("account", (Side("queue", 2), Side("use", 1)), rows, ids=True), width)
        assert max(map(cell_len, lines)) <= width
        assert any(line.startswith(ids[0]) for line in lines)
        assert any(line.startswith("x" * 24) for line in lines)
