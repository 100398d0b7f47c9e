"""Every detector of the comparison, by name: a trial in, a judgement out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import polars as pl
from polars import selectors

from detector.evaluate.judge import Judgement, judge
from detector.evaluate.reading import Bools, Ints
from features.build import REGISTRY
from lab import baselines
from lab.ceiling import Population, suspected, taught
from lab.trial import Floats, Trial

DETECTOR: Final = "enduse"
LABEL_FREE: Final = "enduse, label-free"
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
class Exam:
    """What of a world the supervised ceiling learns from or is asked about; small.

    ``values`` (accounts, columns) are the detector's features and the generic ones, ``areas``
    the AUROC of each alone, ``rings`` the numbers of each predicted ring, ``ring_of`` its row
    or -1, ``typology`` the planted one of a proxy.
    """

    accounts: pl.Series
    values: Floats
    areas: Mapping[str, float]
    rings: Floats
    ring_of: Ints
    proxy: Bools
    typology: list[str | None]
    truth: pl.DataFrame
    links: pl.DataFrame | None

    @classmethod
    def of(cls, trial: Trial) -> Exam:
        """Keep these of a world, without its tables."""
        typologies = trial.truth.filter(pl.col("is_proxy")).select("account_id", "typology")
        told = trial.accounts.to_frame().join(
            typologies, on="account_id", how="left", maintain_order="left"
        )
        return cls(
            accounts=trial.accounts,
            values=np.hstack([trial.features, trial.generic]),
            areas=single_features(trial),
            rings=_numbers(trial.prepared.rings),
            ring_of=trial.prepared.ring_of,
            proxy=trial.proxy,
            typology=told["typology"].to_list(),
            truth=trial.truth,
            links=trial.links,
        )

    def judge(self, score: Floats, capacity: int, *, in_rings: bool) -> Judgement:
        """Judge one score per account, with accounts or with our rings as cases."""
        rings = [str(ring) if in_rings and ring >= 0 else None for ring in self.ring_of.tolist()]
        scores = pl.DataFrame({"account_id": self.accounts, "score": score}).with_columns(
            pl.Series("ring_id", rings, dtype=pl.String)
        )
        return judge(scores, self.truth, capacity, links=self.links)


def _numbers(rings: pl.DataFrame) -> Floats:
    return rings.select(selectors.numeric().cast(pl.Float64)).to_numpy()


def single_features(trial: Trial) -> dict[str, float]:
    """AUROC of each feature alone, NaN in a world without proxies.

    The detector's features count on their suspicious side; generic ones on whichever side
    is better, which flatters them.
    """
    directions = np.array([feature.direction for feature in REGISTRY])
    own = baselines.aurocs(trial.features * directions, trial.proxy)
    generic = baselines.aurocs(trial.generic, trial.proxy)
    names = [*REGISTRY.names(), *[f"generic: {name}" for name in trial.generic_table.columns]]
    areas = [*own.tolist(), *np.maximum(generic, 1 - generic).tolist()]
    return dict(zip(names, areas, strict=True))


def run_ceiling(
    lessons: Sequence[Exam], exams: Sequence[Exam], capacity: int, *, seed: int = 0
) -> dict[str, list[Judgement]]:
    """Judge the supervised ceiling with cases of its own, and with our rings as they are.

    Its own cases are our rings cut down to the members it suspects
    (``lab.ceiling``); ``CEILING_RINGS`` leaves the rings whole.

    Parameters
    ----------
    lessons : worlds whose truth it is taught
    exams : other worlds
    capacity : cases that can be reviewed
    seed : random_state of the boosting
    """
    scores = taught(_populations(lessons), _populations(exams), seed=seed)
    pairs = list(zip(exams, scores, strict=True))
    return {
        CEILING: [_own_cases(exam, s).judge(s, capacity, in_rings=True) for exam, s in pairs],
        CEILING_RINGS: [exam.judge(s, capacity, in_rings=True) for exam, s in pairs],
    }


def left_out(
    lessons: Sequence[Exam], exams: Sequence[Exam], capacity: int, typology: str, *, seed: int = 0
) -> list[Judgement]:
    """Judge the ceiling taught without one typology, with cases of its own."""
    kept = [np.array([name != typology for name in lesson.typology]) for lesson in lessons]
    scores = taught(_populations(lessons), _populations(exams), kept, seed=seed)
    return [
        _own_cases(exam, s).judge(s, capacity, in_rings=True)
        for exam, s in zip(exams, scores, strict=True)
    ]


def _populations(exams: Sequence[Exam]) -> list[Population]:
    return [Population(exam.values, exam.rings, exam.ring_of, exam.proxy) for exam in exams]


def _own_cases(exam: Exam, score: Floats) -> Exam:
    return replace(exam, ring_of=suspected(exam.ring_of, score))
