"""What the detector finds in simulated worlds, beside every baseline.

    python benchmarks/quality.py --profile ci      # at most 3 minutes
    python benchmarks/quality.py --profile full    # at most 60 minutes on two cores

Writes docs/own-make.md, its plots in docs/img, and the figures as JSON. Worlds are made in
--work and used again if they are there. All of it is synthetic.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

os.environ.setdefault("POLARS_MAX_THREADS", "2")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # waiting threads leave the core to others
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # the clone, installed or not

import numpy as np  # noqa: E402
import polars as pl  # noqa: E402

from detector.evaluate import Judgement, summarise  # noqa: E402
from detector.simulate import PRESETS, simulate  # noqa: E402
from detector.sources import read_logs  # noqa: E402
from features.build import REGISTRY  # noqa: E402
from lab.methods import (  # noqa: E402
    CEILING,
    DETECTOR,
    LABEL_FREE,
    Exam,
    left_out,
    run_baselines,
    run_ceiling,
)
from lab.replay import Week, exposure, exposure_summary, overlap  # noqa: E402
from lab.trial import Trial, first_use, open_trial, run_detector  # noqa: E402
from tools.quality_report import write_report  # noqa: E402

FAMILIES = sorted({feature.family for feature in REGISTRY})
ABLATED_WORLDS = 2
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
    lesson_seeds: tuple[int, ...] = (101, 102, 103)
    lesson_prevalence: float = 0.08
    ablation: bool = True
    leave_out: bool = True
    weeks: int = 6
    threads: int = 2


PROFILES = {
    "ci": Plan(
        accounts=2_000, days=45, seeds=(1,), more_seeds=(1,), lesson_seeds=(101,), weeks=2,
        presets=("standard", "volume_matched", "clean"), leave_out=False, ablation=False,
        ranges="dev",
    ),
    "full": Plan(
        accounts=20_000, days=60, seeds=(1, 2, 3, 4, 5), more_seeds=(1,), presets=PRESETS
    ),
}  # fmt: skip


def main() -> None:
    options = parse()
    start = time.perf_counter()
    bench = Bench(adjusted(options), options.work)
    for results in bench.run():
        results["seconds"] = round(time.perf_counter() - start, 1)
        results["command"] = command(options)
        options.json.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(results, indent=1, allow_nan=False, default=str)
        options.json.write_text(text + "\n")
        write_report(results, options.out)
    say(f"{results['seconds']} s; wrote {options.out} and {options.json}")


def command(options: argparse.Namespace) -> str:
    """Return the call that makes these figures again, without the places of files."""
    words = ["python", "benchmarks/quality.py"]
    for name, value in vars(options).items():
        if value is None or name in ("work", "out", "json"):
            continue
        option = name.replace("_", "-")
        if value is False:
            words.append(f"--no-{option}")
        else:
            text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
            words += [f"--{option}", text]
    return shlex.join(words)


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
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "own-make.md")
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

    def folder(self, preset: str, seed: int, *, prevalence: float | None = None) -> Path:
        """Return the folder of a world; make it if it is not there."""
        plan = self.plan
        taught = "" if prevalence is None else f"-p{prevalence}"
        name = f"{preset}-{plan.ranges}-{plan.accounts}x{plan.days}-s{seed}{taught}"
        path, done = self.work / name, self.work / f"{name}.done"
        if not done.exists():
            self.work.mkdir(parents=True, exist_ok=True)
            settings = None if prevalence is None else {"prevalence": prevalence}
            with timed(f"simulate {name}"):
                simulate(
                    preset, plan.accounts, plan.days, seed, path,
                    ranges=plan.ranges, settings=settings,
                )  # fmt: skip
            done.touch()
        return path

    def open(self, preset: str, seed: int, *, back: timedelta = timedelta()) -> Trial:
        """Read a world, as of its end or some time before it."""
        path = self.folder(preset, seed)
        with timed(f"read {path.name}{f', {back.days} days before its end' if back else ''}"):
            end = read_logs(path).as_of if back else None
            return open_trial(path, preset, seed, as_of=end and end - back)

    def lessons(self) -> list[Exam]:
        """Worlds of other seeds of the same ranges, with many rings: what a ceiling needs."""
        prevalence = self.plan.lesson_prevalence
        exams = []
        for seed in self.plan.lesson_seeds:
            path = self.folder("standard", seed, prevalence=prevalence)
            with timed(f"read {path.name}"):
                exams.append(Exam.of(open_trial(path, "standard", seed)))
        return exams


class Bench:
    """One run over the plan's presets: worlds are opened once each and let go again."""

    def __init__(self, plan: Plan, work: Path) -> None:
        self.plan, self.worlds = plan, Worlds(work, plan)
        self.lessons = self.worlds.lessons()
        self.results: Results = {"plan": asdict(plan), "presets": {}, "single_features": {}}

    def run(self) -> Iterator[Results]:
        """Yield what is known after each preset and at the end, so that a long run can stop."""
        for preset in self.plan.presets:
            main = preset in self.plan.main_presets
            self.preset(preset, self.plan.seeds if main else self.plan.more_seeds)
            yield self.results
        with timed("weekly replay"):
            shown = [p for p in ("standard", "public_cases") if p in self.plan.presets]
            self.results["replay"] = {preset: self.replay(preset) for preset in shown}
        with timed("day to day"):
            self.results["stability"] = self.stability()
        yield self.results

    def preset(self, preset: str, seeds: Sequence[int]) -> None:
        """Every method on the worlds of a preset."""
        judged: dict[str, list[Judgement]] = {}
        exams = []
        deep = Deep(self.plan) if preset == "standard" else None
        for seed in seeds:
            trial = self.worlds.open(preset, seed)
            with timed(f"all methods on {preset} {seed}"):
                own = self.detector(trial)
                judged.setdefault(DETECTOR, []).append(trial.judge(own, self.plan.capacity))
                untaught = run_detector(trial, threads=self.plan.threads, prior="none")
                judged.setdefault(LABEL_FREE, []).append(trial.judge(untaught, self.plan.capacity))
                for name, judgement in run_baselines(trial, self.plan.capacity).items():
                    judged.setdefault(name, []).append(judgement)
                exams.append(Exam.of(trial))
            if deep is not None:
                with timed(f"forest seeds and families left out on {preset} {seed}"):
                    deep.look(trial, own)
        with timed(f"the supervised ceiling on {preset}"):
            judged |= run_ceiling(self.lessons, exams, self.plan.capacity)
        self.results["presets"][preset] = {n: summarise(worlds) for n, worlds in judged.items()}
        if preset in self.plan.main_presets:
            self.results["single_features"][preset] = best_features(exams)
        if deep is not None:
            self.results |= deep.results()
            if self.plan.leave_out:
                with timed("typologies left out of the teaching"):
                    self.results["leave_out"] = self.leave_typologies_out(exams, judged[CEILING])

    def detector(self, trial: Trial) -> pl.DataFrame:
        return run_detector(trial, threads=self.plan.threads)

    def leave_typologies_out(self, exams: list[Exam], taught: list[Judgement]) -> Results:
        """Ring recall of a typology, with the ceiling taught with it and without it."""
        known = summarise(taught)
        table = {}
        for typology, share in known["ring_recall_by_typology"].items():
            blind = summarise(left_out(self.lessons, exams, self.plan.capacity, typology))
            table[typology] = {
                "taught": share,
                "left_out": blind["ring_recall_by_typology"][typology],
                "rings": known["rings_by_typology"][typology],
            }
        return table

    def replay(self, preset: str) -> Results:
        """Score week by week, as if the weeks had not come yet."""
        seed, weeks = self.plan.more_seeds[0], []
        tokens = (pl.col("input_tokens") + pl.col("output_tokens")).alias("tokens")
        for number in reversed(range(self.plan.weeks)):
            trial = self.worlds.open(preset, seed, back=timedelta(weeks=number))
            judgement = trial.judge(self.detector(trial), self.plan.capacity)
            use = trial.prepared.table.select("account_id", "tpp_hours", tokens)
            weeks.append(Week(trial.as_of, judgement, use))
        rings = exposure(weeks, first_use(trial.logs), trial.truth)
        by_typology = {
            str(name): exposure_summary(part)
            for (name,), part in rings.group_by("typology", maintain_order=True)
        }
        found = {str(w.as_of.date()): float(np.mean(w.judgement.rings.found)) for w in weeks}
        return exposure_summary(rings) | {"found_by_week": found, "by_typology": by_typology}

    def stability(self) -> Results:
        """Overlap of the first accounts of one day with those of the next."""
        seed = self.plan.more_seeds[0]
        days = [
            self.detector(self.worlds.open("standard", seed, back=timedelta(days=back)))
            for back in (2, 1, 0)
        ]
        return {f"overlap_{k}": mean_overlap(list(pairwise(days)), k) for k in (50, 300)}


