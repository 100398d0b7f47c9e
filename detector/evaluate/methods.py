"""Every detector of the comparison, by name: a trial in, a judgement out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from detector.evaluate.judge import Judgement
from detector.evaluate.trial import Floats, Trial
from features.build import REGISTRY
from models import baselines

DETECTOR: Final = "enduse"
CEILING: Final = "supervised ceiling"
CEILING_RINGS: Final = "supervised ceiling, with our rings"


def _red_flags(trial: Trial) -> Floats:
    directions = np.array([feature.direction for feature in REGISTRY], dtype=np.int64)
    return baselines.red_flags(trial.features, directions)


BASELINES: Final[Mapping[str, Callable[[Trial], Floats]]] = {
    "spend": lambda trial: trial.spend,
    "controlled GPU-hours": lambda trial: trial.totals[:, 3],
    "LLMjacking rules": lambda trial: trial.llmjacking,
    "red flags counted": _red_flags,
    "scikit-learn forest, raw totals": lambda trial: baselines.sklearn_forest(trial.totals),
    "pyod IForest, generic features": lambda trial: baselines.pyod_iforest(trial.generic),
    "pyod ECOD, generic features": lambda trial: baselines.pyod_ecod(trial.generic),
    "pyod IForest, our features": lambda trial: baselines.pyod_iforest(trial.features),
    "pyod ECOD, our features": lambda trial: baselines.pyod_ecod(trial.features),
}


def run_baselines(trial: Trial, capacity: int) -> dict[str, Judgement]:
    """Judge every baseline on a world; each account is its own case."""
    return {name: trial.judge_array(score(trial), capacity) for name, score in BASELINES.items()}


@dataclass(frozen=True)
class Lessons:
    """Labelled rows of worlds made for teaching: (n, d) values, and per row truth."""

    values: Floats
    proxy: np.ndarray[tuple[int], np.dtype[np.bool_]]
    typology: list[str | None]

    @classmethod
    def of(cls, trials: Sequence[Trial]) -> Lessons:
        """Collect the rows of worlds with truth."""
        typology = [t for trial in trials for t in _typologies(trial)]
        return cls(
            np.vstack([inputs(trial) for trial in trials]),
            np.concatenate([trial.proxy for trial in trials]),
            typology,
        )

    def without(self, typology: str) -> Lessons:
        """Leave one typology out."""
        kept = [row for row, name in enumerate(self.typology) if name != typology]
        rows = np.array(kept, dtype=np.int64)
        return Lessons(self.values[rows], self.proxy[rows], [self.typology[r] for r in kept])


def _typologies(trial: Trial) -> list[str | None]:
    told = trial.accounts.to_frame().join(
        trial.truth.filter(pl.col("is_proxy")).select("account_id", "typology"),
        on="account_id",
        how="left",
        maintain_order="left",
    )
    return told["typology"].to_list()


def inputs(trial: Trial) -> Floats:
    """What the supervised ceiling sees: the detector's features and the generic ones."""
    return np.hstack([trial.features, trial.generic])


def run_ceiling(
    lessons: Lessons, trials: Sequence[Trial], capacity: int, *, seed: int = 0
) -> dict[str, list[Judgement]]:
    """Judge the supervised ceiling on worlds, with accounts and with our rings as cases."""
    alone, in_rings = [], []
    for trial, score in zip(trials, ceiling_scores(lessons, trials, seed=seed), strict=True):
        alone.append(trial.judge_array(score, capacity))
        scores = pl.DataFrame(
            {
                "account_id": trial.accounts,
                "score": score,
                "ring_id": [None if r < 0 else str(r) for r in trial.prepared.ring_of.tolist()],
            },
            schema_overrides={"ring_id": pl.String},
        )
        in_rings.append(trial.judge(scores, capacity))
    return {CEILING: alone, CEILING_RINGS: in_rings}


def ceiling_scores(lessons: Lessons, trials: Sequence[Trial], *, seed: int = 0) -> list[Floats]:
    """Teach once and score each world."""
    rows = [inputs(trial) for trial in trials]
    score = baselines.supervised_ceiling(lessons.values, lessons.proxy, np.vstack(rows), seed=seed)
    return list(np.split(score, np.cumsum([len(r) for r in rows])[:-1]))


def left_out(
    lessons: Lessons, trials: Sequence[Trial], capacity: int, typology: str
) -> list[Judgement]:
    """Judge the ceiling taught without a typology."""
    scores = ceiling_scores(lessons.without(typology), trials)
    return [t.judge_array(s, capacity) for t, s in zip(trials, scores, strict=True)]


def single_features(trials: Sequence[Trial]) -> dict[str, float]:
    """Mean AUROC of each feature alone, taken in its suspicious direction.

    The largest of them says how far one number would do; generic features count on
    whichever side is better.
    """
    ours = np.nanmean(_columns(trials, generic=False), axis=0)
    directions = np.array([feature.direction for feature in REGISTRY])
    own = np.where(directions > 0, ours, 1 - ours)
    generic = np.nanmean(_columns(trials, generic=True), axis=0)
    result = dict(zip(REGISTRY.names(), own.tolist(), strict=True))
    best = np.maximum(generic, 1 - generic)
    names = [f"generic: {name}" for name in trials[0].generic_table.columns]
    return result | dict(zip(names, best.tolist(), strict=True))


def _columns(trials: Sequence[Trial], *, generic: bool) -> Floats:
    tables = [(t.generic if generic else t.features, t.proxy) for t in trials]
    return np.vstack([baselines.aurocs(table, proxy) for table, proxy in tables])
