"""Who is looked at for another wrong than proxy access, with places as without."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from detector.pipeline.prepare import Prepared
from detector.pipeline.scoring import Assessed, Explainer, Notes, Scored, assemble, explain
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
