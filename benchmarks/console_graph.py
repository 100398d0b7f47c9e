"""CPU time of Chromium for a ring's graph: load the page, place by forces, draw, move once.

Usage: python benchmarks/console_graph.py [ROUNDS]. Needs Chromium and playwright. Goals: 300
accounts in 1 CPU s, 5,000 accounts with 15,000 lines in 6. The time is that of all of Chromium's
processes, here without a GPU, until a frame shows the drawing. ``page`` is what the same page
costs with scripts off (a new renderer, the tables); ``graph`` is all beyond it. Where there are
squares first, ``graph`` begins with the click for every account.

Measured 2026-11-29 on two busy cores, Chromium without a GPU, median of 3: 300 accounts 0.6 to 0.9
CPU s (the page 0.6 to 0.9 beside it), 1,000 accounts 1.2, 5,000 accounts in squares 0.9, each of
5,000 accounts with 15,000 lines 3.9 (one move of it 0.05).
"""

from __future__ import annotations

import os
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from detector.cases.showing.graphing import MOST_SINGLE, graph_of
from detector.http import PageServer, Web
from tests.cases import rings
from tests.console import graphs

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
         "--disable-background-networking", "--disable-component-update")  # fmt: skip
SIZE = {"width": 1400, "height": 900}
STATE = "document.querySelector('[data-graph]').dataset.state"
FRAME = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
#: Accounts, identifiers shared, whether every account is asked for, and the goal in CPU s.
ROWS = ((300, 450, False, 1.0), (1_000, 2_500, True, None), (5_000, 15_000, False, None),
        (5_000, 15_300, True, 6.0))  # fmt: skip
_TICKS = os.sysconf("SC_CLK_TCK")


def browser_cpu_s() -> float:
    """CPU seconds that Chromium's processes below this one have used."""
    parents, used, names = {}, {}, {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            head, _, tail = path.read_text().rpartition(")")
        except OSError:
            continue
        pid, parts = int(path.parent.name), tail.split()
        names[pid] = head.partition("(")[2]
        parents[pid], used[pid] = int(parts[1]), (int(parts[11]) + int(parts[12])) / _TICKS

    def is_ours(pid: int) -> bool:
        while pid in parents:
            if pid == os.getpid():
                return True
            pid = parents[pid]
        return False

    return sum(used[pid] for pid in used if names[pid].startswith("chrom") and is_ours(pid))


@contextmanager
def serving(accounts: int, lines: int) -> Iterator[tuple[str, int, int]]:
    """The page's address, and how many accounts and lines the graph has."""
    case = rings.large(accounts, lines)
    graph = graph_of(case)
    server = PageServer("127.0.0.1:0", graphs.site_of(case), Web())
    with server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}/cases/C-000001/graph"
        yield address, len(graph.nodes), len(graph.lines)
        server.shutdown()
        thread.join()


def drawn(page: Any) -> None:
    """Wait until the drawing is on the screen."""
    while page.evaluate(STATE) not in ("drawn", "failed"):
        time.sleep(0.1)
    assert page.evaluate(STATE) == "drawn"
    page.evaluate(FRAME)


def page_alone(browser: Any, address: str) -> float:
    """CPU seconds for the page with its tables, where scripts are off."""
    context = browser.new_context(java_script_enabled=False, viewport=SIZE)
    page = context.new_page()
    start = browser_cpu_s()
    page.goto(address)
    page.screenshot()
    used = browser_cpu_s() - start
    context.close()
    return used


def measured(browser: Any, address: str, *, everyone: bool) -> tuple[float, float, float]:
    """CPU seconds of the browser for the drawing and for one move of it, and wall seconds."""
    page = browser.new_page(viewport=SIZE)
    start, at = browser_cpu_s(), time.perf_counter()
    page.goto(address)
    drawn(page)
    if everyone:
        # Squares are drawn first, as for a reader; what is measured begins with the click.
        start, at = browser_cpu_s(), time.perf_counter()
        page.click("[data-deed=all]")
        drawn(page)
    done, wall = browser_cpu_s(), time.perf_counter() - at
    page.locator(".place").focus()
    page.keyboard.press("ArrowLeft")
    page.evaluate(FRAME)
    moved = browser_cpu_s() - done
    page.close()
    return done - start, moved, wall


def row_of(browser: Any, row: tuple[int, int, bool, float | None], rounds: int) -> bool:
    """Print a row of the table; whether its goal is met."""
    accounts, lines, everyone, goal = row
    with serving(accounts, lines) as (address, nodes, edges):
        taken = [measured(browser, address, everyone=everyone) for _ in range(rounds)]
        bare = statistics.median(page_alone(browser, address) for _ in range(rounds))
    cpu, moved, wall = (statistics.median(column) for column in zip(*taken, strict=True))
    # A click is on a page that is there already.
    page = 0.0 if everyone else bare
    shown = "accounts" if everyone or nodes <= MOST_SINGLE else "squares"
    print(f"{nodes:>9,}{edges:>8,}  {shown:10}{cpu - page:>10.2f}{goal or '':>6}"
          f"{page:>7.2f}{moved:>7.2f}{wall:>7.1f}")  # fmt: skip
    return goal is None or cpu - page <= goal


def main(rounds: int) -> int:
    """Print a table; 1 if a goal is missed."""
    from playwright.sync_api import sync_playwright

    print(f"{'accounts':>9}{'lines':>8}  {'drawn as':10}{'graph, s':>10}{'goal':>6}"
          f"{'page':>7}{'move':>7}{'wall':>7}")  # fmt: skip
    with sync_playwright() as manager:
        browser = manager.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        met = [row_of(browser, row, rounds) for row in ROWS]
        browser.close()
    return int(not all(met))


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 3))
