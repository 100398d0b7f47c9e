"""Folders of cases under ``kill -9`` and failing disks: ``python benchmarks/cases_crash.py``.

200 kills while cases are decided and another process reads, 100 while runs are taken in, 50 while
a folder of the first schema is brought to the last; then each call that writes fails once, with a
full disk and with one that fails, for that call alone and for all after it (needs ``cc``). Prints
a table; exit code 1 where anything acknowledged is lost, a decision has no event, a reader saw a
torn state, or ``verify`` finds anything.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

from detector.cases.record.store import Store
from lab.cases.crash import Told, kills_while_deciding, kills_while_migrating, kills_while_taking
from lab.cases.failing import told_of
from tests.cases.planted import NOW
from tests.cases.runs import run, take


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deciding", type=int, default=200)
    parser.add_argument("--taking", type=int, default=100)
    parser.add_argument("--migrating", type=int, default=50)
    parser.add_argument("--every", type=int, default=1, help="fail each so many calls; 0: none")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work, seed = Path(folder), options.seed
        faults = sum([
            _row("deciding", lambda: kills_while_deciding(work / "d", options.deciding, seed=seed)),
            _row("taking runs", lambda: kills_while_taking(
                work / "t", options.taking, _take, seed=seed)),
            _row("migrating", lambda: kills_while_migrating(
                work / "m", options.migrating, seed=seed)),
        ])  # fmt: skip
        if options.every:
            faults += _disks(work, options.every)
    sys.exit(1 if faults else 0)


def _take(store: Store, number: int) -> None:
    """A run a day: rings that grow, and others that come and go."""
    names = [f"a{n:03d}" for n in range(60)]
    groups = [tuple(names[at : at + 3 + number % 4]) for at in range(0, 56, 7)]
    take(store, NOW + timedelta(days=number), run(number, *groups, others=20))


def _row(name: str, work: Callable[[], Told]) -> int:
    wall, cpu = time.monotonic(), time.process_time()
    told = work()
    print(
        f"{name:12} kills {told.kills:4}  acknowledged {told.acknowledged:6}  there "
        f"{told.decisions:6}  lost {told.lost}  without event {told.without_event}  reads "
        f"{told.reads:6}  torn {told.torn_reads}  findings {len(told.findings)}  wall "
        f"{time.monotonic() - wall:.0f} s  CPU {time.process_time() - cpu:.1f} s",
        flush=True,
    )
    for sentence in told.findings[:10]:
        print(f"  {sentence}")
    return told.faults


def _disks(work: Path, every: int) -> int:
    faults = 0
    for name, told in told_of(work, every=every).items():
        print(
            f"{name:36} calls {told['calls']:4}  refused {told['refused']:4}  done all the same "
            f"{told['done']:4}  longest {told['seconds']:.2f} s  faults {len(told['faults'])}"
        )
        faults += len(told["faults"])
        for sentence in told["faults"][:10]:
            print(f"  {sentence}")
    return faults


if __name__ == "__main__":
    main()
