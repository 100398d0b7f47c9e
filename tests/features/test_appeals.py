"""What an upheld appeal answers, and what it does not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from features.build import REGISTRY, feature_table
from features.decided import appealed, spared
from features.evidence import confirmed
from features.population import Population
from features.registry import Registry
from features.rings import ring_table
from features.rollups import Rollups
from features.totals import totals

Table = Callable[..., pl.DataFrame]
Rolled = Callable[..., Rollups]
LINKED = Registry(tuple(f for f in REGISTRY.families if f.id == "F11"))
SHUT = datetime(2026, 1, 20, tzinfo=UTC)
HEARD = datetime(2026, 2, 1, tzinfo=UTC)
BEFORE, AFTER = HEARD - timedelta(days=9), HEARD + timedelta(days=9)
OLD: dict[str, Any] = {"account_id": "old", "closed_at": SHUT, "close_reason": "policy"}
NEW: dict[str, Any] = {"account_id": "new", "created_at": HEARD + timedelta(days=3)}
UPHELD = {"appeal_upheld_at": HEARD}
BOTH = ("payment", "tax_id")


def shared(kind: str, first: datetime, *accounts: str) -> list[dict[str, object]]:
    """An identifier that accounts show from then on."""
    return [
        {"account_id": one, "kind": kind, "value_hash": f"{kind}-{'-'.join(accounts)}",
         "first_seen": first, "last_seen": first + timedelta(days=1)}
        for one in accounts
    ]  # fmt: skip


def returning(old: datetime = BEFORE, new: datetime = AFTER) -> list[dict[str, object]]:
    """What the closed account showed, and later the new one."""
    return [
        {**row, "first_seen": old if row["account_id"] == "old" else new,
         "last_seen": (old if row["account_id"] == "old" else new) + timedelta(days=1)}
        for kind in BOTH for row in shared(kind, old, "old", "new")
    ]  # fmt: skip


@pytest.fixture
def world(rolled: Rolled, table: Table) -> Callable[..., Rollups]:
    """Rollups of some accounts among a hundred."""

    def make(
        links: list[dict[str, object]], *accounts: dict[str, Any], labels: Any = ()
    ) -> Rollups:
        crowd = ({"account_id": f"n{k:03}"} for k in range(97))
        return rolled(
            account_links=table("account_links", *links),
            accounts=table("accounts", *crowd, *accounts),
            labels=table("labels", *labels),
        )

    return make


def linked(rollups: Rollups) -> dict[str, float]:
    """The largest linkage feature of each account that has one."""
    rows = feature_table(rollups, LINKED).select("account_id", pl.max_horizontal(LINKED.names()))
    return {name: value for name, value in rows.iter_rows() if value}


def in_rings(rollups: Rollups) -> set[str]:
    found = ring_table(Population.of(rollups), totals(rollups))
    return set(found["account_ids"].explode())


def test_without_an_appeal_a_customer_who_returns_is_tied_to_the_closed_account(
    world: Callable[..., Rollups],
) -> None:
    rollups = world(returning(), OLD, NEW)
    assert linked(rollups).keys() == in_rings(rollups) == {"old", "new"}
    row = feature_table(rollups, LINKED).filter(pl.col("account_id") == "new").row(0, named=True)
    assert min(row["f11_near_confirmed"], row["f11_suspicion"], row["f11_returned"]) > 0.3


@pytest.mark.parametrize(
    "records",
    [
        pytest.param(({**OLD, **UPHELD}, NEW), id="on the closed account"),
        pytest.param((OLD, {**NEW, **UPHELD}), id="on the new account"),
        pytest.param(({**OLD, **UPHELD}, {**NEW, **UPHELD}), id="on both"),
        pytest.param(
            (OLD, {**NEW, **UPHELD, "created_at": HEARD - timedelta(days=8)}),
            id="on a new account that was there",
        ),
    ],
)
def test_an_upheld_appeal_unties_the_customer_who_returns(
    world: Callable[..., Rollups], records: tuple[dict[str, Any], ...]
) -> None:
    there = records[1].get("created_at", AFTER) < HEARD
    rollups = world(returning(new=BEFORE if there else AFTER), *records)
    assert linked(rollups) == {}
    assert in_rings(rollups) == set()


def test_a_decision_on_appeal_is_an_upheld_appeal(world: Callable[..., Rollups]) -> None:
    label = {"account_id": "old", "decision": "cleared", "decided_at": HEARD, "basis": "appeal"}
    assert linked(world(returning(), OLD, NEW, labels=[label])) == {}
    review = {**label, "basis": "review"}
    assert linked(world(returning(), OLD, NEW, labels=[review])).keys() == {"old", "new"}


def test_a_kind_of_tie_that_was_not_there_is_new_evidence(world: Callable[..., Rollups]) -> None:
    appellant = {"account_id": "old", **UPHELD}
    known = [row for kind in BOTH for row in shared(kind, BEFORE, "old", "new")]
    fresh = [row for kind in ("ssh_key", "device") for row in shared(kind, AFTER, "old", "far")]
    records = (appellant, {"account_id": "new"}, {"account_id": "far"})
    assert in_rings(world(known, *records)) == set()
    assert in_rings(world([*known, *fresh], *records)) == {"old", "far"}


def test_another_identifier_of_a_kind_that_was_there_is_no_new_evidence(
    world: Callable[..., Rollups],
) -> None:
    appellant = {"account_id": "old", **UPHELD}
    known = [row for kind in BOTH for row in shared(kind, BEFORE, "old", "new")]
    more = [row for kind in BOTH for row in shared(kind, AFTER, "old", "far")]
    records = (appellant, {"account_id": "new"}, {"account_id": "far"})
    assert in_rings(world([*known, *more], *records)) == set()


def test_an_identifier_that_a_stranger_had_shown_is_new_to_the_appellant(
    world: Callable[..., Rollups],
) -> None:
    """The stranger's identifiers are old; that the appellant shows them too is new."""
    links = [
        {**row, "first_seen": AFTER if row["account_id"] == "old" else BEFORE}
        for kind in BOTH for row in shared(kind, BEFORE, "old", "far")
    ]  # fmt: skip
    links = [{**row, "last_seen": AFTER + timedelta(days=1)} for row in links]
    records = {"account_id": "old", **UPHELD}, {"account_id": "far"}
    assert in_rings(world(links, *records)) == {"old", "far"}


