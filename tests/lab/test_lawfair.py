"""Names of all scripts are treated alike: the gate of lane L, on lists of invented names."""

from __future__ import annotations

import random

import pytest

from detector.policy.lists import Lists, read_lists
from lab.lawfair import Counted, Ratio, asked, by_script, invented, ratio, said, table, worst
from lab.lawnames import LANGUAGES, organisations, people

NAMES = 60
LISTED = 40


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> Lists:
    """A list of firms and people of every language, as many of each."""
    folder = tmp_path_factory.mktemp("lawfair")
    rows = ["name,list,country,kind"]
    for place, language in enumerate(LANGUAGES.values()):
        draw = random.Random(9000 + place)
        for kind, names in (
            ("entity", organisations(language, LISTED, draw)),
            ("individual", people(language, LISTED, draw)),
        ):
            rows += [f'"{name.replace(chr(34), "")}",EL,{language.country},{kind}'
                     for name in names]  # fmt: skip
    (folder / "ours.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "manifest.toml").write_text('[files."ours.csv"]\ndate = 2026-03-05\n')
    read = read_lists(folder)
    assert not read.refused
    return read


@pytest.fixture(scope="module")
def firms(lists: Lists) -> list[Counted]:
    return asked(lists, invented(NAMES, 5, person=False), person=False)


def test_no_script_is_asked_about_much_more_than_others(firms: list[Counted]) -> None:
    scripts = by_script(firms)
    assert sum(one.names for one in scripts) == NAMES * len(LANGUAGES)
    assert worst(scripts, queued=True).verdict != "above"
    assert worst(scripts, queued=False).verdict != "above"


def test_people_are_hit_and_never_queued(lists: Lists) -> None:
    # Their names are few, so many bear a listed one.
    humans = asked(lists, invented(NAMES, 5, person=True), person=True)
    assert sum(one.hits for one in humans) > 50
    assert not any(one.queued for one in humans)


def test_a_listed_firm_of_every_language_is_found(lists: Lists) -> None:
    """The gate is no merit of one that finds nothing."""
    listed = {
        language: organisations(LANGUAGES[language], LISTED, random.Random(9000 + place))[:10]
        for place, language in enumerate(LANGUAGES)
    }
    for one in asked(lists, listed, person=False):
        assert one.queued == one.names == 10, one.group


def test_a_gap_is_told_and_few_names_are_inconclusive() -> None:
    even = [Counted("Latin", 10_000, 30, 10), Counted("Han", 10_000, 33, 12)]
    assert worst(even, queued=False).verdict == "within"
    uneven = [Counted("Latin", 10_000, 30, 10), Counted("Han", 10_000, 300, 12)]
    assert worst(uneven, queued=False).verdict == "above"
    few = [Counted("Latin", 50, 0, 0), Counted("Han", 50, 2, 1)]
    assert worst(few, queued=False).verdict == "inconclusive"
    assert said("hit", Ratio("Han", 10.0, 6.9, 14.5)) == (
        "hit: worst Han, 10.00 times the others (6.90 to 14.50): above of 3"
    )
    assert [line.split("|")[1].strip() for line in table(uneven)][2:] == ["Han", "Latin"]


def test_an_interval_holds_its_ratio_and_narrows_with_more_names() -> None:
    widths = []
    for more in (1, 10, 100):
        value, low, high = ratio((6 * more, 1000 * more), (3 * more, 1000 * more))
        assert low < value == 2 < high
        widths.append(high - low)
    assert widths == sorted(widths, reverse=True)


def test_names_are_as_many_as_asked_and_in_their_script() -> None:
    letters = {"Cyrillic": "А", "Greek": "Α", "Hebrew": "א", "Arabic": "ا", "Hangul": "가",
               "Devanagari": "अ", "Han": "中"}  # fmt: skip
    for name, called in invented(30, 3, person=False).items():
        assert len(set(called)) == 30
        first = letters.get(LANGUAGES[name].script)
        block = ord(first or "A") >> 8
        near = (block, block + 1) if first else (0, 1, 0x1E)
        assert all(any(ord(c) >> 8 in near or ord(c) >= 0x4E00 for c in one) for one in called)
