"""Cost of live scores: ``python benchmarks/live.py pages`` and ``python benchmarks/live.py hour``.

``pages``: /metrics and the API of a service that shows a million accounts; under many scrapers
beside slow clients; memory over scrapes and newly published runs.
``hour``: an hour of data of 1 % of the accounts, from the inbox to a published run (the median
of some hours after the first), beside a full run on the same logs. Both print one JSON object.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import resource
import statistics
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import polars as pl
from scrape import alone, crowded, milliseconds, publish, resident, scrape

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

from detector import read_logs, score_logs, train_logs
from detector.pipeline import save_model
from detector.service import LiveService, Options, Serving
from detector.service.server import LiveServer
from detector.service.web import Web
from detector.service.worker import Told, Worker

KEY = b"a key of the benchmark"
START = datetime(2026, 3, 1, tzinfo=UTC)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["pages", "hour"])
    parser.add_argument("--accounts", type=int)
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--hours", type=int, default=3)
    parser.add_argument("--reloads", type=int, default=200)
    parser.add_argument("--scrapes", type=int, default=10_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = {"pages": pages, "hour": hour}[options.what]
        print(json.dumps(work(Path(folder), options), indent=2))


def run_folder(state: Path, number: int, accounts: int) -> Path:
    """A published run of many accounts, as the worker leaves it."""
    folder = state / "runs" / f"{number:08d}-{number:08d}"
    folder.mkdir(parents=True)
    publish(folder, accounts, number)
    run = json.loads((folder / "run.json").read_text()) | {"as_of": "2026-05-01T00:00:00+00:00"}
    (folder / "run.json").write_text(json.dumps(run))
    # One account in a hundred stands in a queue.
    queue = pl.when(pl.int_range(pl.len()) % 100 < 4).then("queue").otherwise(pl.lit("none"))
    scores = pl.read_parquet(folder / "scores.parquet").with_columns(
        queue.alias("queue"), p_value=pl.lit(0.01), ring_id=pl.lit(None, pl.String),
        change=pl.lit(None, pl.String), typology=pl.lit("T01"), coverage=pl.lit(0.9),
        families=pl.lit(["F01", "F03"]),
    )  # fmt: skip
    scores.write_parquet(folder / "scores.parquet")
    return folder


def pages(work: Path, options: argparse.Namespace) -> dict:
    accounts = options.accounts or 1_000_000
    folder = run_folder(work, 1, accounts)
    serving = Serving(Options(str(work), str(work)), "127.0.0.1:0", KEY)
    service = LiveService(serving)
    began = time.perf_counter()
    service.tell(Told(run=str(folder), ended={"ingest": time.time()}))
    text = service.shown().metrics
    result = {
        "accounts": accounts, "load_s": round(time.perf_counter() - began, 3),
        "page_bytes": len(text),
        "series": sum(not line.startswith(b"#") for line in text.splitlines()),
    }  # fmt: skip
    with LiveServer("127.0.0.1:0", Web(), service.shown) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.1,))
        thread.start()
        try:
            port = server.server_port
            result |= alone(port) | crowded(port, SimpleNamespace(slow=200, scrapers=50))
            result |= api(port, accounts) | growth(work, service, port, options)
        finally:
            server.shutdown()
            thread.join()
    return result


def api(port: int, accounts: int) -> dict:
    def ask(path: str) -> float:
        began = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", path)
        reply = connection.getresponse()
        reply.read()
        assert reply.status == 200, path
        connection.close()
        return time.perf_counter() - began

    names = np.random.default_rng(0).integers(0, accounts, 30)
    return milliseconds([ask("/api/v1/queue") for _ in range(100)], "queue") | milliseconds(
        [ask(f"/api/v1/accounts/account-{n:09}") for n in names], "account"
    )


def growth(work: Path, service: LiveService, port: int, options: argparse.Namespace) -> dict:
    def reload(number: int) -> None:
        service.tell(Told(run=str(run_folder(work, number, 10_000)), ended={"score": time.time()}))

    for number in range(2, 22):
        reload(number)
        scrape(port)
    before = resident()
    for number in range(22, 22 + options.reloads):
        reload(number)
        for _ in range(options.scrapes // options.reloads):
            scrape(port)
    after = resident()
    return {
        "resident_before_mb": round(before, 1), "resident_after_mb": round(after, 1),
        "growth": round(after / before - 1, 4),
    }  # fmt: skip


def hour(work: Path, options: argparse.Namespace) -> dict:
    accounts = options.accounts or 100_000
    inbox = work / "inbox"
    (inbox / "usage").mkdir(parents=True)
    names = pl.Series([f"a{n:07d}" for n in range(accounts)])
    pl.DataFrame({"account_id": names, "created_at": START - timedelta(days=300)}).write_parquet(
        inbox / "accounts.parquet"
    )
    for day in range(options.days):
        usage(names, START + timedelta(days=day), 24, day).write_parquet(
            inbox / "usage" / f"{day:03d}.parquet"
        )
    result = {"accounts": accounts, "days": options.days, "rows": accounts * options.days * 2}
    model = work / "model"
    save_model(train_logs(read_logs(inbox), threads=2), model)
    worker = Worker(
        Options(str(inbox), str(work / "state"), str(model), threads=2, hash_key=KEY.hex())
    )
    result |= looks(worker, "first_ingest_and_score")
    for number in range(options.hours):
        active = names.sample(accounts // 100, seed=number)
        begin = START + timedelta(days=options.days, hours=number)
        usage(active, begin, 1, 99 + number).write_parquet(inbox / "usage" / f"n{number}.parquet")
        result |= looks(worker, f"hour_{number}")
    for figure in ("s", "cpu_s"):
        hours = [result[f"hour_{number}_{figure}"] for number in range(options.hours)]
        result[f"new_hour_{figure}"] = statistics.median(hours)
    began, used = time.perf_counter(), cpu()
    from detector.pipeline import load_model

    score_logs(read_logs(inbox), load_model(model), threads=2)
    result |= {
        "full_s": round(time.perf_counter() - began, 2), "full_cpu_s": round(cpu() - used, 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }  # fmt: skip
    result["share_of_full_cpu"] = round(result["new_hour_cpu_s"] / result["full_cpu_s"], 3)
    return result


def usage(names: pl.Series, begin: datetime, hours: int, seed: int) -> pl.DataFrame:
    """Two rows an account: a machine without a GPU and, for one in ten, one with eight."""
    chance = np.random.default_rng(seed)
    count = len(names) * 2
    micros = pl.Series(chance.integers(0, hours, count)) * 3_600_000_000
    start = micros.cast(pl.Duration("us")) + begin
    gpu = chance.random(count) < 0.1
    return pl.DataFrame(
        {
            "ChargePeriodStart": start, "ChargePeriodEnd": start + timedelta(hours=1),
            "BillingAccountId": pl.concat([names, names]), "ChargeCategory": "Usage",
            "ServiceName": "Compute", "ConsumedQuantity": chance.integers(1, 9, count),
            "ConsumedUnit": "Hours", "BillingCurrency": "USD",
            "SkuMeter": np.where(gpu, "p5.48xlarge", "m5.large"),
            "EffectiveCost": chance.integers(1, 99, count) / 4,
        }
    )  # fmt: skip


def looks(worker: Worker, name: str) -> dict:
    """Two looks: a file counts once it has been the same in two of them."""
    worker.look()
    began, used = time.perf_counter(), cpu()
    told = worker.look()
    assert not told.failed, told.failed
    return {
        f"{name}_s": round(time.perf_counter() - began, 2),
        f"{name}_cpu_s": round(cpu() - used, 2),
        f"{name}_stages": told.seconds,
    }


def cpu() -> float:
    times = os.times()
    return times.user + times.system


if __name__ == "__main__":
    main()
