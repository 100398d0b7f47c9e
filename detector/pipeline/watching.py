"""Alarms against slow poison: confirmed accounts, a frozen forest, and the population.

A model that is trained again and again can be walked, a little each time, to where an
attacker's accounts look ordinary. So every run says whether accounts that reviewers confirmed
still stand at the top, how much of the top a model from before shares, and which features
have moved.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detector.modelfolder import UNTAUGHT
from detector.pipeline.binding import bound, specs
from detector.pipeline.prepare import Prepared
from detector.pipeline.training import Trained
from detector.results import Results
from detector.results.runparts import Canaries, Overlap
from features.build import REGISTRY
from features.evidence import confirmed
from features.registry import Registry
from models.account.model import ProxyModel
from models.errors import ModelFormatError
from models.files.model import load_model
from models.population.drift import fallen_canaries, psi_by_feature, top_overlap
from models.population.tails import Tails

# Canaries must be among the first of the population: this share, and at least so many.
CANARY_SHARE: Final = 0.01
CANARY_LEAST: Final = 50
# Places that two models' tops are compared on, at most one account in twenty.
TOP: Final = 300
# Accounts on which a frozen forest is asked: evenly from larger populations.
ASKED: Final = 50_000
# Share of the top in common below which a run warns: two honest months share more.
LOW: Final = 0.5


@dataclass(frozen=True)
class Watched:
    """Alarms of one run, and the figures behind them."""

    canaries: Canaries
    overlap: Overlap | None

    @property
    def alarms(self) -> list[str]:
        """Sentences for what a person must look at."""
        return alarms(self.canaries, self.overlap)


def canaries(prepared: Prepared, scores: pl.DataFrame) -> Canaries:
    """Whether open accounts that reviewers confirmed still rank among the first."""
    rollups = prepared.rollups
    closed = rollups["accounts"].filter(pl.col("closed_at").is_not_null())["account_id"]
    known = confirmed(rollups)["account_id"]
    rows = scores.with_row_index("row").filter(
        pl.col("account_id").is_in(known.implode())
        & ~pl.col("account_id").is_in(closed.implode())
    )["row"].to_numpy()  # fmt: skip
    k = max(CANARY_LEAST, math.ceil(CANARY_SHARE * scores.height))
    fallen = fallen_canaries(scores["score"].to_numpy(), rows.astype(np.int64), k)
    ids = scores["account_id"][fallen].to_list()
    return Canaries(accounts=len(rows), k=k, fallen=tuple(ids))


def overlap(
    model: Trained, prepared: Prepared, scores: pl.DataFrame, previous: Results | None, threads: int
) -> Overlap | None:
    """How much of the top a reference shares; None where there is none.

    The reference is the frozen forest of the model's folder, which scores this population
    beside the present label-free one; else the queue of the run before.

    Its ``reference`` is "frozen" or "previous".
    """
    frozen = _frozen(model, prepared.registry)
    if frozen is not None:
        step = max(1, math.ceil(len(prepared.values) / ASKED))
        values, peers = prepared.values[::step], prepared.peers[::step]
        raws = [
            m.joint.raw(m.joint_rows(values, peers), threads=threads)
            for m in (frozen, bound(model.cases[UNTAUGHT], prepared.registry).accounts)
        ]
        return _shared("frozen", frozen.model_id, *raws)
    if previous is None:
        return None
    both = scores.select("account_id", "score").join(
        previous.scores.select("account_id", before="score"), on="account_id"
    )
    before, now = (both[name].to_numpy() for name in ("before", "score"))
    return _shared("previous", previous.run.model_id, before, now)


def _frozen(model: Trained, registry: Registry) -> ProxyModel | None:
    """The frozen model, unless it is damaged or means other things by this version's features."""
    if model.frozen is None:
        return None
    try:
        return load_model(model.frozen).bound_to(specs(registry))
    except (ModelFormatError, OSError):
        return None


def _shared(
    reference: str, model_id: str, before: NDArray[np.float64], now: NDArray[np.float64]
) -> Overlap | None:
    if not len(now):
        return None
    k = min(TOP, max(1, len(now) // 20))
    share = round(top_overlap(before, now, k), 6)
    return Overlap(reference=reference, model_id=model_id, k=k, share=share)


def drift_since(
    previous: Results | None, values: NDArray[np.float64], registry: Registry = REGISTRY
) -> dict[str, float]:
    """Population stability index of each feature against the run before.

    For runs that learn from their own logs: a model has its own reference. Features that
    nobody has, then or now, or that the run before did not know, are left out.
    """
    if previous is None:
        return {}
    found = {
        feature.name: _moved(previous.features[feature.name], values[:, place], feature.direction)
        for place, feature in enumerate(registry)
        if feature.name in previous.features.columns
    }
    return {name: index for name, index in found.items() if not math.isnan(index)}


def _moved(then: pl.Series, now: NDArray[np.float64], direction: int) -> float:
    before = then.cast(pl.Float64).fill_null(math.nan).to_numpy()
    reference = Tails.build((before * direction)[:, None], [np.arange(len(before))], keep=160)
    return float(psi_by_feature(reference, [now * direction])[0])


def watch(
    model: Trained, prepared: Prepared, scores: pl.DataFrame, previous: Results | None, threads: int
) -> Watched:
    """Whether a run stands where those before it stood."""
    top = overlap(model, prepared, scores, previous, threads)
    return Watched(canaries(prepared, scores), top)


def alarms(birds: Canaries, top: Overlap | None) -> list[str]:
    """Sentences for what a person must look at."""
    said = []
    if birds.fallen:
        said.append(
            f"{len(birds.fallen)} of {birds.accounts} accounts that reviewers confirmed are "
            f"no longer among the first {birds.k}: see canaries in run.json, and compare the "
            "model with the one before (enduse models compare)"
        )
    if top is not None and top.share < LOW:
        said.append(
            f"only {top.share:.0%} of the first {top.k} accounts are those of the "
            f"{top.reference} reference: the population, or what was learnt of it, has moved"
        )
    return said
