"""CPU time of Chromium for a ring's graph: load the page, place by forces, draw, move once.

Usage: python benchmarks/console_graph.py [ROUNDS]. Needs Chromium and playwright. Goals: 300
accounts in 1 CPU s, 5,000 accounts with 15,000 lines in 6. The time is that of all of Chromium's
processes from the click to a frame that shows the drawing; the server's is told apart. Chromium
without a GPU draws in software.
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

from detector.cases.graphing import graph_of
from detector.http import PageServer, Web
from tests.console import graphs

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
         "--disable-background-networking", "--disable-component-update")  # fmt: skip
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
    case = graphs.large(accounts, lines)
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


def measured(browser: Any, address: str, *, everyone: bool) -> tuple[float, float, float]:
    """CPU seconds of the browser for the drawing and for one move of it, and wall seconds."""
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    start, at = browser_cpu_s(), time.perf_counter()
    page.goto(address)
    drawn(page)
    if everyone:
        # Squares were drawn first, as for a reader; what that cost is of the page.
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


def main(rounds: int) -> int:
    """Print a table; 1 if a goal is missed."""
    from playwright.sync_api import sync_playwright

    missed = 0
    print(f"{'accounts':>9}{'lines':>8}  {'drawn as':10}{'CPU s':>7}{'goal':>6}{'move':>7}{'wall':>7}")
    with sync_playwright() as manager:
        browser = manager.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        for accounts, lines, everyone, goal in ROWS:
            with serving(accounts, lines) as (address, nodes, edges):
                taken = [measured(browser, address, everyone=everyone) for _ in range(rounds)]
            cpu, moved, wall = (statistics.median(column) for column in zip(*taken, strict=True))
            shown = "accounts" if everyone or nodes <= 400 else "squares"
            print(f"{nodes:>9,}{edges:>8,}  {shown:10}{cpu:>7.2f}{goal or '':>6}{moved:>7.2f}{wall:>7.1f}")
            missed += goal is not None and cpu > goal
        browser.close()
    return int(missed > 0)


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 3))
