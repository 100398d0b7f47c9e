"""What a prior is worth on a make of worlds that it was never taught.

    python benchmarks/makes.py --accounts 1500 --lessons 2 --worlds 2 --out makes.json

For each make (those of ``lessons/`` and ``enduse simulate``): taught on all the others and judged
on this one, beside a prior taught on all of them, the label-free forests and the shipped prior.
Lessons are of the ranges "train" (simulate: dev), worlds to judge on of the ranges "test", of other
seeds. Printed are average precision and the share of rings found at 50 cases, over its worlds.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

import polars as pl

from detector.evaluate import evaluate
from detector.modelfolder import UNTAUGHT
from detector.pipeline.prepare import Prepared, Stages, prepare
from detector.pipeline.run import Asked, assess, choose
from detector.pipeline.scoring import assemble
from detector.pipeline.teaching import taught_twice
from detector.pipeline.training import SHIPPED, shipped_priors, specs, train
from detector.simulate import simulate
from detector.sources import read_logs
from lessons import MAKES, maker
from models.account.prior import Prior, TaughtWorld, teach

OWN = "simulate"
LESSONS = ("standard", "volume_matched", "no_access", "poison")
FIRST_LESSON, FIRST_WORLD = 81_001, 91_001


@dataclass(frozen=True)
class World:
    """A prepared population and its truth."""

    prepared: Prepared
    truth: pl.DataFrame


def made(make: str, preset: str, accounts: int, days: int, seed: int, *, lesson: bool) -> World:
    """Write a world, and read it as far as its numbers."""
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "logs"
        if make == OWN:
            ranges = "dev" if lesson else "test"
            truth = simulate(preset, accounts, days, seed, out, ranges=ranges)
        else:
            ranges = "train" if lesson else "test"
            truth = maker(make)(preset, accounts, days, seed, out, ranges=ranges)
        return World(prepare(read_logs(out), None, Stages()), pl.read_parquet(truth))


def lessons_of(make: str, options: argparse.Namespace) -> Iterator[TaughtWorld]:
    """The lessons of one make, each with and without some tables."""
    for number in range(options.lessons):
        preset, seed = LESSONS[number % len(LESSONS)], FIRST_LESSON + number
        world = made(make, preset, options.accounts, options.days, seed, lesson=True)
        yield from taught_twice(world.prepared, world.truth, number)


def judged(world: World, priors: Mapping[str, Prior]) -> dict[str, dict[str, Any]]:
    """Figures of every prior on one world, each trained on the world's own logs."""
    trained = train(world.prepared, seed=0, threads=2, priors=priors)
    found = {}
    for name in (UNTAUGHT, *priors):
        asked = Asked(prior=name, threads=2)
        case = choose(trained, world.prepared, asked).case
        scores, _ = assemble(world.prepared, assess(case, world.prepared, asked))
        told = evaluate(scores, world.truth, 50)
        found[name] = {key: told[key] for key in ("average_precision", "ring_recall", "rings")}
    return found


def pooled(worlds: list[dict[str, dict[str, Any]]]) -> dict[str, dict[str, float]]:
    """Average precision, and rings found over rings planted, of each prior."""
    return {
        name: {
            "average_precision": round(fmean(w[name]["average_precision"] for w in worlds), 4),
            "ring_recall": round(
                sum(w[name]["ring_recall"] * w[name]["rings"] for w in worlds)
                / sum(w[name]["rings"] for w in worlds), 4,
            ),
        }
        for name in worlds[0]
    }  # fmt: skip


def main() -> None:
    """Teach, judge and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=2500)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--lessons", type=int, default=4, help="of each make")
    parser.add_argument("--worlds", type=int, default=3, help="to judge on, of each make")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    began, makes = time.perf_counter(), (*MAKES, OWN)
    lessons = {make: list(lessons_of(make, options)) for make in makes}
    told(began, "lessons are there")
    every = [world for make in makes for world in lessons[make]]
    shared = {"all": teach(every, specs()), SHIPPED: shipped_priors()[SHIPPED]}
    told(began, "taught on all makes")
    table = {}
    for make in makes:
        others = [world for other in makes if other != make for world in lessons[other]]
        priors = {"others": teach(others, specs()), **shared}
        worlds = []
        for number in range(options.worlds):
            seed = FIRST_WORLD + number
            world = made(make, "standard", options.accounts, options.days, seed, lesson=False)
            worlds.append(judged(world, priors))
        table[make] = pooled(worlds)
        told(began, f"{make}: {json.dumps(table[make])}")
    if options.out:
        options.out.write_text(json.dumps(table, indent=2) + "\n")


def told(began: float, what: str) -> None:
    """Say how far it is."""
    print(f"{time.perf_counter() - began:6.0f} s  {what}", flush=True)


if __name__ == "__main__":
    main()
