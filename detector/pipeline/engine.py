"""Where the work of a run is done: on this machine, or wherever an engine takes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from detector.pipeline.prepare import Prepared, Stages, prepare
from detector.pipeline.scoring import Explainer
from detector.sources import Source
from models.account.model import ProxyModel
from models.account.scores import AccountScores


class Engine(Protocol):
    """Turns logs into numbers and numbers into scores; every engine gives the same bits."""

    @property
    def name(self) -> str:
        """The name that ``run.json`` gives it."""
        ...

    def prepare(self, source: Source, as_of: datetime | None, stages: Stages) -> Prepared:
        """Read a source and compute features, peers and rings."""
        ...

    def score(self, model: ProxyModel, prepared: Prepared, threads: int) -> AccountScores:
        """Score the accounts of a prepared population."""
        ...

    def explainer(self) -> Explainer:
        """Who says what carries the scores that ``score`` gave last."""
        ...


@dataclass(frozen=True)
class LocalEngine:
    """The process that asks."""

    name: str = "local"

    def prepare(self, source: Source, as_of: datetime | None, stages: Stages) -> Prepared:
        """Read part by part and compute everything here."""
        return prepare(source, as_of, stages)

    def score(self, model: ProxyModel, prepared: Prepared, threads: int) -> AccountScores:
        """Score all accounts on ``threads`` threads."""
        return model.score(prepared.values, prepared.peers, threads=threads)

    def explainer(self) -> Explainer:
        """One that remembers nothing."""
        return Explainer()
