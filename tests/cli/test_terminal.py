"""Text from data never reaches a terminal raw."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.terminal import open_console, safe_text

ANY_TEXT = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b]0;owned\x07", "\\x1b]0;owned\\x07"),
        ("a\r\nb", "a\\r\\nb"),
        ("\u202eexe.txt", "\\u202eexe.txt"),
        ("nul\x00", "nul\\x00"),
        ("\x9b31m", "\\x9b31m"),
        ("\ud800", "\\ud800"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("成都運達", "成都運達"),
        ("no-break\xa0space", "no-break\xa0space"),
    ],
)
def test_what_a_terminal_would_obey_becomes_visible(raw: str, shown: str) -> None:
    assert safe_text(raw) == shown


@given(ANY_TEXT, st.none() | st.integers(1, 50))
def test_any_text_becomes_one_printable_line_within_its_limit(text: str, limit: int | None) -> None:
    shown = safe_text(text, limit)
    categories = {unicodedata.category(character) for character in shown}
    assert not categories & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    shown.encode("utf-8")
    assert limit is None or len(shown) <= limit


def test_a_console_prints_markup_and_emoji_codes_as_they_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    open_console().print("[red]x[/red] :smile: [link=https://a.example]y[/link]")
    assert capsys.readouterr().out == ("[red]x[/red] :smile: [link=https://a.example]y[/link]\n")


def test_no_colour_where_no_color_is_set(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("FORCE_COLOR", "1")
    open_console().print("x", style="red")
    assert "\x1b[31m" not in capsys.readouterr().out
