"""Hostile text through every field of the pages: it stands there as text, and nothing runs."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from detector import http
from detector.cases.record.store import Store
from detector.cases.team import sessions
from detector.console import site_of
from detector.console.app import Console
from detector.exporter.server import MetricsServer
from tests.cases.planted import Clock
from tests.console.direct import Someone, someone
from tests.console.filled import CASE, OPEN, fill, with_people

pytest.importorskip("werkzeug")

RUN = "window.pwned=1"
PAYLOADS = (
    f"<script>{RUN}</script>", f"</title><script>{RUN}</script>",
    f"</textarea><script>{RUN}</script>", f"</pre></ol><script>{RUN}</script>",
    f"\"><script>{RUN}</script>", f"'><img src=x onerror={RUN}>",
    f"<img src=x onerror={RUN}>", f"\" autofocus onfocus=\"{RUN}\" x=\"", f"<svg/onload={RUN}>",
    f"</svg><script>{RUN}</script>", f"<iframe srcdoc=\"<script>parent.{RUN}</script>\">",
    f"<details open ontoggle={RUN}>", f"javascript:{RUN}", f"<a href=\"javascript:{RUN}\">x</a>",
    "<meta http-equiv=refresh content=\"0;url=//evil.example\">", "<base href=//evil.example/>",
    "<style>*{background:url(//evil.example/x)}</style>", "{{ 7 * 7 }}{% raw %}${7*7}<%= 7*7 %>",
    "<form action=//evil.example><button>x</button></form>", "x\x00\x1b[2J<b onclick=1>é̸̸̸̸",
)  # fmt: skip
#: Pages on which people's text stands, with who looks at them.
PAGES = {
    "ann": ("/letters", "/letters/{letter}", "/letters?state=withdrawn", "/suppressors",
            "/suppressors?list=past", "/appeals/{appeal}", f"/letters/new?case={OPEN}"),
    "eve": ("/letters/{letter}", "/packs", "/retention", "/letters/templates/victim_notice/zz",
            f"/cases/{CASE}"),
    "fay": ("/appeals", "/appeals/{appeal}", f"/appeals/new?case={CASE}", "/letters/{spare}"),
    "dia": ("/appeals/{appeal}", "/proposals", "/audit", "/quality"),
    "hal": ("/audit", "/audit/events/{letter}", "/audit/events/{appeal}", "/audit/golden"),
    "gus": ("/admin", "/admin/tokens", "/admin/settings"),
}  # fmt: skip
_LETTER = {"case": OPEN, "kind": "rfi", "language": "en", "go": "draft"}
#: Forms whose every field is the text; each comes back with it, or is stored and shown.
FORMS = (
    ("ann", "/letters/new", {**_LETTER, "account": None, "note": None}),
    ("ann", "/letters/new", {**_LETTER, "kind": "statement_of_reasons", "measure": None,
                             "duration": None, "facts": None, "ground": None, "automation": None,
                             "redress": None, "found_by": None}),
    ("ann", "/suppressors", {"scope": None, "subject": None, "until": None, "reason": None,
                             "typology": None, "case": ""}),
    ("cem", "/suppressors/999/revoke", {"reason": None}),
    ("fay", "/appeals/new", {"case": CASE, "text": None, "received": None}),
    ("dia", "/appeals/{appeal}/decide", {"outcome": None, "reasons": None, "until": None,
                                         "language": None, "version": "1"}),
    ("ann", "/letters/{letter}/withdraw", {"reason": None}),
    ("eve", "/letters/{letter}/release", {"name": None, "reason": None}),
    ("eve", "/packs", {"case": None, "purpose": None}),
    ("eve", "/retention/hold", {"case": None, "reason": None}),
    ("gus", "/admin/people/add", {"person": None, "password": None, "again": None}),
    ("gus", "/admin/people/roles", {"person": None}),
    ("gus", "/admin/tokens", {"person": None, "label": None, "days": "3"}),
    ("gus", "/admin/settings", {"name": None, "value": None}),
    ("cem", "/proposals/unmerge", {"case": None}),
)  # fmt: skip
#: Words of addresses.
QUERIES = (
    ("hal", "/audit?case={}&person={}&action={}"), ("ann", "/letters?state={}"),
    ("ann", "/suppressors?case={}"), ("eve", "/packs?case={}"), ("cem", "/quality?person={}"),
    ("ann", "/letters/new?case={}"), ("eve", "/letters/templates/{}/{}"), ("eve", "/packs/{}"),
)  # fmt: skip


class Marks(HTMLParser):
    """What a page is made of, as a browser would read it."""

    def __init__(self) -> None:
        super().__init__()
        self.bad: list[str] = []
        self.scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        for name, value in attrs:
            text = (value or "").strip().lower()
            if name.startswith("on") or (text.startswith(("javascript:", "//evil")) and name in (
                "href", "src", "action", "formaction"
            )):  # fmt: skip
                self.bad.append(f"{tag} {name}={value}")
        if tag in ("img", "iframe", "base", "style", "object", "embed") or (
            tag == "meta" and dict(attrs).get("http-equiv")
        ):  # fmt: skip
            self.bad.append(tag)


def is_clean(text: str) -> None:
    marks = Marks()
    marks.feed(text)
    assert marks.bad == []
    assert marks.scripts == 1


def made(folder: Path, clock: Clock, text: str) -> tuple[Store, dict[str, int]]:
    store = Store.create(folder)
    with_people(store)
    return store, fill(store, clock, text)


def in_fives(many: int = 5) -> list[str]:
    """All the texts, some in one: each on a line of its own."""
    return ["\n".join(PAYLOADS[at : at + many]) for at in range(0, len(PAYLOADS), many)]


def filled_in(form: dict[str, str | None], text: str) -> dict[str, str]:
    return {name: text if value is None else value for name, value in form.items()}


@pytest.mark.parametrize("number", [
    0, 7, pytest.param(None, marks=pytest.mark.long, id="all"),
])  # fmt: skip
def test_what_people_write_is_text_on_every_page(tmp_path: Path, number: int | None) -> None:
    texts = in_fives() if number is None else [PAYLOADS[number]]
    for index, text in enumerate(texts):
        clock = Clock()
        store, found = made(tmp_path / str(index), clock, text)
        console = Console(store, clock)
        people = {name: someone(store, clock, console, name) for name in (*PAGES, "cem")}
        _all_pages(people, found, text)
        store.close()


def _all_pages(people: dict[str, Someone], found: dict[str, int], text: str) -> None:
    from urllib.parse import quote

    for name, paths in PAGES.items():
        for path in paths:
            page = people[name].get(path.format(**found))
            assert page.status == 200, path
            is_clean(page.text)
    for name, path, form in FORMS:
        page = people[name].post(path.format(**found), filled_in(form, text))
        assert page.status in (200, 303, 400, 403, 404, 409), path
        if page.status != 303:
            is_clean(page.text)
    for name, path in QUERIES:
        page = people[name].get(path.replace("{}", quote(text, safe="")))
        assert page.status in (200, 400, 403, 404), path
        is_clean(page.text)


@pytest.fixture
def chromium(needs_program: Callable[..., str]) -> Iterator[Any]:
    pytest.importorskip("axe_playwright_python")
    needs_program(("chromium", "chromium-browser"), "apt-get install -y chromium")
    from playwright.sync_api import sync_playwright

    from tests.console.test_in_a_browser import FLAGS

    path = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as manager:
        browser = manager.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


class Served:
    """The pages of a filled folder on a port, and a browser's pages there."""

    def __init__(self, store: Store, clock: Clock, chromium: Any) -> None:
        self.store, self.clock, self.chromium = store, clock, chromium
        self.server = MetricsServer(
            "127.0.0.1:0", lambda: b"x 1\n", more=site_of(store, clock=clock)
        )
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()
        self.home = f"http://127.0.0.1:{self.server.server_port}"

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def page(self, name: str, **options: Any) -> Any:
        """A page of the browser with a session of a person; what it asks for and says is kept."""
        from tests.console.test_in_a_browser import WATCH

        with self.store.writing(self.clock()) as tx:
            cookie = sessions.begin(tx, name, "127.0.0.1").id
        context = self.chromium.new_context(base_url=self.home, **options)
        context.set_extra_http_headers({"Cookie": f"__Host-enduse={cookie}"})
        context.add_init_script(WATCH)
        page = context.new_page()
        page.away, page.said = [], []
        page.on("request", lambda one: page.away.append(one.url))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.on("dialog", lambda one: page.said.append("dialog"))
        return page


