"""The pages of cases in a real Chromium: by keyboard alone, without a script, and for everyone."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from detector.cases.deciding import judging
from detector.cases.deciding.judgement import Judgement
from detector.cases.record.store import Store
from detector.cases.showing import views
from detector.cases.team.people import actor_of
from detector.results import Results
from tests.browser.payloads import PAYLOADS
from tests.console.casework import RING, SMALL, act, in_as, judge, make, results_of, rows
from tests.console.conftest import NOW
from tests.report import maker

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update",
         "--disable-sync")  # fmt: skip
WATCH = """
window.violations = [];
document.addEventListener('securitypolicyviolation',
  event => window.violations.push(event.violatedDirective + ' ' + event.blockedURI));
"""
WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1280, "height": 900}},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "narrow": {"viewport": {"width": 360, "height": 800}},
    # What 200 % on a screen of 1280 leaves.
    "large": {"viewport": {"width": 640, "height": 450}, "device_scale_factor": 2},
    "print": {"viewport": {"width": 760, "height": 1000}},
}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A browser for the module, or None where there is none."""
    pytest.importorskip("axe_playwright_python")
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        yield None
        return
    with sync_playwright() as manager:
        browser = manager.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory, cheap_passwords: None) -> Path:
    return make(tmp_path_factory.mktemp("browsed") / "cases")


def _poisoned() -> Results:
    supply = cycle(PAYLOADS)
    return maker.poisoned(results_of(sizes=(20, 12)), lambda: next(supply))


@pytest.fixture
def hostile_run() -> None:
    """Asked for by a test whose folder is made of a hostile run."""


@pytest.fixture
def store(worked: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Store]:
    if "hostile_run" in request.fixturenames:
        make(tmp_path / "cases", _poisoned())
    else:
        shutil.copytree(worked, tmp_path / "cases")
    with Store(tmp_path / "cases") as held:
        yield held


@pytest.fixture
def visit(
    chromium: Any, port: int, needs_program: Callable[..., str]
) -> Iterator[Callable[..., Any]]:
    """``visit(name, path, **context)``: a page, with somebody logged in."""
    needs_program(("chromium", "chromium-browser"), "apt-get install -y chromium")
    contexts = []

    def opened(name: str, path: str, **options: Any) -> Any:
        context = chromium.new_context(base_url=f"http://127.0.0.1:{port}", **options)
        contexts.append(context)
        context.add_init_script(WATCH)
        page = context.new_page()
        page.away, page.said = [], []
        page.on("request", lambda one: page.away.append(one.url))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.on("dialog", lambda one: (page.said.append(one.message), one.dismiss()))
        page.goto(f"/login?next={path}")
        page.fill("#f-name", name)
        page.fill("#f-password", "a horse in a battery")
        page.keyboard.press("Enter")
        page.wait_for_selector("text=Log out")
        return page

    yield opened
    for context in contexts:
        context.close()