class Deep:
    """On standard: other seeds of the forest, and families left out on the first two worlds."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.seeds: dict[str, list[Judgement]] = {}
        self.tops: list[tuple[pl.DataFrame, pl.DataFrame]] = []
        self.ablation: dict[str, list[Judgement]] = {}

    def look(self, trial: Trial, own: pl.DataFrame) -> None:
        others = [run_detector(trial, seed=s, threads=self.plan.threads) for s in (1, 2)]
        tops = [own, *others]
        for seed, scores in enumerate(tops):
            self._note(self.seeds, str(seed), trial, scores)
        self.tops += [(tops[0], tops[1]), (tops[0], tops[2]), (tops[1], tops[2])]
        if self.plan.ablation and len(self.seeds["0"]) <= ABLATED_WORLDS:
            self._note(self.ablation, "nothing", trial, own)
            for family in FAMILIES:
                scores = run_detector(trial, without=(family,), threads=self.plan.threads)
                self._note(self.ablation, family, trial, scores)

    def _note(
        self, book: dict[str, list[Judgement]], name: str, trial: Trial, scores: pl.DataFrame
    ) -> None:
        book.setdefault(name, []).append(trial.judge(scores, self.plan.capacity))

    def results(self) -> Results:
        seeds = {name: headline(worlds) for name, worlds in self.seeds.items()}
        overlaps = {f"overlap_{k}": mean_overlap(self.tops, k) for k in (50, 300)}
        ablation = {name: headline(worlds) for name, worlds in self.ablation.items()}
        return {"forest_seeds": {"seeds": seeds, **overlaps}, "ablation": ablation}


def headline(worlds: list[Judgement]) -> Results:
    names = ("average_precision", "auroc", "precision_at_capacity", "ring_recall", "reason_hit")
    result = summarise(worlds)
    return {name: result[name] for name in names}


def mean_overlap(pairs: Sequence[tuple[pl.DataFrame, pl.DataFrame]], k: int) -> float:
    return float(np.mean([overlap(first, second, k) for first, second in pairs]))


def best_features(exams: list[Exam]) -> dict[str, float]:
    """The features that do best alone, by their mean AUROC over the worlds."""
    names = exams[0].areas
    means = {name: float(np.mean([exam.areas[name] for exam in exams])) for name in names}
    known = {name: area for name, area in means.items() if not np.isnan(area)}
    return dict(sorted(known.items(), key=lambda item: (-item[1], item[0]))[:12])


if __name__ == "__main__":
    main()