@pytest.mark.long
def test_nothing_of_it_runs_in_a_browser(tmp_path: Path, chromium: Any) -> None:
    # Thirty pages, each with ten of the texts at a time: some ten seconds.
    from urllib.parse import quote

    for index, text in enumerate(in_fives(10)):
        clock = Clock()
        store, found = made(tmp_path / str(index), clock, text)
        served = Served(store, clock, chromium)
        try:
            for name, paths in PAGES.items():
                page = served.page(name)
                asked = [path.format(**found) for path in paths]
                asked += [p.replace("{}", quote(text, safe="")) for n, p in QUERIES if n == name]
                for path in asked:
                    page.goto(path)
                    assert page.evaluate("window.pwned") is None, path
                    assert page.evaluate("window.violations") == [], path
                assert all(url.startswith((served.home, "data:,")) for url in page.away)
                assert page.said == []
                page.context.close()
        finally:
            served.close()
            store.close()


@pytest.mark.long
def test_the_pages_are_for_everyone(tmp_path: Path, chromium: Any) -> None:
    # Axe takes a second a page; the dark has other colours and the same parts.
    from tests.console.test_in_a_browser import WIDE, _axe

    clock = Clock()
    store, found = made(tmp_path / "cases", clock, "The holder showed its projects. " + "x" * 300)
    served = Served(store, clock, chromium)
    more = {"hal": ("/audit/verification",), "dia": ("/quality?person=ann",),
            "eve": ("/letters/templates",), "cem": ("/proposals?list=merged",)}  # fmt: skip
    seen = set[str]()
    try:
        for name in (*PAGES, "cem"):
            page = served.page(name)
            for path in (*PAGES.get(name, ()), *more.get(name, ())):
                if path.startswith("/cases/") or path in seen:
                    continue
                seen.add(path)
                page.set_viewport_size({"width": 360, "height": 700})
                page.goto(path.format(**found))
                assert page.evaluate(WIDE) <= 0, path
                page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
                page.set_viewport_size({"width": 1280, "height": 900})
                if path in ("/letters/{letter}", "/quality", "/admin"):
                    page.emulate_media(color_scheme="dark")
                assert _axe(page) == [], path
                page.emulate_media(color_scheme="light")
            page.context.close()
    finally:
        served.close()
        store.close()