def _axe(page: Any) -> list[str]:
    """What axe finds wrong. Its script comes by the debugger: the policy would stop it."""
    import axe_playwright_python

    source = next(Path(axe_playwright_python.__file__).parent.rglob("axe.min.js"))
    page.evaluate(source.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run()")
    return [f"{one['impact']}: {one['id']} {one['nodes'][0]['html']}" for one in
            found["violations"] if one["impact"] != "minor"]  # fmt: skip


def _is_clean(page: Any, port: int) -> None:
    assert page.evaluate("window.violations") == []
    assert page.evaluate("window.pwned") is None
    assert page.said == []
    assert all(url.startswith((f"http://127.0.0.1:{port}/", "data:,")) for url in page.away)


def _wait(page: Any, script: str) -> None:
    """Wait until something holds; the policy forbids Playwright's own way."""
    for _ in range(100):
        if page.evaluate(script):
            return
        page.wait_for_timeout(50)
    raise AssertionError(script)


@pytest.mark.long
def test_a_case_is_judged_by_keyboard_alone_and_nothing_is_stored_before_ctrl_enter(
    visit: Any, store: Store, port: int
) -> None:
    page = visit("ann", "/queue")
    press, kind = page.keyboard.press, page.keyboard.type
    press("j")
    press("x")
    assert page.locator("input:checked").count() == 1
    press("o")
    page.wait_for_selector("#judge")
    press("c")
    page.wait_for_selector("#do-release")
    press("p")
    assert page.evaluate("document.activeElement.className").startswith("pair")
    press("4")
    press("n")
    kind("One card pays for all 1 2 3 of them.")
    _wait(page, "document.querySelector('#kept-at').textContent.startsWith('Draft kept')")
    press("Escape")
    press("Enter")
    page.goto(f"/cases/{RING}")
    assert page.input_value("#f-note") == "One card pays for all 1 2 3 of them."
    assert page.is_checked("input[value=confirmed_proxy]")
    assert rows(store, "SELECT * FROM judgements") == []
    press("Control+Enter")
    page.wait_for_selector("#do-undo")
    assert page.url.split("?")[0].endswith(f"/cases/{SMALL}")
    [held] = rows(store, "SELECT outcome, note FROM judgements")
    assert held == {"outcome": "confirmed_proxy", "note": "One card pays for all 1 2 3 of them."}
    press("z")
    page.wait_for_selector("text=Your draft is kept")
    assert rows(store, "SELECT undone FROM judgements") == [{"undone": 1}]
    press("?")
    page.wait_for_selector("dialog[open]")
    assert _axe(page) == []
    press("Enter")
    press("Escape")
    press("2")
    assert not page.is_checked("input[value=unresolved]")
    _is_clean(page, port)


@pytest.mark.long
def test_a_case_is_judged_without_a_script(visit: Any, store: Store) -> None:
    page = visit("ann", "/queue", java_script_enabled=False)
    page.click(f"text={RING}")
    page.click("text=Take the case")
    page.check("input[value=cleared]")
    page.fill("#f-note", "A school.")
    with page.expect_navigation():
        page.click("text=Keep as a draft")
    assert page.input_value("#f-note") == "A school."
    page.locator("#judge button.main").click()
    page.wait_for_selector("#do-undo")
    assert rows(store, "SELECT note FROM judgements") == [{"note": "A school."}]


def _disputes(another: Callable[..., Any]) -> None:
    """Two cases on which two people differ, and one that waits for the second."""
    ann, bob = in_as(another, "ann"), in_as(another, "bob")
    judge(ann, RING, "confirmed_proxy", "one card")
    judge(bob, RING, "unresolved", "or a school")
    judge(ann, SMALL, "confirmed_proxy", "one card")
    act(ann, SMALL, "comment", comment="look at the payer")


@pytest.mark.long
@pytest.mark.parametrize("look", ["light", "narrow"])
def test_a_case_and_a_dispute_are_for_everyone(
    visit: Any, another: Callable[..., Any], look: str
) -> None:
    _disputes(another)
    page = visit("dia", f"/cases/{RING}?tab=disputed", **LOOKS[look])
    assert _axe(page) == []
    assert page.evaluate(WIDE) <= 0


@pytest.mark.long
@pytest.mark.parametrize("look", list(LOOKS))
def test_every_page_about_cases_is_for_everyone(
    visit: Any, another: Callable[..., Any], port: int, look: str
) -> None:
    # Some pages in each look, asked by axe: a second of work a page, by intent.
    _disputes(another)
    page = visit("dia", "/queue", **LOOKS[look])
    if look == "print":
        page.emulate_media(media="print")
    for place in (f"/cases/{RING}", f"/cases/{SMALL}", "/second", "/disputed"):
        page.goto(place)
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert page.evaluate(WIDE) <= 0
        if look != "large":
            assert (place, _axe(page)) == (place, [])
    _is_clean(page, port)


def _hostile(store: Store, texts: tuple[str, ...]) -> None:
    """Put hostile texts wherever people write."""
    with store.writing(NOW) as tx:
        ann, dia = actor_of(tx.connection, "ann"), actor_of(tx.connection, "dia")
        for text in texts:
            judging.comment(tx, ann, RING, text)
        for text in texts[:40]:
            views.save(tx, dia, text[:60], "tab=proxy", shared=True)
        members = [row["account_id"] for row in tx.all(
            "SELECT account_id FROM case_accounts WHERE case_id = ?", RING)]  # fmt: skip
        said = Judgement(
            "unresolved", "\n".join(texts), "suspend",
            {name: ("confirmed_victim", text) for name, text in zip(members, texts, strict=False)},
        )  # fmt: skip
        judging.judge(tx, ann, RING, 1, said)


@pytest.mark.long
def test_hostile_texts_on_the_pages_of_cases_run_nothing_and_load_nothing(
    visit: Any, tmp_path: Path, port: int, store: Store
) -> None:
    _hostile(store, PAYLOADS)
    page = visit("ann", "/queue", **LOOKS["light"])
    for place in ("/queue", f"/cases/{RING}", "/second"):
        page.goto(place)
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        _is_clean(page, port)
    page.goto(f"/cases/{RING}")
    assert page.locator("article.comment").count() == len(PAYLOADS)
    assert page.evaluate(WIDE) <= 0


@pytest.mark.long
def test_a_run_whose_every_text_is_hostile_runs_nothing_and_loads_nothing(
    visit: Any, hostile_run: None, another: Callable[..., Any], port: int
) -> None:
    judge(in_as(another, "ann"), RING, "cleared")
    page = visit("ann", "/queue", **LOOKS["light"])
    for place in ("/queue", f"/cases/{RING}", f"/cases/{SMALL}"):
        page.goto(place)
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert page.locator("table").count() > 0
        _is_clean(page, port)
