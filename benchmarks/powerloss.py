"""The power is cut at every call that changes the disk: ``python benchmarks/powerloss.py``.

What was not synced is lost. States, runs, results and models must then be the old or the new
ones, and the same work, done again, must lead to the new ones. Prints a table; exit code 1 where
anything is neither, or what was acknowledged is gone.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

from lab.durability.powerloss import cut_everywhere
from lab.durability.stories import STORIES


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="judge each so many cuts")
    parser.add_argument("--only", choices=STORIES, nargs="*", default=list(STORIES))
    options = parser.parse_args()
    faults = 0
    for name in options.only:
        began = time.process_time()
        with tempfile.TemporaryDirectory() as work:
            told = cut_everywhere(STORIES[name], Path(work), every=options.every)
        print(
            f"{name:13} calls {told.calls:4}  cuts {told.images:4}  old {told.before:4}  new "
            f"{told.after:4}  faults {len(told.faults):3}  CPU "
            f"{time.process_time() - began:.1f} s",
            flush=True,
        )
        for sentence in told.faults[:10]:
            print(f"  {sentence}")
        faults += len(told.faults)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
