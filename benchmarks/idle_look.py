"""What a look of the service costs: ``python benchmarks/idle_look.py [--inputs 1000]``.

A state and an inbox of many small inputs are made (one is read, the others are copies of its part
under other names), and a worker looks at them: for the first time, when nothing has changed, and
when one file is new (three looks: it is seen, it is taken, and after). CPU seconds of this
process; prints one JSON object. The goal is 100,000
inputs (about 400,000 small files, and some minutes to make them).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

os.environ["POLARS_MAX_THREADS"] = "1"

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

from detector.pipeline.ingest import ingest
from detector.service.worker import Options, Worker
from detector.state import Store
from detector.state.manifest import part_bytes

START = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=9)
FOLDER = 1_000
KEY = b"a key of the benchmark"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000)
    parser.add_argument("--keep", type=Path, help="folder to make it in, or that holds one")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = options.keep or Path(folder)
        if not (work / "state").is_dir():
            make(work, options.inputs)
        print(json.dumps({"inputs": options.inputs, **measure(work)}, indent=2))


def make(work: Path, inputs: int) -> None:
    """An inbox of many files of events, and the state that taking them in would leave."""
    logs, state = work / "logs", work / "state"
    (logs / "usage").mkdir(parents=True)
    (logs / "accounts.csv").write_text(f"account_id,created_at\na,{stamp(-99)}\n")
    (logs / "usage" / "a.csv").write_text(
        "ChargePeriodStart,ChargePeriodEnd,BillingAccountId,ChargeCategory,ServiceName,"
        "ConsumedQuantity,ConsumedUnit,SkuMeter,EffectiveCost,BillingCurrency\n"
        f"{stamp(200)},{stamp(201)},a,Usage,Compute,1,Hours,p5.48xlarge,1,USD\n"
    )
    event(logs, 0)
    ingest(logs, state, hash_key=KEY)
    store = Store(state)
    manifest = store.manifest()
    pattern = next(p for p in manifest.parts if p.table == "events")
    parts = [copied(store, pattern, *event(logs, n)) for n in range(1, inputs)]
    store.publish(manifest.following(parts=(*manifest.parts, *parts)))


def stamp(hours: float) -> str:
    return f"{START + timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}"


def event(logs: Path, number: int) -> tuple[str, bytes]:
    path = f"events/{number // FOLDER:04d}/{number:06d}.csv"
    data = f"time,account_id,class_uid,operation\n{stamp(190)},a,6003,Run{number}\n".encode()
    (logs / path).parent.mkdir(parents=True, exist_ok=True)
    (logs / path).write_bytes(data)
    return path, data


def copied(store: Store, pattern: Any, path: str, data: bytes) -> Any:
    key = hashlib.sha256(path.encode()).hexdigest()[:40]
    part = replace(pattern, path=path, key=key, sha256=hashlib.sha256(data).hexdigest(),
                   bytes=len(data))  # fmt: skip
    folder = store.root / "parts" / key
    folder.mkdir()
    for name in part.files:
        shutil.copyfile(store.root / "parts" / pattern.key / name, folder / name)
    (folder / "part.json").write_bytes(part_bytes(part))
    return part


def measure(work: Path) -> dict[str, float]:
    worker = Worker(Options(str(work / "logs"), str(work / "state"), hash_key=KEY.hex()))
    worker._score = lambda told: bool(told.failed)  # type: ignore[method-assign]  # looks, not scores
    result = {"manifest_mb": round((work / "state/manifest.json").stat().st_size / 2**20, 1)}
    result["first_looks_cpu_s"] = cpu(lambda: [worker.look() for _ in range(2)])
    result["idle_look_cpu_s"] = min(cpu(worker.look) for _ in range(3))
    looks = 200
    result["idle_looks_mean_cpu_s"] = cpu(lambda: [worker.look() for _ in range(looks)]) / looks
    event(work / "logs", int(time.time()))
    each = [cpu(worker.look) for _ in range(3)]
    names = ("new_file_seen_cpu_s", "new_file_taken_cpu_s", "after_new_file_cpu_s")
    return {**result, **dict(zip(names, each, strict=True))}


def cpu(work: Callable[[], Any]) -> float:
    before = time.process_time()
    work()
    return round(time.process_time() - before, 4)


if __name__ == "__main__":
    main()
