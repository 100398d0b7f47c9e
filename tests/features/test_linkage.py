"""Linkage features on three accounts, one of them confirmed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from features import REGISTRY
from features.population import Population
from features.registry import Reach
from features.rollups import Rollups
from features.ties import TIES, company

Features = Callable[..., dict[str, dict[str, float | None]]]
Table = Callable[..., pl.DataFrame]
DAY = datetime(2026, 1, 5, tzinfo=UTC)


@pytest.fixture
def tables(table: Table) -> dict[str, pl.DataFrame]:
    """A chain a - b - c, every pair tied by two kinds; a was confirmed on 5 January."""
    rows = [
        {"account_id": i, "kind": kind, "value_hash": pair}
        for pair in ("ab", "bc") for i in pair for kind in ("payment", "tax_id")
    ]  # fmt: skip
    made = {"a": DAY - timedelta(days=99), "b": DAY + timedelta(days=30), "c": DAY + timedelta(31)}
    people = [{"account_id": f"n{k:03}"} for k in range(97)]
    return {
        "account_links": table("account_links", *rows),
        "accounts": table(
            "accounts", *people, *({"account_id": i, "created_at": t} for i, t in made.items())
        ),
        "labels": table(
            "labels", {"account_id": "a", "decision": "confirmed_proxy", "decided_at": DAY}
        ),
    }


POSTERIOR = 2500 / 2510


def test_a_chain_of_three(features: Features, tables: dict[str, pl.DataFrame]) -> None:
    rows = features(**tables)
    assert rows["b"]["f11_shared_bits"] == pytest.approx(11.287712379549449)
    assert rows["b"]["f11_shared_kinds"] == 2.0
    assert rows["b"]["f11_partners"] == pytest.approx(1.0986122886681098)
    assert rows["b"]["f11_group_size"] == pytest.approx(1.0986122886681098)
    assert rows["b"]["f11_group_density"] == pytest.approx(2 / 3)
    assert rows["c"]["f11_signed_up_together"] == 0.5
    assert rows["b"]["f11_near_confirmed"] == pytest.approx(POSTERIOR)
    assert rows["c"]["f11_near_confirmed"] == pytest.approx(POSTERIOR**2 / 2)
    assert rows["b"]["f11_returned"] == pytest.approx(POSTERIOR / 2)
    assert rows["c"]["f11_returned"] == 0.0


def test_an_accounts_own_decision_does_not_feed_it(
    features: Features, tables: dict[str, pl.DataFrame]
) -> None:
    row = features(**tables)["a"]
    assert row["f11_near_confirmed"] == row["f11_suspicion"] == row["f11_returned"] == 0.0


def test_suspicion_weakens_along_the_chain(
    features: Features, tables: dict[str, pl.DataFrame]
) -> None:
    rows = features(**tables)
    assert (rows["b"]["f11_suspicion"] or 0) > 2 * (rows["c"]["f11_suspicion"] or 0) > 0


def test_decisions_after_as_of_are_not_known(
    features: Features, tables: dict[str, pl.DataFrame]
) -> None:
    later = tables["labels"].with_columns(pl.col("decided_at") + timedelta(days=500))
    assert features(**{**tables, "labels": later})["b"]["f11_near_confirmed"] == 0.0


def test_faint_evidence_is_felt_beyond_those_that_an_account_is_linked_to(
    rolled: Callable[..., Rollups], table: Table
) -> None:
    """Of 600 accounts 41 share an address: no link, and yet what it says is everybody's rows."""
    people = [f"n{k:03}" for k in range(600)]
    shared = [{"account_id": i, "kind": "ip", "value_hash": "x"} for i in people[:41]]
    known = table("accounts", *({"account_id": i} for i in people))
    population = Population.of(
        rolled(accounts=known, account_links=table("account_links", *shared))
    )
    one = pl.DataFrame({"account_id": ["n000"]})
    assert company(TIES[Reach.LINKED](population), one).height == 1
    linked = {family.id: family for family in REGISTRY.families}["F11"]
    assert linked.reach is Reach.EVERYBODY
    found = linked.base(population).filter(pl.col("account_id") == "n000")
    assert found["kinds"].item() == 1
