"""The graph of a case in a real Chromium: within the policy, by keyboard, the same places twice."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from detector.dossier import Case
from detector.http import PageServer, Site, Web
from tests.cases import rings, runs

pytest.importorskip("werkzeug")

WATCH = """
window.violations = [];
document.addEventListener('securitypolicyviolation',
  event => window.violations.push(event.violatedDirective + ' ' + event.blockedURI));
"""
STATE = "document.querySelector('[data-graph]').dataset.state"
TOLD = "document.querySelector('[role=status]').textContent"
PLACES = """document.querySelector('.place')._cyreg.cy.nodes()
  .map(node => [node.id(), node.position('x'), node.position('y')])"""
CHOSEN = "document.querySelector('.place')._cyreg.cy.elements(':selected').map(one => one.id())"
PATIENCE = 60


class Drawn:
    """A page of a case's graph, and what the browser asked for and said."""

    def __init__(self, page: Any, address: str, query: str) -> None:
        self.page, self.address = page, address
        self.asked: list[str] = []
        self.said: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("console", self._hear)
        page.goto(f"{address}/cases/C-000001/graph{query}")

    def settled(self) -> Any:
        """The page when the drawing stands."""
        until = time.monotonic() + PATIENCE
        # Waiting inside the page would be evaluated there, which its policy forbids.
        while self.page.evaluate(STATE) not in ("drawn", "failed"):
            assert time.monotonic() < until, "the drawing takes too long"
            time.sleep(0.05)
        assert self.page.evaluate(STATE) == "drawn"
        return self.page

    def _hear(self, message: Any) -> None:
        # What a slow machine makes the browser advise of is no fault of the page.
        if message.type == "error":
            self.said.append(message.text)

    def is_clean(self) -> bool:
        """Whether the policy held, nothing was said, and nothing was asked of others."""
        away = [url for url in self.asked if not url.startswith((self.address, "data:,"))]
        assert (self.page.evaluate("window.violations"), self.said, away) == ([], [], [])
        return True


@pytest.fixture
def draw(
    chromium: Any, needs_program: Callable[..., str], needs_module: Callable[[str, str], object]
) -> Iterator[Callable[..., Drawn]]:
    """``draw(case, query, **context)``: the graph page of a case, or of a whole site."""
    needs_module("axe_playwright_python", "pip install axe-playwright-python")
    line = "apt-get install -y chromium"
    browser = chromium.start(needs_program(("chromium", "chromium-browser"), line))
    with ExitStack() as ends:
        from tests.console import graphs

        def opened(case: Case | Site, query: str = "", **options: Any) -> Drawn:
            site = graphs.site_of(case) if isinstance(case, Case) else case
            server = ends.enter_context(PageServer("127.0.0.1:0", site, Web()))
            thread = threading.Thread(target=server.serve_forever, args=(0.02,))
            thread.start()
            ends.callback(thread.join)
            ends.callback(server.shutdown)
            context = browser.new_context(**options)
            ends.callback(context.close)
            context.add_init_script(WATCH)
            address = f"http://127.0.0.1:{server.server_port}"
            return Drawn(context.new_page(), address, query)

        yield opened


def test_a_ring_is_drawn_within_the_policy_at_the_same_places_twice(
    draw: Callable[..., Drawn],
) -> None:
    case = rings.large(30, 40)
    drawn = draw(case)
    page = drawn.settled()
    first = page.evaluate(PLACES)
    assert len(first) == 30
    assert len({(x, y) for _, x, y in first}) == 30
    page.reload()
    assert drawn.settled().evaluate(PLACES) == first
    assert drawn.is_clean()


def test_what_is_chosen_by_keyboard_is_told(draw: Callable[..., Drawn]) -> None:
    page = draw(rings.large(30, 40)).settled()
    page.locator("#lines .pick").first.focus()
    page.keyboard.press("Enter")
    assert page.evaluate(TOLD).startswith("acct-00000 and acct-00001: means of payment, 12.5 bits")
    assert page.evaluate(CHOSEN)[:2] == ["n0", "n1"]
    page.locator("#ties .pick").first.focus()
    page.keyboard.press("Space")
    assert "2 holders, 2026-" in page.evaluate(TOLD)
    page.locator("#accounts .pick").first.focus()
    page.keyboard.press("Enter")
    page.locator(".place").focus()
    page.keyboard.press("0")
    for key, wanted in (("0", "n0"), ("j", "n1"), ("k", "n0"), ("j", "n1")):
        page.keyboard.press(key)
        assert page.evaluate(CHOSEN) == [wanted]
    assert "acct-00001: queue none, score 1.000, fringe" in page.evaluate(TOLD)


