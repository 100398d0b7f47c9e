"""Bystanders leave a case; members of a ring that leads stay, however ordinary they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from detector.pipeline.bystanders import bystanders, without_bystanders
from detector.pipeline.prepare import Prepared, Stages, prepare
from detector.pipeline.run import Asked, assess
from detector.pipeline.scoring import Assessed, Scored, assemble
from detector.pipeline.training import Trained, train
from detector.simulate import simulate
from detector.sources import read_logs

pytestmark = pytest.mark.usefixtures("few_trees")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    logs = tmp_path_factory.mktemp("bystanders") / "logs"
    simulate("standard", 250, 21, 7, logs)
    return prepare(read_logs(logs), None, Stages())


@pytest.fixture(scope="module")
def scored(prepared: Prepared) -> Scored:
    trained: Trained = train(prepared, seed=0, threads=1, priors={})
    return assess(trained.cases["none"], prepared, Asked()).scored


def with_levels(scored: Scored, level: np.ndarray) -> Scored:
    return replace(scored, accounts=replace(scored.accounts, level=level, evidence=level))


def test_who_leaves_and_who_stays(prepared: Prepared, scored: Scored) -> None:
    """One odd member and ordinary others: they leave where it outdoes the ring, else stay."""
    ring = int(np.flatnonzero(np.bincount(prepared.ring_of[prepared.ring_of >= 0]) >= 3)[0])
    members = np.flatnonzero(prepared.ring_of == ring)
    known = replace(prepared, excluded=np.zeros_like(prepared.excluded))
    level = np.zeros(prepared.table.height)
    level[members[0]], level[members[1]] = 3.0, 1.5
    accounts = with_levels(scored, level).accounts
    score = np.full(prepared.rings.height, 5.0)
    assert not bystanders(known, accounts, score).any()
    score[ring] = 2.0
    assert np.flatnonzero(bystanders(known, accounts, score)).tolist() == members[2:].tolist()
    held = replace(known, excluded=prepared.ring_of == ring)
    assert not bystanders(held, accounts, score).any()


def test_rings_of_those_who_stay(prepared: Prepared) -> None:
    assert without_bystanders(prepared, np.zeros(prepared.table.height, bool))[0] is prepared
    leaving = np.zeros(prepared.table.height, bool)
    leaving[np.flatnonzero(prepared.ring_of >= 0)[::3]] = True
    left, part_of = without_bystanders(prepared, leaving)
    assert (left.ring_of[leaving] == -1).all()
    inside = left.ring_of >= 0
    np.testing.assert_array_equal(part_of[left.ring_of[inside]], prepared.ring_of[inside])
    assert np.bincount(left.ring_of[inside]).min() >= 2
    listed = left.rings.select(pl.col("account_ids").list.len(), "size")
    assert listed["account_ids"].to_list() == listed["size"].to_list()


def test_a_case_shows_no_bystander_and_keeps_the_score_of_its_ring(
    prepared: Prepared, scored: Scored
) -> None:
    table, rings = assemble(prepared, Assessed(scored, 0.01))
    members = rings.explode("account_ids").select("ring_id", account_id="account_ids")
    named = table.filter(pl.col("ring_id").is_not_null()).select("ring_id", "account_id")
    assert named.sort("account_id").equals(members.sort("account_id"))
    leaving = bystanders(prepared, scored.accounts, scored.ring_score)
    assert leaving.any()
    alone = prepared.table["account_id"].filter(pl.Series(leaving))
    own = table.filter(pl.col("account_id").is_in(alone.implode()))
    assert own["ring_id"].null_count() == own.height
    assert own["ring_score"].null_count() == own.height
    assert set(rings["score"].to_list()) <= set(scored.ring_score.tolist())
