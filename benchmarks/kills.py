"""States, runs, results and models under ``kill -9``: ``python benchmarks/kills.py --kills 200``.

Half of the kills fall on a call that changes the disk, in the middle of it where it writes, the
others on a moment. Readers must find the old or the new, whole; the same work, done again, must
lead to the new, byte for byte where that can be. Prints a table; exit code 1 where anything is
lost, doubled or torn. Folders of cases: ``cases_crash.py``; whole services:
``tests/crash/serving.py``.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

from lab.durability.kills import kill
from lab.durability.stories import STORIES


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=16, help="in all, dealt to the kinds of work")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=STORIES, nargs="*", default=list(STORIES))
    options = parser.parse_args()
    faults = 0
    for place, name in enumerate(options.only):
        began = time.monotonic()
        each = len(range(place, options.kills, len(options.only)))
        with tempfile.TemporaryDirectory() as work:
            told = kill(name, Path(work), each, options.seed)
        print(
            f"{name:13} kills {told.kills:4} (at a call {told.at_a_call:3})  old {told.before:4}  "
            f"new {told.after:4}  faults {len(told.faults):3}  wall "
            f"{time.monotonic() - began:.0f} s",
            flush=True,
        )
        for sentence in told.faults[:10]:
            print(f"  {sentence}")
        faults += len(told.faults) + (told.kills < each)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
