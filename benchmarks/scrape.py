"""Cost of /metrics: ``python benchmarks/scrape.py [--accounts 1000000]``.

Prints one JSON object: size of the page and its series, latency alone and under many
scrapers beside slow clients, seconds to take over a new run, memory before and after many
scrapes and reloads.
"""

from __future__ import annotations

import argparse
import http.client
import json
import resource
import socket
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

from detector.exporter import ResultsPage
from detector.exporter.server import MetricsServer

KEY = b"a key of the benchmark"
QUEUES = ["proxy", "victim", "policy", "other", "none"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=1_000_000)
    parser.add_argument("--scrapes", type=int, default=10_000)
    parser.add_argument("--reloads", type=int, default=200)
    parser.add_argument("--scrapers", type=int, default=50)
    parser.add_argument("--slow", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(Path(folder), options), indent=2))


def measure(out: Path, options: argparse.Namespace) -> dict:
    publish(out, options.accounts, number=0)
    start = time.perf_counter()
    page = ResultsPage(out, KEY, 50)
    result = {
        "accounts": options.accounts,
        "load_s": round(time.perf_counter() - start, 3),
        "page_bytes": len(page.text()),
        "series": sum(not line.startswith(b"#") for line in page.text().splitlines()),
    }
    with MetricsServer("127.0.0.1:0", page.text) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.1,))
        thread.start()
        try:
            result |= alone(server.server_port) | crowded(server.server_port, options)
            result |= memory(out, page, server.server_port, options)
        finally:
            server.shutdown()
            thread.join()
    return result


def publish(out: Path, accounts: int, number: int) -> None:
    score = np.random.default_rng(number).beta(1, 9, accounts)
    pl.DataFrame(
        {
            "account_id": [f"account-{i:09}" for i in range(accounts)],
            "rank": pl.Series(score).rank("min", descending=True).cast(pl.Int64),
            "score": score,
            "queue": pl.Series(QUEUES).gather(np.arange(accounts) % len(QUEUES)),
        }
    ).write_parquet(out / "scores.parquet")
    write_run(out, number)


def write_run(out: Path, number: int) -> None:
    tables = ["usage", "accounts", "events", "payments", "model_usage", "account_links"]
    run = {
        "model_id": "m-1",
        "model": {"trained_at": "2026-05-01T00:00:00Z", "sha256": "00"},
        "counts": {t: {"read": 10, "ok": 10 + number} for t in tables},
        "timings": dict.fromkeys(("read", "rollup", "features", "score", "write"), 1.0),
        "rings": {"queues": {"proxy": 10}},
        "gpu_hours": {f"GPU{i}": float(i) for i in range(40)},
        "tokens": {"input": 10**12, "output": 10**11},
        "watermarks": dict.fromkeys(tables, "2026-05-01T00:00:00Z"),
        "drift": {f"f{i:03}": 0.01 for i in range(120)},
    }
    (out / "run.json.new").write_text(json.dumps(run))
    (out / "run.json.new").replace(out / "run.json")


def scrape(port: int) -> float:
    start = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/metrics")
    reply = connection.getresponse()
    body = reply.read()
    connection.close()
    assert reply.status == 200, reply.status
    assert body.endswith(b"\n")
    return time.perf_counter() - start


def milliseconds(seconds: list[float], prefix: str) -> dict:
    p50, p99 = np.quantile(seconds, [0.5, 0.99]) * 1000
    return {f"{prefix}_p50_ms": round(p50, 2), f"{prefix}_p99_ms": round(p99, 2)}


def alone(port: int) -> dict:
    return milliseconds([scrape(port) for _ in range(1000)], "scrape")


def crowded(port: int, options: argparse.Namespace) -> dict:
    slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(options.slow)]
    for client in slow:
        client.sendall(b"GET /metrics HT")
    with ThreadPoolExecutor(options.scrapers) as pool:
        taken = list(pool.map(lambda _: scrape(port), range(10 * options.scrapers)))
    for client in slow:
        client.close()
    return milliseconds(taken, "crowded") | {"crowded_max_ms": round(max(taken) * 1000, 2)}


def memory(out: Path, page: ResultsPage, port: int, options: argparse.Namespace) -> dict:
    publish(out, 10_000, number=1)
    page.refresh()
    for _ in range(200):
        scrape(port)
    before = resident()
    for number in range(options.reloads):
        write_run(out, number + 2)
        assert page.refresh()
        for _ in range(options.scrapes // max(options.reloads, 1)):
            scrape(port)
    after = resident()
    return {
        "resident_before_mb": round(before, 1),
        "resident_after_mb": round(after, 1),
        "growth": round(after / before - 1, 4),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


def resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


if __name__ == "__main__":
    main()
