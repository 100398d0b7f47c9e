"""Fifty readers and five writers at once, for some minutes: does the server stay well?

Run by ``benchmarks/console.py FOLDER --load MINUTES``. The server is this process, so its memory
is its own; the clients are another one. A reader looks at a page a second or so (lists, cases of
all sizes, graphs, the API), a writer judges a case every second or so.
"""

from __future__ import annotations

import http.client
import json
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

from benchmarks.console_world import REVIEWERS
from detector.cases.record.store import SYSTEM, Store
from detector.cases.team import sessions, tokens
from detector.console import site_of
from detector.exporter.server import MetricsServer

READERS, WRITERS = 50, 5
#: A part of the time in which caches fill and threads come to be.
WARM = 0.3
GROWTH = 0.05
_LISTS = ("tab=proxy", "tab=closed", "tab=mine", "tab=proxy&typology=T05", "tab=other&free=1",
          "tab=proxy&family=F99", "tab=proxy&after=40000.C")  # fmt: skip


def load(store: Store, now: datetime, minutes: float) -> int:
    """Serve the clients; 0 where nothing failed and memory stayed."""
    told = _told(store, now)
    with MetricsServer(
        "127.0.0.1:0", lambda: b"x 1\n", more=site_of(store, clock=_clock(now))
    ) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            told |= {"port": server.server_port, "seconds": 60 * minutes}
            return _watched(told, 60 * minutes)
        finally:
            server.shutdown()
            thread.join()


def _clock(now: datetime) -> Any:
    began = time.monotonic()
    return lambda: now + timedelta(seconds=time.monotonic() - began)


def _told(store: Store, now: datetime) -> dict[str, Any]:
    """What the clients need: cookies, tokens, and cases to look at and to judge."""
    with store.writing(now) as tx:
        cookies = [sessions.begin(tx, "lea", f"127.0.0.{n}").id for n in range(READERS)]
        made = [tokens.issue(tx, SYSTEM, name, [], tx_end(now)) for name in REVIEWERS[:WRITERS]]
    with store.reading() as connection:
        fresh = connection.execute(
            "SELECT case_id FROM cases WHERE state = 'new' AND queue IN ('proxy', 'other') "
            "AND assignee IS NULL ORDER BY case_id DESC LIMIT 20000"
        ).fetchall()
        large = connection.execute(
            "SELECT case_id FROM case_accounts WHERE account_id IN ('ring42-000', 'ring500-000')"
        ).fetchall()
    return {
        "cookies": cookies, "tokens": made, "fresh": [row[0] for row in fresh],
        "large": [row[0] for row in large],
    }  # fmt: skip


def tx_end(now: datetime) -> datetime:
    """When the tokens end."""
    return now + timedelta(days=1)


def _watched(told: dict[str, Any], seconds: float) -> int:
    sizes: list[tuple[float, float]] = []
    began, cpu = time.monotonic(), time.process_time()
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.console_load"], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True, cwd=Path(__file__).resolve().parents[1],
    ) as clients:  # fmt: skip
        assert clients.stdin is not None
        assert clients.stdout is not None
        clients.stdin.write(json.dumps(told) + "\n")
        clients.stdin.close()
        while clients.poll() is None:
            sizes.append((time.monotonic() - began, _resident()))
            time.sleep(2)
        found = json.loads(clients.stdout.read())
    cpu = time.process_time() - cpu
    warm = [size for at, size in sizes if WARM * seconds < at <= (WARM + 0.1) * seconds]
    last = [size for at, size in sizes if 0.9 * seconds < at <= seconds]
    growth = sum(last) / len(last) / (sum(warm) / len(warm)) - 1
    statuses = Counter({int(key): count for key, count in found["statuses"].items()})
    bad = {key: count for key, count in statuses.items() if key >= 500 and key != 503}
    print(f"requests {sum(statuses.values())}, statuses {dict(sorted(statuses.items()))}")
    print(f"hung up on: {found['lost'] or 'nobody'}")
    print(f"judged {found['judged']}; server CPU {cpu / seconds:.2f} of a core")
    for name, walls in sorted(found["walls"].items()):
        print(f"{name:<10} p50 {walls[0]:7.0f} ms   p99 {walls[1]:7.0f} ms   of {walls[2]}")
    print(f"resident: start {sizes[0][1]:.0f} MB, warm {sum(warm) / len(warm):.0f} MB, "
          f"end {sum(last) / len(last):.0f} MB: {growth:+.1%} (goal < {GROWTH:.0%})")  # fmt: skip
    return int(bool(bad) or bool(found["lost"]) or growth >= GROWTH or clients.returncode != 0)


