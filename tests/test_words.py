"""Figures and foreign text as they are shown."""

from __future__ import annotations

import math
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector import words


@given(st.text(st.characters(), max_size=900), st.integers(1, 600))
def test_foreign_text_becomes_one_short_printable_line(text: str, limit: int) -> None:
    shown = words.visible(text, limit)
    assert len(shown) <= limit
    hidden = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    assert not hidden & {unicodedata.category(character) for character in shown}


@pytest.mark.parametrize(
    "hidden", ["\u202e", "\u2066", "\u200b", "\ufeff", "\x1b", "\x00", "\r", "\n", "\u2028", "\x85"]
)
def test_what_cannot_be_seen_is_shown_as_an_escape(hidden: str) -> None:
    assert words.visible(f"a{hidden}b") == f"a{hidden.encode('unicode_escape').decode()}b"


def test_a_lone_surrogate_can_be_written_as_utf8() -> None:
    assert words.visible("a\ud800b").encode() == b"a\\ud800b"


def test_piled_accents_do_not_draw_over_their_neighbours() -> None:
    assert words.visible("z" + "\u0301" * 40) == "z" + "\u0301" * 3


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (0.003, "share", "0.3 %"),
        (math.log1p(7), "log(1+accounts)", "7 accounts"),
        (math.log1p(1), "log(1+accounts)", "1 account"),
        (0.0, "1/(1+days)", "never"),
        (0.9999, "1/(1+days)", "under 2 hours"),
        (0.5, "1/(1+days)", "1 day"),
        (0.25, "1/services", "4 services"),
        (0.4, "share of window", "40 %"),
        (None, "share", "–"),
        (math.nan, "h", "–"),
    ],
)
def test_a_value_is_shown_in_what_the_reviewer_counts(
    value: float | None, unit: str, shown: str
) -> None:
    assert words.quantity(value, unit) == shown


@given(st.floats(1e-7, 0.1))
def test_one_in_so_many_is_near_the_share(share: float) -> None:
    count = int(words.one_in(share).removeprefix("1 of ").replace(",", ""))
    assert 1 / count == pytest.approx(share, rel=0.06)


@given(st.floats(allow_nan=False, min_value=-1e14, max_value=1e14))
def test_a_figure_keeps_three_digits(value: float) -> None:
    shown = words.number(value).replace(",", "").replace("−", "-")
    scale = {"M": 1e6, "n": 1e9}.get(shown[-1], 1.0)
    figure = float(shown.rstrip(" Mbn")) * scale
    assert figure == pytest.approx(value, rel=0.006, abs=1e-9)
