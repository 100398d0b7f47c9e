"""A lost manifest, made again of the parts: ``python benchmarks/rebuild.py [--accounts 10000]``.

A state of so many accounts is ingested; its manifest is deleted and rebuilt, once with what stands
beside it (it must be the same to the byte) and once of the parts alone (the same parts must count).
Ends with 1 where it is not so. CPU seconds; prints one JSON object. The goal is 1,000,000 accounts.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ["POLARS_MAX_THREADS"] = "1"

import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

from benchmarks.state import KEY, START, day, megabytes
from detector.pipeline.ingest import ingest
from detector.pipeline.rebuilding import rebuild
from detector.state import Store


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--days", type=int, default=10)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        told = measure(Path(folder), options.accounts, options.days)
    print(json.dumps({"accounts": options.accounts, **told}, indent=2))
    return 0 if told["same_bytes"] and told["same_parts"] else 1


def measure(work: Path, accounts: int, days: int) -> dict[str, object]:
    logs, state = work / "logs", work / "state"
    (logs / "usage").mkdir(parents=True)
    names = [f"a{n:07d}" for n in range(accounts)]
    born = [START] * accounts
    pl.DataFrame({"account_id": names, "created_at": born}).write_parquet(logs / "accounts.parquet")
    for number in range(days):
        day(names, number, accounts).write_parquet(logs / "usage" / f"{number:03d}.parquet")
    ingest(logs, state, hash_key=KEY)
    before, parts = (state / "manifest.json").read_bytes(), Store(state).manifest().parts
    told: dict[str, object] = {"state_mb": megabytes(state), "manifest_kb": len(before) // 1024}
    told["rebuild_cpu_s"] = lost_and_rebuilt(state, "manifest.json")
    told["same_bytes"] = (state / "manifest.json").read_bytes() == before
    told["of_parts_alone_cpu_s"] = lost_and_rebuilt(state, "manifest.json", "rest.json")
    told["same_parts"] = Store(state).manifest().parts == parts
    return told


def lost_and_rebuilt(state: Path, *names: str) -> float:
    for name in names:
        (state / name).unlink()
    began = time.process_time()
    rebuild(state)
    return round(time.process_time() - began, 3)


if __name__ == "__main__":
    sys.exit(main())
