"""A disk that is full, or fails, at each call in turn: ``python benchmarks/failing_disk.py``.

Each call that writes, syncs, makes or changes a name fails once, with ENOSPC and with EIO, while
states, runs, results and models are written (needs ``cc``). Each failure must be one sentence
that names the file, leave no half of anything, and the same work, done again, must leave what an
undisturbed run does. Prints a table; exit code 1 where one does not. Folders of cases:
``cases_crash.py``.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

from lab.durability.failing import told_of
from lab.durability.stories import STORIES


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=5, help="fail each so many calls; 1: all")
    parser.add_argument("--only", choices=STORIES, nargs="*", default=list(STORIES))
    options = parser.parse_args()
    faults = 0
    for name in options.only:
        with tempfile.TemporaryDirectory() as work:
            told = told_of(Path(work), every=options.every, only=(name,))
        for row, one in told.items():
            print(
                f"{row:26} failed {one['calls']:4}  refused {one['refused']:4}  done all the same "
                f"{one['done']:4}  faults {len(one['faults']):3}",
                flush=True,
            )
            for sentence in one["faults"][:10]:
                print(f"  {sentence}")
            faults += len(one["faults"])
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
