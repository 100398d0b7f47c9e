"""Where the work of a run is done: on this machine, or wherever an engine takes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np

from detector.errors import UsageError
from detector.pipeline.prepare import Prepared, Stages, prepare
from detector.pipeline.scoring import Explainer
from detector.sources import Source
from detector.sources.text import printable
from features.build import REGISTRY
from features.registry import Registry, UnknownColumn
from models.account.model import ProxyModel
from models.account.said import RawViews
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

    def score(
        self, model: ProxyModel, prepared: Prepared, threads: int, known: RawViews | None = None
    ) -> AccountScores:
        """Score the accounts of a prepared population, of which some views may be ``known``."""
        ...

    def explainer(self) -> Explainer:
        """Who says what carries the scores that ``score`` gave last."""
        ...


@dataclass(frozen=True)
class LocalEngine:
    """The process that asks, with the columns that are computed: other engines have no own ones."""

    name: str = "local"
    registry: Registry = REGISTRY

    def prepare(self, source: Source, as_of: datetime | None, stages: Stages) -> Prepared:
        """Read part by part and compute everything here.

        Raises
        ------
        UsageError
            Where a column of one's own reads what is not there, or knows none of the accounts.
        """
        try:
            return _met(prepare(source, as_of, stages, self.registry))
        except UnknownColumn as error:
            raise UsageError(printable(str(error), 500)) from None

    def score(
        self, model: ProxyModel, prepared: Prepared, threads: int, known: RawViews | None = None
    ) -> AccountScores:
        """Score all accounts on ``threads`` threads."""
        return model.score(prepared.values, prepared.peers, threads=threads, known=known)

    def explainer(self) -> Explainer:
        """One that remembers nothing."""
        return Explainer()


def _met(prepared: Prepared) -> Prepared:
    """Make sure that outside scores are about accounts of these logs."""
    column = {name: at for at, name in enumerate(prepared.registry.names())}
    outside = [f for family in prepared.registry.families if family.gaps for f in family.features]
    for feature in outside:
        if np.isnan(prepared.values[:, column[feature.name]]).all():
            ids = prepared.table["account_id"]
            raise UsageError(
                f"the outside score '{feature.name}' has no value for any of the {len(ids)} "
                f"accounts of the logs (the first is '{printable(ids[0], 80)}'); give the "
                "account_id that the logs use"
            )
    return prepared