@pytest.mark.long
def test_squares_open_by_lines(draw: Callable[..., Drawn]) -> None:
    drawn = draw(rings.large(600, 700))
    page = drawn.settled()
    marks = [name for name, *_ in page.evaluate(PLACES)]
    assert len(marks) <= 400
    assert {name[0] for name in marks} == {"s", "n"}
    with page.expect_navigation():
        page.locator("#squares a").first.click()
    page = drawn.settled()
    assert [name for name, *_ in page.evaluate(PLACES)] == marks
    page.locator("#accounts .pick").first.click()
    assert " In square 1." in page.evaluate(TOLD)
    page.click("[data-deed=open]")
    opened = {name for name, *_ in drawn.settled().evaluate(PLACES)}
    assert "s0" not in opened
    assert "s1" in opened
    page.locator("#accounts .pick").first.click()
    page.click("[data-deed=two]")
    further = {name for name, *_ in drawn.settled().evaluate(PLACES)}
    assert len([one for one in further if one[0] == "n"]) > len(
        [one for one in opened if one[0] == "n"]
    )
    page.click("[data-deed=all]")
    assert len(drawn.settled().evaluate(PLACES)) == 600
    page.click("[data-deed=fold]")
    assert [name for name, *_ in drawn.settled().evaluate(PLACES)] == marks
    assert drawn.is_clean()


@pytest.mark.long
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 360)])
def test_axe_finds_nothing_and_nothing_runs_over(
    draw: Callable[..., Drawn], scheme: str, width: int
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    # The page's own policy lets no script in; axe itself must come in past it.
    page = draw(rings.large(401, 500), "?square=0", color_scheme=scheme,
                bypass_csp=True, viewport={"width": width, "height": 900}).settled()  # fmt: skip
    assert page.locator("#squares").is_visible()
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found
            if one["impact"] in ("moderate", "serious", "critical")] == []  # fmt: skip
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.long
def test_without_a_script_the_tables_hold_all(draw: Callable[..., Drawn]) -> None:
    page = draw(rings.large(30, 40), java_script_enabled=False).page
    assert page.locator("#ties tbody tr").count() == 40
    assert page.locator("#accounts tbody tr").count() == 30
    assert not page.locator(".pick").first.is_visible()
    with page.expect_navigation():
        page.locator("#accounts tbody a").first.click()
    assert page.locator("#accounts tbody tr").count() == 1


@pytest.mark.long
def test_payloads_in_every_text_are_text(
    draw: Callable[..., Drawn], payloads: tuple[str, ...]
) -> None:
    names = list(payloads)
    members = [rings.member(name, at + 1) for at, name in enumerate(names)]
    links = [rings.link(name, "device", names[at // 2 * 2], 2) for at, name in enumerate(names)]
    edges = [rings.edge(a, b, a) for a, b in pairwise(names)]
    drawn = draw(rings.case_of(members, links, edges))
    page = drawn.settled()
    texts = page.evaluate(f"""[...document.querySelectorAll('.pick')].map(button => {{
      button.click();
      return {TOLD};
    }})""")
    assert len(texts) > 3 * len(names) // 2
    assert all(len(text) > 10 and text.isprintable() for text in texts)
    assert page.evaluate("window.pwned") is None
    assert page.locator("main img, main script, main iframe").count() == 0
    assert drawn.is_clean()


@pytest.mark.long
def test_the_graph_stands_among_the_reviewers_pages(
    draw: Callable[..., Drawn], tmp_path: Path
) -> None:
    import axe_playwright_python

    from detector.cases.record.store import SYSTEM, Store
    from detector.cases.team import people
    from detector.console import site_of

    now = datetime(2026, 4, 16, 9, 0, tzinfo=UTC)
    with Store.create(tmp_path / "cases") as store:
        with store.writing(now) as tx:
            people.add(tx, SYSTEM, "ann", ["reviewer"], "a horse in a battery")
        for day, accounts in enumerate(("abc", "abcde")):
            runs.take(store, now, runs.run(day, accounts))
        drawn = draw(site_of(store, clock=lambda: now))
        page = drawn.page
        page.fill("#f-name", "ann")
        page.fill("#f-password", "a horse in a battery")
        page.keyboard.press("Enter")
        page.wait_for_selector("text=Log out")
        page.goto(f"{drawn.address}/cases/C-000001")
        with page.expect_navigation():
            page.click("text=graph of its ties")
        assert [name for name, *_ in drawn.settled().evaluate(PLACES)] == [
            "n0", "n1", "n2", "n3", "n4",
        ]  # fmt: skip
        page.goto(f"{drawn.address}/cases/C-000001/diff?from=1&to=2")
        assert page.locator("li:text('e joined.')").count() == 1
        # Axe's script would be stopped by the policy; so it comes by the debugger.
        source = next(Path(axe_playwright_python.__file__).parent.rglob("axe.min.js"))
        page.evaluate(source.read_text(encoding="utf-8"))
        found = page.evaluate("axe.run()")["violations"]
        assert [one["id"] for one in found if one["impact"] != "minor"] == []
        assert drawn.is_clean()
