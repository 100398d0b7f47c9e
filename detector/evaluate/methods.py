"""Every detector of the comparison, by name: a trial in, a judgement out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from detector.evaluate.judge import Judgement, judge
from detector.evaluate.reading import Bools, Ints
from detector.evaluate.trial import Floats, Trial
from features.build import REGISTRY
from models import baselines

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
    the AUROC of each alone, ``ring_of`` the predicted ring or -1, ``typology`` the planted
    one of a proxy.
    """

    accounts: pl.Series
    values: Floats
    areas: Mapping[str, float]
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
    """Judge the supervised ceiling, with accounts and with our rings as cases.

    Parameters
    ----------
    lessons : worlds whose truth it is taught
    exams : other worlds
    capacity : cases that can be reviewed
    seed : random_state of the boosting
    """
    scores = _taught(lessons, exams, None, seed)
    pairs = list(zip(exams, scores, strict=True))
    return {
        CEILING: [exam.judge(s, capacity, in_rings=False) for exam, s in pairs],
        CEILING_RINGS: [exam.judge(s, capacity, in_rings=True) for exam, s in pairs],
    }


def left_out(
    lessons: Sequence[Exam], exams: Sequence[Exam], capacity: int, typology: str, *, seed: int = 0
) -> list[Judgement]:
    """Judge the ceiling taught without one typology, accounts as cases."""
    scores = _taught(lessons, exams, typology, seed)
    return [e.judge(s, capacity, in_rings=False) for e, s in zip(exams, scores, strict=True)]


def _taught(
    lessons: Sequence[Exam], exams: Sequence[Exam], without: str | None, seed: int
) -> list[Floats]:
    kept = [
        np.array([without is None or name != without for name in lesson.typology])
        for lesson in lessons
    ]
    values = np.vstack([lesson.values[rows] for lesson, rows in zip(lessons, kept, strict=True)])
    proxy = np.concatenate([x.proxy[rows] for x, rows in zip(lessons, kept, strict=True)])
    asked = np.vstack([exam.values for exam in exams])
    score = baselines.supervised_ceiling(values, proxy, asked, seed=seed)
    return list(np.split(score, np.cumsum([len(exam.values) for exam in exams])[:-1]))
