"""Laws of names: whole numbers that parts add up to, no order, no side, no crash, no long wait."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.policy.names.against import prepare
from detector.policy.names.fold import LONGEST, MOST_WORDS, plain
from detector.policy.names.normalise import MOST_READINGS, read_words, readings
from detector.policy.names.score import reasons, score
from detector.policy.names.screen import screen

DAY = date(2026, 6, 1)
WORDS = (
    "yunda", "romashka", "kestrel", "quvo", "bexima", "zarnitsa", "kestral", "yund4", "trading",
    "bank", "of", "the", "china", "shanghai", "moscow", "prs", "pars", "abc", "abd", "ltd", "llc",
    "jsc", "co", "group", "gruppa", "technology", "tech", "holdings", "forty", "four", "44", "ii",
    "2007", "limted", "royal",
)  # fmt: skip
NAMES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)
TEXTS = st.one_of(
    NAMES,
    st.text(max_size=60),
    st.text(alphabet="有限公司科技北京運達运达第十四二〇研究所 (Ltd)—.'\u202e\u200b", max_size=24),
)


@pytest.mark.long
@given(NAMES, NAMES)
def test_a_score_is_the_same_from_either_side(first: str, second: str) -> None:
    for mine in readings(first):
        for theirs in readings(second):
            assert score(mine, theirs) == score(theirs, mine)


@pytest.mark.long
@given(TEXTS, TEXTS)
def test_parts_add_up_to_the_score(first: str, second: str) -> None:
    for mine in readings(first):
        for theirs in readings(second):
            parts = reasons(mine, theirs)
            assert all(type(part.points) is int for part in parts)
            assert sum(part.points for part in parts) == score(mine, theirs)
            assert 0 <= score(mine, theirs) <= 1000


@given(
    st.lists(
        st.sampled_from(["yunda", "romashka", "kestrel", "group", "china"]), unique=True, min_size=1
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_words_changes_nothing(words: list[str], random: object) -> None:
    other = list(words)
    random.shuffle(other)  # type: ignore[attr-defined]
    assert score(read_words(words), read_words(other)) == 1000


@given(TEXTS)
def test_reading_what_was_read_changes_nothing(text: str) -> None:
    for name in readings(text):
        again = read_words(list(name.words))
        assert set(again.words) <= set(name.words)
        assert read_words(list(again.words)).words == again.words


@given(TEXTS)
def test_every_name_is_the_same_as_itself(text: str) -> None:
    for name in readings(text):
        assert score(name, name) == 1000


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \t\n",
        "\u202eadnuY\u202c \u200bLtd",
        "\x00\x1b[2J\x07",
        "ﷺ" * 500,
        "A" * 10_000,
        "yunda " * 2_000,
        "a.b." * 3_000,
        "(" * 10_000,
        "formerly " * 1_200,
        "; and any successor, sub-unit " * 400,
        "北" * 10_000,
        "第十" * 4_000,
        "第十十十 第二十十 第〇十 第一二三",
        '=HYPERLINK("http://x")',
        "<script>alert(1)</script>",
        "\ud800\udfff",
        "𝐘𝐮𝐧𝐝𝐚 Ｌｔｄ",
        "і" * 50 + "a" * 50,
    ],
)
def test_hostile_text_is_read_in_bounds(text: str) -> None:
    start = time.process_time()
    found = readings(text)
    assert time.process_time() - start < 2
    assert len(found) <= MOST_READINGS
    for name in found:
        assert 0 < len(name.words) <= MOST_WORDS * 3
        assert all(word.isascii() and word.isalnum() for word in name.words)
    assert len(plain(text)) <= LONGEST


def test_what_hides_or_turns_text_is_not_read() -> None:
    assert readings("Yun\u200bda \u202eLtd\u202c")[0].words == ("yunda",)
    assert readings("𝐘𝐮𝐧𝐝𝐚 Ｌｔｄ")[0].words == ("yunda",)


@given(st.lists(NAMES, min_size=1, max_size=8), st.lists(NAMES, min_size=1, max_size=8))
def test_no_order_of_rows_changes_a_hit(
    entries: Callable[..., pl.DataFrame],
    parties: Callable[..., pl.DataFrame],
    listed: list[str],
    asked: list[str],
) -> None:
    rows, who = entries(*listed), parties(*asked)
    hits = screen(who, rows, as_of=DAY)
    assert hits.equals(screen(who.reverse(), rows.reverse(), as_of=DAY))


@given(st.lists(NAMES, min_size=1, max_size=12), NAMES)
def test_keys_find_all_that_comparing_everything_finds(
    entries: Callable[..., pl.DataFrame], listed: list[str], asked: str
) -> None:
    against = prepare(entries(*listed), as_of=DAY)
    found = {hit.entry: hit.score for hit in against.hits(asked)}
    for entry, row in enumerate(against.entries.iter_rows(named=True)):
        best = max(
            score(mine, theirs) for mine in readings(asked) for theirs in readings(row["name"])
        )
        if best >= 720:
            assert found.get(entry) == best, (asked, row["name"])
