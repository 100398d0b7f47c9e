"""The page as a whole: golden, bounded, honest about what it leaves out, closed to all outside."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest

from detector.errors import DataError, OutputError
from detector.report import write_report
from detector.report.render import LARGEST, SHOWN, render
from detector.results import Results
from detector.results.runparts import RunChance

GOLDEN = Path(__file__).with_name("golden") / "report.html"
EMPTY_TAGS = {"meta", "link", "br", "hr"}


class Outline(HTMLParser):
    """The tags, ids, links and texts of a page; raises where tags are not well nested."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        if tag not in EMPTY_TAGS:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def page(small: Results, maker: ModuleType) -> str:
    return render(small, maker.UNITS)


def test_the_page_of_a_fixed_run_is_the_golden_one(
    page: str, as_reviewed: Callable[[str, Path], None]
) -> None:
    as_reviewed(page, GOLDEN)


def test_the_first_lines_say_how_many_cases_chance_gives(
    small: Results, maker: ModuleType, page: str
) -> None:
    told = RunChance(
        cases=3, accounts=4, cases_by_chance=2.0, accounts_by_chance=2.5, own_logs=False,
        sentence="3 cases stand in the proxy queue <b>& 2 by chance</b>",
    )  # fmt: skip
    said = render(
        replace(small, run=small.run.model_copy(update={"chance": told})), maker.UNITS
    ).partition("<main")[0]
    assert "3 cases stand in the proxy queue &lt;b&gt;&amp; 2 by chance&lt;/b&gt;." in said
    # A run of an earlier version says nothing of it.
    assert "by chance" not in page


def test_tags_are_nested_ids_unique_and_every_link_stays_on_the_page(page: str) -> None:
    outline = Outline(page)
    assert outline.open == []
    assert len(outline.ids) == len(set(outline.ids))
    assert {link for link in outline.links if link != "data:,"} <= {f"#{i}" for i in outline.ids}


def test_headings_go_down_one_level_at_a_time(page: str) -> None:
    levels = [int(tag[1]) for tag in Outline(page).tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_the_policy_names_the_hash_of_the_one_style_and_allows_nothing_else(page: str) -> None:
    style = re.search(r"<style>(.*?)</style>", page, re.S)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    assert policy[1] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def test_there_is_no_script_no_inline_style_and_no_handler(page: str) -> None:
    outline = Outline(page)
    assert not {"script", "iframe", "img", "object", "embed", "form", "base"} & set(outline.tags)
    assert not {name for name in outline.attributes if name.startswith("on") or name == "style"}
    assert "url(" not in page
    assert "@import" not in page


@pytest.mark.parametrize(
    "words",
    [
        "The score only ranks; a person decides.",
        "L Law and policy</b> <em>did not run</em>",
        "Nothing was asked of law and policy and outside evidence",
        "3 rows of usage are in quarantine",
        "What speaks for an innocent reading",
        "Nearest innocent pattern",
        "This tool takes none of these steps.",
        "The holder is likely the injured party",
        "gpu_telemetry, inventory, tenders",
        "TPP-hour",
    ],
)
def test_the_page_says(page: str, words: str) -> None:
    assert words in page


def test_families_and_typologies_that_exist_are_in_the_glossary_and_no_others(page: str) -> None:
    from features.build import REGISTRY

    glossary = page[page.index('id="glossary"') :]
    families = {feature.family for feature in REGISTRY}
    given = {name for feature in REGISTRY for name in feature.typologies}
    assert set(re.findall(r"<dt>(F\d\d) ", glossary)) == families
    assert set(re.findall(r"<dt>(T\d\d) ", glossary)) == given


def test_reasons_and_counter_evidence_stand_in_every_case(page: str) -> None:
    assert page.count("<article") == 10
    assert page.count("Why it is here") == page.count("What speaks for an innocent reading") == 10


def test_the_same_run_gives_the_same_bytes(small: Results, maker: ModuleType, page: str) -> None:
    shuffled = replace(
        small,
        features=small.features.reverse(),
        timelines=small.timelines.reverse(),
        rings=small.rings.reverse(),
        scores=small.scores.reverse(),
    )
    assert render(shuffled, maker.UNITS) == page


@pytest.mark.long
def test_a_run_of_100_000_accounts_stays_under_a_megabyte_and_says_what_it_left_out(
    results: Results, maker: ModuleType
) -> None:
    large = maker.multiplied(results, 50)
    assert large.scores.height == 100_000
    page = render(large, maker.UNITS)
    assert len(page.encode()) <= LARGEST
    shown = page.count("<article")
    assert 30 <= shown <= sum(SHOWN.values())
    caption = re.search(r"800 cases, most suspicious first; the first (\d+) are shown", page)
    assert caption
    assert f"{800 - int(caption[1])} cases left out" in page
    assert page.count('<tr>\n<td class="n no">') == shown


def test_long_texts_are_cut_and_the_whole_stays_bounded(small: Results, maker: ModuleType) -> None:
    page = render(maker.poisoned(small, lambda: "<&\u202e" * 3_000), maker.UNITS)
    assert len(page.encode()) <= LARGEST
    assert "\u202e" not in page


def test_a_run_without_a_case_says_so(small: Results, maker: ModuleType) -> None:
    none = pl.lit("none").cast(small.scores.schema["queue"]).alias("queue")
    quiet = replace(small, scores=small.scores.with_columns(none), rings=small.rings.clear())
    assert "No case. Nothing in these logs asks for review" in render(quiet, maker.UNITS)


def test_a_run_without_an_account_says_so(small: Results, maker: ModuleType) -> None:
    empty = Results(
        small.scores.clear(), small.rings.clear(), small.features.clear(),
        small.quarantine.clear(), small.timelines.clear(), small.run,
    )  # fmt: skip
    assert "No account was scored." in render(empty, maker.UNITS)


def test_lanes_l_and_e_are_shown_beside_the_score(small: Results, maker: ModuleType) -> None:
    rule = {"rule": "aggregate-50", "instrument": "15 CFR 744", "version": "2026-11",
            "as_of": "2026-10-31", "outcome": "inquire", "evidence": "share unknown"}  # fmt: skip
    rows = small.scores.to_dicts()
    for row in rows:
        row["lane_l"], row["lane_e"] = [rule], [{"source": "tender 7", "evidence": "same date"}]
    laned = replace(small, scores=pl.DataFrame(rows, schema=small.scores.schema))
    page = render(laned, maker.UNITS)
    assert page.count("Lane L: law and policy. Shown beside the score, never added to it.") == 10
    assert "share unknown" in page
    assert "Lane E: evidence from outside. A lead, never a verdict." in page


def test_the_report_is_written_into_the_folder_of_the_run(small: Results, tmp_path: Path) -> None:
    small.write(tmp_path / "out")
    path = write_report(tmp_path / "out")
    assert path == tmp_path / "out" / "report.html"
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert not list((tmp_path / "out").glob(".*"))


def test_a_folder_without_a_run_is_refused_with_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"scores\.parquet"):
        write_report(tmp_path)


def test_a_place_that_cannot_be_written_leaves_no_half_file(small: Results, tmp_path: Path) -> None:
    small.write(tmp_path / "out")
    (tmp_path / "out" / "report.html").mkdir()
    with pytest.raises(OutputError, match="could not be written"):
        write_report(tmp_path / "out")
    assert not list((tmp_path / "out").glob(".*"))
