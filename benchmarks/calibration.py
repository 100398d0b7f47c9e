"""Whether p-values hold: the share of accounts at or below each on worlds where nothing is wrong.

    python benchmarks/calibration.py --accounts 2000 --worlds 2 --out calibration.json

For each make (those of ``lessons/`` and ``enduse simulate``), clean worlds of the ranges "test",
pooled: the share of accounts with a p-value of .1, .05, .01 and .001 or less, and cases in the
proxy queue beside those expected by chance. Each world is scored with a model that was trained on
the same logs (``own``), on those of a week before (``week``), and on another world of the make
(``other``), with the shipped prior and without one.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detector.modelfolder import UNTAUGHT
from detector.pipeline.chance import by_chance
from detector.pipeline.prepare import Prepared, Stages, prepare
from detector.pipeline.run import Asked, assess, choose
from detector.pipeline.scoring import Explainer, Notes, assemble, explain
from detector.pipeline.training import SHIPPED, Trained, shipped_priors, train
from detector.sources import read_logs
from lab.lessons import EVERY, Plan
from models.account.model import ProxyModel
from models.account.scores import AccountScores, Attributions

LEVELS: Final = (0.1, 0.05, 0.01, 0.001)
ALPHA: Final = 0.01
FIRST: Final = 95_001


@dataclass(frozen=True)
class Row:
    """One scoring of one clean world: how many accounts reach each level, and its cases."""

    accounts: int
    reached: tuple[int, ...]
    cases: int
    cases_by_chance: float


class Mute(Explainer):
    """Gives no reasons: p-values do not hang on them, and they take most of the time."""

    def notes(self, prepared: Prepared, _: AccountScores) -> Notes:
        """The same empty note for everybody."""
        return Notes(nothing(prepared), np.zeros(prepared.table.height, dtype=np.int64))

    def exact(self, prepared: Prepared, _: ProxyModel, rows: NDArray[np.int64]) -> pl.DataFrame:
        """An empty note for each row."""
        return pl.concat([nothing(prepared)] * len(rows))


def nothing(prepared: Prepared) -> pl.DataFrame:
    """One account's note in which nothing carries the score."""
    blank = np.zeros((1, prepared.values.shape[1]))
    return explain(blank, Attributions(blank, blank, blank))


def looks(make: str, accounts: int, days: int, seed: int) -> tuple[Prepared, Prepared]:
    """A clean world a week before its end, and at its end."""
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "logs"
        Plan(make, "clean", accounts, days, seed).write(out, judged=True)
        return at_both(out)


def at_both(folder: Path) -> tuple[Prepared, Prepared]:
    """A log folder a week before its end, and at its end."""
    logs = read_logs(folder)
    before = logs.as_of - timedelta(days=7)
    return prepare(read_logs(folder, before), before, Stages()), prepare(logs, None, Stages())


def measured(prepared: Prepared, trained: Trained, prior: str) -> Row:
    """Score a population with a trained model."""
    asked = Asked(prior=prior, alpha=ALPHA)
    case = choose(trained, prepared, asked).case
    assessed = assess(case, prepared, asked)
    scores, _ = assemble(prepared, assessed, Mute())
    p = scores["p_value"].to_numpy()
    told = by_chance(scores, assessed.scored.chance, ALPHA, own_logs=False)
    reached = tuple(int(np.sum(p <= level)) for level in LEVELS)
    return Row(scores.height, reached, told.cases, told.cases_by_chance)


def rows(worlds: Iterable[tuple[Prepared, Prepared]]) -> Iterator[tuple[str, Row]]:
    """Every way to score worlds of a make, by name."""
    other: Trained | None = None
    for before, end in worlds:
        own, week = (train(p, seed=0, threads=1, priors=shipped_priors()) for p in (end, before))
        for way, trained in (("own", own), ("week", week), ("other", other)):
            for prior in (SHIPPED, UNTAUGHT):
                if trained is not None:
                    yield f"{way}, {prior}", measured(end, trained, prior)
        other = own


def pooled(found: list[Row]) -> dict[str, float]:
    """Shares of accounts, and cases over all worlds."""
    accounts = sum(row.accounts for row in found)
    shares = np.sum([row.reached for row in found], axis=0) / accounts
    return {
        "accounts": accounts,
        **{f"p <= {level:g}": round(float(s), 5) for level, s in zip(LEVELS, shares, strict=True)},
        "cases": sum(row.cases for row in found),
        "cases_by_chance": round(sum(row.cases_by_chance for row in found), 1),
    }


def main() -> None:
    """Make worlds, score and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=2000)
    parser.add_argument("--days", type=int, default=50)
    parser.add_argument("--worlds", type=int, default=2, help="of each make")
    parser.add_argument("--first", type=int, default=FIRST, help="seed of the first world")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    began = time.perf_counter()
    table: dict[str, dict[str, dict[str, float]]] = {}
    for make in EVERY:
        found: dict[str, list[Row]] = {}
        seeds = range(options.first, options.first + options.worlds)
        worlds = (looks(make, options.accounts, options.days, seed) for seed in seeds)
        for way, row in rows(worlds):
            found.setdefault(way, []).append(row)
        table[make] = {way: pooled(each) for way, each in found.items()}
        for way, figures in table[make].items():
            took = time.perf_counter() - began
            print(f"{took:6.0f} s  {make}, {way}: {json.dumps(figures)}", flush=True)
    if options.out:
        options.out.write_text(json.dumps(table, indent=2) + "\n")


if __name__ == "__main__":
    main()
