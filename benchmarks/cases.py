"""Seven daily runs of the sample, and a long row of made ones, taken into cases.

    python benchmarks/cases.py [FOLDER]         # FOLDER keeps the scored days for the next time
    python benchmarks/cases.py --made 400       # a made run of 400 candidates, changed and taken

Scoring the sample for seven as-of days costs about 30 CPU seconds. Printed are, for each day, its
candidates, what became of them, whether a ring's id went to another case than the day before, and
what the folder grew by; then how many cases there are in all.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

from detector.cases.record.store import Store
from detector.cases.record.verify import verify
from detector.cases.runs.intake import sync_folder, take_run
from detector.cases.runs.known import candidates_of
from detector.results import Results
from detector.results.reviewed import read_reviewed

SAMPLE = Path(__file__).resolve().parents[1] / "sample_logs"
FIRST = datetime(2026, 4, 9, tzinfo=UTC)
DAYS = 7
MOST = 12


def scored(folder: Path) -> list[Path]:
    """The folders of the days, scored where they are not there; each is told the one before."""
    from detector import read_logs, score_logs

    found: list[Path] = []
    for day in range(DAYS):
        out = folder / f"day-{day}"
        if not (out / "run.json").is_file():
            before = Results.read(found[-1]) if found else None
            results = score_logs(
                read_logs(SAMPLE), as_of=FIRST + timedelta(days=day), previous=before
            )
            results.write(out)
        found.append(out)
    return found


def ring_owners(store: Store) -> dict[str, str]:
    """The case of each ring's id."""
    with store.reading() as connection:
        rows = connection.execute("SELECT ring_id, case_id FROM cases WHERE in_queue = 1")
        return {row["ring_id"]: row["case_id"] for row in rows if row["ring_id"]}


def stored(store: Store) -> tuple[int, int, int]:
    """Events, bytes of their payloads, bytes of snapshots."""
    with store.reading() as connection:
        events, payloads = connection.execute(
            "SELECT count(*), total(length(payload)) FROM events"
        ).fetchone()
        [bodies] = connection.execute("SELECT total(length(body)) FROM snapshots").fetchone()
    return events, int(payloads), int(bodies)


def days(folder: Path) -> None:
    """Take the days of the sample and print a line for each."""
    outs = scored(folder)
    with tempfile.TemporaryDirectory() as home, Store.create(Path(home) / "cases") as store:
        print("day         candidates  CPU s  events  payload kB  snapshots kB  moved ids  what")
        owners: dict[str, str] = {}
        for day, out in enumerate(outs):
            before, started = stored(store), time.process_time()
            taken = sync_folder(store, out, FIRST + timedelta(days=day, hours=9))
            spent, after = time.process_time() - started, stored(store)
            now = ring_owners(store)
            moved = [ring for ring, case in now.items() if owners.get(ring, case) != case]
            owners |= now
            grown = [b - a for a, b in zip(before, after, strict=True)]
            candidates = len(candidates_of(read_reviewed(out))[0])
            print(
                f"{(FIRST + timedelta(days=day)).date()}  {candidates:10}"
                f"  {spent:5.2f}  {grown[0]:6}  {grown[1] / 1e3:10.1f}  {grown[2] / 1e3:12.1f}"
                f"  {len(moved):9}  {dict(taken.counts)}"
            )  # fmt: skip
        with store.reading() as connection:
            rows = connection.execute(
                "SELECT kind, queue, count(*), sum(in_queue) FROM cases WHERE state <> 'merged' "
                "GROUP BY 1, 2 ORDER BY 1, 2"
            ).fetchall()
        for row in rows:
            print(f"{row[0]:8} {row[1]:8} {row[2]:4} cases, {row[3]} in it now")
        lane_b = sum(row[2] for row in rows if row[1] in ("proxy", "victim", "other"))
        print(f"{lane_b} cases of lane B; goal: at most {MOST}")
        print("verify:", verify(store).findings or "nothing found")


def made(candidates: int) -> None:
    """A run of so many candidates, each day another account in every second ring."""
    from tests.cases.runs import hash_of, run

    def groups(day: int) -> Iterator[list[str]]:
        for place in range(candidates):
            size = 1 + place % 4 + (day if place % 2 else 0)
            yield [f"{place:05d}-{one:02d}" for one in range(size)]

    with tempfile.TemporaryDirectory() as home, Store.create(Path(home) / "cases") as store:
        with store.writing(FIRST) as tx:
            from detector.cases.record.store import SYSTEM

            row = {"name": "promote", "value": "10000"}
            tx.record("settings.changed", SYSTEM, "system", put=[("settings", row)])
        for day in range(3):
            results = run(day, *groups(day))
            cpu, wall = time.process_time(), time.perf_counter()
            with store.writing(FIRST + timedelta(days=day)) as tx:
                taken = take_run(tx, results, hash_of(results))
            spent, passed = time.process_time() - cpu, time.perf_counter() - wall
            print(f"day {day}: {spent:.2f} CPU s, {passed:.2f} s, {taken.counts}, {stored(store)}")


def main() -> None:
    """Read the command line and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--made", type=int)
    given = parser.parse_args()
    if given.made is not None:
        made(given.made)
    elif given.folder is not None:
        given.folder.mkdir(parents=True, exist_ok=True)
        days(given.folder)
    else:
        with tempfile.TemporaryDirectory() as folder:
            days(Path(folder))


if __name__ == "__main__":
    main()
