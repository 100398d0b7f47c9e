"""Two confirmations bring those whom owner-only identifiers tie to them to review, not a crowd."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import polars as pl
import pytest

from detector.pipeline.prepare import Prepared, Stages, gather
from detector.pipeline.run import Asked, assess
from detector.pipeline.scoring import assemble
from detector.pipeline.training import Trained, train
from features import linkage
from features.build import family_columns
from features.coincidences import with_coincidences
from features.peers import PEER_COLUMNS
from features.population import Population, linked_pairs

CHAIN = 40


@pytest.fixture(scope="module")
def trained(prepared: Prepared) -> Trained:
    return train(prepared, seed=0, threads=1, priors={})


def label_free() -> Asked:
    return Asked(prior="none")


def with_population(prepared: Prepared, population: Population) -> Prepared:
    """What decisions and ties change: the columns of linkage, and rings."""
    columns = family_columns(linkage.FAMILY, population, prepared.table.select("account_id"))
    peers = pl.DataFrame(prepared.peers, schema=list(PEER_COLUMNS), orient="row")
    return gather(population, prepared.table.with_columns(columns), peers, Stages())


def chained(prepared: Prepared, members: list[str]) -> Population:
    """The population with each two neighbours of a row of accounts tied by two kinds."""
    population = prepared.population
    ends = [sorted(pair) for pair in pairwise(members)]
    more = pl.DataFrame(
        [
            {"a": a, "b": b, "kind": kind, "value": f"{a}-{b}", "holders": 2, "bits": 6.0,
             "explained": False}
            for a, b in ends for kind in ("payment", "tax_id")
        ],
        schema=population.edges.schema,
    )  # fmt: skip
    edges = pl.concat([population.edges, more]).sort("a", "b", "kind")
    records = population.rollups["accounts"]
    pairs = with_coincidences(linked_pairs(edges, population.rollups), population.moves, records)
    return replace(population, edges=edges, pairs=pairs)


def confirmed(population: Population, accounts: list[str]) -> Population:
    rollups = population.rollups
    labels = rollups["labels"]
    more = pl.DataFrame(
        {"account_id": accounts, "decision": "confirmed_proxy",
         "decided_at": rollups.as_of - timedelta(hours=1)}
    ).cast({name: labels.schema[name] for name in ("decision", "decided_at")})  # fmt: skip
    frames = {**rollups.frames, "labels": pl.concat([labels, more], how="diagonal")}
    return replace(population, rollups=replace(rollups, frames=frames))


def queued(trained: Trained, prepared: Prepared) -> set[str]:
    scores, _ = assemble(prepared, assess(trained.cases["none"], prepared, label_free()))
    return set(scores.filter(pl.col("queue") == "proxy")["account_id"])


@pytest.mark.long
def test_a_group_that_has_flowed_together_does_not_enter_with_two_of_its_members(
    prepared: Prepared, trained: Trained
) -> None:
    alone = prepared.table.filter(pl.Series(prepared.ring_of < 0))["account_id"].to_list()
    members = alone[:CHAIN]
    tied = chained(prepared, members)
    before = queued(trained, with_population(prepared, tied))
    after = queued(trained, with_population(prepared, confirmed(tied, members[:2])))
    assert len(after - before) <= 2
