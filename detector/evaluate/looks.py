"""A population as a team finds it in one week, and the list that a model makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

import numpy as np
import polars as pl

from detector.evaluate.cases import Floats
from detector.evaluate.reading import Bools, Ints
from detector.pipeline.bystanders import bystanders, without_bystanders
from detector.pipeline.decisions import Correction
from detector.pipeline.prepare import Prepared, Stages, gather
from detector.pipeline.queues import account_facts
from detector.pipeline.scoring import score_rings
from detector.results.words import SETTLED
from features.build import REGISTRY, family_columns
from features.peers import peer_codes
from features.rollups import Rollups, merge, rollup
from models.account.case import CaseModel
from models.account.decisions import Decisions


@dataclass(frozen=True)
class Look:
    """A population at a moment, and the model of it that knows no decision."""

    prepared: Prepared
    base: CaseModel
    threads: int = 1

    @property
    def accounts(self) -> pl.Series:
        """Account ids in the order of every array."""
        return self.prepared.table["account_id"]

    @property
    def as_of(self) -> datetime:
        """The moment."""
        return self.prepared.rollups.as_of

    @cached_property
    def settled(self) -> Bools:
        """Who is decided or closed by what the logs say, and so in no queue."""
        facts = account_facts(self.prepared.population, self.prepared.table)
        word = facts["decision"].is_in(SETTLED).fill_null(value=False)
        return (word | facts["closed_at"].is_not_null()).to_numpy()

    def corrected(self, log: Decisions) -> Correction:
        """The population beside a log of decisions about it."""
        return self._undecided.after(log)

    def case(self, log: Decisions) -> CaseModel:
        """The model with what a log of decisions teaches."""
        return self.corrected(log).case(self.threads) if log.keys else self.base

    def ranked(self, case: CaseModel) -> tuple[Floats, Ints]:
        """Scores of all accounts as `score` gives them, and the case of each."""
        return self._plain if case is self.base else self._ranked(case)

    @cached_property
    def _undecided(self) -> Correction:
        accounts = self.base.accounts
        log = Decisions.none(len(accounts.joint_names), len(accounts.families))
        return Correction.of(self.base, log, self.prepared, self.threads)

    @cached_property
    def _plain(self) -> tuple[Floats, Ints]:
        return self._ranked(self.base)

    def _ranked(self, case: CaseModel) -> tuple[Floats, Ints]:
        prepared = self.prepared
        accounts = case.accounts.score(
            prepared.values, prepared.peers, threads=self.threads, contributions=False,
            known=self._undecided.raw,
        )  # fmt: skip
        scored = score_rings(case, prepared, accounts)
        prepared, part_of = without_bystanders(prepared, bystanders(prepared, scored.placeless))
        ring = np.append(scored.said.of_rings(part_of).ring_score, -1.0)[prepared.ring_of]
        return np.maximum(scored.accounts.evidence, ring), prepared.groups


def with_labels(prepared: Prepared, decided: Mapping[str, tuple[str, datetime]]) -> Prepared:
    """A population as it is where reviewers have decided about some of its accounts.

    Only features that read decisions, and what ties accounts into rings, are made anew.

    Parameters
    ----------
    prepared
        The population without these decisions.
    decided
        Word and time of the decision, by account; see the table of labels.
    """
    if not decided:
        return prepared
    rollups = _with_labels(prepared.rollups, decided)
    population = replace(prepared.population, rollups=rollups)
    table, accounts = prepared.table, prepared.table.select("account_id")
    for family in REGISTRY.families:
        if any("labels" in feature.inputs for feature in family.features):
            table = table.with_columns(family_columns(family, population, accounts))
    return gather(population, table, peer_codes(rollups, table), Stages())


def _with_labels(rollups: Rollups, decided: Mapping[str, tuple[str, datetime]]) -> Rollups:
    told = [(key, word, at) for key, (word, at) in decided.items()]
    schema = rollups["labels"].schema
    names = ("account_id", "decision", "decided_at")
    rows = pl.DataFrame(told, schema={name: schema[name] for name in names}, orient="row")
    whole = pl.concat([schema.to_frame(), rows], how="diagonal")
    added = rollup("labels", whole, rollups.as_of, rollups.catalogue)
    labels = merge([{"labels": rollups["labels"]}, added])["labels"]
    return replace(
        rollups,
        frames={**rollups.frames, "labels": labels},
        present=rollups.present | {"labels"},
    )