def test_others_in_the_ring_stay_tied(world: Callable[..., Rollups]) -> None:
    links = [row for kind in BOTH for row in shared(kind, BEFORE, "old", "x", "y")]
    records = {**OLD, **UPHELD}, {"account_id": "x"}, {"account_id": "y"}
    assert in_rings(world(links, *records)) == {"x", "y"}


def test_an_appeal_protects_for_four_hundred_days(world: Callable[..., Rollups]) -> None:
    as_of = world([]).as_of
    for days, names in ((400, []), (399, ["old"])):
        heard = as_of - timedelta(days=days)
        rollups = world([], {"account_id": "old", "appeal_upheld_at": heard})
        assert spared(rollups)["account_id"].to_list() == names
        assert appealed(rollups)["account_id"].to_list() == ["old"]


def test_a_decision_on_appeal_ends_where_it_says(world: Callable[..., Rollups]) -> None:
    label = {
        "account_id": "old", "decision": "cleared", "decided_at": BEFORE, "basis": "appeal",
        "expires_at": AFTER,
    }  # fmt: skip
    assert spared(world([], {"account_id": "old"}, labels=[label])).is_empty()


def test_a_closing_that_was_overturned_never_counts_again_and_a_later_one_does(
    world: Callable[..., Rollups],
) -> None:
    long_ago = world([]).as_of - timedelta(days=900)
    over = {
        "account_id": "old", "closed_at": long_ago, "close_reason": "policy",
        "appeal_upheld_at": long_ago + timedelta(days=9),
    }  # fmt: skip
    assert confirmed(world([], over)).is_empty()
    assert confirmed(world([], {**over, "closed_at": SHUT}))["account_id"].to_list() == ["old"]


def test_who_is_confirmed_after_the_appeal_is_spared_no_more(
    world: Callable[..., Rollups],
) -> None:
    label = {"account_id": "old", "decision": "confirmed_proxy", "decided_at": AFTER}
    rollups = world([], {**OLD, **UPHELD}, labels=[label])
    assert spared(rollups).is_empty()
    assert confirmed(rollups)["account_id"].to_list() == ["old"]
    earlier = {**label, "decided_at": BEFORE}
    rollups = world([], {**OLD, **UPHELD}, labels=[earlier])
    assert spared(rollups).height == 1
    assert confirmed(rollups).is_empty()
