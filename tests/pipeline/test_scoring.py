"""Who is looked at for another wrong than proxy access, with places as without."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from polars.testing import assert_frame_equal

from detector.buckets.engine import ByBlocks
from detector.pipeline import scoring
from detector.pipeline.prepare import Prepared
from detector.pipeline.scoring import (
    Assessed,
    Explainer,
    Notes,
    Scored,
    assemble,
    assembled,
    explain,
)
from detector.results import TIMELINES_SCHEMA, Results
from models.account.model import ProxyModel
from models.account.scores import AccountScores, Attributions


class Silent(Explainer):
    """Says nothing of anybody: queues do not hang on it."""

    def notes(self, prepared: Prepared, accounts: AccountScores) -> Notes:
        return Notes(nothing(prepared), np.zeros(prepared.table.height, dtype=np.int64))

    def exact(self, prepared: Prepared, model: ProxyModel, rows: NDArray[np.int64]) -> pl.DataFrame:
        return pl.concat([nothing(prepared)] * len(rows))


def nothing(prepared: Prepared) -> pl.DataFrame:
    blank = np.zeros((1, prepared.values.shape[1]))
    return explain(blank, Attributions(blank, blank, blank))


def alone(prepared: Prepared) -> list[int]:
    """Rows of open accounts without a ring, of which nothing was decided."""
    facts = prepared.rollups
    shut = facts["accounts"].filter(pl.col("closed_at").is_not_null())["account_id"]
    known = pl.concat([shut, facts["labels"]["account_id"]])
    decided = prepared.table["account_id"].is_in(known.implode()).to_numpy()
    return np.flatnonzero(~decided & (prepared.ring_of < 0)).tolist()


@pytest.mark.parametrize("told", ["p_value", "p_with_place"])
def test_a_miner_is_looked_for_among_the_odd_twentieth_and_not_beyond(
    prepared: Prepared, scored: Scored, told: str
) -> None:
    inside, beyond, *_ = alone(prepared)
    mining = np.zeros(prepared.table.height)
    mining[[inside, beyond]] = 1.0
    odd = {name: np.ones(prepared.table.height) for name in ("p_value", "p_with_place")}
    odd[told][[inside, beyond]] = 0.05, 0.051
    table = prepared.table.with_columns(f08_mining_share=pl.Series(mining))
    judged = replace(scored, accounts=replace(scored.accounts, **odd))
    scores, _ = assemble(replace(prepared, table=table), Assessed(judged, 0.01), Silent())
    queue = dict(scores.select("account_id", "queue").iter_rows())
    ids = prepared.table["account_id"].gather([inside, beyond])
    assert [queue[account] for account in ids] == ["other", "none"]


def test_rows_that_are_put_together_some_after_the_others_are_the_same(
    prepared: Prepared, scored: Scored, monkeypatch: pytest.MonkeyPatch
) -> None:
    once, _ = assemble(prepared, Assessed(scored, 0.01))
    monkeypatch.setattr(scoring, "BLOCK_ROWS", 100)
    blocks, _ = assembled(prepared, Assessed(scored, 0.01), ByBlocks(threads=1))
    parts = list(blocks)
    assert len(parts) > 5
    assert_frame_equal(pl.concat(parts), once, check_exact=True)


def test_a_change_of_queue_is_said_before_a_change_of_score(
    prepared: Prepared, scored: Scored
) -> None:
    now, rings = assemble(prepared, Assessed(scored, 0.05), Silent())
    queued = now.filter(pl.col("queue") != "none")["account_id"].to_list()
    idle = now.filter(pl.col("queue") == "none")["account_id"].to_list()
    new, entered, switched, left, risen, fallen = *queued[:3], *idle[:3]
    one = pl.col("account_id")
    before = now.filter(one != new).with_columns(
        queue=pl.when(one == entered).then(pl.lit("none"))
        .when(one.is_in([switched, left])).then(pl.lit("policy"))
        .otherwise("queue").cast(now.schema["queue"]),
        score=pl.when(one.is_in([risen, entered])).then(pl.col("score") - 0.021)
        .when(one.is_in([fallen, left])).then(pl.col("score") + 0.021).otherwise("score"),
    )  # fmt: skip
    empty = pl.DataFrame()
    earlier = Results(before, rings, empty, empty, TIMELINES_SCHEMA.to_frame(), {})
    told, _ = assemble(prepared, Assessed(scored, 0.05, earlier), Silent())
    change = dict(told.select("account_id", "change").iter_rows())
    assert {change.pop(name): name for name in (new, entered, left, risen, fallen)} == {
        "new": new, "entered": entered, "left": left, "risen": risen, "fallen": fallen,
    }  # fmt: skip
    assert change.pop(switched) == "entered"
    assert set(change.values()) == {"same"}
