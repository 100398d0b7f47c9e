"""The pages in a real Chromium: by keyboard, without a script, narrow, dark, and for everyone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update",
         "--disable-sync")  # fmt: skip
WATCH = """
window.violations = [];
document.addEventListener('securitypolicyviolation',
  event => window.violations.push(event.violatedDirective + ' ' + event.blockedURI));
"""
WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
HOSTILE = ("<img src=x onerror=window.pwned=1>", "\"><script>window.pwned=1</script>",
           "javascript:window.pwned=1", "\u202e<svg/onload=window.pwned=1>", "a" * 300)  # fmt: skip


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A browser for the module, or None where there is none."""
    import shutil

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


@pytest.fixture
def visit(
    chromium: Any, port: int, needs_program: Callable[..., str]
) -> Iterator[Callable[..., Any]]:
    """``visit(path, **context)``: a page of the server; what it asks for and says is noted."""
    needs_program(("chromium", "chromium-browser"), "apt-get install -y chromium")
    contexts = []

    def opened(path: str, **options: Any) -> Any:
        context = chromium.new_context(base_url=f"http://127.0.0.1:{port}", **options)
        contexts.append(context)
        context.add_init_script(WATCH)
        page = context.new_page()
        page.away, page.said = [], []
        page.on("request", lambda one: page.away.append(one.url))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.on("console", lambda message: page.said.append(message.text))
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()


def _log_in(page: Any) -> None:
    page.fill("#f-name", "ann")
    page.fill("#f-password", "a horse in a battery")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Log out")


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
    assert all(url.startswith((f"http://127.0.0.1:{port}/", "data:,")) for url in page.away)


@pytest.mark.parametrize(
    # Axe takes a second or two a page.
    "scheme",
    ["light", pytest.param("dark", marks=pytest.mark.long)],
)
def test_login_and_queue_are_for_everyone(
    visit: Any, port: int, open_cases: Callable[..., None], scheme: str
) -> None:
    open_cases(*({"size": n, "assignee": "bob" if n % 3 else None} for n in range(1, 60)))
    page = visit("/queue", color_scheme=scheme)
    assert _axe(page) == []
    _log_in(page)
    assert _axe(page) == []
    with page.expect_navigation():
        page.click("text=Next page")
    assert page.locator("tr[data-case]").count() == 9
    for path in ("/me", "/nothing", "/queue?typology=T04"):
        page.goto(path)
        assert _axe(page) == []
    _is_clean(page, port)


def test_the_keyboard_alone_leads_from_the_login_to_a_case_and_out(
    visit: Any, open_cases: Callable[..., None]
) -> None:
    open_cases({})
    page = visit("/")
    press = page.keyboard.press
    # The name has the focus from the start: nobody clicks there, but browsers take a moment.
    page.wait_for_function("document.activeElement.id === 'f-name'")
    page.keyboard.type("ann")
    press("Tab")
    page.keyboard.type("a horse in a battery")
    press("Enter")
    page.wait_for_selector("text=Log out")
    for _ in range(60):
        press("Tab")
        if page.evaluate("document.activeElement.textContent") == "C-000001":
            break
    place = page.evaluate("document.activeElement.getAttribute('href')")
    assert place == "/cases/C-000001?tab=proxy"
    page.focus("text=Log out")
    press("Enter")
    page.wait_for_selector("#f-name")
    page.goto("/queue")
    assert page.url.endswith("/login?next=/queue")


def test_everything_works_without_a_script(visit: Any, open_cases: Callable[..., None]) -> None:
    open_cases({}, {"typology": "T04"})
    page = visit("/login", java_script_enabled=False)
    _log_in(page)
    page.click("summary")
    page.select_option("#f-typology", "T04")
    with page.expect_navigation():
        page.click("button:text('Filter')")
    assert page.locator("tr[data-case]").count() == 1
    with page.expect_navigation():
        page.click("text=Log out")
    assert page.url.endswith("/login")


def test_a_choice_is_taken_at_once_by_the_script(
    visit: Any, port: int, open_cases: Callable[..., None]
) -> None:
    open_cases({}, {"typology": "T04"})
    page = visit("/login")
    _log_in(page)
    page.click("summary")
    page.select_option("#f-typology", "T04")
    page.wait_for_url("**typology=T04**")
    _is_clean(page, port)


@pytest.mark.parametrize("width", [360, pytest.param(640, marks=pytest.mark.long)])
def test_nothing_but_a_table_is_wider_than_a_narrow_screen(
    visit: Any, open_cases: Callable[..., None], width: int
) -> None:
    open_cases({"brief": "tied by " + "form text, " * 30}, {"assignee": "a" * 64})
    page = visit("/login", viewport={"width": width, "height": 700})
    assert page.evaluate(WIDE) <= 0
    _log_in(page)
    assert page.evaluate(WIDE) <= 0


def test_paper_shows_the_list_and_no_forms(visit: Any, open_cases: Callable[..., None]) -> None:
    open_cases({})
    page = visit("/login")
    _log_in(page)
    page.emulate_media(media="print")
    assert page.locator("tr[data-case]").is_visible()
    assert not page.locator("form.filters").is_visible()
    assert not page.locator("text=Log out").is_visible()


@pytest.mark.long
def test_nothing_that_data_says_runs_or_loads(
    visit: Any, port: int, open_cases: Callable[..., None]
) -> None:
    open_cases(*(
        {"brief": text, "typology": text, "tie_kinds": json.dumps([text]), "assignee": text}
        for text in HOSTILE
    ))  # fmt: skip
    page = visit("/login")
    _log_in(page)
    assert page.locator("tr[data-case]").count() == len(HOSTILE)
    page.goto("/queue?assignee=%22%3E%3Cscript%3Ewindow.pwned=1%3C/script%3E")
    _is_clean(page, port)
    assert page.said == []


@pytest.mark.long
def test_a_page_of_another_port_cannot_log_anybody_out(
    visit: Any, serve: Callable[[], int], port: int
) -> None:
    page = visit("/login")
    _log_in(page)
    token = page.locator("[name=form_token]").first.get_attribute("value")
    away = page.context.new_page()
    away.route("**/attack", lambda route: route.fulfill(
        content_type="text/html",
        body=f"<form method=post action=http://127.0.0.1:{port}/logout>"
        f"<input name=form_token value={token}></form><script>document.forms[0].submit()</script>",
    ))  # fmt: skip
    away.goto(f"http://127.0.0.1:{serve()}/attack")
    away.wait_for_url("**/logout")
    assert "was not sent from a page" in away.content()
    page.reload()
    assert page.locator("text=Log out").is_visible()
