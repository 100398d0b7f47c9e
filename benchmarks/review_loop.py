"""What reviewers find in some weeks, with learning from their decisions and without, by make.

    python benchmarks/review_loop.py --makes harbour,mill --seeds 8601,8602 --work /tmp/loop
    python benchmarks/review_loop.py --makes harbour,mill --priors DIR --cap --exposure
    python benchmarks/review_loop.py --folders WORLD,WORLD       # log folders with their truth

Worlds are made where ``--work`` does not hold them yet. They are judged with the prior that
ships, with that of ``--prior FOLDER``, or each make with its own of ``--priors DIR``
(``DIR/MAKE``), so that leave-one-make-out is a folder of priors. Worlds are looked at on their
last day, so that learning alone changes the list; with ``--exposure`` also week after week,
for a team that is always right. Printed are tables by make and of all makes together.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import accumulate
from multiprocessing import get_context
from pathlib import Path

os.environ.setdefault("POLARS_MAX_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

from detector.evaluate.answers import Answers
from detector.evaluate.cap import cap, pooled
from detector.evaluate.exposure import Used, exposure, summed
from detector.evaluate.opening import Opening
from detector.evaluate.team import Team
from detector.evaluate.weekly import DECIDED_WEEKS
from detector.evaluate.weeks import Way, moving, still
from detector.pipeline.training import SHIPPED, load_prior, shipped_priors
from detector.simulate import simulate
from lessons import MAKES, maker

OWN = "simulate"
NAMES = {False: "no learning", True: "learning"}


@dataclass(frozen=True)
class Job:
    """A world, and the folder of the prior that judges it (None: the one that ships)."""

    make: str
    folder: Path
    prior: Path | None


@dataclass(frozen=True)
class Found:
    """What teams found in one world: on its last day, and week after week."""

    make: str
    planted: int
    still: list[Way]
    moving: list[Way]


def jobs(options: argparse.Namespace) -> Iterator[Job]:
    """Every world that is asked for; those that are missing are made."""
    if options.folders:
        for word in options.folders.split(","):
            folder = Path(word)
            make = folder.name.split("-")[0]
            yield Job(make, folder, prior_of(options, make))
        return
    for make in options.makes.split(","):
        for preset in options.presets.split(","):
            for seed in options.seeds.split(","):
                yield Job(make, made(options, make, preset, int(seed)), prior_of(options, make))


def prior_of(options: argparse.Namespace, make: str) -> Path | None:
    """The folder of the prior that judges a make."""
    return options.priors / make if options.priors else options.prior


def made(options: argparse.Namespace, make: str, preset: str, seed: int) -> Path:
    """The folder of a world, which is made where it is not there."""
    size = f"{options.accounts}x{options.days}"
    folder: Path = options.work / f"{make}-{preset}-{options.ranges}-{seed}-{size}"
    if not folder.exists():
        write = simulate if make == OWN else maker(make)
        write(preset, options.accounts, options.days, seed, folder, ranges=options.ranges)
    return folder


def reviewed(job: Job, options: argparse.Namespace) -> Found:
    """Let every team review one world."""
    answers = Answers.of(job.folder.with_name(f"{job.folder.name}.truth.parquet"))
    prior = load_prior(job.prior) if job.prior else shipped_priors()[SHIPPED]
    opening, capacity = Opening(prior), options.capacity
    teams = [Team(float(word)) for word in options.accuracy.split(",")]
    ways = [Way.begin(team, learn=learn) for team in teams for learn in NAMES]
    look = opening.last(job.folder)
    same = still(look, ways, answers, capacity=capacity, weeks=options.weeks)
    moved: list[Way] = []
    if options.exposure:
        ways = [Way.begin(Team(), learn=learn) for learn in NAMES]
        weekly = opening.weekly(job.folder, options.weeks)
        moved = moving(weekly, ways, answers, capacity=capacity)
    return Found(job.make, len(set(answers.rings.values())), same, moved)


def compare(options: argparse.Namespace) -> None:
    """Review all worlds, and print tables by make and of all."""
    todo, found = list(jobs(options)), list[Found]()
    with ProcessPoolExecutor(options.jobs, get_context("spawn")) as pool:
        for job, one in zip(todo, pool.map(reviewed, todo, [options] * len(todo)), strict=True):
            print(f"{job.folder.name}: {', '.join(map(ending, one.still))}", flush=True)
            found.append(one)
    makes = sorted({one.make for one in found})
    for make in makes:
        tell(make, [one for one in found if one.make == make], options)
    tell("all makes", found, options)


def ending(way: Way) -> str:
    """Rings · right cases of a way at its end."""
    return f"{len(way.rings)} · {sum(week.right for week in way.weeks)}"


def tell(name: str, found: Sequence[Found], options: argparse.Namespace) -> None:
    """Print the tables of some worlds."""
    counts = [options.capacity * week for week in range(1, options.weeks + 1)]
    print(f"\n## {name}: {len(found)} worlds, {sum(one.planted for one in found)} planted rings\n")
    print(f"| rings · right cases | {' | '.join(map(str, counts))} |")
    print("|---" * (len(counts) + 1) + "|")
    ways = list(zip(*(one.still for one in found), strict=True))
    ends = []
    for same in ways:
        rings, right = (summed_weeks(same, kind) for kind in ("rings", "right"))
        ends.append((rings[-1], right[-1]))
        cells = " | ".join(f"{a} · {b}" for a, b in zip(rings, right, strict=True))
        print(f"| {NAMES[same[0].learn]}, {same[0].team.accuracy:.0%} right | {cells} |")
    print()
    for without, learnt, same in zip(ends[::2], ends[1::2], ways[1::2], strict=True):
        ratios = " · ".join(
            f"{b / a:.2f}" if a else "–" for a, b in zip(without, learnt, strict=True)
        )
        print(f"{same[0].team.accuracy:.0%} right, learnt ÷ not learnt: {ratios}; {checks(same)}")
    if options.exposure:
        tell_exposure(found)
    if options.cap:
        tell_cap(found)


def summed_weeks(ways: Sequence[Way], kind: str) -> list[int]:
    """Rings or right cases of the same team in some worlds, summed up to each week."""
    weeks = zip(*(way.weeks for way in ways), strict=True)
    if kind == "rings":
        return list(accumulate(sum(len(week.rings) for week in same) for same in weeks))
    return list(accumulate(sum(week.right for week in same) for same in weeks))


def checks(ways: Sequence[Way]) -> str:
    """What the held-out check said of the weeks of some worlds."""
    weeks = [week for way in ways for week in way.weeks]
    told = [week for week in weeks if week.after == week.after]  # not NaN
    risen = sum(week.after > week.before for week in told)
    refused = sum(week.refused for week in weeks)
    return f"held-out AUROC rises in {risen} of {len(told)} weeks, refused in {refused}"


def tell_exposure(found: Sequence[Found]) -> None:
    """Print what rings used until they were confirmed, week after week."""
    print("\n| exposure | confirmed | rings | mean days | TPP-hours | tokens |")
    print("|---|---|---|---|---|---|")
    for at, name in enumerate(NAMES.values()):
        ways = [one.moving[at] for one in found]
        until = [ring for way in ways for ring in used_until_found(way)]
        told_exposure(name, sum(len(way.rings) for way in ways), until)
    last = [ring for one in found for ring in one.moving[0].weeks[-1].used.values()]
    told_exposure("nobody looks", 0, last)


def used_until_found(way: Way) -> list[Used]:
    """What each ring used until it was confirmed, or by the end."""
    return exposure([week.rings for week in way.weeks], [week.used for week in way.weeks])


def told_exposure(name: str, confirmed: int, rings: Sequence[Used]) -> None:
    """Print one line of the table of exposure."""
    told = summed(rings)
    figures = f"{told['mean_days']:.1f} | {told['tpp_hours']:.3g} | {told['tokens']:.3g}"
    print(f"| {name} | {confirmed} | {told['rings']} | {figures} |")


def tell_cap(found: Sequence[Found]) -> None:
    """Print the innocent kinds that exceed their share most, before and after decisions."""
    print(
        "\n| worst innocent kind in 1 % | times | by chance | flagged | cases | accounts | kind |"
    )
    print("|---|---|---|---|---|---|---|")
    learning = [(at, way) for at, way in enumerate(found[0].still) if way.learn]
    whens = [("no decision", 0, learning[0][0])]
    whens += [
        (f"two weeks, {way.team.accuracy:.0%} right", DECIDED_WEEKS, at) for at, way in learning
    ]
    for make in sorted({one.make for one in found}):
        for name, week, at in whens:
            if week < len(found[0].still[at].weeks):
                budgets = [one.still[at].weeks[week].budget for one in found if one.make == make]
                print(worst(f"{make}, {name}", cap(pooled(budgets))))


def worst(name: str, told: dict) -> str:
    """One line of the table of innocent kinds."""
    row = told["worst"]
    if row is None:
        return f"| {name} | – | – | – | – | – | too few accounts of any kind |"
    return (
        f"| {name} | {row['times']:.1f} | {told['by_chance']:.1f} | {row['flagged']} of "
        f"{told['budget']} | {row['cases']} | {row['accounts']} | {row['kind']} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path("/tmp/review-loop"))  # worlds are kept
    parser.add_argument("--folders", help="log folders named MAKE-…, with their truth beside them")
    parser.add_argument("--makes", default=OWN, help=f"of {', '.join((*MAKES, OWN))}")
    parser.add_argument("--prior", type=Path, help="folder of the prior that judges")
    parser.add_argument("--priors", type=Path, help="folder that holds a prior for each make")
    parser.add_argument("--presets", default="standard")
    parser.add_argument("--ranges", default="test")
    parser.add_argument("--seeds", default="1")
    parser.add_argument("--accounts", type=int, default=2000)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--weeks", type=int, default=6)
    parser.add_argument("--capacity", type=int, default=50)
    parser.add_argument("--accuracy", default="1.0,0.9")
    parser.add_argument("--exposure", action="store_true", help="look week after week too")
    parser.add_argument("--cap", action="store_true", help="tell of innocent kinds")
    parser.add_argument("--jobs", type=int, default=2, help="worlds at a time")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    compare(options)


if __name__ == "__main__":
    main()
