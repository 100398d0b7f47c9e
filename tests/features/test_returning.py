"""From an upheld appeal to what the next run makes of it: the customer who returns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from detector.cases.contact.appeals import Decision
from detector.cases.contact.suppressors import revoke
from detector.cases.leaving.labels import labels_of, write_labels
from features.decided import spared
from features.population import Population
from features.rings import ring_table
from features.rollups import Rollups
from features.totals import totals
from tests.cases.planted import CEM, DIA, NOW, Clock, opened, plant
from tests.cases.writing import decided, filed, ruled

Rolled = Callable[..., Rollups]
SHUT, RETURNS = NOW - timedelta(days=30), NOW + timedelta(days=12)
UNTIL = NOW + timedelta(days=60)


@pytest.fixture(params=[False, True], ids=["in force", "revoked"])
def labels(tmp_path: Path, request: pytest.FixtureRequest) -> pl.DataFrame:
    """The labels that leave after two people confirmed a case and its holder was right."""
    clock = Clock()
    with opened(tmp_path / "cases") as store:
        with store.writing(clock()) as tx:
            plant(tx, "C-1", {"old": ("proxy", ("payment", "tax_id"))}, typology="T16")
        decided(store, clock)
        said = Decision("upheld", "The account was yours, and in order.", until=UNTIL)
        done = ruled(store, clock, CEM, filed(store, clock, "old"), said)
        if request.param:
            with store.writing(clock()) as tx:
                revoke(tx, DIA, done.suppressors[0], "the papers were of another company")
        with store.reading() as connection:
            rows = labels_of(connection, lambda _c, _p: None)
    write_labels(tmp_path / "inbox", "labels", rows, DIA)
    (file,) = (tmp_path / "inbox").rglob("labels.parquet")
    found = pl.read_parquet(file)
    return found.with_columns(revoked=pl.lit(request.param))


def world(
    rolled: Rolled, table: Callable[..., pl.DataFrame], labels: pl.DataFrame, as_of: datetime
) -> Rollups:
    """A customer whose account was closed for cause, and who comes back with what he had."""
    links: list[dict[str, Any]] = [
        {"account_id": account, "kind": kind, "value_hash": f"{kind}-1", "first_seen": first,
         "last_seen": first + timedelta(days=1)}
        for kind in ("payment", "tax_id")
        for account, first in (("old", SHUT - timedelta(days=9)), ("new", RETURNS))
    ]  # fmt: skip
    crowd = ({"account_id": f"n{k:03}"} for k in range(97))
    return rolled(
        as_of,
        account_links=table("account_links", *links),
        accounts=table(
            "accounts", *crowd,
            {"account_id": "old", "closed_at": SHUT, "close_reason": "policy"},
            {"account_id": "new", "created_at": RETURNS},
        ),
        labels=table("labels", *labels.to_dicts()),
    )  # fmt: skip


def test_a_customer_who_returns_is_tied_to_nobody_until_the_appeal_has_ended(
    rolled: Rolled, table: Callable[..., pl.DataFrame], labels: pl.DataFrame
) -> None:
    assert labels.select("account_id", "decision", "basis").rows() == [("old", "cleared", "appeal")]
    for as_of, held in ((UNTIL - timedelta(days=1), True), (UNTIL + timedelta(days=1), False)):
        held = held and not labels["revoked"][0]
        rollups = world(rolled, table, labels, as_of)
        tied = set(ring_table(Population.of(rollups), totals(rollups))["account_ids"].explode())
        assert tied == (set() if held else {"old", "new"})
        assert spared(rollups)["account_id"].to_list() == (["old"] if held else [])
