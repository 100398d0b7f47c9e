"""What the detector finds on a make of worlds that it was never taught.

    python benchmarks/makes.py --size 0.5 --out makes.json --priors /tmp/priors

For each make (those of ``lessons/`` and ``enduse simulate``): a prior taught on the lessons of
all the others, as ``tools/teach_prior.py`` teaches the shipped one on all, judged on worlds of
this make; beside it the shipped prior and the label-free forests. Worlds to judge on are of other
ranges of parameters than lessons, and of other seeds. Figures are average precision over accounts
and the share of planted rings found at 50 cases. ``--priors`` keeps the five priors for other
benchmarks.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from statistics import fmean
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

import polars as pl

from detector.evaluate import evaluate
from detector.modelfolder import UNTAUGHT
from detector.pipeline.binding import specs
from detector.pipeline.prepare import Stages, prepare
from detector.pipeline.run import Asked, assess, choose
from detector.pipeline.scoring import assemble
from detector.pipeline.training import SHIPPED, shipped_priors, train
from detector.sources import read_logs
from lab.lessons import EVERY, Plan, of_makes, taught
from models.account.prior import Prior, TaughtWorld, teach
from models.files.prior import load_prior, save_prior
from tools.teach_prior import curriculum

PRESETS = ("standard", "volume_matched", "no_access", "poison")
FIRST_WORLD = 91_001
UNSEEN = "unseen"
WANTED = ("average_precision", "ring_recall", "rings")

Figures = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Exam:
    """One world to judge on, and the folder of the prior that never saw its make."""

    plan: Plan
    prior: Path


def judged(exam: Exam) -> Figures:
    """Figures of every prior on one world, each trained on the world's own logs."""
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "logs"
        truth = pl.read_parquet(exam.plan.write(out, judged=True))
        prepared = prepare(read_logs(out), None, Stages())
    priors = {UNSEEN: load_prior(exam.prior), SHIPPED: shipped_priors()[SHIPPED]}
    trained = train(prepared, seed=0, threads=1, priors=priors)
    found = {}
    for name in (UNTAUGHT, *priors):
        asked = Asked(prior=name, threads=1)
        case = choose(trained, prepared, asked).case
        scores, _ = assemble(prepared, assess(case, prepared, asked))
        told = evaluate(scores, truth, 50)
        found[name] = {key: told[key] for key in WANTED}
    return found


def pooled(worlds: Sequence[Figures]) -> Figures:
    """Average precision, and rings found over rings planted, of each prior."""
    rings = sum(world[UNSEEN]["rings"] for world in worlds)
    return {
        name: {
            "average_precision": round(fmean(w[name]["average_precision"] for w in worlds), 4),
            "ring_recall": round(
                sum(w[name]["ring_recall"] * w[name]["rings"] for w in worlds) / rings, 4
            ),
            "rings": rings,
            "worlds": len(worlds),
        }
        for name in worlds[0]
    }


def unseen_priors(lessons: Sequence[tuple[Plan, TaughtWorld]], out: Path) -> None:
    """Write a prior for each make, taught on all the others."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        found = pool.map(partial(_taught_without, lessons), EVERY)
        for make, prior in zip(EVERY, found, strict=True):
            rest = [other for other in EVERY if other != make]
            save_prior(prior, out / make, {"name": UNSEEN, "makes": rest})
            print(f"taught without {make}", flush=True)


def _taught_without(lessons: Sequence[tuple[Plan, TaughtWorld]], make: str) -> Prior:
    return teach(of_makes(lessons, set(EVERY) - {make}), specs())


def exams(options: argparse.Namespace) -> list[Exam]:
    """Worlds to judge on: the first preset ``--worlds`` times a make, every other once."""
    seeds = {preset: range(options.worlds if preset == "standard" else 1) for preset in PRESETS}
    return [
        Exam(
            Plan(make, preset, options.accounts, options.days, options.seed + at),
            options.priors / make,
        )
        for preset in options.presets.split(",")
        for make in options.makes.split(",")
        for at in seeds[preset]
    ]


def main() -> None:
    """Teach, judge and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=float, default=1.0, help="of lessons: see teach_prior")
    parser.add_argument("--kept", type=Path, default=Path("/tmp/enduse-lessons"))
    parser.add_argument("--priors", type=Path, default=Path("/tmp/enduse-priors"))
    parser.add_argument("--taught", action="store_true", help="take what --priors holds already")
    parser.add_argument("--makes", default=",".join(EVERY))
    parser.add_argument("--accounts", type=int, default=3000)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--presets", default=",".join(PRESETS))
    parser.add_argument("--worlds", type=int, default=3, help="standard worlds of each make")
    parser.add_argument("--seed", type=int, default=FIRST_WORLD)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    began = time.perf_counter()
    if not options.taught:
        lessons = taught(curriculum(options.size), options.kept, told=partial(_say, began))
        unseen_priors(lessons, options.priors)
    _say(began, "taught")
    asked = exams(options)
    table: dict[str, dict[str, list[Figures]]] = {}
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        for exam, found in zip(asked, pool.map(judged, asked), strict=True):
            _say(began, f"{exam.plan.name}: {json.dumps(found)}")
            table.setdefault(exam.plan.preset, {}).setdefault(exam.plan.make, []).append(found)
    told = {
        preset: {make: pooled(worlds) for make, worlds in makes.items()}
        for preset, makes in table.items()
    }
    show(told)
    if options.out:
        options.out.write_text(json.dumps(told, indent=2) + "\n")


def show(told: Mapping[str, Mapping[str, Figures]]) -> None:
    """Print AP · rings of every prior, a row for each make and their mean."""
    for preset, makes in told.items():
        names = list(next(iter(makes.values())))
        print(
            f"\n{preset}\n\n| judged on | " + " | ".join(names) + " |\n|---" + "|---" * len(names)
        )
        for make, found in makes.items():
            print(f"| {make} | " + " | ".join(_cell([found[name]]) for name in names) + " |")
        means = (_cell([found[name] for found in makes.values()]) for name in names)
        print("| mean over makes | " + " | ".join(means) + " |")


def _cell(found: Sequence[Mapping[str, float]]) -> str:
    keys = ("average_precision", "ring_recall")
    return " · ".join(f"{fmean(one[key] for one in found):.2f}" for key in keys)


def _say(began: float, what: str) -> None:
    print(f"{time.perf_counter() - began:6.0f} s  {what}", flush=True)


if __name__ == "__main__":
    main()