def test_a_long_download_is_not_cut_while_its_reader_is_slow(tmp_path: Path) -> None:
    """A reply of some megabytes, read with pauses, is whole; a server without room for it cuts."""
    import socket
    import time

    clock = Clock()
    store, _ = made(tmp_path / "cases", clock, "It is in order.")
    (store.folder / "packs").mkdir()
    name = "C-000001.9.pseudonyms.zip"
    (store.folder / "packs" / name).write_bytes(bytes(6 << 20))
    with store.writing(clock()) as tx:
        cookie = sessions.begin(tx, "eve", "127.0.0.1").id
    got = {}
    for rate in (2 << 20, 1 << 40):
        bounds = http.Bounds(reply_seconds=0.3, reply_rate=rate)
        server = http.PageServer(
            "127.0.0.1:0", site_of(store, clock=clock), http.Web(), bounds=bounds
        )
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        line = socket.socket()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
        line.connect(("127.0.0.1", server.server_port))
        line.sendall(
            f"GET /packs/{name} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            f"Cookie: __Host-enduse={cookie}\r\n\r\n".encode()
        )
        got[rate] = 0
        try:
            for step in range(10_000):
                if step in (1, 3, 5):
                    time.sleep(0.3)
                part = line.recv(1 << 20)
                got[rate] += len(part)
                if not part:
                    break
        except ConnectionError:
            pass
        line.close()
        server.shutdown()
        thread.join()
        server.server_close()
    store.close()
    assert got[2 << 20] > 6 << 20
    assert got[1 << 40] < 6 << 20
