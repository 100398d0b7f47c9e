"""Figures and foreign text as they are shown."""

from __future__ import annotations

import math
import re
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
        (0.0, "log(communities)", "1 community"),
        (math.log(3), "log(communities)", "3 communities"),
        (1.0, "look-ups", "1 look-up"),
        (0.0, "flag", "no"),
        (1.0, "flag", "yes"),
        (0.0, "log(1+days)", "0 days"),
        (math.log1p(1), "log(1+days)", "1 day"),
        (0.25, "days/(30+days)", "10 days"),
        (0.0001, "days/(30+days)", "under 2 hours"),
        (0.0, "days/(30+days)", "0 days"),
        (0.5, "1/(1+months)", "1 month"),
        (-1e-12, "deviations", "0 deviations"),
        (0.614, "distance", "61 %"),
        (None, "share", "–"),
        (math.nan, "h", "–"),
    ],
)
def test_a_value_is_shown_in_what_the_reviewer_counts(
    value: float | None, unit: str, shown: str
) -> None:
    assert words.quantity(value, unit) == shown


def test_no_unit_of_a_feature_reaches_a_reader_as_it_is_computed() -> None:
    from features.build import REGISTRY

    values = (0.0, 0.04, 0.3, 0.5, math.log(2), 1.0, math.log1p(7))
    for feature in REGISTRY:
        low, high = feature.bounds
        # Of "days/(30+days)" one is never reached.
        high = min(high, 0.99) if "/(" in feature.unit and feature.unit[0] == "d" else high
        for value in (value for value in values if low <= value <= high):
            shown = words.quantity(value, feature.unit)
            assert not set(shown) & set("()/−"), (feature.name, shown)


def test_every_unit_of_a_feature_that_counts_has_a_singular() -> None:
    from features.build import REGISTRY

    units = {feature.unit for feature in REGISTRY if "share" not in feature.unit}
    nouns = {re.sub(r"^(?:log|1/)?\(?(?:1\+)?|\)$|/\(.*", "", unit) for unit in units}
    assert {"communities", "look-ups", "days", "users per client"} <= nouns
    for noun in nouns - {"flag", "distance", "product", "probability"}:
        head = noun.split(" per ")[0]
        one = words.singular(noun)
        assert one != noun
        assert words.several(one.split(" per ")[0]) == head
        assert words.quantity(1.0, noun) == f"1 {one}"


@pytest.mark.parametrize(
    ("value", "shown"), [(-0.0, "0.000"), (-0.0004, "0.000"), (-0.0006, "−0.001"), (0.0, "0.000")]
)
def test_what_is_shown_as_nothing_has_no_sign(value: float, shown: str) -> None:
    assert words.fixed(value) == shown
    assert words.signed(value) == shown
    assert words.number(-1e-13) == "0"


@pytest.mark.parametrize(
    ("count", "noun", "shown"),
    [
        (1, "entry", "1 entry"), (2, "entry", "2 entries"), (2, "more entry", "2 more entries"),
        (3, "match", "3 matches"), (2, "day", "2 days"), (0, "case", "0 cases"),
        (2, "address", "2 addresses"),
    ],
)  # fmt: skip
def test_a_noun_has_the_number_of_its_count(count: int, noun: str, shown: str) -> None:
    assert words.plural(count, noun) == shown


@pytest.mark.parametrize(
    ("p_value", "said"),
    [
        (0.0071, "about 7 in 1,000 ordinary accounts reach this"),
        (1 / 941, "about 1 in 1,000 ordinary accounts reach this"),
        (0.34, "about 34 in 100 ordinary accounts reach this"),
        (1.0, "nearly all ordinary accounts reach this"),
        (None, "not compared with others"),
    ],
)
def test_a_chance_is_one_of_ordinary_accounts_and_never_of_peers(
    p_value: float | None, said: str
) -> None:
    assert words.chance(p_value) == said


@given(st.floats(1e-7, 1.0))
def test_so_many_in_so_many_is_near_the_share(share: float) -> None:
    count, among = words.in_so_many(share).replace(",", "").split(" in ")
    assert int(count) / int(among) == pytest.approx(share, rel=0.5)


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
