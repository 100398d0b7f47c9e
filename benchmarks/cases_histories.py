"""Random histories of cases: how many actions were done, refused, and what broke.

Run as ``python benchmarks/cases_histories.py [HISTORIES]``; 20,000 take about ten CPU minutes.
Each history is 30 actions by nine people in eight roles on three cases; after every action the
states are compared with the table of edges, after every history the folder is verified and what
leaves as labels is looked at. Any breach ends the run with the history that made it.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

from detector.cases.deciding.states import OUTCOMES, STEPS
from tests.cases.planted import PEOPLE
from tests.cases.test_histories import CASES, Step, play

ACTIONS = ("claim", "judge", "judge", "judge", "release", "ask", "answer", "reopen", "undo",
           "amend", "snooze", "send_back", "sweep")  # fmt: skip
LENGTH = 30


def history(seed: int) -> list[Step]:
    """One history; the same seed gives the same."""
    draw = random.Random(seed)
    steps = [step for step in STEPS if step != "ask"]
    return [
        (draw.choice(ACTIONS), draw.choice(sorted(PEOPLE)), draw.choice(CASES),
         draw.choice(OUTCOMES), draw.choice(steps), draw.randrange(40))
        for _ in range(LENGTH)
    ]  # fmt: skip


def main(histories: int) -> None:
    """Play them all and print what came of it."""
    started, done = time.process_time(), 0
    for seed in range(histories):
        with tempfile.TemporaryDirectory() as folder:
            done += play(Path(folder) / "cases", history(seed))
    seconds = time.process_time() - started
    print("| histories | actions | done | refused | breaches | CPU s |")
    print("|---|---|---|---|---|---|")
    tried = histories * LENGTH
    print(f"| {histories} | {tried} | {done} | {tried - done} | 0 | {seconds:.0f} |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
