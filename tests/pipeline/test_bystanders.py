"""Bystanders leave a case; members of a ring that leads stay, however ordinary they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from detector.pipeline.bystanders import bystanders, without_bystanders
from detector.pipeline.prepare import Prepared
from detector.pipeline.scoring import Assessed, Scored, assemble
from models.account.rings import Opinion


def opinion(level: np.ndarray, ring_score: np.ndarray) -> Opinion:
    return Opinion(level, level, ring_score, np.ones(len(ring_score)))


def test_who_leaves_and_who_stays(prepared: Prepared) -> None:
    """One odd member and ordinary others: they leave where it outdoes the ring, else stay."""
    ring = int(np.flatnonzero(np.bincount(prepared.ring_of[prepared.ring_of >= 0]) >= 3)[0])
    members = np.flatnonzero(prepared.ring_of == ring)
    known = replace(prepared, excluded=np.zeros_like(prepared.excluded))
    level = np.zeros(prepared.table.height)
    # Odder than nine in ten is not ordinary.
    level[members] = 0.99
    level[members[0]], level[members[1]] = 3.0, 1.0
    said = opinion(level, np.full(prepared.rings.height, 5.0))
    assert not bystanders(known, said).any()
    said.ring_score[ring] = 2.0
    assert np.flatnonzero(bystanders(known, said)).tolist() == members[2:].tolist()
    held = replace(known, excluded=prepared.ring_of == ring)
    assert not bystanders(held, said).any()


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


@pytest.mark.long
def test_a_case_shows_no_bystander_and_keeps_the_score_of_its_ring(
    prepared: Prepared, scored: Scored
) -> None:
    table, rings = assemble(prepared, Assessed(scored, 0.01))
    members = rings.explode("account_ids").select("ring_id", account_id="account_ids")
    named = table.filter(pl.col("ring_id").is_not_null()).select("ring_id", "account_id")
    assert named.sort("account_id").equals(members.sort("account_id"))
    leaving = bystanders(prepared, scored.placeless)
    assert leaving.any()
    alone = prepared.table["account_id"].filter(pl.Series(leaving))
    own = table.filter(pl.col("account_id").is_in(alone.implode()))
    assert own["ring_id"].null_count() == own.height
    assert own["ring_score"].null_count() == own.height
    assert set(rings["score"].to_list()) <= set(scored.said.ring_score.tolist())
