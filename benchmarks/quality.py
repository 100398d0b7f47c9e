"""What the detector finds in simulated worlds, beside every baseline.

    python benchmarks/quality.py --profile ci      # at most 3 minutes
    python benchmarks/quality.py --profile full    # at most 60 minutes on two cores

Writes docs/quality.md, its plots in docs/img, and the figures as JSON. Worlds are made in
--work and used again if they are there. All of it is synthetic.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

os.environ.setdefault("POLARS_MAX_THREADS", "2")
ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

import numpy as np  # noqa: E402
from quality_report import write_report  # noqa: E402

from detector.evaluate import Judgement, summarise  # noqa: E402
from detector.evaluate.methods import (  # noqa: E402
    CEILING,
    DETECTOR,
    Lessons,
    left_out,
    run_baselines,
    run_ceiling,
    single_features,
)
from detector.evaluate.replay import Week, exposure, exposure_summary, overlap  # noqa: E402
from detector.evaluate.trial import Trial, first_use, open_trial, run_detector  # noqa: E402
from detector.simulate import PRESETS, simulate  # noqa: E402

FAMILIES = [f"F{number:02}" for number in range(1, 16)]
Results = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """How much is run."""

    accounts: int
    days: int
    seeds: tuple[int, ...]
    more_seeds: tuple[int, ...]
    presets: tuple[str, ...]
    main_presets: tuple[str, ...] = ("standard", "volume_matched")
    ranges: str = "test"
    capacity: int = 50
    lesson_seeds: tuple[int, ...] = (101, 102)
    lesson_prevalence: float = 0.08
    ablation: bool = True
    leave_out: bool = True
    weeks: int = 6
    threads: int = 2


PROFILES = {
    "ci": Plan(
        accounts=2_000, days=45, seeds=(1,), more_seeds=(1,), lesson_seeds=(101,), weeks=2,
        presets=("standard", "volume_matched", "clean"), leave_out=False, ranges="dev",
    ),
    "full": Plan(
        accounts=20_000, days=60, seeds=(1, 2, 3, 4, 5), more_seeds=(1, 2), presets=PRESETS
    ),
}  # fmt: skip


def main() -> None:
    options = parse()
    plan = adjusted(options)
    worlds = Worlds(options.work, plan)
    start = time.perf_counter()
    results = run(plan, worlds)
    results["seconds"] = round(time.perf_counter() - start, 1)
    results["command"] = " ".join(["python", "benchmarks/quality.py", *sys.argv[1:]])
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(results, indent=1, allow_nan=False, default=str) + "\n")
    write_report(results, options.out)
    say(f"{results['seconds']} s; wrote {options.out} and {options.json}")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--profile", choices=PROFILES, default="ci")
    parser.add_argument("--accounts", type=int)
    parser.add_argument("--days", type=int)
    parser.add_argument("--seeds", type=numbers, metavar="1,2,3")
    parser.add_argument("--more-seeds", type=numbers, metavar="1,2", help="of the other presets")
    parser.add_argument("--presets", type=lambda text: tuple(text.split(",")))
    parser.add_argument("--ranges", choices=("dev", "valid", "test"))
    parser.add_argument("--capacity", type=int)
    parser.add_argument("--weeks", type=int)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--no-ablation", dest="ablation", action="store_const", const=False)
    parser.add_argument("--no-leave-out", dest="leave_out", action="store_const", const=False)
    parser.add_argument("--work", type=Path, default=Path("/tmp/enduse-quality"))
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "quality.md")
    parser.add_argument("--json", type=Path, default=Path("/tmp/enduse-quality/quality.json"))
    return parser.parse_args()


def numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


def adjusted(options: argparse.Namespace) -> Plan:
    plan = PROFILES[options.profile]
    given = {
        name: getattr(options, name)
        for name in (
            "accounts", "days", "seeds", "more_seeds", "presets", "ranges", "capacity", "weeks",
            "threads", "ablation", "leave_out",
        )
        if getattr(options, name) is not None
    }  # fmt: skip
    return replace(plan, **given)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@contextmanager
def timed(what: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    say(f"{time.perf_counter() - start:7.1f} s  {what}")


class Worlds:
    """Simulated worlds on disk, made when first asked for."""

    def __init__(self, work: Path, plan: Plan) -> None:
        self.work, self.plan = work, plan

    def folder(self, preset: str, seed: int, *, ranges: str, prevalence: float | None) -> Path:
        plan = self.plan
        taught = "" if prevalence is None else f"-p{prevalence}"
        name = f"{preset}-{ranges}-{plan.accounts}x{plan.days}-s{seed}{taught}"
        path = self.work / name
        if not (self.work / f"{name}.done").exists():
            settings = None if prevalence is None else {"prevalence": prevalence}
            with timed(f"simulate {name}"):
                simulate(
                    preset, plan.accounts, plan.days, seed, path, ranges=ranges, settings=settings
                )
            (self.work / f"{name}.done").touch()
        return path

    def open(self, preset: str, seed: int, *, back: timedelta | None = None) -> Trial:
        path = self.folder(preset, seed, ranges=self.plan.ranges, prevalence=None)
        with timed(f"read {path.name}{f' {back} earlier' if back else ''}"):
            trial = open_trial(path, preset, seed)
            if back is None:
                return trial
            return open_trial(path, preset, seed, as_of=trial.as_of - back)

    def lessons(self) -> Lessons:
        """Worlds of other seeds of the same ranges, with many rings: what a ceiling needs."""
        trials = []
        for seed in self.plan.lesson_seeds:
            path = self.folder(
                "standard", seed, ranges=self.plan.ranges, prevalence=self.plan.lesson_prevalence
            )
            with timed(f"read {path.name}"):
                trials.append(open_trial(path, "standard", seed))
        return Lessons.of(trials)


def run(plan: Plan, worlds: Worlds) -> Results:
    results: Results = {
        "plan": vars(plan) | {"presets": list(plan.presets)},
        "presets": {},
        "single_features": {},
    }
    lessons = worlds.lessons()
    for preset in plan.presets:
        seeds = plan.seeds if preset in plan.main_presets else plan.more_seeds
        trials = [worlds.open(preset, seed) for seed in seeds]
        with timed(f"all methods on {preset}"):
            results["presets"][preset] = compare(plan, trials, lessons)
            if preset in plan.main_presets:
                results["single_features"][preset] = best_features(trials)
        if preset == "standard":
            results |= deepen(plan, worlds, trials, lessons)
    return results


def compare(plan: Plan, trials: list[Trial], lessons: Lessons) -> Results:
    judged: dict[str, list[Judgement]] = {DETECTOR: []}
    for trial in trials:
        scores = run_detector(trial, threads=plan.threads)
        judged[DETECTOR].append(trial.judge(scores, plan.capacity))
        for name, judgement in run_baselines(trial, plan.capacity).items():
            judged.setdefault(name, []).append(judgement)
    judged |= run_ceiling(lessons, trials, plan.capacity)
    return {name: summarise(worlds) for name, worlds in judged.items()}


def best_features(trials: list[Trial]) -> dict[str, float]:
    if not any(trial.proxy.any() for trial in trials):
        return {}
    areas = {k: v for k, v in single_features(trials).items() if not np.isnan(v)}
    return dict(sorted(areas.items(), key=lambda item: -item[1])[:12])


def deepen(plan: Plan, worlds: Worlds, trials: list[Trial], lessons: Lessons) -> Results:
    """On standard: seeds of the forest, families left out, typologies left out, time."""
    results: Results = {}
    with timed("three forest seeds"):
        results["forest_seeds"] = forest_seeds(plan, trials)
    if plan.ablation:
        with timed("families left out"):
            results["ablation"] = ablation(plan, trials)
    if plan.leave_out:
        with timed("typologies left out of the teaching"):
            results["leave_out"] = leave_typologies_out(plan, trials, lessons)
    with timed("weekly replay"):
        results["replay"] = replay(plan, worlds)
    with timed("day to day"):
        results["stability"] = stability(plan, worlds)
    return results


def forest_seeds(plan: Plan, trials: list[Trial]) -> Results:
    figures, tops = {}, []
    for seed in (0, 1, 2):
        scores = [run_detector(trial, seed=seed, threads=plan.threads) for trial in trials]
        judged = [t.judge(s, plan.capacity) for t, s in zip(trials, scores, strict=True)]
        figures[str(seed)] = headline(summarise(judged))
        tops.append(scores)
    pairs = [(0, 1), (0, 2), (1, 2)]
    same = {
        f"overlap_{k}": float(
            np.mean(
                [overlap(a, b, k) for i, j in pairs for a, b in zip(tops[i], tops[j], strict=True)]
            )
        )
        for k in (50, 300)
    }
    return {"seeds": figures, **same}


def headline(result: Results) -> Results:
    names = ("average_precision", "auroc", "precision_at_capacity", "ring_recall", "reason_hit")
    return {name: result[name] for name in names}


def ablation(plan: Plan, trials: list[Trial]) -> Results:
    def without(*families: str) -> Results:
        judged = [
            t.judge(run_detector(t, without=families, threads=plan.threads), plan.capacity)
            for t in trials[:2]
        ]
        return headline(summarise(judged))

    present = sorted({feature for feature in FAMILIES if has_family(feature)})
    return {"nothing": without(), **{family: without(family) for family in present}}


def has_family(family: str) -> bool:
    from features.build import REGISTRY

    return any(feature.family == family for feature in REGISTRY)


def leave_typologies_out(plan: Plan, trials: list[Trial], lessons: Lessons) -> Results:
    """Ring recall of a typology, with the ceiling taught with it and without it."""
    taught = summarise(run_ceiling(lessons, trials, plan.capacity)[CEILING])
    table = {}
    for typology, share in taught["ring_recall_by_typology"].items():
        judged = summarise(left_out(lessons, trials, plan.capacity, typology))
        table[typology] = {
            "taught": share,
            "left_out": judged["ring_recall_by_typology"][typology],
            "rings": taught["rings_by_typology"][typology],
        }
    return table


def replay(plan: Plan, worlds: Worlds) -> Results:
    """Score week by week, as if the weeks had not come yet."""
    result: Results = {}
    for preset in [p for p in ("standard", "public_cases") if p in plan.presets]:
        tables = [replay_world(plan, worlds, preset, seed) for seed in plan.more_seeds[:1]]
        result[preset] = tables[0]
    return result


def replay_world(plan: Plan, worlds: Worlds, preset: str, seed: int) -> Results:
    weeks = []
    for number in reversed(range(plan.weeks)):
        trial = worlds.open(preset, seed, back=timedelta(weeks=number))
        judgement = trial.judge(run_detector(trial, threads=plan.threads), plan.capacity)
        use = trial.prepared.table.select(
            "account_id", "tpp_hours", (trial_tokens()).alias("tokens")
        )
        weeks.append(Week(trial.as_of, judgement, use))
    rings = exposure(weeks, first_use(trial.logs), trial.truth)
    by_week = {str(week.as_of.date()): float(np.mean(week.judgement.rings.found)) for week in weeks}
    by_typology = {
        str(name[0]): exposure_summary(part) for name, part in sorted(rings.group_by("typology"))
    }
    return exposure_summary(rings) | {"found_by_week": by_week, "by_typology": by_typology}


def trial_tokens() -> Any:
    import polars as pl

    return pl.col("input_tokens") + pl.col("output_tokens")


def stability(plan: Plan, worlds: Worlds) -> Results:
    """Overlap of the first accounts of one day with those of the next."""
    days = [
        run_detector(
            worlds.open("standard", plan.more_seeds[0], back=timedelta(days=back)),
            threads=plan.threads,
        )
        for back in (3, 2, 1)
    ]
    pairs = list(pairwise(days))
    return {f"overlap_{k}": float(np.mean([overlap(a, b, k) for a, b in pairs])) for k in (50, 300)}


if __name__ == "__main__":
    main()