def _resident() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1e3
    raise SystemExit("this system does not say how much memory a process has")


class Clients:
    """All clients of one server, and what they were told."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.told, self.end = told, time.monotonic() + told["seconds"]
        self.statuses: Counter[int] = Counter()
        self.lost: Counter[str] = Counter()
        self.judged = 0
        self.walls: dict[str, list[float]] = {}
        self._guard = threading.Lock()

    def ask(
        self, name: str, method: str, path: str, headers: dict[str, str], body: Any = None
    ) -> Any:
        """Ask; the status and the text, None where the server hung up."""
        line = http.client.HTTPConnection("127.0.0.1", self.told["port"], timeout=60)
        at = time.perf_counter()
        try:
            line.request(method, path, None if body is None else json.dumps(body), headers)
            reply = line.getresponse()
            text = reply.read()
        except OSError as error:
            with self._guard:
                self.lost[type(error).__name__] += 1
            return None
        finally:
            line.close()
        with self._guard:
            self.statuses[reply.status] += 1
            self.walls.setdefault(name, []).append(time.perf_counter() - at)
        return reply.status, text

    def read(self, number: int) -> None:
        """One reader."""
        draw, cookie = random.Random(number), self.told["cookies"][number]
        headers = {"Cookie": f"__Host-enduse={cookie}"}
        while time.monotonic() < self.end:
            which = draw.random()
            if which < 0.5:
                self.ask("list", "GET", f"/queue?{draw.choice(_LISTS)}", headers)
            elif which < 0.8:
                case = draw.choice(self.told["fresh"])
                self.ask("case", "GET", f"/api/v1/cases/{case}", headers)
            elif which < 0.9:
                self.ask("page", "GET", f"/cases/{draw.choice(self.told['large'])}", headers)
            elif which < 0.95:
                case = draw.choice(self.told["large"])
                self.ask("graph", "GET", f"/api/v1/cases/{case}/graph", headers)
            else:
                self.ask("metrics", "GET", "/metrics", {})
            time.sleep(draw.uniform(0.5, 1.5))

    def write(self, number: int) -> None:
        """One writer: his own share of the cases, one after another."""
        token = self.told["tokens"][number]
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        draw = random.Random(number)
        for case in self.told["fresh"][number::WRITERS]:
            if time.monotonic() >= self.end:
                return
            got = self.ask("case", "GET", f"/api/v1/cases/{case}", headers)
            version = json.loads(got[1]).get("version") if got else None
            if version is not None:
                body = {"outcome": "cleared", "note": "known business"}
                sent = {**headers, "If-Match": str(version), "Idempotency-Key": f"{case}-{version}"}
                got = self.ask("judge", "POST", f"/api/v1/cases/{case}/judgements", sent, body)
                with self._guard:
                    self.judged += bool(got and got[0] == 200)
            time.sleep(draw.uniform(0.5, 1.5))


def main() -> None:
    """Be the clients that standard input tells of, and say how it went."""
    clients = Clients(json.loads(sys.stdin.readline()))
    threads = [threading.Thread(target=clients.read, args=(n,)) for n in range(READERS)]
    threads += [threading.Thread(target=clients.write, args=(n,)) for n in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    walls = {}
    for name, found in clients.walls.items():
        found.sort()
        middle, late = found[len(found) // 2], found[int(len(found) * 0.99)]
        walls[name] = (1e3 * middle, 1e3 * late, len(found))
    print(json.dumps({
        "statuses": clients.statuses, "lost": clients.lost, "judged": clients.judged,
        "walls": walls,
    }))  # fmt: skip


if __name__ == "__main__":
    main()
