"""Wrong passwords beside scrapes: ``python benchmarks/wrong_passwords.py [--seconds 60]``.

Starts ``enduse serve`` in a process of its own, with a token and a user, on loopback; sends wrong
passwords, each another, at a fixed pace and whether or not they are answered, while one scraper
comes by the token and another by the right password. Prints one JSON object: replies by status,
seconds that scrapes took, and the CPU that the service used. Exit code 1 where a scrape failed or
took more than a second.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import hashlib
import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

from detector.http import password_line

REPOSITORY: Final = Path(__file__).resolve().parents[1]
TOKEN: Final = "a token of the benchmark"
USER: Final = "prometheus"
PASSWORD: Final = "the right one"
LONGEST: Final = 1.0
AT_ONCE: Final = 1024


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--a-second", type=float, default=40.0, help="wrong passwords")
    parser.add_argument("--pause", type=float, default=0.5, help="seconds between two scrapes")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as (process, port):
        found = measure(process.pid, port, options)
    print(json.dumps(found, indent=2))
    return 0 if found["every_scrape_in_time"] else 1


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A service on a free port, and the port."""
    (folder / "inbox").mkdir()
    config = folder / "web.toml"
    digest = hashlib.sha256(TOKEN.encode()).hexdigest()
    config.write_text(
        f"[authentication]\nbearer_sha256 = ['{digest}']\n"
        f"[authentication.basic]\n{USER} = '{password_line(PASSWORD)}'\n"
    )
    words = ["serve", "--inbox", "inbox", "--state", "state", "--listen", "127.0.0.1:0"]
    process = subprocess.Popen(
        [sys.executable, "-m", "detector", *words, "--web-config", str(config)], cwd=folder,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)}, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        line = next(line for line in process.stderr if "serving on" in line)
        # What it says later is not read to the end: a full pipe must not stop it.
        threading.Thread(target=process.stderr.read, daemon=True).start()
        yield process, int(line.rpartition(":")[2])
    finally:
        process.terminate()
        process.wait(10)


def measure(pid: int, port: int, options: argparse.Namespace) -> dict[str, Any]:
    ways = {"token": f"Bearer {TOKEN}", "password": basic(PASSWORD)}
    # As a scraper does that was there before the guesser came.
    first = {name: ask(port, way) for name, way in ways.items()}
    end, used = time.monotonic() + options.seconds, cpu_seconds(pid)
    replies: Counter[str] = Counter()
    with ThreadPoolExecutor(AT_ONCE + len(ways)) as pool:
        scrapes = {
            name: pool.submit(scraped, port, way, end, options.pause) for name, way in ways.items()
        }
        guesses = []
        began = time.monotonic()
        for number in range(int(options.seconds * options.a_second)):
            time.sleep(max(0.0, began + number / options.a_second - time.monotonic()))
            guesses.append(pool.submit(ask, port, basic(f"guess {number}")))
        seen = {name: scrape.result() for name, scrape in scrapes.items()}
        replies.update(str(guess.result()[0]) for guess in guesses)
    used = cpu_seconds(pid) - used
    every = [*first.values(), *(one for of_one in seen.values() for one in of_one)]
    return {
        "guesses": len(guesses), "guesses_answered": dict(sorted(replies.items())),
        "scrapes": {name: summary(of_one) for name, of_one in seen.items()},
        "cpu_s_of_the_service": round(used, 2),
        "every_scrape_in_time": all(s == 200 and t <= LONGEST for s, t in every[len(first):])
        and all(status == 200 for status, _ in first.values()),
    }  # fmt: skip


def scraped(port: int, authorization: str, end: float, pause: float) -> list[tuple[int, float]]:
    seen = []
    while time.monotonic() < end:
        seen.append(ask(port, authorization))
        time.sleep(pause)
    return seen


def ask(port: int, authorization: str) -> tuple[int, float]:
    """Status and seconds of a scrape; status 0 where there was no reply."""
    began, status = time.monotonic(), 0
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    with contextlib.suppress(OSError, http.client.HTTPException):
        line.request("GET", "/metrics", headers={"Authorization": authorization})
        reply = line.getresponse()
        reply.read()
        status = reply.status
    line.close()
    return status, time.monotonic() - began


def summary(seen: list[tuple[int, float]]) -> dict[str, Any]:
    seconds = sorted(seconds for _, seconds in seen)
    return {
        "count": len(seen), "statuses": dict(Counter(str(status) for status, _ in seen)),
        "median_ms": round(1e3 * seconds[len(seconds) // 2], 1),
        "longest_ms": round(1e3 * seconds[-1], 1),
    }  # fmt: skip


def basic(password: str) -> str:
    return "Basic " + base64.b64encode(f"{USER}:{password}".encode()).decode()


def cpu_seconds(pid: int) -> float:
    """CPU time of a process so far, its children's left out."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    raise SystemExit(main())
