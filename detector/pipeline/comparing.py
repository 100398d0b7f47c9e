"""Champion and challenger side by side on one log folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detector.errors import ModelError
from detector.pipeline import training
from detector.pipeline.engine import Engine, LocalEngine
from detector.pipeline.prepare import Prepared, Progress, Stages
from detector.pipeline.run import Asked, assess, choose
from detector.pipeline.scoring import assemble
from detector.pipeline.training import Trained
from detector.pipeline.watching import canaries
from detector.sources import Source
from detector.sources.given import as_source
from features.decided import decided
from models.account.heldout import auroc
from models.errors import ModelFormatError
from models.population.drift import top_overlap

# Places on which the tops are compared.
TOPS: Final = (50, 300)


@dataclass(frozen=True)
class Contestant:
    """A model that takes part: its role, its folder's name, and what it says."""

    role: str
    model_id: str
    trained: Trained


def load_contestant(role: str, folder: Path) -> Contestant:
    """Read a model folder.

    Raises
    ------
    ModelError
        Where it is damaged or does not fit this version's features.
    """
    try:
        trained = training.load(folder)
    except (ModelFormatError, OSError, ValueError) as error:
        raise ModelError(f"model '{folder}': {error}") from error
    return Contestant(role, folder.name, trained)


def compare(
    contestants: list[Contestant],
    logs: Mapping[str, pl.LazyFrame] | Source,
    as_of: datetime | None = None,
    *,
    alpha: float = 0.01,
    threads: int = 1,
    progress: Progress | None = None,
    engine: Engine | None = None,
) -> list[dict[str, Any]]:
    """Score the same logs by every model; the first is what the others are compared with.

    Returns
    -------
    list of dict
        For each model: ``role``, ``model_id``, ``trained_at``, ``prior``, accounts in each
        ``queues``, ``top_50`` and ``top_300`` (shares of the first's top), ``median_move``
        (of rank, as a share of the population), ``canaries_fallen`` of ``canaries``, and
        ``auroc_on_decisions``: the chance that an account confirmed in these logs stands
        above a cleared one, None where there are none.
    """
    stages = Stages(progress)
    worker = engine or LocalEngine()
    prepared = worker.prepare(as_source(logs, as_of), as_of, stages)
    known, asked = _decided(prepared), Asked(alpha=alpha, threads=threads)
    told: list[dict[str, Any]] = []
    first: NDArray[np.float64] | None = None
    for at, one in enumerate(contestants):
        with stages.stage(f"score {one.role}", 0.75 + 0.25 * at / len(contestants)):
            name, scores = _scores(one.trained, prepared, asked, worker)
        score = scores.sort("account_id")["score"].to_numpy()
        first = score if first is None else first
        told.append(_row(one, name, prepared, scores) | _beside(first, score)
                    | {"auroc_on_decisions": _auroc(scores, known)})  # fmt: skip
    return told


def _scores(
    model: Trained, prepared: Prepared, asked: Asked, engine: Engine
) -> tuple[str, pl.DataFrame]:
    scorer = choose(model, prepared, asked)
    return scorer.prior, assemble(prepared, assess(scorer.case, prepared, asked, engine))[0]


def _row(one: Contestant, prior: str, prepared: Prepared, scores: pl.DataFrame) -> dict[str, Any]:
    birds = canaries(prepared, scores)
    counted = scores["queue"].cast(pl.String).value_counts().sort("queue")
    card = one.trained.card
    return {
        "role": one.role,
        "model_id": one.model_id,
        "trained_at": None if card is None else card.trained_at or None,
        "prior": prior,
        "queues": dict(counted.iter_rows()),
        "canaries": birds.accounts,
        "canaries_fallen": len(birds.fallen),
    }


def _beside(first: NDArray[np.float64], score: NDArray[np.float64]) -> dict[str, Any]:
    ranks = [len(s) - np.searchsorted(np.sort(s), s, side="right") for s in (first, score)]
    moved = float(np.median(np.abs(ranks[0] - ranks[1]))) / max(1, len(score))
    tops = {f"top_{k}": round(top_overlap(first, score, k), 4) for k in TOPS}
    return {**tops, "median_move": round(moved, 6)}


def _decided(prepared: Prepared) -> pl.DataFrame:
    """Latest decision about each account: confirmed or cleared."""
    latest, word = decided(prepared.rollups["labels"]), pl.col("decision")
    return latest.filter(word.is_in(["confirmed_proxy", "cleared"])).select(
        "account_id", confirmed=word == "confirmed_proxy"
    )


def _auroc(scores: pl.DataFrame, known: pl.DataFrame) -> float | None:
    both = scores.join(known, on="account_id", maintain_order="left")
    figure = auroc(both["score"].to_numpy(), both["confirmed"].to_numpy())
    return None if np.isnan(figure) else round(figure, 4)
