"""A real Chromium that may reach nothing, and a page that notes whatever it should not do."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from detector.results import Results

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
CHROMIUM_LINE = "apt-get install -y chromium"
PACKAGE_LINE = "pip install axe-playwright-python"
WATCH = """
window.violations = [];
document.addEventListener('securitypolicyviolation',
  event => window.violations.push(event.violatedDirective + ' ' + event.blockedURI));
"""


@dataclass
class Visit:
    """A page opened in the browser, and what it did."""

    page: Any
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def executed(self) -> bool:
        """Whether anything from data ran."""
        return bool(self.page.evaluate("window.pwned === 1")) or bool(self.dialogs)

    def open(self, path: Path, html: str) -> None:
        """Write a page and go there; whatever it asks for beyond itself is noted."""
        path.write_text(html, encoding="utf-8")
        self.page.goto(path.as_uri())
        self.requests = [url for url in self.requests if url not in (path.as_uri(), "data:,")]

    def violations(self) -> list[str]:
        """What the page's own policy had to stop."""
        found: list[str] = self.page.evaluate("window.violations")
        return found


class Chromium:
    """One browser for all tests of a run, started when first asked for."""

    def __init__(self) -> None:
        self.manager: Any = None
        self.browser: Any = None

    def start(self, path: str) -> Any:
        if self.browser is None:
            from playwright.sync_api import sync_playwright

            self.manager = sync_playwright().start()
            self.browser = self.manager.chromium.launch(executable_path=path, args=FLAGS)
        return self.browser

    def stop(self) -> None:
        if self.browser is not None:
            self.browser.close()
            self.manager.stop()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    browser = Chromium()
    yield browser
    browser.stop()


@pytest.fixture
def visit(
    chromium: Chromium,
    needs_program: Callable[..., str],
    needs_module: Callable[[str, str], object],
    tmp_path: Path,
) -> Iterator[Callable[..., Visit]]:
    """``visit(html, **context)``: open a page from a file; requests beyond it are noted."""
    needs_module("axe_playwright_python", PACKAGE_LINE)
    browser = chromium.start(needs_program(("chromium", "chromium-browser"), CHROMIUM_LINE))
    contexts = []

    def opened(html: str, **options: Any) -> Visit:
        context = browser.new_context(**options)
        contexts.append(context)
        context.add_init_script(WATCH)
        seen = Visit(context.new_page())
        seen.page.on("request", lambda request: seen.requests.append(request.url))
        seen.page.on("pageerror", lambda error: seen.errors.append(str(error)))
        seen.page.on("console", lambda message: seen.errors.append(message.text))
        seen.page.on("dialog", lambda dialog: (seen.dialogs.append(dialog.message),
                                               dialog.dismiss()))  # fmt: skip
        seen.open(tmp_path / "report.html", html)
        return seen

    yield opened
    for context in contexts:
        context.close()


def _load(path: Path) -> ModuleType:
    name = f"browser_tests_{path.stem}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def maker() -> ModuleType:
    """What makes finished runs."""
    return _load(Path(__file__).parent.parent / "report" / "maker.py")


@pytest.fixture(scope="session")
def lawmaker() -> ModuleType:
    """What makes rows of lane L."""
    return _load(Path(__file__).parent.parent / "report" / "lawmaker.py")


@pytest.fixture(scope="session")
def leadmaker() -> ModuleType:
    """What makes rows of public notices."""
    return _load(Path(__file__).parent.parent / "report" / "leadmaker.py")


@pytest.fixture(scope="session")
def payloads() -> tuple[str, ...]:
    """Hostile texts."""
    found: tuple[str, ...] = _load(Path(__file__).with_name("payloads.py")).PAYLOADS
    return found


@pytest.fixture(scope="session")
def results(maker: ModuleType) -> Results:
    """A small run with rings and single cases in three queues."""
    return maker.make_results(120, sizes=(6, 3), singles=6)
