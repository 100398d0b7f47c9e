"""What reviewers find in some weeks, with learning from their decisions and without.

    python benchmarks/review_loop.py --work /tmp/loop --seeds 8601,8602
    python benchmarks/review_loop.py --presets standard,mimic --accounts 20000 --weeks 6
    python benchmarks/review_loop.py --folders WORLD,WORLD    # log folders with their truth

Worlds of `enduse simulate` are looked at as they are on their last day; a team decides so many
cases a week, is right so often, and the model learns or does not. Counted are planted cases met
and planted rings confirmed. Prints the table of docs/notes to standard output, and every line
of it as it is known.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("POLARS_MAX_THREADS", "2")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

import numpy as np

from detector.pipeline.training import SHIPPED, shipped_priors, train
from detector.simulate import simulate
from lab.review import Team, Week, weeks
from lab.trial import Trial, open_trial

NAMES = {False: "no learning", True: "learning"}


def worlds(options: argparse.Namespace) -> Iterator[Trial]:
    """Open every world, one after the other."""
    if options.folders:
        for at, word in enumerate(options.folders.split(",")):
            yield open_trial(Path(word), Path(word).name, at)
        return
    for preset in options.presets.split(","):
        for seed in options.seeds.split(","):
            yield simulated(options, preset, int(seed))


def simulated(options: argparse.Namespace, preset: str, seed: int) -> Trial:
    """Open a simulated world; it is made where it is not there."""
    name = f"{preset}-{options.ranges}-{seed}-{options.accounts}x{options.days}"
    folder = options.work / f"{name}-{options.prevalence:g}"
    if not folder.exists():
        simulate(
            preset, options.accounts, options.days, seed, folder, ranges=options.ranges,
            settings={"prevalence": options.prevalence},
        )  # fmt: skip
    return open_trial(folder, preset, seed)


def line(name: str, accuracy: float, table: np.ndarray) -> str:
    right, rings = table.sum(axis=0).T
    cells = [f"{a} · {b}" for a, b in zip(rings, right, strict=True)]
    return f"| {name}, {accuracy:.0%} right | " + " | ".join(cells) + " |"


def counted(found: list[Week]) -> list[tuple[int, int]]:
    return [(week.right, week.rings) for week in found]


def compare(options: argparse.Namespace) -> None:
    """Print planted rings confirmed and right cases by number of reviewed cases."""
    accuracies = [float(word) for word in options.accuracy.split(",")]
    tables: dict[tuple[bool, float], list[list[tuple[int, int]]]] = {}
    checks: dict[float, list[Week]] = {accuracy: [] for accuracy in accuracies}
    planted = count = 0
    for trial in worlds(options):
        trained = train(trial.prepared, seed=0, threads=1, priors=shipped_priors())
        planted, count = planted + len({name for name in trial.planted if name}), count + 1
        for accuracy in accuracies:
            for learn in NAMES:
                team = Team(options.capacity, accuracy, trial.seed)
                base = trained.cases[SHIPPED]
                found = list(weeks(trial, base, team, options.weeks, learn=learn))
                tables.setdefault((learn, accuracy), []).append(counted(found))
                checks[accuracy] += found if learn else []
                print(trial.preset, trial.seed, NAMES[learn], accuracy, counted(found), flush=True)
    reviewed = [options.capacity * week for week in range(1, options.weeks + 1)]
    print(f"\n{count} worlds, {planted} planted rings: rings · right cases\n")
    print("| way | " + " | ".join(map(str, reviewed)) + " |\n" + "|---" * (1 + len(reviewed)) + "|")
    for (learn, accuracy), table in sorted(tables.items()):
        print(line(NAMES[learn], accuracy, np.array(table)))
    for accuracy, found in checks.items():
        told = [week for week in found if week.after == week.after]  # not NaN
        risen = sum(week.after > week.before for week in told)
        print(f"\nheld-out AUROC, {accuracy:.0%} right: rises in {risen} of {len(told)} weeks; "
              f"refused in {sum(not week.learnt for week in found)} of {len(found)}")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path("/tmp/review-loop"))  # worlds are kept
    parser.add_argument("--folders", help="log folders in the stead of simulated worlds")
    parser.add_argument("--presets", default="standard,volume_matched")
    parser.add_argument("--ranges", default="test")
    parser.add_argument("--seeds", default="1")
    parser.add_argument("--accounts", type=int, default=4000)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--prevalence", type=float, default=1 / 150)
    parser.add_argument("--weeks", type=int, default=6)
    parser.add_argument("--capacity", type=int, default=50)
    parser.add_argument("--accuracy", default="1.0,0.9")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    compare(options)


if __name__ == "__main__":
    main()
