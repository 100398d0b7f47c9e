"""The report in a real browser: nothing runs, nothing leaves, everyone can read it."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from detector.dossier import key_of_ring
from detector.report.render import render
from detector.report.sheet import case_page, queue_page
from detector.results import Results

Open = Callable[..., Any]

# Everything the templates write; a payload that breaks out would add another.
TAGS = {
    "a", "abbr", "article", "b", "body", "caption", "circle", "code", "dd", "desc", "details",
    "div", "dl", "dt", "em", "figcaption", "figure", "footer", "h1", "h2", "h3", "h4", "head",
    "header", "html", "li", "line", "link", "main", "meta", "nav", "ol", "p", "path", "rect",
    "section", "span", "strong", "style", "summary", "svg", "table", "tbody", "td", "text", "th",
    "thead", "title", "tr", "ul",
}  # fmt: skip
INSIDE = """() => {
  const all = [...document.querySelectorAll('*')];
  return {
    tags: [...new Set(all.map(e => e.localName))],
    handlers: all.flatMap(e => e.getAttributeNames()).filter(n => /^(on|style$)/.test(n)),
    links: [...document.querySelectorAll('[href],[src]')]
      .map(e => e.getAttribute('href') ?? e.getAttribute('src'))
      .filter(h => !/^(#|data:,$)/.test(h)),
    scripts: document.scripts.length,
  }
}"""


@pytest.fixture(scope="module")
def page(maker: ModuleType, results: Results) -> str:
    return render(results, maker.UNITS)


def _is_harmless(seen: Any) -> None:
    assert not seen.executed()
    assert seen.violations() == []
    assert seen.errors == []
    assert seen.requests == []
    inside = seen.page.evaluate(INSIDE)
    assert set(inside["tags"]) <= TAGS
    assert inside["handlers"] == inside["links"] == []
    assert inside["scripts"] == 0


def test_the_corpus_is_large_and_has_no_text_twice(payloads: tuple[str, ...]) -> None:
    assert len(set(payloads)) == len(payloads) >= 60


def test_the_traps_work_a_page_that_does_not_escape_is_caught(
    visit: Open, payloads: tuple[str, ...]
) -> None:
    bare = visit(f"<!doctype html><title>x</title>{payloads[0]}")
    assert bare.executed()
    policy = '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'">'
    guarded = visit(f"<!doctype html>{policy}<title>x</title>{payloads[0]}")
    assert not guarded.executed()
    assert guarded.violations()


@pytest.mark.long
def test_no_payload_in_any_field_runs_or_loads_anything(
    visit: Open, maker: ModuleType, payloads: tuple[str, ...], tmp_path: Path
) -> None:
    # Ninety pages, one a payload, each with it in every field: some seconds, by intent.
    tiny = maker.make_results(12, sizes=(3,), singles=2)
    seen = visit("<!doctype html><title>x</title>")
    for payload in payloads:
        hostile = maker.poisoned(tiny, lambda payload=payload: payload)
        seen.open(tmp_path / "hostile.html", render(hostile, maker.UNITS))
        _is_harmless(seen)


def test_payloads_side_by_side_do_not_join_into_one_that_runs(
    visit: Open, maker: ModuleType, results: Results, payloads: tuple[str, ...]
) -> None:
    supply = cycle(payloads)
    hostile = maker.poisoned(results, lambda: next(supply))
    _is_harmless(visit(render(hostile, maker.UNITS)))


def test_payloads_in_what_lane_l_found_do_not_run(
    visit: Open, maker: ModuleType, lawmaker: ModuleType, results: Results,
    payloads: tuple[str, ...],
) -> None:  # fmt: skip
    accounts = lawmaker.unqueued(results, 60)
    rows = [
        lawmaker.row(account, party=account, case=account, queues=place % 7 > 0)
        for place, account in enumerate(accounts)
    ]
    hostile = lawmaker.hostile(lawmaker.with_law(results, rows), payloads)
    seen = visit(render(hostile, maker.UNITS))
    assert seen.page.locator("#policy-queue").count() == 1
    _is_harmless(seen)


def test_payloads_in_what_notices_say_do_not_run(
    visit: Open, maker: ModuleType, leadmaker: ModuleType, results: Results,
    payloads: tuple[str, ...],
) -> None:  # fmt: skip
    accounts = results.scores.sort("rank")["account_id"].head(60)
    rows = [leadmaker.row(account, f"n-{account}") for account in accounts]
    rows += [leadmaker.alone(f"u-{number}") for number in range(60)]
    hostile = leadmaker.hostile(leadmaker.with_leads(results, rows), payloads)
    seen = visit(render(hostile, maker.UNITS))
    assert seen.page.locator("#leads").count() == 1
    assert seen.page.locator("#lead-1").count() == 1
    _is_harmless(seen)


def test_payloads_on_pages_for_print_do_not_run(
    visit: Open, maker: ModuleType, payloads: tuple[str, ...]
) -> None:
    supply = cycle(payloads)
    small = maker.make_results(200, sizes=(6, 3), singles=8)
    hostile = maker.poisoned(small, lambda: next(supply))
    ring = hostile.rings["ring_id"][0]
    seen = visit(case_page(hostile, key_of_ring(hostile, ring), maker.UNITS, ring=True))
    assert seen.page.locator("table.members tbody tr").count() > 3
    _is_harmless(seen)
    _is_harmless(visit(queue_page(hostile, maker.UNITS)))


def test_every_field_was_reached(maker: ModuleType, results: Results) -> None:
    mark = "\u2606mark"
    shown = render(maker.poisoned(results, lambda: mark), maker.UNITS)
    clean = render(results, maker.UNITS)
    for words in (
        "slate-", "ring-001", "part-0.csv", "Most of the spend", "quarantine (0.0008",
        "pf-2026", "machine image", "was verified",
    ):  # fmt: skip
        assert words not in shown, words
    assert shown.count(mark) > 200
    assert mark not in clean


def _pages(maker: ModuleType) -> dict[str, str]:
    """Each kind of page of one small run."""
    tiny = maker.make_results(40, sizes=(4,), singles=3)
    ring = key_of_ring(tiny, "ring-001")
    return {
        "run": render(tiny, maker.UNITS),
        "case": case_page(tiny, ring, maker.UNITS, ring=True),
        "queue": queue_page(tiny, maker.UNITS),
    }


@pytest.mark.long
@pytest.mark.parametrize("name", ["run", "case", "queue"])
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 400)])
def test_axe_finds_nothing_serious_or_moderate(
    visit: Open, maker: ModuleType, name: str, scheme: str, width: int
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    # The page's own policy lets no script in; axe itself must come in past it.
    seen = visit(
        _pages(maker)[name],
        color_scheme=scheme,
        viewport={"width": width, "height": 900},
        bypass_csp=True,
    )
    seen.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    found = Axe().run(seen.page).response["violations"]
    assert [
        (violation["id"], node["html"][:200])
        for violation in found
        if violation["impact"] in ("moderate", "serious", "critical")
        for node in violation["nodes"]
    ] == []


def test_the_page_is_whole_without_javascript(visit: Open, page: str) -> None:
    seen = visit(page, java_script_enabled=False)
    assert seen.page.locator("article").count() == 8
    assert seen.page.locator("article").first.locator("svg.drawing").count() == 1
    assert seen.page.locator("article").first.locator("svg.days").first.is_visible()
    assert seen.page.locator("text=What speaks for an innocent reading").first.is_visible()
    assert seen.errors == []


@pytest.mark.long
def test_a_keyboard_reaches_the_queue_and_a_case(visit: Open, page: str) -> None:
    seen = visit(page)
    seen.page.keyboard.press("Tab")
    assert seen.page.evaluate("document.activeElement.className") == "skip"
    link = seen.page.locator("table.queue a").first
    link.focus()
    seen.page.keyboard.press("Enter")
    assert seen.page.url.endswith("#case-1")
    summary = seen.page.locator("article summary").first
    summary.focus()
    seen.page.keyboard.press("Enter")
    assert seen.page.locator("article details").first.get_attribute("open") is not None


@pytest.mark.long
@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_never_scrolls_sideways(
    visit: Open, maker: ModuleType, results: Results, page: str, width: int
) -> None:
    long = maker.poisoned(results, lambda: "W" * 700)
    alone = case_page(long, key_of_ring(long, long.rings["ring_id"][0]), maker.UNITS, ring=True)
    for html in (page, render(long, maker.UNITS), alone, queue_page(long, maker.UNITS)):
        seen = visit(html, viewport={"width": width, "height": 900})
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.long
def test_print_gives_each_case_its_page_and_leaves_the_links_out(visit: Open, page: str) -> None:
    seen = visit(page)
    pdf = seen.page.pdf(prefer_css_page_size=True)
    assert pdf.startswith(b"%PDF")
    seen.page.emulate_media(media="print")
    assert not seen.page.locator("nav").is_visible()
    breaks = "e => getComputedStyle(e).breakBefore"
    assert seen.page.locator("article").nth(1).evaluate(breaks) == "page"
    assert seen.page.locator("article table.waterfall").first.is_visible()


def test_on_a_narrow_page_rows_of_the_queue_stand_below_each_other(
    visit: Open, maker: ModuleType
) -> None:
    seen = visit(_pages(maker)["run"], viewport={"width": 400, "height": 900})
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= 400
    row = seen.page.locator("table.queue tbody tr").first
    for cell in row.locator("th, td").all():
        box = cell.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 400
    assert row.locator(".why").bounding_box()["width"] > 300


def test_a_ring_of_28_prints_on_two_sheets_of_paper(visit: Open, maker: ModuleType) -> None:
    made = maker.make_results(200, sizes=(28,), singles=3)
    page = case_page(made, key_of_ring(made, "ring-001"), maker.UNITS, ring=True)
    assert 1 <= _sheets(visit(page)) <= 2


def _sheets(seen: Any) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", seen.page.pdf(prefer_css_page_size=True)))
